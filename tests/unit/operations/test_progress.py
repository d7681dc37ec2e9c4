"""A word now and then."""

from orchestrator.operations.progress import Progress


def test_short_work_is_silent_and_long_work_says_so_every_two_seconds() -> None:
    said: list[tuple[float, str]] = []
    now = 100.0

    def say(line: str) -> None:
        said.append((now, line))

    progress = Progress(say, lambda: now)
    for step in range(60):
        now = 100.0 + step / 10
        progress.reached("letters read", step * 1000, 60_000)
    assert said == [
        (102.0, "letters read: 20,000 of 60,000 …"),
        (104.0, "letters read: 40,000 of 60,000 …"),
    ]
