"""Simulated learners, for a demonstration, for benchmarks and for histories to replay.

The generator is pure (`Classroom(learners=30, seed=1, start=...).events()`); `publish` plays it
into Redis in real time.
"""

from orchestrator.embedded.classroom.classroom import Classroom, StreamEvent
from orchestrator.embedded.classroom.publishing import publish

__all__ = ["Classroom", "StreamEvent", "publish"]
