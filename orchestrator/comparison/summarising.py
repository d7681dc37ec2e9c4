"""From the counts to the report's content."""

from msgspec import Struct

from orchestrator.comparison.coverage import Coverage
from orchestrator.comparison.summary import Comparison, Header
from orchestrator.comparison.tally import Tally


class Reading(Struct, frozen=True):
    """How a tally is to be read.

    `hash_key`: what learners are hashed with; random for each report, unless two are to be joined.
    `traces`: of how many learners the moments are shown; 0: of none.
    """

    hash_key: bytes
    traces: int = 20


def summarise(tally: Tally, coverage: Coverage, header: Header, reading: Reading) -> Comparison:
    """The whole result. The tally is closed by it, so it is to be the last that is done with it."""
    raise NotImplementedError
