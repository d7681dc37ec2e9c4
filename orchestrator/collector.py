"""Python's garbage collector, told what stays and what passes."""

import asyncio
import gc
from collections.abc import Callable

LOOK_EVERY_S = 0.5
THRESHOLDS = (10_000, 20, 50)
"""Of the three generations. A batch makes some thousand objects that pass without the collector;
with its usual 700 it looks at them 20 times a second, and every few seconds at all there is."""


async def settle(is_up: Callable[[], bool]) -> None:
    """Wait until a worker is up, and have the collector leave alone what it is made of.

    Modules, classes and code are a hundred thousand objects that never go. Looking through them
    held up everything for 80 ms, once in six seconds at 2,000 events a second.
    """
    while not is_up():  # noqa: ASYNC110 - a rebalance ends in many ways, and this waits for one
        await asyncio.sleep(LOOK_EVERY_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
