"""The stacks of all threads and tasks, as text. May be asked for by any thread."""

import asyncio
import faulthandler
import os
import tempfile
from collections.abc import Iterator
from typing import IO, Any

DEEPEST = 50
NAMES_SHOWN = 5

FRAMES = (("cr_frame", "cr_await"), ("gi_frame", "gi_yieldfrom"), ("ag_frame", "ag_await"))
"""Of coroutines, generators and asynchronous generators: where each is, and what it waits for."""


def thread_stacks() -> str:
    """Each thread, the innermost call first; the one that asks among them."""
    with _file() as file:
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        return file.read().decode(errors="replace")


def task_stacks(loop: asyncio.AbstractEventLoop) -> list[str]:
    """The loop's tasks, those together that wait at the same place; the outermost call first."""
    found: dict[str, list[str]] = {}
    for task in asyncio.all_tasks(loop):
        stack = "\n".join(f"  {line}" for line in _calls(task.get_coro()))
        found.setdefault(stack, []).append(task.get_name())
    return [f"{_named(names)}\n{stack}" for stack, names in found.items()]


def _named(names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:NAMES_SHOWN])
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"{len(names)} tasks: {shown}{more}" if len(names) > 1 else f"task {shown}"


def _calls(awaited: Any) -> Iterator[str]:
    """A task knows its outermost call alone; what that awaits leads to the others."""
    for _ in range(DEEPEST):
        for frame_name, awaits_name in FRAMES:
            frame = getattr(awaited, frame_name, None)
            if frame is not None:
                code = frame.f_code
                yield f"{code.co_filename}:{frame.f_lineno} {code.co_qualname}"
                awaited = getattr(awaited, awaits_name)
                break
        else:
            if awaited is not None:
                yield f"waits for {type(awaited).__name__}"
            return


def _file() -> IO[bytes]:
    """In memory where that can be: a container may have no folder to write to."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("stacks"), "w+b")
    return tempfile.TemporaryFile()
