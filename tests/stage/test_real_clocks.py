"""The clocks of other programs, through JACK and the MIDI front to the follower: jack_midi_clock, and Ardour."""

import contextlib
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ardour_song import ardour_plays, tell_ardour
from rig import PLAYER_IN, JackServer, hear, wait_until

from polate.control.commands import Seek, SetPlaying, Sync
from polate.midi.input_process import Record, RecordReader
from polate.runtime.child_process import Child
from polate.sync.clock_follower import ClockFollower

if TYPE_CHECKING:
    from jack_song import JackSong


class Heard:
    """What comes of another program's clock, and what the follower says of it."""

    def __init__(self, front: Child) -> None:
        self._front, self._records = front, RecordReader()
        self.follower = ClockFollower()
        self.came: list[Record] = []
        self.said: list[Sync | Seek | SetPlaying] = []

    def listen(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for record in hear(self._front, self._records):
                self.came.append(record)
                self.said += self.follower.feed(record.message, record.at_ns)

    def wait(self, control: Sync | Seek | SetPlaying | type[Seek]) -> None:
        """Listen until the follower says this, or one of this kind."""

        def is_said() -> bool:
            self.listen(0.02)
            return control in self.said or control in map(type, self.said)

        wait_until(is_said, 30, str(control))

    def keeps_tempo(self, bpm: float) -> None:
        """Listen until the other program has kept time for a while. Check that the follower then has its tempo.

        On a busy machine the server is late, and with it every clock on it. If it is so for all of 20 s, this tells
        nothing.
        """
        end, period_ns = time.monotonic() + 20, 2.5e9 / bpm
        while time.monotonic() < end:
            self.listen(0.02)
            gaps = self.gaps()[-72:]
            in_time = statistics.mean(gaps) == pytest.approx(period_ns, rel=0.005) if len(gaps) == 72 else False
            if in_time and max(gaps) < 1.4 * period_ns:
                assert self.follower.bpm == pytest.approx(bpm, rel=0.02)
                return

    def gaps(self) -> list[int]:
        """Between the ticks that came, in nanoseconds."""
        ticks = [at_ns for at_ns, message in self.came if message == b"\xf8"]
        return [later - earlier for earlier, later in pairwise(ticks)]

    def counted(self) -> None:
        """Check that every tick was counted, since the one start there was."""
        gaps = self.gaps()
        usual = statistics.median(gaps)
        # On a busy machine the server skips cycles, and nobody can know whether a tick was in them.
        odd = sum(round(abs(gap / usual - 1)) for gap in gaps)
        beat = next(said.beat for said in reversed(self.said) if isinstance(said, Sync))
        assert len(gaps) >= 20
        assert abs(beat * 24 - len(gaps)) <= 2 * odd + 1


class Ardour(Heard):
    """And Ardour itself, which is told what to do by OSC."""

    def tell(self, address: str) -> None:
        tell_ardour(address)

    def begins(self) -> None:
        """Without a screen it plays what it has loaded; if it did so before its clock was connected, once more."""
        self.listen(2.0)
        end = time.monotonic() + 60
        while SetPlaying(True) not in self.said:
            if time.monotonic() > end:
                raise AssertionError("waited 60 s for Ardour to play")
            self.tell("/transport_stop")
            self.listen(0.5)
            self.follower = ClockFollower()
            self.came.clear()
            self.said.clear()
            self.tell("/goto_start")
            self.listen(0.5)
            self.tell("/transport_play")
            self.listen(2.0)


@contextlib.contextmanager
def midi_front() -> Iterator[Child]:
    front = Child.start("polate.midi.input_process", {"inputs": [None], "api": "jack"})
    try:
        yield front
    finally:
        front.close()


def connect(jack: JackServer, source: str) -> None:
    wait_until(lambda: {source, PLAYER_IN} <= set(jack.ports()), 30, f"the port {source}")
    jack.connect(source, PLAYER_IN)


@contextlib.contextmanager
def jack_midi_clock(jack: JackServer) -> Iterator[None]:
    """It says a song position, and continue a tenth of a second later."""
    command, quiet = ["jack_midi_clock", "-d", "0.1"], subprocess.DEVNULL
    process = subprocess.Popen(command, env=jack.env, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)  # it does not close at SIGTERM
        process.wait()


@pytest.fixture
def song(jack: JackServer) -> Iterator["JackSong"]:
    """A JACK transport of 120 bpm, at its beginning."""
    from jack_song import JackSong  # here, for it needs libjack

    with JackSong(jack.name) as song:
        song.locate(0)
        yield song


@pytest.fixture
def heard(jack: JackServer, song: "JackSong") -> Iterator[Heard]:
    """What comes of jack_midi_clock."""
    with midi_front() as front, jack_midi_clock(jack):
        connect(jack, "jack_midi_clock:mclk_out")
        yield Heard(front)


@pytest.fixture
def ardour(jack: JackServer, tmp_path: Path) -> Iterator[Ardour]:
    """An empty Ardour session of 97 bpm without a screen, told what to do by OSC."""
    with midi_front() as front, ardour_plays(jack, tmp_path, 97):
        connect(jack, "ardour:MIDI Clock out")
        yield Ardour(front)


@pytest.mark.jack
@pytest.mark.jack_midi_clock
class TestJackMidiClock:
    def test_it_starts_is_counted_and_stops(self, song: "JackSong", heard: Heard) -> None:
        song.play()
        heard.wait(SetPlaying(True))
        assert heard.said[0] == Seek(0.0)
        heard.keeps_tempo(120)
        song.stop()
        heard.wait(SetPlaying(False))
        heard.counted()

    def test_a_song_position_in_the_middle_of_a_bar_is_where_it_goes_on(self, song: "JackSong", heard: Heard) -> None:
        song.locate(22.5)
        heard.wait(Seek)
        heard.listen(0.2)
        song.play()
        heard.wait(SetPlaying(True))
        began = heard.said.index(SetPlaying(True))
        *before, seek, sync = heard.said[:began]
        assert seek == [said for said in before if isinstance(said, Seek)][-1]
        assert isinstance(seek, Seek)
        assert isinstance(sync, Sync)
        assert seek.beat == sync.beat == pytest.approx(22.75, abs=0.26)  # it takes a moment to get ready, and says so


@pytest.mark.jack
@pytest.mark.ardour
def test_ardours_clock_is_followed(ardour: Ardour) -> None:
    ardour.begins()
    assert ardour.said[0] == Seek(0.0)
    ardour.keeps_tempo(97)
    ardour.counted()
    ardour.tell("/transport_stop")
    ardour.wait(SetPlaying(False))
    ardour.said.clear()
    ardour.tell("/goto_start")
    ardour.listen(0.5)
    ardour.tell("/transport_play")
    ardour.wait(SetPlaying(True))
    assert ardour.said[ardour.said.index(SetPlaying(True)) - 2] == Seek(0.0)
