"""How a command is told which policy is meant: its file, and the texts that go with it."""

from pathlib import Path

import click

MESSAGES = Path(__file__).resolve().parents[2] / "config" / "messages.en.toml"

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
messages_option = click.option(
    "--messages",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=MESSAGES,
    help="The texts that go with it.  [default: those of config/]",
)
