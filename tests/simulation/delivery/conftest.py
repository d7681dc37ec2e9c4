"""Every test of this room lives in virtual time."""

from asyncio import AbstractEventLoop
from collections.abc import Callable

from tests.simulation.delivery.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], AbstractEventLoop]]:
    return {"virtual time": VirtualTimeLoop}
