"""What the player shows: its state at one instant, and the notes as they sound.

    player --PlayerState--> OSC, as addresses; a page, as JSON; the display, as text
           --NoteEvent----> whoever draws or plays the notes

Each receiver renders the state in its own form, and computes what has changed since the state it has seen last. The
values are frozen and can be encoded as JSON as they are.
"""

from collections.abc import Mapping

import msgspec

from polate.control.commands import Corner, PortKind, SyncSource
from polate.control.path import Path
from polate.control.settings import Motion, PlaySettings

__all__ = ["NONE", "OFF", "Heard", "NoteEvent", "PlayerState"]

NONE, OFF = "none", "off"
"""Of a port: the player looks for it, and it is not there; it is not wanted, or cannot be opened."""


class Heard(msgspec.Struct, frozen=True):
    """The last phrase that was played in, and what it is like (`polate.listen`)."""

    number: int = 0  # of the phrase, from 1; 0: none was heard
    notes: tuple[int, ...] = ()  # MIDI notes as played
    pattern: str = ""  # text form of the nearest pattern; empty: it is like none
    tonic: int = 60  # MIDI note that the phrase plays it from
    distance: float = 0.0  # errors
    others: tuple[str, ...] = ()  # text forms of the next nearest patterns
    remark: str = ""  # what else there is to say about it, in words


class PlayerState(msgspec.Struct, frozen=True, kw_only=True):
    """The player at one instant. A field that is not known yet has its default."""

    at_ns: int = 0  # of `polate.runtime.clock`: the instant
    # -- what is set
    settings: PlaySettings = PlaySettings()
    motions: tuple[Motion, ...] = ()  # one an axis
    path: Path | None = None
    axes: tuple[str, ...] = ()  # names
    positions: tuple[float, ...] = ()  # where the knob of each axis is, 0..1
    moved_positions: tuple[float, ...] = ()  # where each axis is with its motion, 0..1
    z: tuple[float, ...] = ()  # the point of the latent space, without motion
    pinned: str = ""  # text form of the pattern that is pinned at the point; empty: none
    morph: float = 0.0  # 0..1, from corner A to corner B
    pad: tuple[float, float] = (0.0, 0.0)  # x and y, 0..1
    corners: Mapping[Corner, str] = {}  # what each was set to, in words
    corner_points: Mapping[Corner, tuple[float, ...]] = {}  # the point of each in the latent space
    corner_pins: Mapping[Corner, str] = {}  # text form of the pattern that is pinned at a corner
    snapshots: Mapping[str, tuple[float, ...]] = {}  # name -> its point of the latent space
    snapshot_pins: Mapping[str, str] = {}  # name -> text form of the pattern that is pinned there
    # -- what is played
    playing: bool = False
    tempo: float = 0.0  # quarter notes a minute
    beat: float = 0.0  # quarter notes since the start, at `at_ns`; 0 while stopped, below 0 during a count-in
    tonic: int = 60  # MIDI note that the pattern is played from
    pattern: str = ""  # text form
    notes: tuple[int, ...] = ()  # MIDI notes of one whole turn
    top: int = 0  # index of the note where the way down begins
    sounding: int | None = None  # MIDI note of the line that was struck last
    # -- counts since the player was opened
    played: int = 0  # notes struck, of all voices
    late: int = 0  # of them, those that were sent more than 2 ms after their time
    dropped: int = 0  # steps that were skipped, and notes that reached the gate too late
    controls: int = 0  # commands taken
    refused: int = 0  # messages refused
    # -- what is connected
    model: str = ""  # file name
    sync: str = "internal"  # the clock that is followed, in words
    chosen_sync: SyncSource = "internal"
    ports: Mapping[str, str] = {}  # "output", "input", "osc", "web", "lan" -> name, address, link, NONE or OFF
    chosen_ports: Mapping[PortKind, str] = {}  # the name that each MIDI port was chosen by; empty: the default
    midi_inputs: tuple[str, ...] = ()  # MIDI ports that are there, as of the last time that a page was open
    midi_outputs: tuple[str, ...] = ()
    controller: str = ""  # the template in use; empty: none
    mappings: tuple[tuple[str, str], ...] = ()  # source and target of each, as in the settings file
    learning: str = ""  # the target that the next control is bound to; empty: none
    heard: Heard = Heard()
    recording: str = ""  # file that is recorded to; empty: none
    recorded: str = ""  # file of the last take that was begun and ended while playing
    captured: str = ""  # file that was captured last, or why there is none
    trouble: str = ""  # what went wrong last; empty: nothing

    def port(self, kind: str) -> str:
        """The port of a kind; empty while it is not known."""
        return self.ports.get(kind, "")

    @property
    def way_up(self) -> tuple[int, ...]:
        """The notes up to the top. All notes if the order has no way up, as ``down`` has none."""
        return self.notes[: self.top + 1] if self.top else self.notes

    @property
    def counts(self) -> str:
        """The counts in words."""
        return (
            f"{self.played} notes, {self.late} late, {self.dropped} dropped; "
            f"{self.controls} controls, {self.refused} refused"
        )


class NoteEvent(msgspec.Struct, frozen=True):
    """A note that has begun or ended at an output."""

    on: bool  # False: it has ended
    voice: int  # of `polate.sequencer.voices`
    port: int  # index of the output
    channel: int  # 0..15
    note: int  # 0..127
    velocity: int  # 1..127; 0 for an end
    due_ns: int  # of `polate.runtime.clock`: when it was due
    sent_ns: int  # when it was sent
