"""The only way to change the engine. So the timeline and the journal miss nothing.

command --apply--> Engine --advance--> frames --> gate
                     |                             |
       SongTime, markers --> Timeline <--report-- ON, OFF
                     '--> journal <--deviations of the gate from an ideal gate
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from polate.control.commands import Control
from polate.errors import ModelError, described
from polate.gate.frames import Frame, Kind
from polate.model.contract import Axis, Landmark
from polate.sequencer.engine import Engine
from polate.takes.event_writer import EventWriter
from polate.takes.events import SongTime
from polate.takes.followed_writer import FollowedWriter
from polate.takes.ideal_gate import DeviationCounter
from polate.takes.journal import Deviations, End, Line, Start, Turn
from polate.takes.timeline import Timeline
from polate.theory.pattern import Pattern

__all__ = ["Session"]


class Session:
    """Every change to the engine goes through it. Reading `engine` and `timeline` is unrestricted."""

    def __init__(
        self,
        start: Start,
        decode: Callable[[Sequence[float]], Pattern],
        axes: Sequence[Axis],
        landmarks: Sequence[Landmark] = (),
        *,
        trouble: Callable[[ModelError], None] = lambda error: None,
    ) -> None:
        """``trouble`` is called when the model cannot decode a point: the pattern then stays as it is.

        Raises `PolateError` for a start that the engine refuses, and for a first point that cannot be decoded.
        """
        self._start = start
        self._decode, self._trouble = decode, trouble
        self._pattern: Pattern | None = None  # that has a marker
        self.engine = Engine(
            self._decode_or_keep,
            axes,
            landmarks,
            start.settings,
            motions={int(axis) - 1: motion for axis, motion in start.motions.items()},
            path=start.path,
            snapshots=start.snapshots,
            ports={int(voice): port for voice, port in start.ports.items()},
            following=start.following,
            lookahead_ns=start.lookahead_ns,
        )
        self._commands: list[tuple[int, Control]] = []  # since the last turn, with their times
        self._turn: tuple[int, list[Frame]] | None = None  # the last turn, until it is kept
        self._song = self._song_now()
        self.timeline = Timeline(self._song, FollowedWriter if start.tempo_map == "bars" else EventWriter)
        self._mark()
        self._journal: Callable[[Line], None] | None = None
        self._deviations = DeviationCounter()
        self._sounding: dict[tuple[int, int, int], Frame] = {}  # (port, channel, note) -> its ON

    def write_journal(self, journal: Callable[[Line], None]) -> None:
        """Call ``journal`` with every line, from the first. To be called before any other method."""
        self._journal = journal
        journal(self._start)

    def apply(self, control: Control, now_ns: int) -> None:
        """Apply a command, as `Engine.apply` does. A command that the engine refuses is in the journal too."""
        self.keep()
        self._commands.append((now_ns, control))
        self.engine.apply(control, now_ns)

    def advance(self, now_ns: int) -> list[Frame]:
        """The next frames for the gate, as from `Engine.advance`.

        Send them before you call `keep`, which takes about as long.
        """
        self.keep()
        due_ns = self.engine.deadline_ns
        frames = self.engine.advance(now_ns)
        if self._commands or frames or (due_ns is not None and due_ns <= now_ns):  # else nothing has changed
            self._turn = (now_ns, frames)
        return frames

    def keep(self) -> None:
        """Bring the timeline and the journal up to date with the last turn."""
        if self._turn is None:
            return
        (now_ns, frames), self._turn = self._turn, None
        if self.engine.pattern is not self._pattern:
            self._mark()
        if (song := self._song_now()) != self._song:
            self._song = song
            self.timeline.set_song(self._change_ns(now_ns, frames), song)
        if self._journal:
            self._journal(Turn(now_ns, self._commands))
            self._deviations.expect(frames, now_ns)
        self._commands = []

    def report(self, frame: Frame) -> None:
        """The gate has reported this. Only ON and OFF matter."""
        self.keep()
        if frame.kind not in (Kind.ON, Kind.OFF):
            return
        frame = self.timeline.report(replace(frame, off_ns=0))
        key = (frame.port, frame.channel, frame.note)
        if frame.kind is Kind.ON:
            self._sounding[key] = frame
        else:
            self._sounding.pop(key, None)
        if self._journal:
            self._deviations.report(frame)

    def release(self, now_ns: int) -> None:
        """The gate has died: notes that sounded have ended, and it will not report that."""
        for on in list(self._sounding.values()):
            self.report(replace(on, kind=Kind.OFF, velocity=0, due_ns=now_ns))

    def check(self, now_ns: int) -> None:
        """Write the gate's deviations to the journal. To be called now and then."""
        self._write_deviations(self._deviations.overdue(now_ns))

    def end(self, now_ns: int) -> None:
        """End the journal: the gate will report nothing any more."""
        self.keep()
        if self._journal:
            self._write_deviations(self._deviations.finish(now_ns))
            self._journal(End(now_ns))

    # -- inside ----------------------------------------------------------------------------------

    def _write_deviations(self, deviations: list[tuple[int, Frame]]) -> None:
        if deviations and self._journal:
            self._journal(Deviations(deviations))

    def _decode_or_keep(self, z: Sequence[float]) -> Pattern:
        """The pattern at a point, or the present one where the model cannot decode it: the music goes on."""
        try:
            return self._decode(z)
        except Exception as error:
            if self._pattern is None:
                raise
            self._trouble(error if isinstance(error, ModelError) else ModelError(f"the model: {described(error)}"))
            return self.engine.pattern

    def _change_ns(self, now_ns: int, frames: Sequence[Frame]) -> int:
        """From when on the song is as it is now: a clock's tick arrives a little after its first note is due."""
        if self._start.tempo_map == "changes":
            return now_ns
        return min([now_ns, *(frame.due_ns for frame in frames if frame.kind is Kind.NOTE)])

    def _mark(self) -> None:
        self._pattern = self.engine.pattern
        self.timeline.mark(self.engine.pattern_since, self._pattern.text)

    def _song_now(self) -> SongTime:
        transport, settings = self.engine.transport, self.engine.settings
        nudge_ns = round(settings.nudge * 1e6)
        return SongTime(
            transport.anchor_ns,
            transport.anchor_beat,
            transport.bpm,
            nudge_ns,
            settings.bar,
            self.engine.following,
        )
