"""Notes as they sound, for every client that draws them or plays them itself."""

from typing import Protocol

from polate.control.player_state import NoteEvent
from polate.gate.frames import MONO, Frame, Kind

__all__ = ["NoteListener", "NoteStream"]


class NoteListener(Protocol):
    """A client that draws notes, or plays them itself."""

    @property
    def follows_notes(self) -> bool:
        """Whether it uses notes now."""
        ...

    def sound(self, event: NoteEvent) -> None:
        """A note has begun or ended."""
        ...


class NoteStream:
    """Passes each report of the gate on at once. Without a listener it costs nothing."""

    def __init__(self) -> None:
        self._listeners: list[NoteListener] = []

    def subscribe(self, listener: NoteListener) -> None:
        """Call its `sound` for each note that begins or ends."""
        self._listeners.append(listener)

    @property
    def is_followed(self) -> bool:
        """Whether any listener uses notes now. If none does, the reports of the gate can wait for the next turn."""
        return any(listener.follows_notes for listener in self._listeners)

    def publish(self, report: Frame) -> None:
        """An ON or OFF that the gate has sent."""
        if not self._listeners:
            return
        event = NoteEvent(
            report.kind is Kind.ON,
            report.voice & ~MONO,
            report.port,
            report.channel,
            report.note,
            report.velocity,
            report.due_ns,
            report.off_ns,
        )
        for listener in self._listeners:
            listener.sound(event)
