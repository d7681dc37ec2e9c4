"""One seed's world: producers, workers that come and go, services in changing weather.

`run` lets everything happen in an order that only the seed decides, then lets it come to rest.
"""

from datetime import datetime, timedelta
from functools import cache
from random import Random

from orchestrator.core.policy_records import CONTROL_KEY, Control, encode_control
from orchestrator.guarantee import Guarantee
from orchestrator.stream.records import Record
from orchestrator.topics import EVENTS
from tests.simulation.school.controls import Operators
from tests.simulation.school.days import BEGIN, STREAMS, Entry, school_days
from tests.simulation.school.downstream import Downstream
from tests.simulation.school.kafka import PARTITIONS, Fenced, Kafka
from tests.simulation.school.product import Product
from tests.simulation.school.redis import RedisStream
from tests.simulation.school.steps import Task
from tests.simulation.school.tables import Pool
from tests.simulation.school.violation import Violation
from tests.simulation.school.worker import Around, Worker

MOST_TURNS = 60_000
WORKERS = 3

pool = cache(Pool)


class WorldClock:
    """A worker's clock, somewhat off the true time."""

    def __init__(self, world: "World", off: timedelta) -> None:
        self._world = world
        self._off = off

    def now(self) -> datetime:
        return self._world.now + self._off


class World:
    """After `run`, everything that was written and called is in here."""

    def __init__(self, seed: int, guarantee: Guarantee, product: Product | None = None) -> None:
        self.random = random = Random(f"world {seed} {guarantee}")
        self.product = product or Product()
        self.now = BEGIN
        self.kafka = Kafka()
        self.redis = {name: RedisStream(name) for name in STREAMS}
        self.downstream = Downstream(random)
        self.around = Around(
            self.product, guarantee, self.kafka, self.redis, self.downstream, random
        )
        self.workers: list[Worker] = []
        self.asleep: list[Worker] = []
        self.astray: list[Worker] = []
        self.coming = school_days(seed)[::-1]
        self.given: dict[str, Entry] = {}
        self.controls: dict[tuple[int, int], Control] = {}
        self.trace: list[str] = []
        self.peril = random.choice([0.0, 0.002, 0.01])
        self.switching = random.choice([0.0, 0.001, 0.003])
        self.operators = Operators(Random(f"operators {seed}"))
        self._born = 0

    def run(self) -> None:
        """Live through all entries, then rest. Raises Violation if it never comes to rest."""
        self._join()
        while self.coming:
            self._turn()
        self._calm_down()
        for _ in range(MOST_TURNS):
            if not self._progress() and not self._deliver_on():
                break
        else:
            raise Violation("everything comes to rest", None, f"not within {MOST_TURNS} turns")
        for worker in self.workers:
            worker.commit()
            pool().give_back(worker.tables)

    # -- what happens next

    def _turn(self) -> None:
        chance = self.random.random()
        if chance < self.peril:
            self.random.choice(
                [self._kill, self._kill, self._freeze, self._cut_off, self._join, self._leave]
            )()
        elif chance < self.peril + self.switching:
            self._switch_policy()
        elif chance < 0.015:
            self.downstream.change_weather()
        elif chance < 0.03:
            self.random.choice(self.workers).commit()
        elif chance < 0.04 and self.asleep:
            self._wake()
        elif chance < 0.05:
            self._deliver_on()
        elif chance < 0.12 or not self._progress():
            self._pass_time()

    def _progress(self) -> bool:
        """Begin something, or bring something under way one step further; False: all is done."""
        at_work = [*self.workers, *self.astray]
        tasks = [(worker, task) for worker in at_work for task in worker.under_way()]
        if tasks and self.random.random() < 0.8:
            self._go_on(*self.random.choice(tasks))
            return True
        for worker in self.random.sample(at_work, len(at_work)):
            if beginnings := list(worker.can_begin()):
                self.random.choice(beginnings)()
                return True
        if tasks:
            self._go_on(*self.random.choice(tasks))
        return bool(tasks)

    def _go_on(self, worker: Worker, task: Task) -> None:
        try:
            task.go_on()
        except Fenced:
            self.astray.remove(worker)
            self._note(f"{worker.name} is refused, and gives up")
            self._forget(worker)

    def _deliver_on(self) -> bool:
        at_work = [*self.workers, *self.astray]
        rounds = [begin for worker in at_work for begin in worker.can_go_round()]
        if rounds:
            self.random.choice(rounds)()
        return bool(rounds)

    def _pass_time(self) -> None:
        """To the next entry; now and then over it, when nobody has had time."""
        self.now = max(self.now, self.coming[-1].at)
        if self.random.random() < 0.05:
            self.now += timedelta(minutes=self.random.choice([1, 6, 12, 90]))
        if self.random.random() < 0.002:
            self.now += timedelta(hours=25)
        while self.coming and self.coming[-1].at <= self.now:
            entry = self.coming.pop()
            entry_id = self.redis[entry.stream].add(entry)
            self.given[f"redis:{entry.stream}:{entry_id.decode()}"] = entry

    def _switch_policy(self) -> None:
        said = self.operators.says(self.random.choice(self.product.policies).version)
        self._note(f"{said}")
        for partition in range(PARTITIONS):
            self.controls[partition, len(self.kafka.log[EVENTS][partition])] = said
            self.kafka.append(EVENTS, partition, [Record(CONTROL_KEY, encode_control(said))])

    # -- who comes and goes

    def _join(self) -> None:
        if len(self.workers) < WORKERS:
            off = timedelta(seconds=self.random.choice([0, 0, 0, -20, 20]))
            name = f"worker {self._born}"
            self._born += 1
            self._note(f"{name} joins")
            clock = WorldClock(self, off)
            self.workers.append(Worker(name, self.around, clock, pool().take()))
            self._deal()

    def _leave(self) -> None:
        if len(self.workers) > 1:
            worker = self.workers.pop(self.random.randrange(len(self.workers)))
            self._note(f"{worker.name} leaves")
            for partition in list(worker.partitions):
                worker.let_go(partition)
            for stream in list(worker.streams):
                worker.let_go_of_stream(stream)
            self._bury(worker)

    def _kill(self) -> None:
        worker = self.workers.pop(self.random.randrange(len(self.workers)))
        self._note(f"{worker.name} is killed")
        self._bury(worker)

    def _bury(self, worker: Worker) -> None:
        self._forget(worker)
        self._deal() if self.workers else self._join()

    def _forget(self, worker: Worker) -> None:
        worker.die()
        pool().give_back(worker.tables)

    def _freeze(self) -> None:
        worker = self._outcast()
        self._note(f"{worker.name} stands still")
        self.asleep.append(worker)

    def _cut_off(self) -> None:
        """It works on, and does not know that others have its partitions."""
        worker = self._outcast()
        self._note(f"{worker.name} hears no more of its group")
        self.astray.append(worker)

    def _outcast(self) -> Worker:
        worker = self.workers.pop(self.random.randrange(len(self.workers)))
        worker.fenced = True
        self._deal() if self.workers else self._join()
        return worker

    def _wake(self) -> None:
        """It goes on where it stood, as far as the broker allows, and then ends."""
        worker = self.asleep.pop()
        self._note(f"{worker.name} goes on")
        for task in worker.under_way():
            try:
                task.finish()
            except Fenced:
                continue
        self._forget(worker)

    def _deal(self) -> None:
        """A rebalance: partitions and streams among the workers that are there."""
        for number in range(PARTITIONS):
            self._give_partition(number, self.random.choice(self.workers))
        for stream in STREAMS:
            owner = self.random.choice(self.workers)
            for worker in self.workers:
                if worker is not owner and stream in worker.streams:
                    worker.let_go_of_stream(stream)
            owner.streams.add(stream)

    def _give_partition(self, number: int, owner: Worker) -> None:
        for worker in self.workers:
            if worker is not owner and number in worker.partitions:
                worker.let_go(number)
        if number not in owner.partitions:
            owner.begin(number)

    def _calm_down(self) -> None:
        while self.asleep:
            self._wake()
        while self.astray:
            self._forget(self.astray.pop())
        self.downstream.calm = True

    def _note(self, what: str) -> None:
        self.trace.append(f"{self.now:%d %H:%M:%S} {what}")
