"""A peer of an Ableton Link session: it shares tempo, beat, start and stop with the other peers on the network.

Needs the [link] extra: LinkPython-extern, a Python interface to Ableton's library, which is under the GNU General
Public License, version 2 or later. Only this module uses it, and only `polate.sync.link_process` loads it, in a process
of its own.
"""

from dataclasses import dataclass
from typing import Self

from polate.errors import ConfigError
from polate.runtime.clock import clock

__all__ = ["WHAT_TO_INSTALL", "LinkPeer", "LinkState"]

WHAT_TO_INSTALL = "Ableton Link needs the [link] extra: pip install 'polate[link]'"
"""The error message when the extra is not installed."""

_READINGS = 3


@dataclass(frozen=True, slots=True)
class LinkState:
    """The session at one instant: at ``at_ns`` the beat is ``beat``, and it advances at ``bpm``."""

    beat: float  # quarter notes; below 0 during a count-in
    at_ns: int  # of `polate.runtime.clock`
    bpm: float  # 20..999
    playing: bool
    peers: int  # other peers


class LinkPeer:
    """One peer of the session. ``with`` joins and leaves the session.

    All peers have the same phase, which is the beat modulo the quantum. A peer that starts while others are there
    starts at the next beat with phase 0, and that beat is 0.
    """

    def __init__(self, bpm: float, quantum: float, playing: bool = False) -> None:
        """``bpm`` is the tempo as long as no other peer is there; otherwise the session's tempo holds. ``quantum`` is
        in beats. ``playing``: whether the music plays already when this peer joins. Joining starts no other peer.

        Raises `ConfigError` if the extra is not installed.
        """
        try:
            import link
        except ImportError as error:
            raise ConfigError(WHAT_TO_INSTALL) from error
        self._link = link.Link(bpm)
        self._quantum = quantum
        self._was_playing = False
        self._link.startStopSyncEnabled = True
        if playing:  # before joining, because a start within the session would start every peer
            self.set_playing(True)

    def __enter__(self) -> Self:
        self._link.enabled = True
        return self

    def __exit__(self, *_: object) -> None:
        self._link.enabled = False

    def state(self) -> LinkState:
        """The session now. When a peer has started it, beat 0 is set first."""
        session = self._link.captureAppSessionState()
        playing = session.isPlaying()
        if playing and not self._was_playing:
            session.requestBeatAtStartPlayingTime(0.0, self._quantum)
            self._link.commitAppSessionState(session)
        self._was_playing = playing
        micros, at_ns = self._now()
        beat = session.beatAtTime(micros, self._quantum)
        return LinkState(beat, at_ns, session.tempo(), playing, self._link.numPeers())

    def set_tempo(self, bpm: float) -> None:
        """Change the tempo of all peers."""
        session = self._link.captureAppSessionState()
        session.setTempo(bpm, self._link.clock().micros())
        self._link.commitAppSessionState(session)

    def set_playing(self, playing: bool) -> None:
        """Start or stop all peers that share start and stop."""
        session = self._link.captureAppSessionState()
        session.setIsPlaying(playing, self._link.clock().micros())
        self._link.commitAppSessionState(session)

    def _now(self) -> tuple[int, int]:
        """The present in microseconds of Link's clock and in nanoseconds of `clock`.

        Link has a clock of its own (on Linux CLOCK_MONOTONIC_RAW, which is never adjusted), so both clocks are read
        each time. Of three readings, the one that took the shortest time is used: it was interrupted least.
        """
        readings = []
        for _ in range(_READINGS):
            before = clock()
            micros = self._link.clock().micros()
            after = clock()
            readings.append((after - before, micros, (before + after) // 2))
        _, micros, at_ns = min(readings)
        return micros, at_ns
