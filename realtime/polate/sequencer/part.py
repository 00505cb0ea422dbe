"""The part that is played: a pattern, the settings and the keys make the onsets of a grid.

z --PatternSource--> pattern --+
PlaySettings ------------------+--make_phrase--> Line --Playhead--> frames for the gate
Keyboard --> tonic, keys ------'                 Grid ----^
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from polate.control.commands import KeyDown
from polate.control.settings import PlaySettings
from polate.errors import ControlError
from polate.gate.frames import Frame, Kind
from polate.sequencer.grid import Grid
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
        self._following = following
        self._lookahead_ns = lookahead_ns
        self._frames: list[Frame] = []

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

    def key_down(self, down: KeyDown, z: Sequence[float], now_ns: int) -> None:
        """Press a key. ``z``: the point where the controls have put it. Raises `ControlError` outside 0..127."""
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

    def key_up(self, note: int, channel: int, now_ns: int) -> None:
        """Release a key. A key that is not down is ignored."""
        self.keyboard.release(note, channel)
        self._frames += self.keyboard.end([note], now_ns, channel)
        self._keys_changed(now_ns)

    def release_keys(self, channel: int | None, now_ns: int) -> None:
        """Release the keys of a channel, or of all, also those that the latch holds."""
        self._frames += self.keyboard.release_all(channel, now_ns)
        self._keys_changed(now_ns)

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

    def seek(self, beat: float, now_ns: int) -> None:
        """Continue with this beat as soon as the gate can have it."""
        self._recall(now_ns)
        ahead_ns = self._lookahead_ns + max(0, -self.grid.nudge_ns)  # a negative nudge sounds before its beat
        self.grid.transport.follow(beat, now_ns + ahead_ns, self.grid.transport.bpm)
        self.playhead.rewind()
        self._jump(self.playhead.step_from(beat))

    def follow(self, beat: float, at_ns: int, bpm: float, now_ns: int) -> bool:
        """Another clock gives its position: this beat at that time, and its tempo. True if that is a jump."""
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
