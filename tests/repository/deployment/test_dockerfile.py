"""The image, as far as it can be known without building it."""

import json
import re
import tomllib

import click

from orchestrator.cli import main
from orchestrator.embedded.sandbox.__main__ import main as sandbox
from orchestrator.settings import Settings
from orchestrator.settings.table import NAMES
from orchestrator.web.status_views import LiveView
from tests.repository.deployment.files import ROOT, stages, text

BUILD, FINAL = stages()


def all_of(stage: list[tuple[str, str]], instruction: str) -> list[str]:
    return [rest for name, rest in stage if name == instruction]


def copied_from_here() -> list[str]:
    """What the Dockerfile copies out of the repository."""
    copies = [rest.split() for stage in (BUILD, FINAL) for rest in all_of(stage, "COPY")]
    return [source for words in copies if not words[0].startswith("--") for source in words[:-1]]


def test_all_that_is_copied_is_there_and_nothing_else_is_let_in() -> None:
    copied = {source.removeprefix("./") for source in copied_from_here()}
    assert {"requirements.lock", "orchestrator", "config"} <= copied
    assert [source for source in sorted(copied) if not (ROOT / source).exists()] == []
    lines = [line for line in text(".dockerignore").splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied


def test_what_the_package_needs_to_be_built_is_copied() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    needed = {project["project"]["readme"], *project["project"]["license-files"]}
    folders = project["tool"]["setuptools"]["packages"]["find"]["include"]
    needed |= {folder.rstrip("*") for folder in folders}
    assert needed <= set(copied_from_here()) | {source[2:] for source in copied_from_here()}


def test_only_what_has_the_locks_hash_is_installed() -> None:
    commands = " ".join(all_of(BUILD, "RUN"))
    (download,) = re.findall(r"pip download ([^&]*)", commands)
    assert {"--require-hashes", "--only-binary"} <= set(download.split())
    assert "-r requirements.lock" in download
    installs = re.findall(r"pip install ([^&]*)", commands)
    assert len(installs) == 2
    assert all("--no-index --find-links /wheels" in install for install in installs)


def test_what_has_built_the_image_does_not_stay_in_it() -> None:
    (last,) = re.findall(r"pip uninstall --yes ([\w ]+)$", all_of(BUILD, "RUN")[-1])
    assert {"pip", "setuptools"} <= set(last.split())
    (first,) = re.findall(r"pip uninstall --yes ([\w ]+?) &&", all_of(FINAL, "RUN")[0])
    assert {"pip", "setuptools", "wheel"} == set(first.split())
    assert "apt-get" not in text("Dockerfile")


def test_the_environment_that_was_built_stands_where_it_was_built_for() -> None:
    """A virtual environment cannot be moved, nor run by another Python."""
    assert all_of(BUILD, "FROM")[0].split()[0] == all_of(FINAL, "FROM")[0]
    assert "python -m venv /opt/orchestrator" in all_of(BUILD, "RUN")
    assert "--from=build /opt/orchestrator /opt/orchestrator" in all_of(FINAL, "COPY")
    version = re.match(r"python:(\d+\.\d+)-slim", all_of(FINAL, "FROM")[0])
    assert version is not None
    classifiers = tomllib.loads(text("pyproject.toml"))["project"]["classifiers"]
    assert f"Programming Language :: Python :: {version[1]}" in classifiers


def test_it_does_not_run_as_root() -> None:
    (user,) = all_of(FINAL, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    names = [name for name, _ in FINAL]
    assert names.index("USER") > max(n for n, name in enumerate(names) if name == "RUN")


def test_it_starts_a_command_that_there_is() -> None:
    (entry,), (command,) = (json.loads(all_of(FINAL, which)[0]) for which in ("ENTRYPOINT", "CMD"))
    assert entry in tomllib.loads(text("pyproject.toml"))["project"]["scripts"]
    assert isinstance(main, click.Group)
    assert command in main.commands


def test_files_that_settings_name_are_in_the_image() -> None:
    assigned = dict(pair.split("=", 1) for rest in all_of(FINAL, "ENV") for pair in rest.split())
    ours = {name: value for name, value in assigned.items() if name in NAMES}
    assert set(ours) == {"POLICY_FILE", "MESSAGES_FILE", "DATA_DIR"}
    assert all_of(FINAL, "VOLUME") == [ours.pop("DATA_DIR")]
    assert "config /app/config" in all_of(FINAL, "COPY")
    for value in ours.values():
        assert (ROOT / value.removeprefix("/app/")).is_file()
    assert assigned["PATH"].startswith("/opt/orchestrator/bin:")


def test_health_is_asked_of_the_live_probe_at_the_port_that_is_set() -> None:
    (check,) = all_of(FINAL, "HEALTHCHECK")
    program, flag, code = json.loads(check[check.index("[") :])
    assert (program, flag) == ("python", "-c")
    compile(code, "healthcheck", "exec")
    assert LiveView.view_path in code
    assert f"'{Settings().port}'" in code
    assert all_of(FINAL, "EXPOSE") == [str(Settings().port)]
    seconds = {name: int(value) for name, value in re.findall(r"--([a-z]+)=(\d+)s", check)}
    (limit,) = re.findall(r"timeout=(\d+)", code)
    assert int(limit) < seconds["timeout"]


def test_the_sandbox_of_the_image_has_a_program() -> None:
    assert {"host", "port"} <= {option.name for option in sandbox.params}
