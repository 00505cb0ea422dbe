"""How everything here is compared: short blocks in shuffled order, on a machine that belongs to others too.

A bare C loop's own pooled p99 ran from 1.1 to 4.4 ms on one shared machine while its p50 held. So each contestant plays
blocks of about a second, in turn and in shuffled order; a block in which the hypervisor took more than 1 % of the
processors' time is run again; and what is compared is the median over blocks of a block's p95. Too few blocks
that nobody disturbed is "inconclusive", never a pass.
"""

import math
import os
import random
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from polate.cli.timing_check import MOST_STEAL, percentile, stolen

__all__ = ["ENOUGH", "Blocks", "Row", "interleaved", "print_rows", "table"]

ENOUGH = 20
"""So many undisturbed blocks of each side a verdict takes."""

_MOST_TRIES = 3  # times as many blocks as were asked for, and there is an end


@dataclass(slots=True)
class Blocks:
    """What one contestant did: the measured values of each block."""

    clean: list[list[float]] = field(default_factory=list)
    disturbed: int = 0  # blocks that were run again

    def pooled(self, percent: float) -> float:
        """A percentile of all values together."""
        return percentile([value for block in self.clean for value in block], percent)

    def typical(self, percent: float) -> float:
        """The median over blocks of a block's percentile."""
        return statistics.median(percentile(block, percent) for block in self.clean) if self.clean else math.nan

    @property
    def enough(self) -> bool:
        return len(self.clean) >= ENOUGH


def interleaved(
    turns: Mapping[str, Callable[[], Sequence[float]]],
    blocks: int,
    shuffle: random.Random,
    steal: Callable[[], Callable[[], float]] = stolen,
) -> dict[str, Blocks]:
    """Have each contestant play so many undisturbed blocks, in rounds of shuffled order."""
    results = {name: Blocks() for name in turns}
    for _ in range(blocks * _MOST_TRIES):
        waiting = [name for name, result in results.items() if len(result.clean) < blocks]
        for name in shuffle.sample(waiting, len(waiting)):
            share = steal()
            values = list(turns[name]())
            if share() > MOST_STEAL:
                results[name].disturbed += 1
            else:
                results[name].clean.append(values)
    return results


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the table; ``ratio`` is what the target speaks of."""

    figure: str
    ours: str
    baseline: str
    ratio: float
    limit: float
    enough: bool
    least: bool = False  # the limit is a lower one
    unit: str = "x"

    @property
    def verdict(self) -> str:
        if not self.enough or math.isnan(self.ratio):
            return "inconclusive"
        return "holds" if (self.ratio >= self.limit if self.least else self.ratio <= self.limit) else "MISSED"


def table(rows: Sequence[Row]) -> str:
    """Markdown, as in docs/performance.md."""
    lines = ["| figure | ours | baseline | measured | target | verdict |", "|---|---|---|---|---|---|"]
    for row in rows:
        target = f"{'at least' if row.least else 'at most'} {row.limit:g} {row.unit}"
        ratio = f"{row.ratio:.3g} {row.unit}"
        lines.append(f"| {row.figure} | {row.ours} | {row.baseline} | {ratio} | {target} | {row.verdict} |")
    return "\n".join(lines)


def print_rows(rows: Iterable[Row]) -> None:
    """Print each row as soon as it is measured, then the whole table and the load of the machine."""
    measured = []
    for row in rows:
        print(table([row]).splitlines()[-1], flush=True)
        measured.append(row)
    print(f"\n{table(measured)}\n\nload average {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
