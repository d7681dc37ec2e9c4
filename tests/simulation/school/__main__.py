"""Days of school by seeds, under both guarantees, judged.

python -m tests.simulation.school --seed 17            one seed, and its history
python -m tests.simulation.school --seeds 1..5000      many, until one fails
"""

import argparse
import sys
from collections.abc import Sequence

from orchestrator.guarantee import Guarantee
from tests.simulation.school.history import failure, whole
from tests.simulation.school.product import Product
from tests.simulation.school.seeds import Lived


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. 0: all holds."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.school",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", type=int)
    which.add_argument("--seeds", type=_seeds, help="first..last")
    parser.add_argument(
        "--guarantee", type=Guarantee, choices=list(Guarantee), help="instead of both"
    )
    given = parser.parse_args(arguments)
    guarantees = [given.guarantee] if given.guarantee else list(Guarantee)
    product = Product()
    if given.seeds is None:
        return _one(given.seed, guarantees, product)
    return _many(given.seeds, guarantees, product)


def _seeds(text: str) -> range:
    first, last = text.split("..")
    return range(int(first), int(last) + 1)


def _one(seed: int, guarantees: Sequence[Guarantee], product: Product) -> int:
    lives = [Lived(seed, guarantee, product) for guarantee in guarantees]
    for lived in lives:
        print(whole(lived))
    return int(any(lived.violation for lived in lives))


def _many(seeds: range, guarantees: Sequence[Guarantee], product: Product) -> int:
    for number, seed in enumerate(seeds, start=1):
        for guarantee in guarantees:
            lived = Lived(seed, guarantee, product)
            if lived.violation is not None:
                print(f"\n{failure(lived)}")
                return 1
        if number % 50 == 0 or number == len(seeds):
            print(f"\r{number:,} of {len(seeds):,} seeds, all holds", end="", flush=True)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
