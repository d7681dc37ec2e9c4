"""The operator page in a real browser, in front of a real worker."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from orchestrator.clock import SystemClock
from orchestrator.core.policy_records import PolicyText
from orchestrator.read_model.trials import KnownTrials
from orchestrator.trial.shadows import start_shadow
from tests.product.browser import Look, chromium, look, needs_chromium
from tests.product.contrast import faint_texts
from tests.product.house import CONFIG, PARTITIONS, Entry, House, Worker, get
from tests.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

HOSTILE = "<script>alert('x')</script>"
EMOJI = 'fox 🦊 & "quotes" <b>bold</b>'
LEARNERS = ("ada", "ben", "eva", HOSTILE, EMOJI)
SEEN_WITHIN_S = 5.0 + 2.0
"""The promise, and some slack for a machine that has much else to do."""


def lesson(learner: str, number: int, minutes_ago: float, **data: Any) -> Entry:
    """Coursework of a learner's."""
    at = SystemClock().now() - timedelta(minutes=minutes_ago)
    return "aivo.events.coursework", {
        "id": f"{learner}-{number}",
        "type": "COURSEWORK_ANALYZED",
        "tenant_id": "oak-school",
        "learner_id": learner,
        "timestamp": at.isoformat(),
        "data": {"performance_metrics": {"accuracy": 0.7, "engagement": 0.8}, **data},
    }


class School:
    """A worker with some learners of whom each has had a break for learning 27 minutes."""

    def __init__(self, house: House, worker: Worker, browser: Browser) -> None:
        self.house = house
        self.worker = worker
        self.browser = browser

    async def begin(self) -> None:
        """Let it all happen, once."""
        long = [lesson(name, 1, 2.0, session_duration=27) for name in LEARNERS]
        gaps = [lesson(name, 2, 1.0, learning_gaps=["fractions"]) for name in LEARNERS]
        bad: Entry = ("aivo.events.sel", {"id": "bad", "type": "LUNCH_EATEN"})
        await self.house.add([*long, *gaps, bad])
        await self.house.settled(self.worker, events=len(LEARNERS) * 2 + 1)
        await eventually(lambda: get(self.worker, "/actions")["total_count"] == 2 * len(LEARNERS))

    @asynccontextmanager
    async def look(self, **options: Any) -> AsyncIterator[Look]:
        """The page, once it shows figures."""
        async with look(self.browser, self.worker.url, **options) as found:
            await found.shows("#recent button.person", "ada")
            yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def school(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[School]:
    async with House(tmp_path_factory.mktemp("page")) as house, chromium() as browser:
        worker = house.new_worker()
        await asyncio.to_thread(worker.start)
        school = School(house, worker, browser)
        await school.begin()
        yield school


async def test_a_newcomer_finds_a_learner_and_sees_why_the_last_break_and_when_the_next(
    school: School,
) -> None:
    async with school.look() as it:
        await it.page.get_by_role("button", name="Break", exact=True).click()
        await it.page.locator("#recent").get_by_role("button", name=re.compile("^ada")).click()

        await it.shows("#last-break", "This learner has worked for a long stretch without a pause")
        words = await it.text("#last-break")
        assert "Break: movement, 5 min" in words
        assert "Minutes of learning without a pause: 27; the rule's limit is 25" in words
        await it.shows("#last-break .pill", "Delivered")

        await it.shows("#next-break", "Not before")
        await it.shows("#next-break li", "learning without a pause")
        await it.shows("#waits dt", "level.up.streak")
        await it.shows(".timeline li", "Learning path: fractions")

        at = it.page.locator("#last-break time").first
        utc = await at.get_attribute("title") or ""
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", utc)
        assert await at.inner_text() != utc[11:19]  # Berlin is never at UTC


async def test_all_parts_are_shown_with_their_figures(school: School) -> None:
    async with school.look() as it:
        await it.shows("#overall", "Healthy")
        for part in ("kafka", "redis_connection", "learner_svc", "notification_svc", "tables"):
            await it.shows(f"#part-{part}", "Healthy")
        await it.shows("#actions tr", "Break")
        await it.shows("#services li", "Breaker closed")
        await it.shows("#lanes tr", "aivo.events.coursework")
        assert await it.page.locator("#owners li").count() == 12
        await it.shows("#books", "Balanced")
        await it.shows("#dead tr", "LUNCH_EATEN")
        await it.page.locator("#dead").get_by_role("button", name="Replay").click()
        await it.shows("#dead [role=status]", "It was not replayed")

        path = it.page.locator("#line-events .curve")
        drawn = await path.get_attribute("d")
        await it.page.wait_for_function(
            "before => document.querySelector('#line-events .curve').getAttribute('d') != before",
            arg=drawn,
        )


async def test_trials_are_shown_once_there_is_one(school: School) -> None:
    async with school.look() as it:
        assert not await it.page.locator("#trials").is_visible()
        kafka = {"bootstrap_servers": school.house.kafka.bootstrap_servers}
        policy, messages = CONFIG / "policy.toml", CONFIG / "messages.en.toml"
        text = policy.read_text().replace("after_minutes = 25", "after_minutes = 10")
        candidate = PolicyText(text, messages.read_text())
        now = SystemClock().now()
        await start_shadow(kafka, PARTITIONS, candidate, (), KnownTrials(), now)
        await it.shows("#trials", "nobody is asked for anything by it")

        await school.house.add([lesson("eva", 3, 0.0, session_duration=12)])

        await it.shows("#trials tr", "Break")
        assert "Shadow of aivo-" in await it.text("#trials")


@pytest.mark.parametrize("learner", [HOSTILE, EMOJI])
async def test_a_hostile_id_is_but_text(school: School, learner: str) -> None:
    async with school.look() as it:
        await it.page.locator("#find-learner").fill(learner)
        await it.page.locator("#find-learner").press("Enter")
        await it.shows("#found", "Found at 1 tenant")
        await it.page.locator("#who").wait_for()
        assert await it.text("#who") == learner
        await it.shows("#last-break", "movement")
        assert await it.page.locator("main script, main b").count() == 0


async def test_ids_that_are_nobodys_are_answered_in_words(school: School) -> None:
    async with school.look() as it:
        for learner, words in {
            "nobody": "No event of such a learner",
            "x" * 20_000: "at most 128 characters",
            "/../stats?#%00": "No event of such a learner",
        }.items():
            await it.page.locator("#find-learner").fill(learner)
            await it.page.get_by_role("button", name="Find", exact=True).click()
            await it.shows("#found", words)


async def test_the_keyboard_alone_will_do(school: School) -> None:
    async with school.look() as it:
        press = it.page.keyboard.press
        focused = "document.activeElement.innerText || document.activeElement.id"
        await press("Tab")
        assert await it.page.evaluate(focused) == "Skip to the figures"
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert await it.page.evaluate(outline) != "none"
        await press("Tab")
        await press("Enter")
        assert await it.page.evaluate("location.hash") == "#learners"
        for _ in range(12):
            await press("Tab")
            if await it.page.evaluate("document.activeElement.classList.contains('person')"):
                break
        await press("Enter")
        await it.shows("#last-break", "movement")
        assert await it.page.evaluate("document.activeElement.id") == "learner"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_text_stands_out_from_its_ground(
    school: School, scheme: Literal["light", "dark"]
) -> None:
    async with school.look(scheme=scheme) as it:
        await it.page.locator("#recent button.person").first.click()
        await it.shows("#next-break", "Not before")
        ground = "getComputedStyle(document.body).backgroundColor"
        assert (await it.page.evaluate(ground) == "rgb(14, 19, 25)") is (scheme == "dark")
        assert await faint_texts(it.page) == []

        other = "light" if scheme == "dark" else "dark"
        await it.page.get_by_label("Colours").select_option(other)
        assert (await it.page.evaluate(ground) == "rgb(14, 19, 25)") is (other == "dark")
        assert await faint_texts(it.page) == []


@pytest.mark.parametrize("width", [320, 680])
async def test_nothing_is_cut_off_on_a_phone_or_at_twice_the_size(
    school: School, width: int
) -> None:
    async with school.look(width=width) as it:
        await it.page.locator("#recent button.person").first.click()
        await it.shows("#last-break", "movement")
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await it.page.evaluate(over) == 0


async def test_what_goes_away_is_seen_within_seconds_and_so_is_its_return(school: School) -> None:
    house = school.house
    async with school.look() as it:
        house.valkey.kill()
        await it.shows("#part-redis_connection", "Degraded", SEEN_WITHIN_S)
        await it.shows("#overall", "Degraded")
        await house.sandbox.stop()
        await it.shows("#part-learner_svc", "Degraded", SEEN_WITHIN_S)
        await it.shows("#part-notification_svc", "Degraded", SEEN_WITHIN_S)
        await house.sandbox.start()
        await asyncio.to_thread(house.valkey.start)
        await it.shows("#overall", "Healthy", 20)


async def test_a_worker_that_is_gone_is_told_with_the_time_since_when(school: School) -> None:
    async with school.look() as it:
        school.house.kafka.kill()
        await it.shows("#part-kafka", "Unhealthy", SEEN_WITHIN_S)
        school.worker.kill()
        await it.shows("#banner", "does not answer since", SEEN_WITHIN_S)
        await it.shows("#overall", "No answer")
        assert await it.page.locator("main.stale").count() == 1
        await it.shows("#figures", "Active learners")
