"""The clock of another program, jack_midi_clock, through JACK and the MIDI front to the follower."""

import contextlib
import select
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from rig import JackServer, wait_until

from polate.child import Child
from polate.controls import SetPlaying
from polate.midi_clock import ClockFollower, Seek, Sync
from polate.midi_front import RECORD, Record, records

SOURCE, INPUT = "jack_midi_clock:mclk_out", "Polate In:Polate In"


class Song:
    """JACK's transport, the clock that is made of it, and what the follower says of that."""

    def __init__(self, front: Child, transport: subprocess.Popen[str]) -> None:
        self._front, self._transport, self._rest = front, transport, b""
        self.follower = ClockFollower()
        self.came: list[Record] = []
        self.said: list[Sync | Seek | SetPlaying] = []

    def tell(self, command: str) -> None:
        assert self._transport.stdin is not None
        self._transport.stdin.write(command + "\n")
        self._transport.stdin.flush()

    def listen(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self._front.socket], [], [], 0.01)[0]:
                self._rest += self._front.socket.recv(65536)
                whole = len(self._rest) // RECORD * RECORD
                for record in records(self._rest[:whole]):
                    self.came.append(record)
                    self.said += self.follower.feed(record.message, record.at_ns)
                self._rest = self._rest[whole:]

    def wait(self, control: Sync | Seek | SetPlaying | type[Seek]) -> None:
        """Listen until the follower says this, or one of this kind."""

        def is_said() -> bool:
            self.listen(0.02)
            return control in self.said or control in map(type, self.said)

        wait_until(is_said, 10, str(control))


@pytest.fixture
def song(jack: JackServer) -> Iterator[Song]:
    """A JACK transport of 120 bpm with a time code master, at its beginning."""
    with contextlib.ExitStack() as stack:
        front = Child.start("polate.midi_front", {"input": None, "api": "jack"})
        stack.callback(front.close)

        quiet = subprocess.DEVNULL
        transport = subprocess.Popen(["jack_transport"], env=jack.env, stdin=subprocess.PIPE, stdout=quiet, text=True)
        stack.callback(transport.communicate)  # the end of its input: a JACK client that is killed stalls the others
        clock = subprocess.Popen(
            ["jack_midi_clock", "-d", "0.1"], env=jack.env, stdin=quiet, stdout=quiet, stderr=quiet
        )
        stack.callback(clock.wait)
        stack.callback(clock.send_signal, signal.SIGINT)  # it does not close at SIGTERM
        song = Song(front, transport)
        song.tell("master")
        song.tell("locate 0")
        wait_until(lambda: {SOURCE, INPUT} <= set(jack.ports()), 20, "the ports")
        jack.connect(SOURCE, INPUT)
        song.listen(0.3)
        yield song
        song.tell("stop")
        song.listen(0.1)


@pytest.mark.jack
@pytest.mark.jack_midi_clock
class TestJackMidiClock:
    def test_it_starts_is_counted_and_stops(self, song: Song) -> None:
        song.tell("play")
        song.wait(SetPlaying(True))
        assert song.said[0] == Seek(0.0)
        song.listen(2.0)
        song.tell("stop")
        song.wait(SetPlaying(False))
        ticks = [at_ns for at_ns, message in song.came if message == b"\xf8"]
        gaps = [later - earlier for earlier, later in pairwise(ticks)]
        usual = statistics.median(gaps)
        # On a busy machine the server skips cycles, and nobody can know whether a tick was in them.
        odd = sum(round(abs(gap / usual - 1)) for gap in gaps)
        beat = next(said.beat for said in reversed(song.said) if isinstance(said, Sync))
        assert len(ticks) > 20
        assert abs(beat * 24 - (len(ticks) - 1)) <= odd
        assert song.follower.bpm == pytest.approx(2.5e9 / usual, rel=0.15)

    def test_a_song_position_in_the_middle_of_a_bar_is_where_it_goes_on(self, song: Song) -> None:
        song.tell("locate 540000")  # 11.25 seconds: beat 22.5
        song.wait(Seek)
        song.listen(0.2)
        song.tell("play")
        song.wait(SetPlaying(True))
        began = song.said.index(SetPlaying(True))
        *before, seek, sync = song.said[:began]
        assert seek == [said for said in before if isinstance(said, Seek)][-1]
        assert isinstance(seek, Seek)
        assert isinstance(sync, Sync)
        assert seek.beat == sync.beat == pytest.approx(22.75, abs=0.26)  # it takes a moment to get ready, and says so
