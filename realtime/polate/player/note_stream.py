"""Notes as they sound, for every client that draws them or plays them itself."""

from collections.abc import Callable

from polate.control.player_state import NoteEvent
from polate.gate.frames import MONO, Frame, Kind

__all__ = ["NoteStream"]


class NoteStream:
    """Passes each report of the gate on at once. Without a listener it costs nothing."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[NoteEvent], None]] = []

    def subscribe(self, listener: Callable[[NoteEvent], None]) -> None:
        """Call this for each note that begins or ends."""
        self._listeners.append(listener)

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
            listener(event)
