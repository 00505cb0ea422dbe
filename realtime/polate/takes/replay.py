"""Makes a take again from its journal: the engine gets the same commands at the same times, on a virtual clock.

Start, Turn --> Session --frames--> IdealGate --reports, corrected by the deviations--> Timeline --> MIDI file
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from polate.errors import PolateError
from polate.gate.frames import Frame
from polate.model.contract import Axis, Landmark
from polate.takes.events import Event
from polate.takes.ideal_gate import IdealGate
from polate.takes.journal import Deviations, End, LaterLine, Start, Turn
from polate.takes.session import Session
from polate.takes.smf import TrackEncoder, midi_file
from polate.theory.pattern import Pattern

__all__ = ["Replayed", "replay"]

_END_OF_TIME = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Replayed:
    """The result of a replay."""

    midi: bytes
    is_whole: bool  # the journal has its last line: it was not cut off
    unmatched: int  # reports that the journal says were missing and the replay has not: the journal was changed


class _Reports:
    """The reports of the ideal gate, with the deviations of the journal: without the missing, and with the surplus."""

    def __init__(self, deviations: Iterable[tuple[int, Frame]]) -> None:
        counts: Counter[Frame] = Counter()
        for count, frame in deviations:
            counts[frame] += count
        self._missing = Counter({frame: -count for frame, count in counts.items() if count < 0})
        surplus = (frame for frame, count in counts.items() for _ in range(count))
        self._surplus = sorted(surplus, key=lambda frame: frame.due_ns, reverse=True)  # the next is the last

    @property
    def missing(self) -> int:
        """How many missing reports the ideal gate has not made."""
        return self._missing.total()

    def corrected(self, reports: Iterable[Frame], now_ns: int) -> list[Frame]:
        """The real gate's reports, given those of the ideal gate up to now."""
        real = []
        for report in reports:
            if self._missing[report]:
                self._missing[report] -= 1
            else:
                real.append(report)
        while self._surplus and self._surplus[-1].due_ns <= now_ns:
            real.append(self._surplus.pop())
        return real


def replay(
    start: Start,
    lines: Iterable[LaterLine],
    decode: Callable[[Sequence[float]], Pattern],
    axes: Sequence[Axis],
    landmarks: Sequence[Landmark] = (),
) -> Replayed:
    """The take of a journal. Raises `PolateError` for a start that the engine refuses, and what ``lines`` raises."""
    lines = list(lines)
    session, ideal_gate = Session(start, decode, axes, landmarks), IdealGate()
    reports = _Reports(entry for line in lines if isinstance(line, Deviations) for entry in line.reports)
    events: list[Event] = []

    def hear(ideal: Iterable[Frame], now_ns: int) -> None:
        for report in reports.corrected(ideal, now_ns):
            session.report(report)
        events.extend(session.timeline.settle())

    last_ns = 0
    for line in lines:
        if isinstance(line, Turn):
            for now_ns, command in line.do:
                try:
                    session.apply(command, now_ns)
                except PolateError:
                    continue  # the take's engine refused it too
            hear(ideal_gate.take(session.advance(line.at), line.at), line.at)
            last_ns = line.at
        elif isinstance(line, End):
            last_ns = line.at
    hear(ideal_gate.advance(last_ns), last_ns)
    hear((), _END_OF_TIME)
    midi = midi_file(TrackEncoder().end([*events, *session.timeline.rest()]))
    return Replayed(midi, any(isinstance(line, End) for line in lines), reports.missing)
