"""The client of the process that recognises phrases: notes played in are gathered, and each phrase is answered.

    KeyDown, KeyUp --claims--> PhraseGatherer --Recognise--> process
      GoToPoint, SetCornerPoint, Set("tonic") <--Recognised--'

It takes notice of the keys of all other clients, and claims none. The commands carry coordinates. So a replay needs
neither the process nor an encoder. The process runs only while the setting ``listen`` is on.
"""

import math
from collections import deque
from collections.abc import Iterator
from functools import partial

from polate.control.commands import (
    CORNERS,
    Control,
    GoTo,
    GoToPoint,
    HoldPhrase,
    KeyDown,
    KeyUp,
    ReleaseKeys,
    Set,
    SetCorner,
    SetCornerPoint,
)
from polate.control.player_state import Heard
from polate.control.settings import PlaySettings
from polate.listen.messages import CannotRecognise, EndListening, FromListen, Recognise, Recognised
from polate.listen.phrase_gatherer import BarLine, Phrase, PhraseGatherer
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.supervisor import Member
from polate.sequencer.engine import Engine

__all__ = ["MOST_ERRORS", "ListenClient", "child_of", "open_client"]

MOST_ERRORS = 1 / 3
"""A phrase with more errors a note is like no pattern. Random notes, 16 of them, have one error in two notes."""

_UNTIL_NEEDED_NS = 2**62
_AGAIN_NS = 10 * 1_000_000_000  # until the process is started again after it could not read the model
_MOST_KEYS = 4096  # of one turn, which reads fewer from all clients together
_MOST_UNSENT = 65536  # bytes that may wait for the process


def child_of(config: Config) -> Member | None:
    targets = [mapping.target for mapping in config.map] + list((config.cc or {}).values())
    if config.listen == "off" and not (config.osc or config.web or config.controller or "listen" in targets):
        return None  # nobody can turn it on
    return Member("listen", "polate.listen.process", {"model": config.model}, partial(LineReader, FromListen))


def open_client(desk: Desk, child: Member) -> Client:
    child.rest(_UNTIL_NEEDED_NS)
    return ListenClient(desk, child)


class ListenClient(Client):
    """Gathers at every turn what was played, and has the newest phrase recognised."""

    def __init__(self, desk: Desk, child: Member) -> None:
        super().__init__(desk, child)
        self._engine: Engine = desk.session.engine
        self._gatherer = PhraseGatherer(self._engine.settings)
        self._played: deque[Control] = deque(maxlen=_MOST_KEYS)  # since the last turn
        self._line: BarLine | None = None  # the last one
        self._is_running = False  # the process is wanted
        self._number = 0  # of the last phrase
        self._phrase = Phrase((), 0)  # the last one

    @property
    def deadline_ns(self) -> int | None:
        times = [self._gatherer.deadline_ns, self._next_bar_ns()]
        return min((time for time in times if time is not None), default=None)

    def claims(self, control: Control, source: Client | None = None) -> bool:
        is_pedal = isinstance(control, HoldPhrase)
        if is_pedal or (isinstance(control, KeyDown | KeyUp | ReleaseKeys) and self._gatherer.is_listening):
            self._played.append(control)
        return is_pedal

    def commands(self, now_ns: int) -> Iterator[Control]:
        settings = self._engine.settings
        self._gatherer.use(settings)
        self._run(settings.listen != "off")
        for message in self.child.hear():
            match message:
                case Recognised(number) if number == self._number and self._gatherer.is_listening:
                    yield from self._answer(message, settings)
                case CannotRecognise(why):
                    self._desk.troubles.report(f"cannot listen: {why}")
                    self.child.rest(_AGAIN_NS)
                case _:
                    pass
        while self._played:
            self._ask(self._take_in(self._played.popleft(), now_ns))
        self._line = self._bar_line(now_ns)
        self._ask(self._gatherer.advance(now_ns, self._line))

    def _run(self, is_wanted: bool) -> None:
        """Have the process run while it is wanted."""
        if is_wanted != self._is_running:
            self._is_running = is_wanted
            self.child.rest(0 if is_wanted else _UNTIL_NEEDED_NS)
            if not is_wanted:
                self.child.send(encode_line(EndListening()))

    # -- gathering -------------------------------------------------------------------------------

    def _take_in(self, control: Control, now_ns: int) -> Phrase | None:
        match control:
            case KeyDown(note, _, channel) if 0 <= note <= 127:
                return self._gatherer.key_down(note, channel, now_ns)
            case KeyUp(note, channel):
                self._gatherer.key_up(note, channel, now_ns)
            case ReleaseKeys(channel):
                self._gatherer.release(channel, now_ns)
            case HoldPhrase(on):
                return self._gatherer.pedal(on)
            case _:
                pass
        return None

    def _bar_line(self, now_ns: int) -> BarLine | None:
        """The last line at which a phrase may end; None while nothing plays or no bar counts."""
        engine = self._engine
        if engine.settings.listen != "bar" or not engine.playing:
            return None
        beats = _beats(engine.settings)
        number = math.floor(engine.transport.beat_at(now_ns) / beats)
        return BarLine(number, engine.transport.time_of(number * beats))

    def _next_bar_ns(self) -> int | None:
        engine = self._engine
        line = self._line
        if engine.settings.listen != "bar" or not engine.playing or line is None:
            return None
        return engine.transport.time_of((line.number + 1) * _beats(engine.settings))

    def _ask(self, phrase: Phrase | None) -> None:
        if phrase is None or self.child.unsent > _MOST_UNSENT:
            return
        self._number += 1
        self._phrase = phrase
        self.child.send(encode_line(Recognise(self._number, phrase.notes)))

    # -- answering -------------------------------------------------------------------------------

    def _answer(self, recognised: Recognised, settings: PlaySettings) -> Iterator[Control]:
        notes, nearest = self._phrase.notes, recognised.nearest
        if not nearest or nearest[0].distance > MOST_ERRORS * len(notes):
            remark = "it is like no pattern" if nearest else "too few different notes for a phrase"
            self._desk.facts.hear(Heard(self._number, notes, remark=remark))
            return
        best, *others = nearest
        remark = f"{self._phrase.chords} chords: their highest notes were heard" if self._phrase.chords else ""
        self._desk.facts.hear(
            Heard(
                self._number, notes, best.pattern, best.tonic, best.distance, tuple(e.pattern for e in others), remark
            )
        )
        if settings.listen_answer == "show":
            return
        if (tonic := _tonic(settings, best.tonic)) is not None:
            yield Set("tonic", tonic)
        yield from _go(settings, best.pattern, recognised.z, self._engine.pattern.text)


def _beats(settings: PlaySettings) -> int:
    """How many beats a phrase lasts that ends with the bar."""
    return settings.bar * settings.listen_bars


def _tonic(settings: PlaySettings, heard: int) -> int | None:
    """The tonic after a phrase from this MIDI note; None: as it is."""
    before = settings.tonic_note
    match settings.listen_tonic:
        case "note":
            tonic = heard
        case "class":  # moved by at most six semitones
            tonic = before + (heard - before + 5) % 12 - 5
            tonic += 12 * ((tonic < 0) - (tonic > 127))
        case _:
            return None
    return tonic if tonic != before else None


def _go(settings: PlaySettings, pattern: str, z: tuple[float, ...], present: str) -> Iterator[Control]:
    """The commands that answer with a pattern. Without an encoder its place must be found first."""
    answer = settings.listen_answer
    match answer:
        case "corner-a" | "corner-b" | "corner-c" | "corner-d":
            corner = CORNERS["abcd".index(answer[-1])]
            yield SetCornerPoint(corner, z, pattern, pattern) if z else SetCorner(corner, pattern)
        case "jump" | "morph" if pattern != present:  # the knobs stay if it plays already
            bars = settings.listen_morph_bars if answer == "morph" else 0.0
            yield GoToPoint(z, pattern, bars) if z else GoTo(pattern, bars)
