"""Stand-ins for learner-svc and notification-svc on this machine, which remember what they got.

    async with Sandbox() as sandbox:
        settings = {"LEARNER_SVC_URL": sandbox.url, "NOTIFICATION_SVC_URL": sandbox.url}

or, as a program: `python -m orchestrator.embedded.sandbox --port 8090`.
"""

from orchestrator.embedded.sandbox.calls import Call, CallLog
from orchestrator.embedded.sandbox.faults import Fault, Mode, Service
from orchestrator.embedded.sandbox.server import Sandbox

__all__ = ["Call", "CallLog", "Fault", "Mode", "Sandbox", "Service"]
