"""The commands that change what is played while the music plays. They are values, whatever they come from.

MIDI --polate.mapping--> any of them
OSC --polate.osc--> any of them
MIDI clock, Link, a plugin's song position --polate.sync--> Sync, Seek, Jump, SetPlaying
"""

from typing import Any, Literal

from msgspec.structs import force_setattr

from polate.control.checks import check_snapshot_name, field_of
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.control.path import Path
from polate.control.place_commands import (
    CORNERS,
    Command,
    Corner,
    GoTo,
    GoToPoint,
    KnowPlace,
    Pin,
    SetCorner,
    SetCornerPoint,
)
from polate.errors import ControlError

__all__ = [
    "CORNERS",
    "FASTEST",
    "LAST_BEAT",
    "MOST_BARS",
    "PORTS",
    "SLOWEST",
    "SYNC_SOURCES",
    "Capture",
    "ChooseController",
    "ChoosePort",
    "Control",
    "Corner",
    "DeleteSnapshot",
    "FollowClock",
    "Forget",
    "GoTo",
    "GoToPoint",
    "HoldPhrase",
    "Jump",
    "KeyDown",
    "KeyUp",
    "KnowPlace",
    "Learn",
    "Morph",
    "MovePad",
    "Panic",
    "Pin",
    "PortKind",
    "RecallSnapshot",
    "Record",
    "ReleaseKeys",
    "RenameSnapshot",
    "Seek",
    "Set",
    "SetAxis",
    "SetCorner",
    "SetCornerPoint",
    "SetMotion",
    "SetPath",
    "SetPlaying",
    "SetPoint",
    "SetVoicePort",
    "SongPosition",
    "StoreSnapshot",
    "Sync",
    "SyncSource",
]

PortKind = Literal["output", "bass-output", "chord-output", "input", "feedback-output"]
SyncSource = Literal["internal", "midi", "link", "osc"]
SYNC_SOURCES: tuple[SyncSource, ...] = ("internal", "midi", "link", "osc")

PORTS: tuple[PortKind, ...] = ("output", "bass-output", "chord-output", "input", "feedback-output")
"""The MIDI ports that can be chosen, as in the settings file."""

# -- the position in the map ----------------------------------------------------------------------


class SetAxis(Command, frozen=True):
    """Move one axis to a position in its useful range."""

    axis: int  # 0..latent_size - 1
    position: float  # 0..1


class SetPoint(Command, frozen=True):
    """Move every axis."""

    positions: tuple[float, ...]  # each 0..1


class Morph(Command, frozen=True):
    """Move the point to a position between the corners A and B."""

    position: float  # 0..1


class MovePad(Command, frozen=True, omit_defaults=True):
    """Move the point to a position between the four corners: A at (0, 0), B at (1, 0), C at (0, 1), D at (1, 1)."""

    x: float | None = None  # 0..1; None: no change
    y: float | None = None


# -- settings, snapshots and keys -----------------------------------------------------------------


class Set(Command, frozen=True):
    """Change a setting of `polate.control.settings.PlaySettings`.

    The value is converted to the setting's type. Raises `ControlError` for an unknown setting or a wrong value.
    """

    key: str  # as in the settings file
    value: Any

    def __post_init__(self) -> None:
        force_setattr(self, "value", field_of(FIELDS, self.key).convert(self.value))


class SetMotion(Command, frozen=True):
    """Change the motion of an axis: a setting of `polate.control.settings.Motion`.

    The value is converted to the setting's type. Raises `ControlError` for an unknown setting or a wrong value.
    """

    axis: int  # 0..latent_size - 1
    key: str
    value: Any

    def __post_init__(self) -> None:
        force_setattr(self, "value", field_of(MOTION_FIELDS, self.key).convert(self.value))


class SetPath(Command, frozen=True, omit_defaults=True):
    """Let the point travel along a path, or end that.

    The engine raises `ControlError` for an axis that the model does not have.
    """

    path: Path | None = None  # None: no path


class StoreSnapshot(Command, frozen=True):
    """Store the positions of the axes, their motions, the path and the settings under a name."""

    name: str

    def __post_init__(self) -> None:
        check_snapshot_name(self.name)


class RecallSnapshot(Command, frozen=True):
    """Restore the positions of the axes, their motions, the path and the settings of a snapshot.

    The engine raises `ControlError` if no snapshot has the name.
    """

    name: str


class RenameSnapshot(Command, frozen=True):
    """Give a snapshot another name, in the setting ``sequence`` too.

    The engine raises `ControlError` if no snapshot has the old name, or another one has the new name.
    """

    old: str
    new: str

    def __post_init__(self) -> None:
        check_snapshot_name(self.new)


class DeleteSnapshot(Command, frozen=True):
    """Delete a snapshot. The engine raises `ControlError` if no snapshot has the name."""

    name: str


class KeyDown(Command, frozen=True, omit_defaults=True):
    """Press a key. The settings ``keys``, ``hold`` and ``latch`` decide what that does.

    The same note on two channels is two keys. The engine raises `ControlError` for a note outside 0..127.
    """

    note: int  # 0..127
    velocity: int  # 1..127
    channel: int = 0  # 0..15, of MIDI; OSC and the page press the keys of channel 0


class KeyUp(Command, frozen=True, omit_defaults=True):
    """Release a key. Releasing a key that is not down does nothing."""

    note: int  # 0..127
    channel: int = 0  # 0..15


class ReleaseKeys(Command, frozen=True, omit_defaults=True):
    """Release every key of a channel, also those that the latch holds."""

    channel: int | None = None  # 0..15; None: of all channels


class HoldPhrase(Command, frozen=True):
    """Press or release the pedal of the setting ``listen``: it begins and ends a phrase.

    The client of the listening process handles this command, not the engine.
    """

    on: bool


# -- time -----------------------------------------------------------------------------------------


class SetPlaying(Command, frozen=True):
    """Start, or stop and end all notes. With the internal clock, a start begins at the top of the song."""

    playing: bool


class Seek(Command, frozen=True):
    """Go to a beat of the song."""

    beat: float  # in quarter notes from the beginning of the song


class Jump(Command, frozen=True):
    """Go to another beat when the song reaches a beat that is still to come: the end of another program's loop.

    A `Seek` to the same beat at that time then changes nothing.
    """

    at_beat: float  # where the song jumps, in quarter notes from its beginning
    beat: float  # where it goes on


class Sync(Command, frozen=True):
    """Follow another clock: ``beat`` is at the time ``at_ns``, and the tempo from there is ``bpm``."""

    beat: float
    at_ns: int
    bpm: float


SLOWEST, FASTEST = 4.0, 1000.0
"""The tempi that another clock can give, in bpm. A MIDI file can hold no tempo below 3.58 bpm."""

LAST_BEAT = 1_000_000
"""The farthest beat that can be gone to: 138 hours at 120 bpm."""

_LONGEST_COUNT_IN = 1000  # beats


class SongPosition(Command, frozen=True, omit_defaults=True, tag="Playhead"):
    """Where a DAW is in its song, as a plugin sends it 10 to 70 times a second. The OSC process's client handles this.

    In a journal it has the name of its OSC address, ``Playhead``.

    Raises `ControlError` for a beat or a tempo that no song has.
    """

    beat: float  # quarter notes from the beginning of the song; below 0 during a count-in
    bpm: float
    playing: bool
    loop: tuple[float, float] | None = None  # begin and end, in beats: at the end the song jumps to the begin
    at_ns: int = 0  # the time of this position, in nanoseconds of `polate.runtime.clock`

    def __post_init__(self) -> None:
        for beat in (self.beat, *(self.loop or ())):
            if not -_LONGEST_COUNT_IN <= beat <= LAST_BEAT:  # true for NaN too
                raise ControlError(f"the beat must be in {-_LONGEST_COUNT_IN}..{LAST_BEAT}, got {beat:g}")
        if not SLOWEST <= self.bpm <= FASTEST:
            raise ControlError(f"the tempo must be in {SLOWEST:g}..{FASTEST:g} bpm, got {self.bpm:g}")


class Panic(Command, frozen=True):
    """End all sounding notes at once and continue to play."""


class SetVoicePort(Command, frozen=True):
    """Play a voice to another MIDI output from its next note on. The player makes it from a `ChoosePort`."""

    voice: int  # of `polate.sequencer.voices`
    port: int  # its place among the gate's outputs


MOST_BARS = 64
"""The player remembers this many of the last bars."""


class Capture(Command, frozen=True):
    """Write the last bars that were played to a file. The player handles this command, not the engine."""

    bars: int  # 1..MOST_BARS

    def __post_init__(self) -> None:
        if not 1 <= self.bars <= MOST_BARS:
            raise ControlError(f"bars must be in 1..{MOST_BARS}, got {self.bars}")


class FollowClock(Command, frozen=True):
    """Take the tempo and the place in the song from this clock from now on; "internal": from Polate itself."""

    source: SyncSource


class ChoosePort(Command, frozen=True):
    """Use another MIDI port. The player handles this command, not the engine."""

    kind: PortKind
    name: str  # as in the settings file; empty: the default

    def __post_init__(self) -> None:
        if len(self.name) > 256 or "\0" in self.name:
            raise ControlError(f"a port's name must have at most 256 characters and no NUL, got {self.name[:80]!r}")


class Record(Command, frozen=True):
    """Begin or end a take. The player handles this command, not the engine."""

    on: bool


class Learn(Command, frozen=True):
    """Bind the next control of the MIDI controller that is moved to a target. The MIDI input's client handles this."""

    target: str  # as in a mapping; empty: stop learning


class Forget(Command, frozen=True):
    """Remove every mapping of a target. The MIDI input's client handles this."""

    target: str


class ChooseController(Command, frozen=True):
    """Use another template for the controller. The MIDI input's client handles this."""

    name: str  # of the template; empty: none


Control = (
    SetAxis
    | SetPoint
    | GoTo
    | GoToPoint
    | KnowPlace
    | Pin
    | SetCorner
    | SetCornerPoint
    | Morph
    | MovePad
    | Set
    | SetMotion
    | SetPath
    | StoreSnapshot
    | RecallSnapshot
    | RenameSnapshot
    | DeleteSnapshot
    | KeyDown
    | KeyUp
    | ReleaseKeys
    | HoldPhrase
    | SetPlaying
    | Seek
    | Jump
    | Sync
    | SongPosition
    | Panic
    | SetVoicePort
    | Capture
    | Record
    | ChoosePort
    | FollowClock
    | Learn
    | Forget
    | ChooseController
)
