"""From the environment to the settings, with all its faults in one message."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from orchestrator.errors import InvalidSettings
from orchestrator.settings.combinations import combination_faults
from orchestrator.settings.spelling import one_edit_apart
from orchestrator.settings.table import NAMES, SECRETS, Settings

KNOWN = frozenset(NAMES) | {f"{name}_FILE" for name in SECRETS}
SHORTEST_GUESSED = 8
"""Letters a name must have for a slip in it to be told from another program's variable."""


def load_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that the environment asks for; an empty value counts as not set.

    Reads the files of the *_FILE variables. Raises InvalidSettings with every fault: values that
    cannot be, files that cannot be read, names that look like a slip of the pen.
    """
    faults = list(_misspelt(environment))
    values = {name: environment[name] for name in NAMES if environment.get(name, "").strip()}
    for name in sorted(SECRETS):
        faults.extend(_take_from_file(name, environment, values))
    try:
        settings = Settings.model_validate({NAMES[name]: text for name, text in values.items()})
    except ValidationError as error:
        faults.extend(_sentences(error, values))
    else:
        faults.extend(combination_faults(settings))
    if faults:
        raise InvalidSettings(faults)
    return settings


def _misspelt(environment: Iterable[str]) -> Iterator[str]:
    """Unknown names one edit from a known one. What Kubernetes injects is left alone."""
    guessed = sorted(name for name in KNOWN if len(name) >= SHORTEST_GUESSED)
    for name in sorted(set(environment) - KNOWN):
        if name.endswith("_PORT") or "_SERVICE_" in name:
            continue
        near = next((known for known in guessed if one_edit_apart(name, known)), None)
        if near is not None:
            yield f"{name} is not a setting; did you mean {near}?"


def _take_from_file(
    name: str, environment: Mapping[str, str], values: dict[str, str]
) -> Iterator[str]:
    """Put the content of NAME_FILE into the values; yield why that cannot be."""
    path = environment.get(f"{name}_FILE", "").strip()
    if not path:
        return
    if name in values:
        yield f"{name} and {name}_FILE are both set; keep one"
        return
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        yield f"{name}_FILE: {path!r} cannot be read ({error.__class__.__name__})"
        return
    if text:
        values[name] = text
    else:
        yield f"{name}_FILE: {path!r} is empty"


def _sentences(error: ValidationError, values: Mapping[str, str]) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(fault["loc"][0]).upper()
        sentence = re.sub(r"^(Value error, |Input |String |Path )", "", fault["msg"])
        yield f"{name}: {sentence}{_found(name, values[name])}"


def _found(name: str, value: str) -> str:
    """What was found, without what may be a password."""
    return "" if name in SECRETS else f" (found {re.sub('//[^/]*@', '//***@', value)!r})"
