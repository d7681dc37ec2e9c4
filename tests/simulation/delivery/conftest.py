"""Every test of this room lives in virtual time."""

from asyncio import AbstractEventLoop
from collections.abc import Callable

import pytest

from orchestrator.core.actions import Service
from orchestrator.delivery.books import Books
from tests.simulation.delivery.fakes import MemoryStore
from tests.simulation.delivery.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], AbstractEventLoop]]:
    return {"virtual time": VirtualTimeLoop}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
async def books(store: MemoryStore) -> Books:
    books = Books(Service.LEARNER, 0, store)
    await books.open()
    return books
