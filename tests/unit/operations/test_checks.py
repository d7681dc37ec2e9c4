"""What a check says of what it was told; asking is tested on real servers."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from orchestrator.operations.check_kafka import copies_findings, session_findings, version_finding
from orchestrator.operations.check_policy import policy_findings
from orchestrator.operations.check_redis import durability, stream_finding
from orchestrator.operations.check_settings import settings_findings, shown_settings
from orchestrator.operations.findings import (
    Finding,
    Grade,
    as_json,
    as_lines,
    fault,
    ok,
    warning,
    worst,
)
from orchestrator.settings import Settings, load_settings
from orchestrator.settings.table import NAMES, SECRETS

CONFIG = Path(__file__).resolve().parents[3] / "config"


def grades(findings: Iterable[Finding]) -> list[Grade]:
    found = list(findings)
    assert all(finding.remedy for finding in found if finding.grade is not Grade.OK)
    return [finding.grade for finding in found]


def test_the_worst_of_the_grades_counts() -> None:
    good, odd, bad = ok("a", "b"), warning("a", "b", "c"), fault("a", "b", "c")
    assert worst([]) is worst([good]) is Grade.OK
    assert worst([odd, good]) is Grade.WARNING
    assert worst([good, bad, odd]) is Grade.FAULT


def test_a_remedy_stands_below_its_finding_and_nothing_drives_the_terminal() -> None:
    lines = list(as_lines([ok("kafka", "fine"), fault("redis", "\x1b[2J", "start it")]))
    assert lines == ["ok     kafka  fine", "fault  redis  \\x1b[2J", "         -> start it"]
    assert list(as_lines([])) == []


def test_json_has_result_settings_and_findings() -> None:
    found = json.loads(as_json([fault("redis", "away", "start it")], {"PORT": "8080"}))
    assert found == {
        "result": "fault",
        "settings": {"PORT": "8080"},
        "findings": [{"part": "redis", "grade": "fault", "found": "away", "remedy": "start it"}],
    }


def test_every_setting_is_shown_and_no_secret() -> None:
    secrets = {name: f"x=geheim-{name.lower()}" for name in SECRETS - {"REDIS_URL", "API_TOKENS"}}
    url = "redis://user:p%40ss-geheim@redis.example:6380/2?password=geheim"
    digest = "5e" * 32
    tokens = f"page:read+trigger:{digest}:school,own:admin:{digest[1:]}5"
    given = {**secrets, "REDIS_URL": url, "API_TOKENS": tokens}
    settings = Settings.model_validate({name.lower(): text for name, text in given.items()})
    shown = shown_settings(settings)
    assert list(shown) == list(NAMES)
    assert shown["REDIS_URL"] == "redis://***@redis.example:6380/2?***"
    assert {shown[name] for name in secrets} == {"***"}
    assert shown["API_TOKENS"] == "page (read+trigger, tenant school); own (admin)"
    assert "geheim" not in json.dumps(dict(shown))
    assert shown["EVENT_STREAMS"].startswith("aivo.events.baseline,")
    assert shown["GROUP_INSTANCE_ID"] == ""


def test_ordinary_settings_are_fine_and_odd_ones_get_a_word() -> None:
    assert grades(settings_findings(load_settings({}))) == [Grade.OK]
    found = settings_findings(load_settings({"CLOCK_OFFSET": "3600"}))
    assert grades(found) == [Grade.OK, Grade.WARNING]
    assert "3600 s" in found[1].found


def test_workers_with_tokens_need_one_for_one_another() -> None:
    tokens = {"API_TOKENS": f"page:read:{'5e' * 32}"}
    found = settings_findings(load_settings(tokens))
    assert grades(found) == [Grade.OK, Grade.WARNING]
    assert "CLUSTER_TOKEN" in found[1].remedy
    whole = tokens | {"CLUSTER_TOKEN": "0123456789abcdef"}
    assert grades(settings_findings(load_settings(whole))) == [Grade.OK]


def test_the_policy_that_comes_with_the_program_can_be_used() -> None:
    files = {"POLICY_FILE": "policy.toml", "MESSAGES_FILE": "messages.en.toml"}
    settings = load_settings({name: str(CONFIG / file) for name, file in files.items()})
    found = policy_findings(settings)
    assert grades(found) == [Grade.OK, Grade.OK]
    assert "rules" in found[1].found


@pytest.mark.parametrize(
    ("versions", "said", "grade"),
    [
        ({1: (4, 18)}, "4.1 or newer", Grade.OK),
        ({1: (4, 17)}, "version 4.0", Grade.OK),
        ({1: (0, 16), 75: (0, 0), 69: (0, 0), 65: (0, 0)}, "3.8 or newer", Grade.OK),
        ({1: (0, 15), 69: (0, 0), 65: (0, 0)}, "3.7 or newer", Grade.OK),
        ({1: (0, 13), 65: (0, 0)}, "3.0 or newer", Grade.OK),
        ({1: (0, 12)}, "older than version 3.0", Grade.WARNING),
        ({}, "older than version 3.0", Grade.WARNING),
    ],
)
def test_kafkas_version_is_guessed_from_the_requests_it_takes(
    versions: dict[int, tuple[int, int]], said: str, grade: Grade
) -> None:
    found = version_finding(versions, 3)
    assert found.found.startswith("3 brokers, ")
    assert found.found.endswith(said)
    assert grades([found]) == [grade]


@pytest.mark.parametrize(
    ("copies", "brokers", "expected"),
    [
        (1, 1, []),
        (1, 2, []),
        (3, 3, []),
        (1, 3, [Grade.WARNING]),
        (2, 3, [Grade.WARNING]),
        (3, 2, [Grade.FAULT]),
        (2, 1, [Grade.FAULT]),
    ],
)
def test_copies_are_measured_against_brokers(
    copies: int, brokers: int, expected: list[Grade]
) -> None:
    assert grades(copies_findings(copies, brokers)) == expected


def test_a_session_timeout_must_be_one_that_the_brokers_allow() -> None:
    assert grades(session_findings(6, (6, 1800))) == []
    assert grades(session_findings(5.9, (6, 1800))) == [Grade.FAULT]
    assert grades(session_findings(1801, (6, 1800))) == [Grade.FAULT]
    assert grades(session_findings(1, None)) == []


def test_a_redis_that_forgets_gets_a_word() -> None:
    assert grades(durability({"aof_enabled": 1, "maxmemory_policy": "noeviction"})) == []
    assert grades(durability({"aof_enabled": 0})) == [Grade.WARNING]
    assert grades(durability({"aof_enabled": 1, "maxmemory_policy": "allkeys-lru"})) == [
        Grade.WARNING
    ]


@pytest.mark.parametrize(
    ("group", "grade", "said"),
    [
        (None, Grade.WARNING, "1,234 entries, and nobody has read any"),
        ({"pending": 0, "lag": 0}, Grade.OK, "0 wait, 0 are being read"),
        ({"pending": 7, "lag": 9_999}, Grade.OK, "9,999 wait, 7 are being read"),
        ({"pending": 7, "lag": None}, Grade.OK, "an unknown number waits"),
        ({"pending": 7, "lag": 10_000}, Grade.WARNING, "10,000 wait"),
        ({"pending": 10_000, "lag": None}, Grade.WARNING, "10,000 are being read"),
    ],
)
def test_a_stream_is_as_well_as_its_group(
    group: dict[str, int | None] | None, grade: Grade, said: str
) -> None:
    found = stream_finding("aivo.events.sel", 1_234, group)
    assert said in found.found
    assert grades([found]) == [grade]
