"""What a process beside the worker begins with: it goes last, and ends with its owner.

The worker's side is orchestrator/child.py.
"""

import os
import sys
import threading
from datetime import timedelta

from orchestrator.clock import SystemClock
from orchestrator.observability.logs import configure_logging
from orchestrator.settings import Settings, load_settings
from orchestrator.stream import client_parts

NICENESS = 10
"""Whoever decides and delivers goes first."""

PRIVATE = 0o077


def begin() -> Settings:
    """Be such a process from now on; returns the owner's settings. Raises InvalidSettings."""
    threading.Thread(target=_end_with_owner, daemon=True).start()
    os.umask(PRIVATE)
    os.nice(NICENESS)
    settings = load_settings(os.environ)
    clock = SystemClock(timedelta(seconds=settings.clock_offset))
    configure_logging(settings.log_level, clock, settings.secrets())
    client_parts.use_ours()
    return settings


def _end_with_owner() -> None:
    """At once, whatever is under way: what is not written yet is read again."""
    while os.read(sys.stdin.fileno(), 64):
        pass
    os._exit(0)
