"""What docs/security.md asks an operator to type."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "security.md"


def redis_acl(password: str) -> list[str]:
    """The words of the one ACL SETUSER, with a password."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith("ACL SETUSER"))
    assert " >PASSWORD " in line
    return line.replace(">PASSWORD", f">{password}").split()
