"""The voices of one onset: the melodic line, the bass on the principal tones, and the chord of the cell.

Slot, Hit --strike--> NOTE        Slot --Voices.accompany--> NOTE, TIE
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from polate.control.settings import PlaySettings
from polate.gate.frames import MONO, Frame, Kind
from polate.sequencer.phrase import Slot
from polate.sequencer.rhythm import Hit

__all__ = ["BASS", "CHORD", "KEYS", "LINE", "Voices", "strike"]

LINE, BASS, CHORD, KEYS = range(1, 5)
"""The voice of a note, in `Frame.voice`."""


def strike(slot: Slot, played: Hit, settings: PlaySettings, serial: int, due_ns: int, next_ns: int) -> list[Frame]:
    """The notes of the melodic line in one onset.

    ``serial``: of the onset. ``due_ns``, ``next_ns``: when it and the next onset are due. The setting ``gate`` is the
    length of the notes in percent of the time between them.
    """
    off_ns = due_ns + max(1, round((next_ns - due_ns) * settings.gate / 100))
    voice = LINE | (MONO if settings.gate <= 100 else 0)
    channel = settings.channel - 1
    return [Frame(Kind.NOTE, serial, channel, note, played.velocity, due_ns, off_ns, 0, voice) for note in slot.notes]


@dataclass(frozen=True, slots=True)
class Voices:
    """The notes that the bass and the chord hold.

    They are struck at the beginning of each cell. When the phrase changes inside a cell, notes that the old and the new
    phrase have in common continue.
    """

    cell: tuple[int, int] | None = None  # turn and group for which they were struck; None: the phrase has changed
    held: Mapping[int, tuple[int, frozenset[int]]] = field(default_factory=dict)  # voice -> channel 0..15, notes
    until_ns: int = 0  # when the notes end

    def unsettled(self) -> Self:
        """The phrase has changed: the next onset compares the held notes with it."""
        return type(self)(None, self.held, self.until_ns)

    def accompany(
        self,
        slot: Slot,
        turn: int,
        settings: PlaySettings,
        ports: Mapping[int, int],
        serial: int,
        due_ns: int,
        end_ns: int,
    ) -> tuple[list[Frame], Self]:
        """The frames of the bass and the chord in one onset, and the voices after it.

        ``turn``: how many turns of the phrase are complete. ``ports``: place of the MIDI output, by voice. ``serial``:
        of the onset. ``due_ns``: when the onset is due. ``end_ns``: when its cell ends.
        """
        if self.cell == (turn, slot.group):
            return [], self
        frames: list[Frame] = []
        now: dict[int, tuple[int, frozenset[int]]] = {}
        # A new cell strikes all its notes. A new phrase strikes only the notes that are not held already.
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
                frames.append(Frame(Kind.TIE, serial, held_channel, note, 0, due_ns, off_ns, port, voice))
            if channel:
                now[voice] = (channel - 1, wanted)
                for note in sorted(wanted - held if same else wanted):
                    mono = 0 if before else MONO
                    frames.append(
                        Frame(Kind.NOTE, serial, channel - 1, note, velocity, due_ns, end_ns, port, voice | mono)
                    )
        return frames, type(self)((turn, slot.group), now, end_ns)


def _within(note: int) -> int:
    """The note moved by octaves into 0..127."""
    return note % 12 if note < 0 else note - 12 * ((note - 116) // 12) if note > 127 else note
