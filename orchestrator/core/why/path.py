"""What the path rules wait for."""

from orchestrator.core.events import EventType
from orchestrator.core.why.ways import Comparison, Found, Now, Way


def coursework(_now: Now) -> Found:
    """Coursework with gaps."""
    return (
        Way(
            event=EventType.COURSEWORK_ANALYZED,
            field="data.learning_gaps",
            comparison=Comparison.AT_LEAST,
            value=1,
            words="coursework that shows a gap",
        ),
    )
