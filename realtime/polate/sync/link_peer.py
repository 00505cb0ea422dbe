"""Ableton Link behind one adapter: tempo, beat, start and stop, shared with whoever is on the network.

Needs the [link] extra, LinkPython-extern: Python's hands on Ableton's own library, which is under the GNU General
Public License, version 2 or later. Nothing else of Polate uses it, and only `polate.sync.link_process` loads it, in a
process of its own.
"""

from dataclasses import dataclass
from typing import Self

from polate.errors import ConfigError
from polate.runtime.clock import clock

__all__ = ["WHAT_TO_INSTALL", "Peer", "State"]

WHAT_TO_INSTALL = "Ableton Link needs the [link] extra: pip install 'polate[link]'"
"""The error of whoever asks for Link without it."""


@dataclass(frozen=True, slots=True)
class State:
    """What the session is doing: the beat is ``beat`` at ``at_ns`` and goes on at ``bpm``."""

    beat: float  # quarter notes; below 0 while it is counted in
    at_ns: int  # of `polate.runtime.clock`
    bpm: float  # 20..999
    playing: bool
    peers: int  # besides this one


class Peer:
    """One participant of the session; it joins with ``with``.

    The phase, the beat modulo the quantum, is the same at all peers. Who starts while others are there begins at the
    next beat of phase 0, and beat 0 is there.
    """

    def __init__(self, bpm: float, quantum: float) -> None:
        """``bpm`` is the tempo while alone; a session that is there already keeps its own. ``quantum`` is in beats.

        Raises `ConfigError` without the extra.
        """
        try:
            import link
        except ImportError as error:
            raise ConfigError(WHAT_TO_INSTALL) from error
        self._link = link.Link(bpm)
        self._quantum = quantum
        self._played = False

    def __enter__(self) -> Self:
        self._link.startStopSyncEnabled = True
        self._link.enabled = True
        return self

    def __exit__(self, *_: object) -> None:
        self._link.enabled = False

    def state(self) -> State:
        """Now."""
        session = self._link.captureAppSessionState()
        playing = session.isPlaying()
        if playing and not self._played:  # whoever has started it
            session.requestBeatAtStartPlayingTime(0.0, self._quantum)
            self._link.commitAppSessionState(session)
        self._played = playing
        micros, at_ns = self._now()
        beat = session.beatAtTime(micros, self._quantum)
        return State(beat, at_ns, session.tempo(), playing, self._link.numPeers())

    def set_tempo(self, bpm: float) -> None:
        """Change everybody's tempo."""
        session = self._link.captureAppSessionState()
        session.setTempo(bpm, self._link.clock().micros())
        self._link.commitAppSessionState(session)

    def set_playing(self, playing: bool) -> None:
        """Start or stop everybody who listens to it."""
        session = self._link.captureAppSessionState()
        session.setIsPlaying(playing, self._link.clock().micros())
        self._link.commitAppSessionState(session)

    def _now(self) -> tuple[int, int]:
        """The present in Link's microseconds and in our nanoseconds.

        Link's clock is another (on Linux CLOCK_MONOTONIC_RAW, which nobody corrects), so both are read each time: of
        three readings the one that was interrupted least.
        """
        readings = []
        for _ in range(3):
            before = clock()
            micros = self._link.clock().micros()
            after = clock()
            readings.append((after - before, micros, (before + after) // 2))
        _, micros, at_ns = min(readings)
        return micros, at_ns
