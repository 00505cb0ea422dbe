"""What the player says of itself, for the display and the last line."""

from dataclasses import dataclass, field

__all__ = ["LATE_NS", "NONE", "OFF", "Status"]

LATE_NS = 2_000_000
"""A note sent later than this after its time is counted as late."""

NONE, OFF = "none", "off"  # of a port: looked for, and not there; not wanted, or not to be had


@dataclass(slots=True)
class Status:
    """Written by the player's thread only; a reader may see it a moment old."""

    pattern: str = ""
    notes: tuple[int, ...] = ()
    top: int = 0  # the place among them where the way down begins
    sounding: int | None = None  # the note of the line that was struck last
    z: list[float] = field(default_factory=list)
    positions: list[float] = field(default_factory=list)
    bpm: float = 0.0
    rate: str = ""
    order: str = ""
    sync: str = "internal"
    tonic: int = 60
    playing: bool = False
    output: str = ""
    input: str = ""
    osc: str = ""
    model: str = ""
    recording: str = ""
    captured: str = ""  # the last file that was captured, or why there is none
    played: int = 0
    late: int = 0  # notes that went out more than LATE_NS after their time
    dropped: int = 0  # steps that were given up, and notes that came too late to be played
    controls: int = 0
    refused: int = 0  # MIDI and OSC messages that asked for what cannot be
    trouble: str = ""  # the last thing that went wrong

    @property
    def counts(self) -> str:
        """The counts in words."""
        return (
            f"{self.played} notes, {self.late} late, {self.dropped} dropped; "
            f"{self.controls} controls, {self.refused} refused"
        )

    @property
    def way_up(self) -> tuple[int, ...]:
        """The notes up to the turn."""
        return self.notes[: self.top + 1]
