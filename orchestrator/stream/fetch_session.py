"""Incremental fetches: a request names what has changed since the last, an answer what there is.

A worker reads dozens of partitions, of which a few have something new. Without a session (Kafka's
KIP-227) each fetch names them all and is answered for all, which costs both sides more than the
records. The Kafka client asks without; this turns its requests into incremental ones, a session a
connection.
"""

from __future__ import annotations

from typing import Any

from aiokafka.protocol.fetch import FetchRequest

FIRST_VERSION = 7
"""Of the Fetch request that has sessions."""

LARGEST_EPOCH = 2**31 - 1

Place = tuple[str, int]
"""Topic and partition."""


class FetchSession:
    """What the broker remembers of a connection's last fetch.

    Contract: requests are sent in the order of `narrow`; each is followed by `answered` or `lost`.
    Whatever goes wrong ends the session, and the next request begins another by naming all.
    """

    def __init__(self) -> None:
        self._id = 0
        self._epoch = 0
        self._known: dict[Place, tuple[int, ...]] = {}

    def narrow(self, request: Any) -> None:
        """Leave in a Fetch request (version 7 or later) what the broker does not know yet."""
        wanted = {(topic, each[0]): each for topic, parts in request.topics for each in parts}
        fields = request.__dict__
        fields["session_id"], fields["session_epoch"] = self._id, self._epoch
        if self._epoch:
            known = self._known
            news = {place: each for place, each in wanted.items() if known.get(place) != each}
            fields["topics"] = list(_by_topic(news).items())
            gone = {place: place[1] for place in known if place not in wanted}
            fields["forgotten_topics_data"] = list(_by_topic(gone).items())
        self._known = wanted

    def answered(self, response: Any) -> None:
        """Go on from what the broker says."""
        if response.error_code or not response.session_id:
            self.lost()
            return
        self._id = response.session_id
        self._epoch = 1 if self._epoch == LARGEST_EPOCH else self._epoch + 1

    def lost(self) -> None:
        """It is not known what the broker knows."""
        self._id = self._epoch = 0
        self._known = {}


class SessionFetch(FetchRequest):
    """A client's fetch, as part of a session."""

    def __init__(self, request: Any, session: FetchSession) -> None:
        self._whole = request
        self._session = session

    def build(self, request_struct_class: Any) -> Any:
        """The request as it is sent."""
        built = self._whole.build(request_struct_class)
        if built.API_VERSION >= FIRST_VERSION:
            self._session.narrow(built)
        return built


def _by_topic(found: dict[Place, Any]) -> dict[str, list[Any]]:
    by_topic: dict[str, list[Any]] = {}
    for (topic, _), each in found.items():
        by_topic.setdefault(topic, []).append(each)
    return by_topic
