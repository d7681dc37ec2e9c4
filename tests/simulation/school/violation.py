"""What a seed is asked for, and has not kept."""


class Violation(Exception):
    """`key`: of the learner whose history shows it; None where it is nobody's in particular."""

    def __init__(self, invariant: str, key: bytes | None, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant
        self.key = key
        self.detail = detail


def hold(invariant: str, key: bytes | None, wrong: object) -> None:
    """Raise Violation if there is anything wrong."""
    if wrong:
        raise Violation(invariant, key, str(wrong))
