"""The player's way to the MIDI outputs: the gate process, and frames and messages for it.

This module imports little, because the gate is started before the rest of the player is imported.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from polate.gate.frames import Frame, FrameReader, Kind
from polate.player.config import Config
from polate.runtime.clock import clock
from polate.runtime.supervisor import Member

__all__ = ["Output", "gate_of", "output_index", "outputs_of"]


def outputs_of(config: Config) -> list[str | None]:
    """The gate's outputs, each once; the line's first. None is the virtual one."""
    extra = (config.bass_output, config.chord_output, config.feedback_output, config.copy_output)
    return list(dict.fromkeys([config.output, *(name for name in extra if name is not None)]))


def output_index(config: Config, name: str | None) -> int:
    """The index of an output among the gate's; the line's where a voice has none of its own."""
    return 0 if name is None else outputs_of(config).index(name)


def gate_of(config: Config) -> Member:
    """The gate process. It is not started yet."""
    settings = {"outputs": outputs_of(config), "copy": config.copy_output, "api": config.midi_api}
    return Member("gate", "polate.gate.process", settings, FrameReader)


class Output:
    """Writes to the gate without waiting. While the gate is dead, what is sent is dropped."""

    def __init__(self, gate: Member) -> None:
        self._gate = gate
        self._opened: Counter[int] = Counter()
        self._sent_ns = clock()

    @property
    def sent_ns(self) -> int:
        """When something was sent the last time."""
        return self._sent_ns

    def opened(self, port: int) -> None:
        """An output has been opened."""
        self._opened[port] += 1

    def times_opened(self, port: int) -> int:
        """How often an output has been opened: more than before, and the device may have forgotten what it showed."""
        return self._opened[port]

    def send(self, frames: Sequence[Frame]) -> None:
        if frames:
            self._sent_ns = clock()
            self._gate.send(b"".join(frame.pack() for frame in frames))

    def send_messages(self, messages: Iterable[tuple[int, bytes]], port: int = 0) -> None:
        """Send MIDI messages of 1 to 3 bytes as they are, each at its time (nanoseconds of the clock)."""
        frames = []
        for due_ns, message in messages:
            status, first, second = message.ljust(3, b"\0")
            frames.append(Frame(Kind.SEND, 0, status, first, second, due_ns, port=port))
        self.send(frames)
