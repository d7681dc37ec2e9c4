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


def test_it_says_how_many_a_second_where_that_is_wanted() -> None:
    said: list[str] = []
    now = 100.0
    progress = Progress(said.append, lambda: now, rate=True)
    now = 104.0
    progress.reached("records", 6_000, 60_000)
    assert said == ["records: 6,000 of 60,000, 1,500 a second, 36 s left …"]
