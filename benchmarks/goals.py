"""The goals as data: what is measured, what is to be reached, and what judges it."""

from math import inf

from benchmarks.judging import Goal, Read, Results, at, at_least, at_most, times
from benchmarks.peers import goals as peers

EVENTS_S = "events/s"
WAY = "the whole way at 2,000 events/s"
OURS = {
    "ours-kernel-alo": "at the task of its peers, at least once",
    "ours-kernel-eo": "at the task of its peers, exactly once",
    "ours-whole-alo": "by all its rules, at least once",
    "ours-whole-eo": "by all its rules, exactly once",
}
PEERS = {
    "quix": "Quix Streams",
    "kafka-streams-rocksdb": "warm Kafka Streams with RocksDB",
    "faust": "Faust as it comes",
    "raw": "one Python process without a framework",
}
BESIDE = sorted(peers.GOALS, key=lambda goal: list(OURS).index(goal.ours))
"""At the same small task on both sides; and by all rules, which the peers cannot express."""
LOADS = ("a backlog", "1,000 events/s")
GROWN = "the costliest above the cheapest"


def percent(share: Read) -> Read:
    """A share of one, in hundredths."""
    return lambda results: 100 * share(results)


def events_s(side: str, figure: str = "events_per_second") -> Read:
    """Events a second of one side of the comparison."""
    return at("decide_worker", "sides", side, figure)


def latency(guarantee: str, percentile: str) -> Read:
    """Milliseconds of the whole way, with as many partitions as in the comparison with the peers.

    Of a rate that was not sustained in every run they are infinite.
    """
    case = ("latency", "4 partitions", guarantee, "2,000/s")
    runs, sustained, found = at(*case, "runs"), at(*case, "sustained"), at(*case, percentile)

    def read(results: Results) -> float:
        return inf if sustained(results) < runs(results) else found(results)

    return read


def beside(goal: peers.Goal) -> Goal:
    """A goal of the comparison with the peers, judged by the ratios of the same rounds."""
    peer = events_s(goal.peer, "warm_events_per_second" if goal.warm else "events_per_second")
    judge = times(goal.factor, events_s(goal.ours), peer, ratio(goal))
    what = f"decide worker {OURS[goal.ours]}, beside {PEERS[goal.peer]}"
    return Goal(what, f">= {goal.factor:g} times", EVENTS_S, judge)


def ratio(goal: peers.Goal) -> Read:
    """How many times the peer's events a second ours are."""
    return at("decide_worker", "goals", str(goal), "ratio")


def until_well(results: Results) -> float:
    """Seconds; infinite if the worker did not recover while it was watched."""
    found, name = results.get("pressure", {}).get("figures", {}), "seconds until well again"
    never = name in found and found[name] is None
    return inf if never else at("pressure", name)(results)


GOALS = (
    *(beside(goal) for goal in BESIDE),
    Goal(f"{WAY}, at least once, p50", "<= 10 ms", "ms",
         at_most(10, latency("at_least_once", "p50"))),
    Goal(f"{WAY}, at least once, p99", "<= 40 ms", "ms",
         at_most(40, latency("at_least_once", "p99"))),
    Goal(f"{WAY}, exactly once, p99", "<= 100 ms", "ms",
         at_most(100, latency("exactly_once", "p99"))),
    Goal("bridge, one lane", ">= 50,000 entries/s", "entries/s",
         at_least(50_000, at("bridge", "one lane", "entries/s"))),
    Goal("delivery to a service that answers after 5 ms, each learner's order kept",
         ">= 1,500 calls/s", "calls/s", at_least(1_500, at("delivery", "calls/s"))),
    Goal("backtest on 2 cores", ">= 150,000 events/s", EVENTS_S,
         at_least(150_000, at("backtest", EVENTS_S))),
    Goal("deciding alone, evidence included", "<= 4 microseconds", "microseconds",
         at_most(4, at("decide", "decide"))),
    Goal("restoring 1,000,000 learners", ">= 100,000 keys/s", "keys/s",
         at_least(100_000, at("restore", "keys/s"))),
    Goal("memory of a restored learner with 8 recent ids", "<= 1,024 bytes", "bytes",
         at_most(1_024, at("restore", "resident bytes a learner"))),
    Goal("what an event costs, of 1,000 to 1,000,000 learners", "within 15 %", "% apart",
         at_most(15, percent(at("growth", "learners", GROWN)))),
    Goal("what an event costs, of no to 64 recent ids", "within 15 %", "% apart",
         at_most(15, percent(at("growth", "recent ids", GROWN)))),
    *(Goal(f"what an event costs, of 1 to 64 partitions, {load}", "within 15 %", "% apart",
           at_most(15, percent(at("growth", "partitions", load, GROWN)))) for load in LOADS),
    *(Goal(f"CPU an event of two workers, {load}", "<= 1.15 of one worker's", "of one worker's",
           at_most(1.15, at("two_workers", load, "two workers", "a multiple of one worker")))
      for load in ("1,000 events/s", "50,000 events at once")),
    *(Goal(f"the read model, on the CPU of deciding, {load}", "<= 10 %", "%",
           at_most(10, percent(at("read_model", load, "with it", "share added"))))
      for load in LOADS),
    *(Goal(f"the slowest kind of query on a history of 1,000,000 rows, {load}, p99", "<= 50 ms",
           "ms", at_most(50, at("history", "slowest p99, ms", load)))
      for load in ("quiet", "while it is written")),
    Goal("until well again, after twice its capacity for five minutes", "<= 10 s", "s",
         at_most(10, until_well)),
)  # fmt: skip
