"""Where things stand in an object, and the shape of a row that says so for one dialect."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from orchestrator.core.refusals import Refusal
from orchestrator.dialects.json_object import JsonObject

Path = tuple[str, ...]
Convert = Callable[[object], object]


class Place(NamedTuple):
    """What the canonical event calls `canonical`, where else it may stand, and in what unit.

    Several places may name it if they agree; else the event is ambiguous. `own_name_decides`: what
    stands under the canonical name is taken, and other names beside it mean something else.
    `convert` is for what stands `here`; it raises ValueError, a sentence, on what it cannot read.
    """

    canonical: Path
    here: tuple[Path, ...]
    convert: Convert
    own_name_decides: bool


class Adapter(NamedTuple):
    """One dialect: an object is of it if it has all of `marks` and none of `without`, not null,
    and its type is one of `types` (None: any) and none of `other_types`.

    `places`: what is moved and converted. `rest_into`: the field into which all goes that is not
    part of an envelope. `ignores`: fields that are known to mean nothing here. `refusal`: an object
    of this dialect is no event, for `why`.
    """

    name: str
    marks: tuple[Path, ...] = ()
    without: tuple[Path, ...] = ()
    types: frozenset[str] | None = None
    other_types: frozenset[str] = frozenset()
    places: tuple[Place, ...] = ()
    rest_into: str | None = None
    ignores: tuple[Path, ...] = ()
    refusal: Refusal | None = None
    why: str = ""


def as_it_is(found: object) -> object:
    """No conversion."""
    return found


def upper_case(found: object) -> object:
    """A name in any case -> upper case. Only ASCII: no other letter may turn into one of ours."""
    return found.upper() if isinstance(found, str) and found.isascii() else found


def ratio_of_percentage(found: object) -> object:
    """0..100 -> 0..1, always divided by 100. Raises ValueError on anything else."""
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    if is_number and 0 <= found <= 100:  # type: ignore[operator]
        return found / 100  # type: ignore[operator]
    raise ValueError("expected a percentage, a number from 0 to 100")


def paths(*dotted: str) -> tuple[Path, ...]:
    """`data.metadata.strengths` -> the names from outside to inside."""
    return tuple(tuple(each.split(".")) for each in dotted)


def place(
    canonical: str, *here: str, convert: Convert = as_it_is, own_name_decides: bool = False
) -> Place:
    """A Place, its paths written with dots."""
    (own,) = paths(canonical)
    return Place(own, paths(*here), convert, own_name_decides)


def found_at(obj: JsonObject, path: Path) -> Any:
    """What stands at `path`; None if nothing does."""
    found: Any = obj
    for name in path:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def put(obj: JsonObject, path: Path, value: object) -> None:
    """Let `value` stand at `path`, unless what should hold it is no object."""
    *holders, name = path
    holder = found_at(obj, tuple(holders))
    if isinstance(holder, dict):
        holder[name] = value


def remove(obj: JsonObject, path: Path) -> None:
    """Take away what stands at `path`, and an object that is empty then, but for `data`.

    `obj` and its `data` are changed in place; what lies deeper is copied first.
    """
    name, *inner = path
    if not inner:
        obj.pop(name, None)
    elif isinstance(obj.get(name), dict):
        if name != "data":
            obj[name] = dict(obj[name])
        remove(obj[name], tuple(inner))
        if not obj[name] and name != "data":
            del obj[name]


def same(one: object, other: object) -> bool:
    """Whether two values say the same: numbers but for rounding."""
    try:
        if isinstance(one, int | float) and isinstance(other, int | float):
            return math.isclose(one, other, rel_tol=1e-9)
        return bool(one == other)
    except (OverflowError, RecursionError):
        return False
