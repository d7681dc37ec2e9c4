"""`python -m orchestrator.embedded.sandbox`: the sandbox as a program of its own."""

import asyncio
import signal

import click

from orchestrator.embedded.sandbox.server import Sandbox
from orchestrator.errors import OrchestratorError


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8090, show_default=True, type=click.IntRange(1, 65535))
def main(host: str, port: int) -> None:
    """Stand in for learner-svc and notification-svc until stopped (Ctrl-C).

    \b
    Example:
      python -m orchestrator.embedded.sandbox --port 8090 &
      export LEARNER_SVC_URL=http://127.0.0.1:8090 NOTIFICATION_SVC_URL=http://127.0.0.1:8090
      curl http://127.0.0.1:8090/calls?limit=5
      curl -X PUT http://127.0.0.1:8090/faults -d '{"service": "learner-svc", "mode": "500"}'
    """
    try:
        asyncio.run(serve(host, port))
    except OrchestratorError as error:
        raise click.ClickException(str(error)) from error


async def serve(host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    async with Sandbox(host, port) as sandbox:
        click.echo(f"What arrives is shown at {sandbox.url}/")
        await told_to_stop.wait()


if __name__ == "__main__":
    main()
