"""What the README names is there."""

import re

import click
import pytest

from orchestrator.cli import dev, main
from orchestrator.core.events import EventType
from orchestrator.settings.readme import settings_table
from orchestrator.settings.table import EVENT_STREAMS, NAMES
from orchestrator.topics import LANES, TOPICS
from orchestrator.web.ledger_view import LedgerView
from orchestrator.web.routes import VIEWS
from orchestrator.web.status_views import (
    HealthView,
    LiveView,
    MetricsView,
    ReadyView,
    StatisticsView,
)
from orchestrator.web.trigger_view import TriggerView
from tests.repository.docs.pages import EXTENDING, README, ROOT, commands, spans

TOP = {".ci", "agents", "benchmarks", "config", "docs", "orchestrator", "tables", "tests"}
OF_THE_SHELL = {"EVENT", "PYTHON"}


def test_the_table_of_settings_is_the_one_in_the_code() -> None:
    begin = README.index("| name | default | meaning |")
    assert README[begin:].startswith(settings_table() + "\n\n")


def test_every_variable_named_is_a_setting() -> None:
    assigned = re.findall(r"\b([A-Z][A-Z_]+)=", commands(README))
    in_words = [span for span in spans(README) if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", span)]
    assert {"KAFKA_BOOTSTRAP_SERVERS", "GROUP_INSTANCE_ID"} <= {*assigned, *in_words}
    files = {f"{name}_FILE" for name in NAMES}
    assert {*assigned, *in_words} <= {*NAMES, *files, *EventType, *OF_THE_SHELL}


def test_every_make_target_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = re.findall(r"^make((?: [a-z-]+)+)", commands(README), re.MULTILINE)
    asked = {target for words in named for target in words.split()}
    assert {"run", "test", "check", "bench"} <= asked <= targets


def test_every_command_named_exists_with_its_options() -> None:
    lines = re.findall(r"(?:^|[ /])orchestrator((?: [a-z-]+)+)$", commands(README), re.MULTILINE)
    assert {"worker", "topics create", "topics check"} <= {line.strip() for line in lines}
    for line in lines:
        resolve(line.split())


def resolve(words: list[str]) -> click.Command:
    """The command that the words name; fails where there is none."""
    command: click.Command = main
    for word in words:
        if word.startswith("--"):
            known = {name for option in command.params for name in option.opts} | {"--help"}
            assert word in known, f"{command.name} has no {word}"
            continue
        assert isinstance(command, click.Group), f"{command.name} has no {word}"
        assert word in command.commands, f"{command.name} has no {word}"
        command = command.commands[word]
    return command


@pytest.mark.parametrize("words", [["simulate"], ["topics", "drop"], ["dev", "--learners"]])
def test_a_command_that_does_not_exist_would_be_found(words: list[str]) -> None:
    with pytest.raises(AssertionError):
        resolve(words)


def test_every_file_and_folder_named_exists() -> None:
    named = {span.rstrip("/") for span in spans(README + EXTENDING) if is_path(span)}
    assert "orchestrator/core" in named
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def is_path(span: str) -> bool:
    """Whether a span names something of the repository."""
    words = span.rstrip("/").split("/")
    if " " in span or not all(words):
        return False
    return words[0] in TOP if "/" in span else span.endswith((".lock", ".md", ".toml"))


def test_every_room_of_the_house_is_in_the_table() -> None:
    rooms = {
        f"orchestrator/{init.parent.name}/" for init in ROOT.glob("orchestrator/*/__init__.py")
    }
    assert rooms <= set(spans(EXTENDING))


def test_the_ports_are_those_that_dev_listens_at() -> None:
    defaults = {option.name: option.default for option in dev.params}
    assert f"localhost:{defaults['port']}/internal/trigger" in README
    assert f"localhost:{defaults['sandbox_port']}/calls" in README
    assert f"redis-cli -p {defaults['redis_port']} " in README
    assert f"Redis(port={defaults['redis_port']})" in README


def test_every_address_named_is_a_route() -> None:
    views = (HealthView, LiveView, ReadyView, StatisticsView, LedgerView, MetricsView, TriggerView)
    named = {span for span in spans(README) if span.startswith("/")}
    assert named <= {view.view_path for view in VIEWS}
    assert {view.view_path for view in views} <= {*named, "/internal/trigger"}


def test_every_topic_and_stream_named_exists() -> None:
    known = {topic.name for topic in TOPICS} | {LANES, *EVENT_STREAMS}
    shown = {span for span in spans(README) if span.startswith(("orchestrator.", "aivo."))}
    assert shown
    assert shown - {EVENT_STREAMS_DEFAULT} <= known


EVENT_STREAMS_DEFAULT = ",".join(EVENT_STREAMS)
