"""Whether the policy and the messages can be used, and which version they are."""

from orchestrator.errors import InvalidPolicy
from orchestrator.operations.findings import Finding, fault, ok
from orchestrator.plan import read_policy_text
from orchestrator.settings import Settings

REMEDY = "Mend the file, or name another one by POLICY_FILE or MESSAGES_FILE."


def policy_findings(settings: Settings) -> list[Finding]:
    """One finding if both can be used, else one for each fault of either."""
    try:
        policy = read_policy_text(settings.policy_file, settings.messages_file).load()
    except InvalidPolicy as error:
        return [fault("policy", found, REMEDY) for found in error.faults]
    files = f"{settings.policy_file} with {settings.messages_file}"
    return [
        ok("policy", f"{policy.version}: {files}"),
        ok("messages", f"words for all of {len(policy.messages)} rules"),
    ]
