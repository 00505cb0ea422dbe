"""What is played when. Pure: it is told the time, answers with frames for the gate, and never sleeps.

    Control --apply--> LatentPoint --decode--> Pattern --make_phrase--> Phrase --advance--> frames
                       PlaySettings -----------------------^   Transport ----------^

A virtual clock can play an hour of it in a moment. Where the line stands in its phrase is a function of the place in
the song: step n of the grid plays slot (n - origin) of the phrase, round and round; a change of phrase moves the
origin, and a seek brings it back to 0.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from polate.control.commands import (
    Control,
    GoTo,
    KeyDown,
    KeyUp,
    Morph,
    MovePad,
    Panic,
    RecallSnapshot,
    Seek,
    Set,
    SetAxis,
    SetCorner,
    SetMotion,
    SetPlaying,
    SetPoint,
    StoreSnapshot,
    Sync,
)
from polate.control.settings import LEAST_BARS, Motion, PlaySettings
from polate.control.snapshot import Snapshot, points
from polate.errors import ControlError, listed
from polate.gate.frames import Frame, Kind
from polate.model.contract import Axis, Landmark
from polate.sequencer.held_keys import HeldKeys
from polate.sequencer.hysteresis import Hysteresis
from polate.sequencer.latent_point import LatentPoint
from polate.sequencer.motion import round_corners, triangle
from polate.sequencer.phrase import Phrase, degree, make_phrase, nearest, pitch_classes, resume
from polate.sequencer.rhythm import Hit, hit, swung
from polate.sequencer.transport import Transport
from polate.sequencer.voices import KEYS, Voices, strike
from polate.theory.pattern import Pattern

__all__ = ["COMMITTED_NS", "DEFAULTS", "LOOKAHEAD_NS", "MOST_SNAPSHOTS", "Engine"]

DEFAULTS = PlaySettings()

LOOKAHEAD_NS = 5_000_000
"""How long before its time a note goes to the gate: as long as the player may be late without being heard. It costs no
control its time, for what has not sounded is recalled. With 3 ms, notes came to the gate too late on a busy machine."""

COMMITTED_NS = 300_000
"""What is due so soon is not recalled any more: the recall could come too late."""

MOST_SNAPSHOTS = 512
"""Their file is read and written whole, in some 10 ms; and one that has grown beyond all bounds could not be read."""

_A_MOMENT = Fraction(1, 10**6)  # of a beat: more than the nanosecond that times are rounded by
_LONGEST_KEY_NS = 3600 * 10**9  # a note played through ends with its key, and at last after an hour
_LATEST_NS = 250_000_000  # what comes later than this is given up, however long its step is
_LATEST_START_NS = 20_000_000  # a clock says where it is a little after it has been there
_ITS_PHRASE = {"order", "octaves", "seed"}  # settings that make the phrase another
_ITS_PLACE = {"tonic", "lowest", "highest", "keys", "latch"}  # settings that move it
_ITS_GRID = {"rate", "swing", "nudge"}  # settings that move the steps in time
_NOT_IN_TIME = {"bpm"} | _ITS_GRID


@dataclass(frozen=True, slots=True)
class _Onset:
    """A place in time and in the phrase: a step, or a later stroke of a ratcheted one."""

    serial: int  # for the gate, from 1
    step: int  # the place on the grid: it is at step * rate
    stroke: int  # 0..strokes - 1
    due_ns: int


@dataclass(frozen=True, slots=True)
class _Given:
    """An onset that the gate has, and the phrase and the voices as they were before it."""

    onset: _Onset
    phrase: Phrase
    origin: int
    voices: Voices


class Engine:
    """The sequencer. Only the player's thread touches it."""

    def __init__(
        self,
        decode: Callable[[Sequence[float]], Pattern],
        axes: Sequence[Axis],
        landmarks: Sequence[Landmark] = (),
        settings: PlaySettings = DEFAULTS,
        *,
        motions: Mapping[int, Motion] | None = None,
        snapshots: Mapping[str, Snapshot] | None = None,
        ports: Mapping[int, int] | None = None,
        following: bool = False,
        lookahead_ns: int = LOOKAHEAD_NS,
    ) -> None:
        """``motions``: by axis. ``ports``: by voice, its place among the outputs. ``following``: another clock says
        where the beat is, by `Sync`."""
        self.settings = settings
        self.point = LatentPoint(axes, landmarks, motions)
        self.snapshots = dict(snapshots or {})
        self.transport = Transport(settings.bpm)
        self.following = following
        self.playing = False
        self.refused: list[ControlError] = []  # what could not be done by itself; whoever reports it clears it
        self.dropped = 0  # steps that were given up because their time had passed
        self.pattern = decode(self.point.z)
        self.pattern_since = 0  # the serial of the first onset that is of this pattern
        self._decode, self._lookahead_ns = decode, lookahead_ns
        self._keys = HeldKeys(settings.latch)
        self._through: dict[int, tuple[int, int]] = {}  # a key that sounds by itself -> (channel, note)
        self._ports = dict(ports or {})
        self._hysteresis = Hysteresis()
        self._decoded_at: list[float] | None = list(self.point.z)
        self._coming: Pattern | None = None  # decoded, and to be heard when `change` says
        self._tonic = settings.tonic_note
        self._phrase = self._make_phrase()
        self._origin = 0
        self._begins: int | None = None  # the step that a jump went to, until it has sounded
        self._next = _Onset(1, 0, 0, 0)
        self._given: deque[_Given] = deque()  # onsets that the gate has and that may not have sounded yet
        self._voices = Voices()
        self._started_ns = 0  # when beat 0 was, at the tempo of the last jump
        self._sounded_ns = 0  # when the last onset was due that has sounded
        self._reached = Fraction(-1)  # the beat of the last step that has sounded
        self._sequenced = -1  # the number of the span of bars whose snapshot was recalled
        self._out: list[Frame] = []

    # -- what is asked for -----------------------------------------------------------------------

    def apply(self, control: Control, now_ns: int) -> None:
        """Take a control in. It is heard with the next `advance`. Raises `ControlError` for one that cannot be."""
        match control:
            case SetAxis(axis, position):
                self.point.move(axis, position)
            case SetPoint(positions):
                self.point.move_all(positions)
            case Morph(position):
                if self.point.move_morph(position):
                    self._hysteresis.forget()  # at a corner whatever is decoded is meant
            case MovePad(x, y):
                if self.point.move_pad(x, y):
                    self._hysteresis.forget()
            case GoTo(place):
                self.point.jump(self._find(place))
                self._hysteresis.forget()
            case SetCorner(corner, place):
                self.point.set_corner(corner, self._find(place), place.strip())
            case SetMotion(axis, key, value):
                self.point.set_motion(axis, key, value)
            case Set(key, value):
                self._set({key.replace("-", "_"): value}, now_ns)
            case StoreSnapshot(name):
                if name not in self.snapshots and len(self.snapshots) >= MOST_SNAPSHOTS:
                    raise ControlError(f"at most {MOST_SNAPSHOTS} snapshots can be kept: {name!r} is one more")
                self.snapshots[name] = Snapshot.of(tuple(self.point.z), self.point.motions, self.settings)
            case RecallSnapshot(name):
                self._recall_snapshot(name, now_ns)
            case KeyDown(note, velocity):
                self._key_down(note, velocity, now_ns)
            case KeyUp(note):
                self._key_up(note, now_ns)
            case Sync(beat, at_ns, bpm):
                self._follow(beat, at_ns, bpm, now_ns)
            case Seek(beat):
                self._seek(beat, now_ns)
            case SetPlaying(True):
                if not self.playing:
                    self._start(now_ns)
            case SetPlaying(False):
                self.playing = False
                self._release(Kind.RELEASE, now_ns)
            case Panic():
                self._release(Kind.PANIC, now_ns)

    @property
    def cycle(self) -> tuple[int, ...]:
        """The notes of one turn of the phrase."""
        return self._phrase.notes

    @property
    def top(self) -> int:
        """The place among them where the way down begins."""
        return self._phrase.top

    @property
    def tonic(self) -> int:
        """The MIDI note that the pattern is played from."""
        return self._tonic

    @property
    def keys(self) -> tuple[int, ...]:
        """The keys held, in the order in which they were pressed."""
        return self._keys.held

    # -- what is played --------------------------------------------------------------------------

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` is to be called next; None while stopped."""
        return self._next.due_ns - self._lookahead_ns if self.playing else None

    def advance(self, now_ns: int) -> list[Frame]:
        """The frames for the gate: everything up to the lookahead."""
        self._look_where_the_knobs_are(now_ns)
        while self.playing and self._next.due_ns <= now_ns + self._lookahead_ns:
            late_ns = now_ns - self._next.due_ns
            behind = max(int(late_ns / self._step_ns), late_ns > _LATEST_NS)
            if behind > 0:  # the machine slept, or was too busy for too long: go on in time, without what was missed
                self.dropped += behind
                self._go_to_step(self._next.step + behind)
                continue
            if self._next.stroke == 0 and self._arrive():  # the grid is another now
                self._look_where_the_knobs_are(now_ns)
                continue
            self._sound(self._next)
        self._forget_sounded(now_ns)
        out, self._out = self._out, []
        return out

    # -- the grid --------------------------------------------------------------------------------

    @property
    def _rate(self) -> Fraction:
        return self.settings.step_beats

    @property
    def _step_ns(self) -> float:
        return float(self._rate) * self.transport.beat_ns

    def _beat(self, step: int) -> float:
        """Where a step is played: on the grid, or swung."""
        return float(self._rate) * (step + swung(self.settings.swing, step))

    def _due(self, step: int, part: float = 0.0) -> int:
        """When a step is due, or a part of the way from it to the next one."""
        beat = self._beat(step)
        if part:
            beat += part * (self._beat(step + 1) - beat)
        return self.transport.time_of(beat) + self._nudge_ns

    @property
    def _nudge_ns(self) -> int:
        return round(self.settings.nudge * 1e6)

    def _song_beat(self, now_ns: int) -> float:
        """The beat that is to be heard now."""
        return self.transport.beat_at(now_ns - self._nudge_ns)

    def _go_to_step(self, step: int) -> None:
        """Make this step the next one; or the first after it that is later than what the gate has."""
        while self._due(step) <= self._last_ns:
            step += 1
        self._next = _Onset(self._next.serial + 1, step, 0, self._due(step))

    def _retime(self, now_ns: int) -> None:
        """The grid has moved, or a step is divided otherwise: the next onset is the same step, or the next stroke in
        it, at another time; or the first after it that is later than what the gate has."""
        onset, strokes = self._next, self._strokes
        for stroke in range(1, strokes) if onset.stroke else (0,):
            due_ns = self._due(onset.step, stroke / strokes)
            if due_ns > self._last_ns and (stroke == 0 or due_ns > now_ns):
                self._next = _Onset(onset.serial, onset.step, stroke, due_ns)
                return
        self._go_to_step(onset.step + 1)

    @property
    def _last_ns(self) -> int:
        """When the last onset is due that the gate has, or that has sounded."""
        return self._given[-1].onset.due_ns if self._given else self._sounded_ns

    @property
    def _strokes(self) -> int:
        """Of the next step."""
        played = self._hit(self._next.step)
        return played.ratchets if played else 1

    def _slot(self, step: int) -> int:
        """The place in the phrase."""
        return (step - self._origin) % len(self._phrase.slots)

    def _regrid(self, now_ns: int) -> None:
        """The next step falls on the new grid, which like every grid begins with beat 0."""
        slot = self._slot(self._next.step)
        reached = max(Fraction(self._song_beat(now_ns)) - _A_MOMENT, self._reached + _A_MOMENT)
        self._go_to_step(max(0, math.ceil(reached / self._rate)))
        self._origin = self._next.step - slot

    # -- starting, stopping, following -----------------------------------------------------------

    def _start(self, now_ns: int) -> None:
        self.playing = True
        if self.following:
            self._jumped(self._step_at(now_ns))
        else:
            self._seek(0.0, now_ns)

    def _step_at(self, now_ns: int) -> int:
        """The step to go on with: one that should have sounded a moment ago is still played, if it was not."""
        beat = max(Fraction(self._song_beat(now_ns - _LATEST_START_NS)), self._reached + _A_MOMENT)
        return max(0, math.ceil(beat / self._rate))

    def _seek(self, beat: float, now_ns: int) -> None:
        self._recall(now_ns)
        ahead_ns = self._lookahead_ns + max(0, -self._nudge_ns)  # what sounds before its beat has its time too
        self.transport.follow(beat, now_ns + ahead_ns, self.transport.bpm)
        self._reached = Fraction(-1)
        self._jumped(max(0, math.ceil((Fraction(beat) - _A_MOMENT) / self._rate)))

    def _jumped(self, step: int) -> None:
        """The place in the song is another: from here on all is a function of it, not of what was played before."""
        self._origin, self._sequenced = 0, -1
        self._started_ns = self.transport.time_of(0.0)
        self._hysteresis.forget()
        self._go_to_step(step)
        self._begins = self._next.step

    def _follow(self, beat: float, at_ns: int, bpm: float, now_ns: int) -> None:
        self.transport.follow(beat, at_ns, bpm)
        self.settings = msgspec.structs.replace(self.settings, bpm=bpm)
        away_ns = abs(self.transport.time_of(float(self._next.step * self._rate)) - now_ns)
        if away_ns > 2 * (self._step_ns + self._lookahead_ns) + abs(self._nudge_ns):  # it has jumped
            self._recall(now_ns)
            self._reached = Fraction(-1)
            self._jumped(self._step_at(now_ns))
        else:
            self._retime(now_ns)

    def _release(self, kind: Kind, now_ns: int) -> None:
        self._forget_sounded(now_ns)
        self._given.clear()
        self._through.clear()
        self._voices = Voices()
        self._out.append(Frame(kind, due_ns=now_ns))

    # -- settings and snapshots ------------------------------------------------------------------

    def _set(self, new: dict[str, object], now_ns: int) -> None:
        """Change settings, by name. Raises `ControlError` for what cannot be together."""
        before = self.settings
        settings = msgspec.structs.replace(before, **new)
        if settings == before:
            return
        settings.check()
        if self.following and settings.bpm != before.bpm:
            raise ControlError(f"the tempo follows another clock, at {before.bpm:.1f} bpm, got {settings.bpm:g}")
        changed = {name for name in new if getattr(settings, name) != getattr(before, name)}
        in_time = changed & _NOT_IN_TIME
        if changed - in_time or changed & {"rate", "nudge"}:
            self._recall(now_ns)
        self.settings = settings
        if "bpm" in changed:
            self.transport.change_tempo(settings.bpm, now_ns - self._nudge_ns)  # from the beat that is heard now
        if "rate" in changed:
            self._regrid(now_ns)
        elif "nudge" in changed:  # earlier by more than a step: what should have sounded by then is left out
            self._go_to_step(max(self._next.step, self._step_at(now_ns)))
        else:
            self._retime(now_ns)
        self._keys.set_latch(settings.latch)
        if changed & {*_ITS_PHRASE, *_ITS_PLACE}:
            self._tonic = self._find_tonic()
            self._replace_phrase(moved=not changed & _ITS_PHRASE)
        if "keys" in changed:
            self._end_through(list(self._through), now_ns)

    def _recall_snapshot(self, name: str, now_ns: int) -> None:
        snapshot = self.snapshots.get(name)
        if snapshot is None:
            raise ControlError(f"no snapshot {name[:64]!r}; there are: {listed(list(self.snapshots))}")
        changes, motions = snapshot.changes(), snapshot.motions_for(len(self.point.axes))
        self._set(changes, now_ns)  # first: it may be refused
        self.point.jump(snapshot.z)
        self.point.set_motions(motions)
        self._hysteresis.forget()

    def _find(self, place: str) -> tuple[float, ...]:
        return self.point.find(place, points(self.snapshots), self.settings.seed)

    # -- keys ------------------------------------------------------------------------------------

    def _key_down(self, note: int, velocity: int, now_ns: int) -> None:
        silent = not self._keys.held
        self._keys.press(note)
        if self.settings.keys == "through":
            self._look_at_the_map(self.point.z, now_ns)  # a knob may have been turned just before
            self._end_through([note], now_ns)
            channel = (self.settings.keys_channel or self.settings.channel) - 1
            sounding = nearest(note, pitch_classes(self.pattern, self._tonic))
            self._through[note] = (channel, sounding)
            off_ns = now_ns + _LONGEST_KEY_NS
            self._out.append(Frame(Kind.NOTE, 0, channel, sounding, velocity, now_ns, off_ns, 0, KEYS))
        self._keys_changed(now_ns)
        if self.settings.hold and silent:  # the phrase begins with the key
            self._origin = self._next.step

    def _key_up(self, note: int, now_ns: int) -> None:
        self._keys.release(note)
        self._end_through([note], now_ns)
        self._keys_changed(now_ns)

    def _end_through(self, keys: list[int], now_ns: int) -> None:
        for key in keys:
            sounding = self._through.pop(key, None)
            if sounding and sounding not in self._through.values():
                self._out.append(Frame(Kind.TIE, 0, *sounding, 0, now_ns, now_ns, 0, KEYS))

    def _keys_changed(self, now_ns: int) -> None:
        tonic = self._find_tonic()
        if tonic != self._tonic or self.settings.order == "as-played" or self.settings.hold:
            self._recall(now_ns)
            self._tonic = tonic
            self._replace_phrase(moved=True)

    def _find_tonic(self) -> int:
        home, key = self.settings.tonic_note, self._keys.last
        if key is None or self.settings.keys in ("off", "through"):
            return home
        return key if self.settings.keys == "chromatic" else degree(key, self.pattern, home)

    # -- recalling -------------------------------------------------------------------------------

    def _recall(self, now_ns: int) -> None:
        """Take back the onsets that have not sounded: they are played anew, at the same time."""
        self._forget_sounded(now_ns + COMMITTED_NS)
        if self._given:
            given = self._given[0]
            self._next, self._voices = given.onset, given.voices
            if self._phrase is given.phrase:  # another has an origin of its own
                self._origin = given.origin
            self._given.clear()
            self._retime(now_ns)
            self._out.append(Frame(Kind.RECALL, given.onset.serial))

    def _forget_sounded(self, until_ns: int) -> None:
        while self._given and self._given[0].onset.due_ns <= until_ns:
            onset = self._given.popleft().onset
            self._reached, self._sounded_ns, self._begins = onset.step * self._rate, onset.due_ns, None

    # -- patterns and phrases --------------------------------------------------------------------

    @property
    def _moves_by_itself(self) -> bool:
        """Then the point is looked at with each step, where it is by then."""
        bars = max(self.settings.morph_bars, self.settings.pad_bars)
        return self.point.moves_by_itself or bars >= LEAST_BARS

    def _look_where_the_knobs_are(self, now_ns: int) -> None:
        """Unless something moves the point with each step."""
        if not (self.playing and self._moves_by_itself):
            self._look_at_the_map(self.point.z, now_ns)

    def _look_at_the_map(self, z: list[float], now_ns: int) -> None:
        """Decode if the point has moved; take the pattern up now, or keep it for its time."""
        if z == self._decoded_at:
            return
        self._decoded_at = list(z)
        positions = self.point.positions_of(z)
        wanted = self._coming or self.pattern
        decoded = self._hysteresis.settle(wanted, self._decode(z), positions, self.settings.hysteresis)
        if decoded == wanted:
            return
        self._coming = decoded if decoded != self.pattern else None
        if self._coming and self.settings.change == "now":
            self._recall(now_ns)
            self._take_up()

    def _take_up(self) -> None:
        """The pattern that was coming is heard from the next onset on."""
        if self._coming:
            self.pattern, self._coming = self._coming, None
            self._tonic = self._find_tonic()  # of a key held: the nearest note of this scale
            self._replace_phrase()
            self.pattern_since = self._next.serial

    def _make_phrase(self) -> Phrase:
        return make_phrase(self.pattern, self.settings, self._tonic, self._keys.held)

    def _replace_phrase(self, *, moved: bool = False) -> None:
        """Go on in another phrase: in the old one's direction at the nearest pitch; if it has only ``moved``, at its
        place; after a jump, where the song is."""
        new, place = self._make_phrase(), self._slot(self._next.step)
        if self._next.step == self._begins:
            place = (self._next.step - self._origin) % len(new.slots)
        elif not moved or place >= len(new.slots):
            place = resume(self._phrase, place, new)
        self._origin = self._next.step - place
        self._phrase = new
        self._voices = self._voices.unsettled()

    # -- one step --------------------------------------------------------------------------------

    def _arrive(self) -> bool:
        """What happens by itself when a step comes. True if another one comes now, because the grid has changed.

        It happens at the step's own time, and so takes none before it back: that one would bring back what was before,
        and so for ever.
        """
        onset, settings = self._next, self.settings
        beat = onset.step * self._rate
        if names := settings.sequence.split():
            span = int(beat // (settings.bar * settings.sequence_bars))
            if span != self._sequenced:
                self._sequenced = span
                try:
                    self._recall_snapshot(names[span % len(names)], onset.due_ns)
                except ControlError as error:
                    self.refused.append(error)
                if self._next != onset:
                    return True
        if settings.morph_bars >= LEAST_BARS:
            self.point.move_morph(triangle(float(beat), settings.morph_bars, settings.bar))
        if settings.pad_bars >= LEAST_BARS:
            self.point.move_pad(*round_corners(float(beat), settings.pad_bars, settings.bar))
        seconds = (onset.due_ns - self._started_ns) / 1e9
        self._look_at_the_map(self.point.at(float(beat), seconds, settings.bar, settings.seed), onset.due_ns)
        if self._coming and self._is_time(onset.step):
            at_turn = settings.change == "turn"
            self._take_up()
            if at_turn:
                self._origin = onset.step
        return self._next != onset

    def _is_time(self, step: int) -> bool:
        """Is a new pattern to be heard from this step on?"""
        match self.settings.change:
            case "turn":
                return self._slot(step) == 0
            case "beat" | "bar":
                span = self.settings.bar if self.settings.change == "bar" else 1
                return step * self._rate // span != (step - 1) * self._rate // span
            case _:
                return True

    @property
    def _is_silent(self) -> bool:
        """Waiting for a key."""
        return self.settings.hold and not self._keys.held

    def _hit(self, step: int) -> Hit | None:
        if self._is_silent:
            return None
        return hit(self.settings, step, self._phrase.height(self._slot(step)))

    def _sound(self, onset: _Onset) -> None:
        """Give an onset to the gate, and go on to the next."""
        played = self._hit(onset.step)
        strokes = played.ratchets if played else 1
        place = self._slot(onset.step)
        slot = self._phrase.slots[place]
        last = onset.stroke + 1 >= strokes
        following = _Onset(
            onset.serial + 1,
            onset.step + last,
            0 if last else onset.stroke + 1,
            self._due(onset.step + 1) if last else self._due(onset.step, (onset.stroke + 1) / strokes),
        )
        self._given.append(_Given(onset, self._phrase, self._origin, self._voices))
        if not self._is_silent:
            turn = (onset.step - self._origin) // len(self._phrase.slots)
            end_ns = self._due(onset.step + self._phrase.steps_to_next_cell(place))
            frames, self._voices = self._voices.accompany(
                slot, turn, self.settings, self._ports, onset.serial, onset.due_ns, end_ns
            )
            self._out += frames
        if played:
            self._out += strike(slot, played, self.settings, onset.serial, onset.due_ns, following.due_ns)
        self._next = following
