"""The tree of errors. Each carries a sentence that says what to do.

OrchestratorError
├── InvalidEvent          the bytes are not an event of ours: a dead letter with a reason
├── InvalidPolicy         the policy or the messages file has faults, all named
├── InvalidGuardRails     the numbers that undo a canary have faults
├── UnknownPolicy         the policy in force has no text in the topic of the policies
├── InvalidSettings       the environment has faults, all named
├── TopicMismatch         a Kafka topic differs from what the settings say
├── InvalidLabels         a file of labels has faults, all named
├── InvalidIgnores        a file of expected differences has faults or an expired one, all named
├── InvalidBudgets        expressions of how much may differ have faults, all named
├── Flooded               too much of the input is refused: the worker stops
├── ProcessDied           one of several processes at work ended before its work did
├── InvalidGrid           what is to be explored is no number of the policy, or too much
├── CannotResume          a folder holds the work of another command
├── NotDeterministic      the same events were not decided the same twice
├── HistoryUnavailable    the history of events and actions cannot answer now
├── ArchiveUnusable       a folder is no archive that can be read, or written to
└── StreamError           the transport cannot keep a promise
    ├── KafkaRefused      a broker does not let us in, or is not who it should be
    ├── OffsetExpired     a committed offset is no longer in the log
    ├── OffsetAhead       a committed offset, or a state, lies beyond the end of the log
    ├── StateLost         a restored state is older than what was committed
    └── OwnershipLost     the partition has another owner now; the work is dropped
"""


class OrchestratorError(Exception):
    """Any error of ours."""


class InvalidEvent(OrchestratorError):
    """The input is not an event that can be decided.

    `reason` is one of a small closed set (a metric label, see orchestrator/core/refusals.py);
    `detail` names the field and what was found, in one sentence, at most 500 characters.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail[:500]


class Faults(OrchestratorError):
    """Several faults of one kind, reported together so that they are mended together."""

    what = "The input"

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            f"{self.what} has {len(faults)} fault(s):\n" + "\n".join(f"  - {f}" for f in faults)
        )
        self.faults = faults


class InvalidPolicy(Faults):
    """The policy or the messages file cannot be used."""

    what = "The policy"


class InvalidGuardRails(Faults):
    """The guard rails of a canary cannot be used."""

    what = "The file of the guard rails"


class UnknownPolicy(OrchestratorError):
    """A partition is to be decided by a policy whose text is not known (yet).

    Its text stands in the topic of the policies, written before the record that asks for it; if it
    stays unknown, write it there again with `orchestrator policy activate`.
    """

    def __init__(self, version: str) -> None:
        super().__init__(
            f"Policy {version} is in force, and its text is not in the topic of the policies. "
            "Activate the file that has this version again: orchestrator policy activate FILE."
        )
        self.version = version


class InvalidSettings(Faults):
    """The environment cannot be used."""

    what = "The environment"


class TopicMismatch(Faults):
    """A topic in Kafka differs from what the settings ask for."""

    what = "The set of topics"


class ProcessDied(OrchestratorError):
    """One of several processes at work ended before its work did."""


class InvalidGrid(OrchestratorError):
    """What is to be explored is no number of the policy, has no such values, or is too much."""


class InvalidLabels(Faults):
    """A file of labels cannot be used."""

    what = "The file of labels"


class InvalidIgnores(Faults):
    """A file of expected differences cannot be used."""

    what = "The file of ignores"


class InvalidBudgets(Faults):
    """What is said of how much may differ cannot be understood."""

    what = "--fail-on"


class Flooded(OrchestratorError):
    """So much of the input is refused that a faulty deployment is likelier than faulty input."""


class CannotResume(OrchestratorError):
    """A folder to go on from holds the work of another command, or nothing that can be read."""


class NotDeterministic(OrchestratorError):
    """The same events under the same policy were decided in two ways."""


class HistoryUnavailable(OrchestratorError):
    """The history of events and actions cannot answer now, or would take too long."""


class ArchiveUnusable(OrchestratorError):
    """A folder is no archive, was not finished or was changed; or it cannot be written to."""


class StreamError(OrchestratorError):
    """The transport cannot keep a promise."""


class KafkaRefused(StreamError):
    """A broker does not take our credentials, or its certificate is not to be trusted.

    `why` and `remedy`: what has happened, and what to do; a sentence each.
    """

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why}. {remedy}")
        self.why = why
        self.remedy = remedy


class OffsetExpired(StreamError):
    """A committed offset is no longer in the log: events were deleted before they were decided."""


class OffsetAhead(StreamError):
    """The group or a state knows records that the log has not: another log, or one cut short."""


class StateLost(StreamError):
    """The changelog no longer holds all that was written to it, so the state has gone back."""


class OwnershipLost(StreamError):
    """The partition has another owner now; what was under way is dropped, and decided there."""
