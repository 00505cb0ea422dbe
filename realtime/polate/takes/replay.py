"""A take made again from its journal: the engine is asked the same at the same times, on a clock that need not wait.

Start, Turn --> Session --frames--> Foresight --reports, but for the facts of the gate--> Tape --> MIDI file
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from polate.errors import PolateError
from polate.gate.frames import Frame
from polate.model.contract import Axis, Landmark
from polate.takes.journal import End, Facts, Start, Turn
from polate.takes.session import Foresight, Session
from polate.takes.smf import Tracks, midi_file
from polate.takes.timeline import Event
from polate.theory.pattern import Pattern

__all__ = ["Replayed", "replay"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a journal."""

    midi: bytes
    is_whole: bool  # it was ended in order, not cut off
    unfit: int  # facts of the gate that fit nothing: it is not what was played


def replay(
    start: Start,
    lines: Iterable[Turn | Facts | End],
    decode: "Callable[[Sequence[float]], Pattern]",
    axes: "Sequence[Axis]",
    landmarks: "Sequence[Landmark]" = (),
) -> Replayed:
    """Play it through. Raises `PolateError` for a journal that asks for what cannot be."""
    lines = list(lines)
    counts: Counter[Frame] = Counter()
    for line in lines:
        if isinstance(line, Facts):
            for count, frame in line.gate:
                counts[frame] += count
    missing = Counter({frame: -count for frame, count in counts.items() if count < 0})
    unforeseen = sorted(
        (frame for frame, count in counts.items() for _ in range(count)), key=lambda frame: frame.due_ns, reverse=True
    )
    session, foresight = Session(start, decode, axes, landmarks), Foresight()
    events: list[Event] = []

    def hear(reports: Iterable[Frame], now_ns: int) -> None:
        for report in reports:
            if missing[report]:
                missing[report] -= 1
            else:
                session.report(report)
        while unforeseen and unforeseen[-1].due_ns <= now_ns:
            session.report(unforeseen.pop())
        events.extend(session.tape.settle())

    last_ns = 0
    for line in lines:
        if isinstance(line, Turn):
            for now_ns, control in line.do:
                try:
                    session.apply(control, now_ns)
                except PolateError:
                    continue  # it was refused then, too
            hear(foresight.take(session.advance(line.at), line.at), line.at)
            last_ns = line.at
        elif isinstance(line, End):
            last_ns = line.end
    hear(foresight.advance(last_ns), last_ns)
    while unforeseen:
        session.report(unforeseen.pop())
    tracks = Tracks()
    parts = tracks.add([*events, *session.tape.settle()])
    ends = tracks.end(session.tape.rest())
    midi = midi_file({track: parts.get(track, b"") + data for track, data in ends.items()})
    return Replayed(midi, any(isinstance(line, End) for line in lines), missing.total())
