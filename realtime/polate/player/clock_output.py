"""MIDI clock for others to follow, sent to the line's output."""

from polate.player.output import Output
from polate.sequencer.engine import LOOKAHEAD_NS, Engine
from polate.sync.clock_sender import ClockSender

__all__ = ["ClockOutput"]


class ClockOutput:
    """Sends the clock's messages as far ahead as the engine sends its notes."""

    def __init__(self, engine: Engine, output: Output) -> None:
        self._engine, self._output = engine, output
        self._sender = ClockSender()

    @property
    def deadline_ns(self) -> int:
        """When `advance` must be called next."""
        return self._sender.deadline_ns(self._engine.transport) - LOOKAHEAD_NS

    def advance(self, now_ns: int) -> None:
        """Send start, stop and ticks up to the lookahead."""
        engine, sender = self._engine, self._sender
        messages = []
        if engine.playing != sender.playing:
            beat = engine.transport.beat_at(now_ns)
            messages += sender.start(beat, now_ns) if engine.playing else sender.stop(now_ns)
        messages += sender.advance(engine.transport, now_ns, now_ns + LOOKAHEAD_NS)
        self._output.send_messages(messages)
