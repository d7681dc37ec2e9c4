"""learner-svc and notification-svc in memory: what was called, and what took effect."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from orchestrator.core.actions import Service
from orchestrator.delivery.calls import Call
from orchestrator.delivery.verdicts import Answer, Fault, Verdict, judge_answer, judge_fault

TROUBLE: tuple[int | Fault, ...] = (500, 503, 429, Fault.TIMEOUT, Fault.RESET, Fault.UNREACHABLE)
LOST = (Fault.TIMEOUT, Fault.RESET)


class Made(NamedTuple):
    """One call as it came in, and when by the caller's clock."""

    key: str
    tenant: str
    learner: str
    at: datetime


@dataclass
class Downstream:
    """Both services. `applied`: keys in the order in which they took effect, each once;
    `lost_replies`: those of which nobody was told, or somebody who did not live to write it down.
    """

    random: Random
    calls: list[Made] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    lost_replies: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    down: set[Service] = field(default_factory=set)
    calm: bool = False

    def change_weather(self) -> None:
        self.down ^= {self.random.choice(list(Service))}

    def answer(self, call: Call, now: datetime) -> Verdict:
        key = call.headers["Idempotency-Key"]
        self.calls.append(Made(key, call.headers["X-Tenant-Id"], _learner(call), now))
        reply = self._reply(call.service, key)
        if isinstance(reply, Fault):
            return judge_fault(reply, "no answer")
        return judge_answer(Answer(reply, body=b"said"), now=now, host="h")

    def _reply(self, service: Service, key: str) -> int | Fault:
        if key in self.applied:
            return self.random.choice([200, 409])
        if key in self.refused:
            return 422
        chance = 1.0 if self.calm else self.random.random()
        if service in self.down and not self.calm:
            return self.random.choice(TROUBLE)
        if chance < 0.05:
            self.refused.add(key)
            return 422
        if chance < 0.12:
            return self.random.choice(TROUBLE)
        self.applied.append(key)
        if chance < 0.17:
            self.lost_replies.add(key)
            return self.random.choice(LOST)
        return 200


def _learner(call: Call) -> str:
    if call.service is Service.LEARNER:
        return unquote(call.path.split("/")[3])
    return str(msgspec.json.decode(call.body)["user_id"])
