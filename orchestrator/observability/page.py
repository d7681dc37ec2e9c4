"""docs/metrics.md, made from the table of metrics.

python -m orchestrator.observability.page docs/metrics.md
"""

from pathlib import Path

import click

from orchestrator.observability.metric import Metric
from orchestrator.observability.metrics import rows

INTRODUCTION = """\
# Metrics

What a worker tells at `GET /metrics`, in the order of one event's way. This page is made from the
table in `orchestrator/observability/metrics.py` by
`python -m orchestrator.observability.page docs/metrics.md`.

A counter or histogram counts since its worker was started; the cluster is the sum of its workers.
Where it says *cluster*, every worker shows the same figure of the whole cluster: take the largest,
not the sum. Times are in seconds. No label holds a learner, a tenant or an event.

Beside these there are those of the process and the Python in it (`process_…`, `python_…`).
"""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *map(_section, rows().values())])


def _section(row: Metric[object]) -> str:
    kind = f"{row.kind}, cluster" if row.of_cluster else row.kind
    lines = [f"## {row.name}", "", f"*{kind}.* {row.meaning}", ""]
    if row.labels:
        lines += [*(f"- `{name}`: {values}" for name, values in row.labels.items()), ""]
    if row.buckets:
        lines += [f"Up to {', '.join(f'{bound:g}' for bound in row.buckets)}.", ""]
    return "\n".join(lines)


@click.command(epilog="Example: python -m orchestrator.observability.page docs/metrics.md")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def main(file: Path) -> None:
    """Write the page of all metrics into FILE."""
    file.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
