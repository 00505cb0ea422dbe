"""Follow a DAW's song position: from the messages of a plugin, and their times, to commands for the sequencer.

    SongPosition --SongPositionFollower--> Sync, Jump, Seek, SetPlaying

A plugin knows where the song was when its block of audio began, and at which tempo. The content of a message is exact.
Its time of arrival is not, because a host computes a block early or late by up to its length. So the follower takes
the tempo as it is and averages the place.

The follower is pure: it gets the times, reads no clock itself, never sleeps and opens nothing.
"""

from polate.control.commands import Jump, Seek, SetPlaying, SongPosition, Sync
from polate.runtime.clamp import clamp
from polate.sync.clock_follower import Dropout

__all__ = ["Commands", "SongPositionFollower"]

_MINUTE_NS = 60_000_000_000
_MEMORY_NS = 4_000_000_000  # the place is the mean over this time; docs/sync.md gives the errors
_SILENT_NS = 1_000_000_000  # without a message while the song plays: the plugin is silent
_FAR_BEATS = 0.5  # a place this far from the expected one is a jump of the song
_AWAY_NS = 50_000_000  # a message this far away does not count, unless the next one says the same
_SAME_NS = 10_000_000  # two messages that are equally far away, to within this, say the same
_SCATTER_NS = 3_000_000  # the jitter of the arrivals, rms, that is assumed while the tempo changes
_JUST_NOW_NS = 20_000_000  # after a jump, a step that was due at most this long ago is still played

Commands = list[Sync | Jump | Seek | SetPlaying]


class SongPositionFollower:
    """Turns the messages of a plugin into commands.

    The message that starts the music gives `Seek`, `Sync` and `SetPlaying` (True), a later one a `Sync`, and one far
    from the expected place a `Seek` before it. A stop gives `SetPlaying` (False). Messages while the song is stopped
    give the place and the tempo when these change. A loop gives a `Jump` as soon as it is known, each time anew.
    """

    def __init__(self, dropout: Dropout = "hold") -> None:
        self.playing = False
        self.is_silent = False  # the song plays, but no message has come for a second
        self._dropout = dropout
        self._last: SongPosition | None = None
        self._beat = 0.0  # at the time of the last message, without jitter
        self._memory = 0.0  # how many messages the place is the mean of
        self._away_ns: float | None = None  # how far away the last message was, if it did not count
        self._loop: tuple[float, float] | None = None  # the loop whose jump is given and has not happened yet

    @property
    def deadline_ns(self) -> int | None:
        """The time at which to call `advance` if no message arrives before. None while none is expected."""
        return self._last.at_ns + _SILENT_NS if self._last and self.playing and not self.is_silent else None

    def feed(self, position: SongPosition) -> Commands:
        """The commands for a message that arrived at its ``at_ns``."""
        last, self._last, self.is_silent = self._last, position, False
        was_playing, self.playing = self.playing, position.playing
        if not position.playing:
            self._loop = None
            commands: Commands = [SetPlaying(False)] if was_playing or last is None else []
            if last is None or (last.beat, last.bpm) != (position.beat, position.bpm):
                commands += self._go_to(position)
            return commands
        if last is None or not was_playing:
            return [*self._go_to(position), SetPlaying(True), *self._follow_loop(position)]
        return [*self._go_on(last, position), *self._follow_loop(position)]

    def advance(self, now_ns: int) -> Commands:
        """The commands for a silence, if there is one now. After a "hold" the next message starts the music again."""
        deadline_ns = self.deadline_ns
        if deadline_ns is None or now_ns < deadline_ns:
            return []
        self.is_silent = True
        if self._dropout == "free-run":
            return []
        self.playing = False
        return [SetPlaying(False)]

    def _go_on(self, last: SongPosition, position: SongPosition) -> Commands:
        """The song plays on, or jumps."""
        passed_ns, beat_ns = position.at_ns - last.at_ns, _MINUTE_NS / position.bpm
        # The tempo may have changed at any time between the two messages.
        expected = self._beat + passed_ns * (last.bpm + position.bpm) / 2 / _MINUTE_NS
        unsure_ns = passed_ns * (position.bpm / last.bpm - 1)
        error = position.beat - expected
        if self._loop:
            begin, end = self._loop
            if abs(error + end - begin) < min(abs(error), _FAR_BEATS):  # the song has jumped to the loop's begin
                expected, error = expected - (end - begin), error + end - begin
                self._loop = None
        away_ns, was_away_ns = error * beat_ns, self._away_ns
        is_again = was_away_ns is not None and abs(away_ns - was_away_ns) < _SAME_NS
        # A message that waited, or came behind one that did, looks like a jump back.
        may_be_late = -_SILENT_NS < away_ns < 0 and (passed_ns > -away_ns or was_away_ns is not None)
        if abs(error) > _FAR_BEATS and (is_again or not may_be_late):
            return self._go_to(position, just_now=clamp(passed_ns, 0, _JUST_NOW_NS) / beat_ns)
        if abs(away_ns) > _AWAY_NS and is_again:
            self._begin(position)
        elif abs(away_ns) > _AWAY_NS:
            self._beat, self._away_ns = expected, away_ns
        else:
            self._average(expected, error, passed_ns, unsure_ns)
        return [self._sync(position)]

    def _average(self, expected: float, error: float, passed_ns: int, unsure_ns: float) -> None:
        """Let a message count: it is ``error`` beats after the expected place, which is uncertain by ``unsure_ns``."""
        self._away_ns = None
        # The mean so far counts for fewer messages the older it is and the less certain the tempo was.
        doubt = (unsure_ns / _SCATTER_NS) ** 2 / 12  # the variance of a uniform distribution
        memory = 1 / (1 / self._memory + doubt) + 1
        self._memory = min(memory, max(1.0, _MEMORY_NS / max(1, passed_ns)))
        self._beat = expected + error / self._memory

    def _follow_loop(self, position: SongPosition) -> Commands:
        """Give the jump at the end of the loop if it is to come, and take another one back."""
        given, loop = self._loop, position.loop
        if loop:
            # Do not give a jump up too early: this message may be late, or be of a block before the jump.
            room = _AWAY_NS * position.bpm / _MINUTE_NS if loop == given else 0.0
            loop = loop if self._beat < loop[1] + room else None
        if loop == given:
            return []
        self._loop = loop
        back: Commands = [Seek(max(0.0, self._beat)), self._sync(position)] if given else []
        return [*back, Jump(loop[1], loop[0])] if loop else back

    def _go_to(self, position: SongPosition, just_now: float = 0.0) -> Commands:
        """Go to the place of this message. ``just_now``: the beats before it that are still played."""
        self._begin(position)
        self._loop = None
        return [Seek(max(0.0, position.beat - just_now)), self._sync(position)]

    def _begin(self, position: SongPosition) -> None:
        """Forget the places before this one."""
        self._beat, self._memory, self._away_ns = position.beat, 1.0, None

    def _sync(self, position: SongPosition) -> Sync:
        return Sync(self._beat, position.at_ns, position.bpm)
