"""What can go wrong with a server of this room, each with a sentence that says what to do."""

from orchestrator.errors import OrchestratorError


class EmbeddedServerError(OrchestratorError):
    """A server could not be started, or could not be fetched."""


class PortTakenError(EmbeddedServerError):
    """Somebody else listens on the port that was asked for."""

    def __init__(self, host: str, port: int, server: str) -> None:
        super().__init__(
            f"Port {port} on {host} is taken, so {server} cannot listen there. "
            "Stop the program that holds it, or choose another port."
        )


class JarMismatchError(EmbeddedServerError):
    """A jar is not the one that kafka-jars.sha256 names."""
