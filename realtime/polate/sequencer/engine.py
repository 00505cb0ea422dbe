"""The sequencer: it takes controls and gives the frames to play. Pure: it gets the time as a number and never waits.

    Control --apply--> LatentPoint --z--> Part --advance--> frames for the gate
                 '---> settings, keys, place in the song --^

So a virtual clock can play an hour in a moment, and a replay gives the same frames. The place in the song determines
what is played: step n plays slot n of the phrase, modulo its length. When the phrase changes, the line continues from
where it is. A jump in the song returns to slot n.
"""

from collections.abc import Callable, Mapping, Sequence

from polate.control import commands
from polate.control.commands import Control
from polate.control.fields import FIELDS
from polate.control.path import Path
from polate.control.settings import LEAST_BARS, Motion, PlaySettings
from polate.control.snapshot import Snapshot, sequence_entries, sequence_of
from polate.errors import ControlError, PolateError, listed
from polate.gate.frames import Frame, Kind
from polate.model.contract import Axis, Landmark
from polate.sequencer.destination import find, to_pin
from polate.sequencer.held_keys import Key
from polate.sequencer.latent_point import LatentPoint
from polate.sequencer.part import Part
from polate.sequencer.snapshot_sequence import SnapshotSequence
from polate.sequencer.transport import Transport
from polate.theory.pattern import Pattern

__all__ = ["DEFAULTS", "LOOKAHEAD_NS", "MOST_SNAPSHOTS", "Engine"]

DEFAULTS = PlaySettings()

LOOKAHEAD_NS = 5_000_000
"""How long before its time a note goes to the gate. If the player is late by less, nobody hears it. This adds no
control latency: notes that have not sounded yet can be recalled. With 3 ms, notes reached the gate too late on a busy
machine."""

MOST_SNAPSHOTS = 512
"""The file of snapshots is read and written as a whole. With so many that takes some 10 ms."""

_LATEST_NS = 250_000_000  # an onset that is later than this is skipped, however long its step is


class Engine:
    """The sequencer. One thread may use it. Times are nanoseconds of `polate.runtime.clock`."""

    def __init__(
        self,
        decode: Callable[[Sequence[float]], Pattern],
        axes: Sequence[Axis],
        landmarks: Sequence[Landmark] = (),
        settings: PlaySettings = DEFAULTS,
        *,
        motions: Mapping[int, Motion] | None = None,
        path: Path | None = None,
        snapshots: Mapping[str, Snapshot] | None = None,
        ports: Mapping[int, int] | None = None,
        following: bool = False,
        lookahead_ns: int = LOOKAHEAD_NS,
    ) -> None:
        """``decode``: from coordinates to a pattern. ``motions``: by axis, from 0. ``ports``: the place of each voice's
        MIDI output, by voice. ``following``: another clock gives the beat, by `Sync`."""
        self.point = LatentPoint(axes, landmarks, motions, path)
        self.snapshots = dict(snapshots or {})
        self.playing = False
        self.refused: list[PolateError] = []  # recalls of the setting ``sequence`` that failed; the reader clears it
        self.dropped = 0  # steps that were skipped because they were too late
        self._part = Part(
            decode, self.point, settings, ports=ports or {}, following=following, lookahead_ns=lookahead_ns
        )
        self._decode = decode
        self._sequence = SnapshotSequence()
        self._lookahead_ns = lookahead_ns

    # -- what can be read ------------------------------------------------------------------------

    @property
    def settings(self) -> PlaySettings:
        """The settings as they are now."""
        return self._part.settings

    @property
    def transport(self) -> Transport:
        """The tempo and the beat."""
        return self._part.grid.transport

    @property
    def following(self) -> bool:
        """Whether another clock gives the tempo and the beat."""
        return self._part.following

    @property
    def pattern(self) -> Pattern:
        """The pattern that is heard."""
        return self._part.source.pattern

    @property
    def pattern_since(self) -> int:
        """Serial of the first onset of this pattern."""
        return self._part.pattern_since

    @property
    def cycle(self) -> tuple[int, ...]:
        """The notes of one turn of the phrase, MIDI notes."""
        return self._part.playhead.line.phrase.notes

    @property
    def top(self) -> int:
        """The place in `cycle` where the way down begins."""
        return self._part.playhead.line.phrase.top

    @property
    def tonic(self) -> int:
        """The MIDI note that the pattern is played from."""
        return self._part.keyboard.tonic

    @property
    def keys(self) -> tuple[int, ...]:
        """The held keys in the order in which they were pressed, MIDI notes."""
        return self._part.keyboard.held

    @property
    def held_keys(self) -> tuple[Key, ...]:
        """The held keys with their channels, in the order in which they were pressed."""
        return self._part.keyboard.held_keys

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` must be called next; None while stopped."""
        return self._part.playhead.next.due_ns - self._lookahead_ns if self.playing else None

    # -- controls --------------------------------------------------------------------------------

    def apply(self, control: Control, now_ns: int) -> None:
        """Take a control. The next `advance` makes it heard. Raises `ControlError` if it cannot be done."""
        match control:
            case commands.SetAxis(axis, position):
                self.point.move(axis, position, self.settings.hysteresis)
            case commands.SetPoint(positions):
                self.point.move_all(positions, self.settings.hysteresis)
            case commands.Morph(position):
                if self.point.move_morph(position, self.settings.hysteresis):
                    self._part.source.accept_any()  # at a corner its own pattern is meant
            case commands.MovePad(x, y):
                if self.point.move_pad(x, y, self.settings.hysteresis):
                    self._part.source.accept_any()
            case commands.GoTo(place, bars):
                self._go(*find(place, self.point, self.snapshots, self.settings.seed), bars)
            case commands.GoToPoint(z, text, bars):
                self._go(z, to_pin(z, text, self.point, self._decode), bars)
            case commands.KnowPlace(place, z, text):
                self.point.named_places.remember(place, z, to_pin(z, text, self.point, self._decode))
            case commands.Pin(text):
                self.point.pin_here(to_pin(self.point.z, text, self.point, self._decode))
                self._part.source.accept_any()
            case commands.SetCorner(corner, place):
                z, pinned = find(place, self.point, self.snapshots, self.settings.seed)
                self.point.set_corner(corner, z, place.strip(), pinned)
            case commands.SetCornerPoint(corner, z, name, text):
                self.point.set_corner(corner, z, name, to_pin(z, text, self.point, self._decode))
            case commands.SetMotion(axis, key, value):
                self.point.set_motion(axis, key, value)
            case commands.SetPath(path):
                self.point.set_path(path)
            case commands.Set(key, value):
                self._part.set({key.replace("-", "_"): value}, now_ns)
            case commands.StoreSnapshot(name):
                self._store_snapshot(name)
            case commands.RecallSnapshot(name):
                self._recall_snapshot(name, now_ns)
            case commands.RenameSnapshot(old, new):
                self._rename_snapshot(old, new, now_ns)
            case commands.DeleteSnapshot(name):
                self._snapshot(name)
                del self.snapshots[name]
            case commands.KeyDown() | commands.KeyUp() | commands.ReleaseKeys():
                self._part.press(control, self.point.z, now_ns)
            case commands.Sync() | commands.Seek() | commands.Jump():
                if self._part.go(control, now_ns):
                    self._sequence.restart()
            case commands.FollowClock(source):
                self._part.follow_clock(source != "internal", now_ns)
            case commands.SetPlaying(True):
                if not self.playing:
                    self.playing = True
                    self._part.start(now_ns)
                    self._sequence.restart()
            case commands.SetPlaying(False):
                self.playing = False
                self._part.stop(now_ns)
            case commands.SongPosition():  # the client of OSC makes other commands of it
                raise ControlError("a DAW's song position can only be sent as an OSC message")
            case commands.SetVoicePort(voice, port):
                self._part.set_port(voice, port)
            case commands.Panic():
                self._part.release(Kind.PANIC, now_ns)

    def _go(self, z: Sequence[float], pinned: Pattern | None, bars: float) -> None:
        """Go to a point. Nothing glides while the song stands still."""
        if bars >= LEAST_BARS and self.playing:
            self.point.glide(z, pinned, float(self._part.playhead.beat), bars)
        else:
            self.point.jump(z, pinned)
            self._part.source.accept_any()

    def _store_snapshot(self, name: str) -> None:
        if name not in self.snapshots and len(self.snapshots) >= MOST_SNAPSHOTS:
            raise ControlError(f"at most {MOST_SNAPSHOTS} snapshots can be kept: {name!r} is one more")
        point = self.point
        pinned = point.pin.pattern if point.pin else None
        self.snapshots[name] = Snapshot.of(tuple(point.z), point.motions, self.settings, point.path, pinned)

    def _snapshot(self, name: str) -> Snapshot:
        if (snapshot := self.snapshots.get(name)) is None:
            raise ControlError(f"no snapshot {name[:64]!r}; there are: {listed(list(self.snapshots))}")
        return snapshot

    def _rename_snapshot(self, old: str, new: str, now_ns: int) -> None:
        """The snapshot keeps its place among the others, and in the setting ``sequence``."""
        self._snapshot(old)
        if new == old:
            return
        if new in self.snapshots:
            raise ControlError(f"there is a snapshot {new!r} already: choose another name, or delete it first")
        names = sequence_entries(self.settings.sequence)
        if old in names:  # first: the sequence may become too long
            names = [new if name == old else name for name in names]
            sequence = FIELDS["sequence"].convert(sequence_of(names, self.settings.sequence))
            self._part.set({"sequence": sequence}, now_ns)
        self.snapshots = {new if name == old else name: each for name, each in self.snapshots.items()}

    def _recall_snapshot(self, name: str, now_ns: int) -> None:
        snapshot = self._snapshot(name)
        axes = len(self.point.axes)
        changes, motions, path = snapshot.changes(), snapshot.motions_for(axes), snapshot.path_for(axes)
        pinned = snapshot.pinned_pattern
        self._part.set(changes, now_ns)  # first: it may be refused
        self.point.jump(snapshot.z, pinned)
        self.point.set_motions(motions)
        self.point.set_path(path)
        self._part.source.accept_any()

    # -- playing ---------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> list[Frame]:
        """The frames for the gate, of all onsets up to the lookahead."""
        part = self._part
        self._look_unless_it_moves(now_ns)
        while self.playing and (onset := part.playhead.next).due_ns <= now_ns + self._lookahead_ns:
            late_ns = now_ns - onset.due_ns
            behind = max(int(late_ns / part.grid.step_ns), late_ns > _LATEST_NS)
            if behind > 0:  # the machine slept, or was busy for too long: continue in time without the missed steps
                self.dropped += behind
                part.playhead.go_to(onset.step + behind)
            elif onset.stroke == 0 and self._arrive():
                self._look_unless_it_moves(now_ns)
            else:
                part.sound()
                if part.take_jump():
                    self._sequence.restart()
        part.playhead.forget_sounded(now_ns)
        return part.take_frames()

    def _look_unless_it_moves(self, now_ns: int) -> None:
        """Decode where the controls have put the point. A point that moves by itself is decoded at each step."""
        if not (self.playing and self.point.moves(self._part.settings)):
            self._part.look_at(self.point.z, now_ns)

    def _arrive(self) -> bool:
        """Do what happens without a control when a step comes. True if another onset is next, because the grid changed.

        It happens at the time of the step, so it recalls no earlier step: that step would bring the old state back, and
        this one would change it again, without end.
        """
        part, settings = self._part, self._part.settings
        onset, beat = part.playhead.next, part.playhead.beat
        if name := self._sequence.arrive(beat, settings):
            try:
                if name in self.snapshots or not self.point.knows(name, ()):
                    self._recall_snapshot(name, onset.due_ns)
                else:
                    self._go(*find(name, self.point, {}, settings.seed), 0.0)
            except PolateError as error:
                self.refused.append(error)
            if part.playhead.next != onset:
                return True
        # From here on too, ``settings`` are those before the recall: what a snapshot sets counts from the next step.
        if self.point.travel(float(beat), settings):
            part.source.accept_any()  # at the end of a glide its own pattern is meant
        part.look_at(self.point.at(float(beat), part.playhead.seconds, settings.bar, settings.seed), onset.due_ns)
        if part.change_pattern(onset.step) and settings.change == "turn":
            part.playhead.begin_phrase()
        return part.playhead.next != onset
