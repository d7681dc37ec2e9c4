"""docs/security.md names settings, commands and places that are there."""

import re

from orchestrator.cli import main
from orchestrator.settings.table import NAMES, SECRETS
from orchestrator.topics import TOPICS
from tests.repository.docs.pages import ROOT, blocks, commands, spans

PAGE = ROOT / "docs" / "security.md"
TEXT = PAGE.read_text(encoding="utf-8")
OF_OTHERS = {"SSL_CERT_FILE", "SASL_SSL", "SASL_PLAINTEXT"}


def test_every_setting_named_is_one() -> None:
    assigned = re.findall(r"\b([A-Z][A-Z_]+)=", commands(TEXT))
    in_words = [span for span in spans(TEXT) if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", span)]
    files = {f"{name}_FILE" for name in SECRETS}
    assert {"KAFKA_SASL_PASSWORD_FILE", "ALLOW_CLEARTEXT_SECRETS"} <= {*assigned, *in_words}
    assert {*assigned, *in_words} <= {*NAMES, *files, *OF_OTHERS}


def test_every_group_of_settings_named_has_members() -> None:
    groups = [span.partition("…") for span in spans(TEXT) if "…" in span and span.isupper()]
    assert groups
    names = {*NAMES, *(f"{name}_FILE" for name in SECRETS)}
    for begin, _, end in groups:
        assert [name for name in names if name.startswith(begin) and name.endswith(end)], begin


def test_every_example_ends_in_a_command_that_there_is() -> None:
    examples = blocks(TEXT, "sh")
    assert examples
    for example in examples:
        words = example.split()
        assert words[-2] == "orchestrator"
        assert words[-1] in main.commands


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", TEXT)
    assert [link for link in links if not exists(link)] == []


def exists(link: str) -> bool:
    path, _, heading = link.partition("#")
    target = PAGE if not path else PAGE.parent / path
    if not target.exists():
        return False
    headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
    return not heading or heading in {each.lower().replace(" ", "-") for each in headings}


def test_the_topics_named_are_there_and_kept_as_long_as_it_says() -> None:
    kept = {topic.name: topic.retention_days for topic in TOPICS}
    for row in re.findall(r"^\| .*`orchestrator\.[a-z-]+`.*\|$", TEXT, re.MULTILINE):
        *_, lasts, _ = row.split("|")
        for name in re.findall(r"`(orchestrator\.[a-z.-]+[a-z])`", row):
            days = re.search(r"(\d+) days", lasts)
            assert kept[name] == (int(days[1]) if days else None)
