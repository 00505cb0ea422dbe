"""The voices of one onset: the line, the principal tones alone, the chord of the cell.

Slot, Hit --line--> NOTE        Slot --Voices.accompany--> NOTE, TIE
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from polate.control.settings import PlaySettings
from polate.gate.frames import MONO, Frame, Kind
from polate.sequencer.phrase import Slot
from polate.sequencer.rhythm import Hit

__all__ = ["BASS", "CHORD", "KEYS", "LINE", "Voices", "line"]

LINE, BASS, CHORD, KEYS = range(1, 5)
"""Whose note it is, in `Frame.voice`."""


def line(slot: Slot, played: Hit, settings: PlaySettings, step: int, due_ns: int, next_ns: int) -> list[Frame]:
    """The notes of a slot, each as long as the gate says of the time to the next onset."""
    off_ns = due_ns + max(1, round((next_ns - due_ns) * settings.gate / 100))
    voice = LINE | (MONO if settings.gate <= 100 else 0)
    channel = settings.channel - 1
    return [Frame(Kind.NOTE, step, channel, note, played.velocity, due_ns, off_ns, 0, voice) for note in slot.notes]


@dataclass(frozen=True, slots=True)
class Voices:
    """What the bass and the chord hold.

    They are struck with each cell; when the phrase changes in the middle of one, the tones that both have in common
    go on.
    """

    cell: tuple[int, int] | None = None  # the turn and the group that they were struck for
    held: Mapping[int, tuple[int, frozenset[int]]] = field(default_factory=dict)  # voice -> channel, notes
    until_ns: int = 0

    def unsettled(self) -> Self:
        """The phrase is another: what is held is looked at again with the next onset."""
        return type(self)(None, self.held, self.until_ns)

    def accompany(
        self,
        slot: Slot,
        turn: int,
        settings: PlaySettings,
        ports: Mapping[int, int],
        step: int,
        due_ns: int,
        end_ns: int,
    ) -> tuple[list[Frame], Self]:
        """The frames of an onset, and the voices after it. ``end_ns``: when the cell is over."""
        if self.cell == (turn, slot.group):
            return [], self
        frames: list[Frame] = []
        now: dict[int, tuple[int, frozenset[int]]] = {}
        # Struck anew with a new cell; with a new phrase, only what was not there.
        before = self.held if self.cell is None and self.until_ns > due_ns else {}
        for voice, channel, octave, velocity, notes in (
            (BASS, settings.bass, settings.bass_octave, settings.bass_velocity, (slot.principal,)),
            (CHORD, settings.chord, settings.chord_octave, settings.chord_velocity, slot.cell),
        ):
            held_channel, held = before.get(voice, (channel - 1, frozenset()))
            port = ports.get(voice, 0)
            wanted = frozenset(_within(note + 12 * octave) for note in notes) if channel else frozenset()
            same = held_channel == channel - 1
            for note in sorted(held):
                off_ns = end_ns if same and note in wanted else due_ns
                frames.append(Frame(Kind.TIE, step, held_channel, note, 0, due_ns, off_ns, port, voice))
            if channel:
                now[voice] = (channel - 1, wanted)
                for note in sorted(wanted - held if same else wanted):
                    mono = 0 if before else MONO
                    frames.append(
                        Frame(Kind.NOTE, step, channel - 1, note, velocity, due_ns, end_ns, port, voice | mono)
                    )
        return frames, type(self)((turn, slot.group), now, end_ns)


def _within(note: int) -> int:
    """The same pitch class within 0..127."""
    return note % 12 if note < 0 else note - 12 * ((note - 116) // 12) if note > 127 else note
