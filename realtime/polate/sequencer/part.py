"""The part that is played: a pattern, the settings and the keys make the onsets of a grid.

z --PatternSource--> pattern --+
PlaySettings ------------------+--make_phrase--> Line --Playhead--> frames for the gate
Keyboard --> tonic, keys ------'                 Grid ----^
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import msgspec

from polate.control.commands import Jump, KeyDown, KeyUp, ReleaseKeys, Seek, Sync
from polate.control.settings import PlaySettings
from polate.errors import ControlError
from polate.gate.frames import Frame, Kind
from polate.sequencer.grid import A_MOMENT, Grid
from polate.sequencer.keyboard import Keyboard
from polate.sequencer.latent_point import LatentPoint
from polate.sequencer.pattern_source import PatternSource
from polate.sequencer.phrase import Phrase, make_phrase
from polate.sequencer.playhead import Playhead
from polate.sequencer.rhythm import Hit, hit
from polate.theory.pattern import Pattern

__all__ = ["Part"]

_PHRASE_SETTINGS = {"order", "octaves", "seed"}  # they make another phrase
_PITCH_SETTINGS = {"tonic", "lowest", "highest", "keys", "latch"}  # they move the phrase in pitch
_TIME_SETTINGS = {"bpm", "rate", "swing", "nudge"}  # they move the steps in time
_JUST_THERE = 1 / 8  # beats: a jump was so short a time ago, or comes so soon, that a seek means the same


class Part:
    """Everything between a point of the map and the frames. Times are nanoseconds of `polate.runtime.clock`.

    Most methods add frames. `take_frames` hands them over.
    """

    def __init__(
        self,
        decode: Callable[[Sequence[float]], Pattern],
        point: LatentPoint,
        settings: PlaySettings,
        *,
        ports: Mapping[int, int],
        following: bool,
        lookahead_ns: int,
    ) -> None:
        """See `polate.sequencer.engine.Engine`."""
        self.settings = settings
        self.source = PatternSource(decode, point)
        self.keyboard = Keyboard(settings)
        self.grid = Grid(settings)
        self.playhead = Playhead(self.grid, self._make_phrase())
        self.pattern_since = 0  # serial of the first onset of this pattern
        self._ports = dict(ports)
        self._following = following  # another clock gives the beat and the tempo
        self._lookahead_ns = lookahead_ns
        self._frames: list[Frame] = []
        self._coming_jump: Jump | None = None
        self._jumped: Jump | None = None  # the last jump, until a seek or another clock

    def take_frames(self) -> list[Frame]:
        """The frames added since the last call."""
        frames, self._frames = self._frames, []
        return frames

    # -- settings and keys -----------------------------------------------------------------------

    def set(self, new: Mapping[str, object], now_ns: int) -> None:
        """Change settings, by name. Raises `ControlError` for settings that exclude each other."""
        before = self.settings
        settings = msgspec.structs.replace(before, **new)
        if settings == before:
            return
        settings.check()
        if self._following and settings.bpm != before.bpm:
            raise ControlError(f"the tempo follows another clock, at {before.bpm:.1f} bpm, got {settings.bpm:g}")
        changed = {name for name in new if getattr(settings, name) != getattr(before, name)}
        if changed - _TIME_SETTINGS or changed & {"rate", "nudge"}:
            self._recall(now_ns)
        self.settings = settings
        self.grid.use(settings)
        if "bpm" in changed:
            self.grid.change_tempo(settings.bpm, now_ns)
        if "rate" in changed:
            self.playhead.regrid(now_ns)
        elif "nudge" in changed:
            self.playhead.catch_up(now_ns)
        else:
            self._retime(now_ns)
        self.keyboard.set_latch(settings.latch)
        if changed & {*_PHRASE_SETTINGS, *_PITCH_SETTINGS}:
            self.keyboard.find_tonic(settings, self.source.pattern)
            self.playhead.replace_phrase(self._make_phrase(), moved=not changed & _PHRASE_SETTINGS)
        if "keys" in changed:
            self._frames += self.keyboard.end_all(now_ns)

    def set_port(self, voice: int, port: int) -> None:
        """Play a voice to another MIDI output from the next onset on."""
        self._ports[voice] = port

    def press(self, command: KeyDown | KeyUp | ReleaseKeys, z: Sequence[float], now_ns: int) -> None:
        """Press or release keys. ``z``: the point where the controls have put it. Raises `ControlError` outside 0..127.

        A key that is not down can be released.
        """
        match command:
            case KeyDown():
                self._key_down(command, z, now_ns)
                return
            case KeyUp(note, channel):
                self.keyboard.release(note, channel)
                self._frames += self.keyboard.end([note], now_ns, channel)
            case ReleaseKeys(channel):
                self._frames += self.keyboard.release_all(channel, now_ns)
        self._keys_changed(now_ns)

    def _key_down(self, down: KeyDown, z: Sequence[float], now_ns: int) -> None:
        silent, note, channel = not self.keyboard.held, down.note, down.channel
        self.keyboard.press(note, channel)
        if self.settings.keys == "through":
            self.look_at(z, now_ns)  # the point may have moved just before
            self._frames += self.keyboard.sound(
                note, down.velocity, self.settings, self.source.pattern, now_ns, channel
            )
        self._keys_changed(now_ns)
        if self.settings.hold and silent:
            self.playhead.begin_phrase()

    def _keys_changed(self, now_ns: int) -> None:
        moved = self.keyboard.find_tonic(self.settings, self.source.pattern)
        if moved or self.settings.order == "as-played" or self.settings.hold:
            self._recall(now_ns)
            self.playhead.replace_phrase(self._make_phrase(), moved=True)

    # -- the place in the song -------------------------------------------------------------------

    def start(self, now_ns: int) -> None:
        """Begin with beat 0, or where the other clock is."""
        if self._following:
            self._jump(self.playhead.step_at(now_ns))
        else:
            self.seek(0.0, now_ns)

    def go(self, command: Sync | Seek | Jump, now_ns: int) -> bool:
        """Change the place in the song. True if the song is now at another place."""
        match command:
            case Sync(beat, at_ns, bpm):
                return self.follow(beat, at_ns, bpm, now_ns)
            case Seek(beat):
                return self.seek(beat, now_ns)
            case Jump():
                self._recall(now_ns)
                self._coming_jump = command
                return self.take_jump()

    def take_jump(self) -> bool:
        """Jump to where the song goes on, if every onset before that is given. True if so."""
        jump = self._coming_jump
        if jump is None or self.playhead.beat < Fraction(jump.at_beat) - A_MOMENT:
            return False
        transport = self.grid.transport
        transport.follow(jump.beat, transport.time_of(jump.at_beat), transport.bpm)
        self.playhead.rewind()
        self._jump(self.playhead.step_from(jump.beat))
        self._coming_jump, self._jumped = None, jump
        return True

    def seek(self, beat: float, now_ns: int) -> bool:
        """Continue with this beat as soon as the gate can have it. False if a jump has just gone there."""
        jumped, self._jumped, self._coming_jump = self._jumped, None, None
        if jumped and jumped.beat == beat and abs(self.grid.transport.beat_at(now_ns) - beat) < _JUST_THERE:
            return False
        self._recall(now_ns)
        ahead_ns = self._lookahead_ns + max(0, -self.grid.nudge_ns)  # a negative nudge sounds before its beat
        self.grid.transport.follow(beat, now_ns + ahead_ns, self.grid.transport.bpm)
        self.playhead.rewind()
        self._jump(self.playhead.step_from(beat))
        return True

    @property
    def following(self) -> bool:
        return self._following

    def follow_clock(self, another: bool, now_ns: int) -> None:
        """Follow another clock, or none. The music goes on at its beat and tempo, without the last clock's jump."""
        if self._coming_jump:
            self._recall(now_ns)
        self._jumped = self._coming_jump = None
        self._following = another

    def follow(self, beat: float, at_ns: int, bpm: float, now_ns: int) -> bool:
        """Another clock gives its position: this beat at that time, and its tempo. True if that is a jump."""
        if self._jumped:  # the jump was made some milliseconds early, and the clock may still be at the old place
            here, back = self.grid.transport.beat_at(at_ns), self._jumped.at_beat - self._jumped.beat
            if abs(beat - back - here) < abs(beat - here):
                beat -= back
        self.grid.transport.follow(beat, at_ns, bpm)
        self.settings = msgspec.structs.replace(self.settings, bpm=bpm)
        away_ns = abs(self.grid.transport.time_of(float(self.playhead.beat)) - now_ns)
        if away_ns <= 2 * (self.grid.step_ns + self._lookahead_ns) + abs(self.grid.nudge_ns):
            self._retime(now_ns)
            return False
        self._recall(now_ns)
        self.playhead.rewind()
        self._jump(self.playhead.step_at(now_ns))
        return True

    def _jump(self, step: int) -> None:
        self.source.accept_any()
        self.playhead.jump(step)

    def stop(self, now_ns: int) -> None:
        """End everything that sounds, and forget a jump that is still to come."""
        self._coming_jump = None
        self.release(Kind.RELEASE, now_ns)

    def release(self, kind: Kind, now_ns: int) -> None:
        """End everything that sounds. ``kind``: RELEASE or PANIC."""
        self.playhead.release(now_ns)
        self.keyboard.forget_sounding()
        self._frames.append(Frame(kind, due_ns=now_ns))

    # -- the pattern -----------------------------------------------------------------------------

    def look_at(self, z: Sequence[float], now_ns: int) -> None:
        """Decode a point, if it is another one. Take a new pattern up now if the setting ``change`` is ``now``."""
        if self.source.look(z, self.settings.hysteresis) and self.settings.change == "now":
            self._recall(now_ns)
            self._take_up()

    def change_pattern(self, step: int) -> bool:
        """Take the coming pattern up if it is to be heard from this step on. True if so."""
        is_due = self.source.is_due(step, self.settings, self.grid, self.playhead.line)
        if is_due:
            self._take_up()
        return is_due

    def _take_up(self) -> None:
        """The coming pattern is heard from the next onset on."""
        self.source.take_up()
        self.keyboard.find_tonic(self.settings, self.source.pattern)  # with keys = scale the pattern moves it
        self.playhead.replace_phrase(self._make_phrase(), moved=False)
        self.pattern_since = self.playhead.next.serial

    def _make_phrase(self) -> Phrase:
        return make_phrase(self.source.pattern, self.settings, self.keyboard.tonic, self.keyboard.held)

    # -- onsets ----------------------------------------------------------------------------------

    def sound(self) -> None:
        """Give the next onset."""
        silent = self.keyboard.silences(self.settings)
        self._frames += self.playhead.sound(self.settings, self._hit(), silent, self._ports)

    def _hit(self) -> Hit | None:
        """How the next step sounds; None is a rest."""
        if self.keyboard.silences(self.settings):
            return None
        step = self.playhead.next.step
        return hit(self.settings, step, self.playhead.line.height(step))

    def _retime(self, now_ns: int) -> None:
        """The grid has moved, or steps have another number of strokes."""
        played = self._hit() if self.playhead.next.stroke else None
        self.playhead.retime(played.ratchets if played else 1, now_ns)

    def _recall(self, now_ns: int) -> None:
        """Take back the onsets that have not sounded. They are played again at the same time."""
        serial = self.playhead.recall(now_ns)
        if serial is not None:
            self._retime(now_ns)
            self._frames.append(Frame(Kind.RECALL, serial))
