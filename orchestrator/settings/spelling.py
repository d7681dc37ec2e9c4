"""Slips of the pen."""


def one_edit_apart(one: str, other: str) -> bool:
    """Whether adding, dropping or changing one letter, or swapping two neighbours, is enough.

    Two equal words are not one edit apart.
    """
    short, long = sorted((one, other), key=len)
    if one == other or len(long) - len(short) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    changed = short[at + 1 :] == long[at + 1 :]
    return changed or short[at:] == long[at + 1] + long[at] + long[at + 2 :]
