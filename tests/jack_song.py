"""A song on JACK's transport, with its time code: what a DAW would be to jack_midi_clock.

jackd2's own `jack_transport` counts its time code on from the period before, and when a locate comes in between it
counts for ever: 1 in 15 of its starts left the server standing on a busy machine.
"""

from types import TracebackType
from typing import Any, Self

import jack

BPM = 120
BEATS_PER_BAR = 4
TICKS_PER_BEAT = 1920
VALID_BBT = 0x10  # JackPositionBBT, jack/types.h


class JackSong:
    """The time code master of a JACK server; always at `BPM`."""

    def __init__(self, server: str) -> None:
        self.client = jack.Client("song", no_start_server=True, servername=server)

    def __enter__(self) -> Self:
        self.client.set_timebase_callback(_tell_time)
        self.client.activate()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.client.deactivate()
        self.client.close()

    def locate(self, beat: float) -> None:
        self.client.transport_frame = round(beat * 60 / BPM * self.client.samplerate)

    def play(self) -> None:
        self.client.transport_start()

    def stop(self) -> None:
        self.client.transport_stop()


def _tell_time(state: int, blocksize: int, position: Any, new_position: bool) -> None:
    """In JACK's thread: a function of the frame alone."""
    beat = position.frame / position.frame_rate * BPM / 60
    bar = int(beat // BEATS_PER_BAR)
    position.valid = VALID_BBT
    position.beats_per_bar, position.beat_type = BEATS_PER_BAR, 4
    position.ticks_per_beat, position.beats_per_minute = TICKS_PER_BEAT, BPM
    position.bar, position.beat = bar + 1, int(beat % BEATS_PER_BAR) + 1  # both from 1
    position.tick = int(beat % 1 * TICKS_PER_BEAT)
    position.bar_start_tick = bar * BEATS_PER_BAR * TICKS_PER_BEAT
