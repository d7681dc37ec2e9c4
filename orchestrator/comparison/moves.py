"""When a lost and an added action are one that has moved in time.

Differing actions of a learner and type are looked at in the order of their events in the log. One
that comes pairs with the oldest open one of the other side that is at most 30 minutes of event time
away; if there is none it is open itself. It stays so until an action more than 30 minutes after it
comes. So the same log gives the same pairs, and little has to be remembered.
"""

from collections.abc import Sequence

from orchestrator.comparison.learner_tally import OpenAction
from orchestrator.core.times import MINUTE

MOVED_WITHIN = 30 * MINUTE

MOST_OPEN = 64
"""Of one learner; then the first to come is no longer open."""


def still_open(kept: Sequence[OpenAction], given: OpenAction) -> list[OpenAction]:
    """Those of `kept` that an action of the same type does not come too late for."""
    return [one for one in kept if one.type != given.type or given.at - one.at <= MOVED_WITHIN]


def counterpart(kept: Sequence[OpenAction], given: OpenAction) -> OpenAction | None:
    """The oldest open action that `given` makes up for; of two at the same time the first to come.

    `kept`: in the order in which they came, as still_open leaves them.
    """
    oldest: OpenAction | None = None
    for one in kept:
        if (
            one.type == given.type
            and one.lost != given.lost
            and one.at - given.at <= MOVED_WITHIN
            and (oldest is None or one.at < oldest.at)
        ):
            oldest = one
    return oldest
