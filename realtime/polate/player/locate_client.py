"""The client of the process that finds places on the map: any pattern, or notes, can be gone to.

    GoTo, SetCorner, Set("sequence") --claims--> PlaceQueue --Locate--> process
                  GoToPoint, SetCornerPoint, KnowPlace <--Located, NotLocated--'

What the engine can find itself is not claimed: landmarks, snapshots, coordinates, ``random`` and ``here``. The commands
for the engine carry coordinates. So a replay needs no encoder. A landmark that only another shipped map has is refused
with the name of that map.
"""

import contextlib
from collections.abc import Iterator, Mapping
from functools import partial

from polate.control.commands import Control, GoTo, GoToPoint, KnowPlace, Set, SetCorner, SetCornerPoint
from polate.control.snapshot import sequence_entries
from polate.errors import ConfigError, ControlError, PolateError
from polate.locate.messages import FromLocate, Locate, Located, NamesElsewhere, NotLocated
from polate.model.other_maps import names_on_other_maps, not_on_this_map
from polate.model.places import is_notes_text, is_pattern_text
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.player.place_queue import Entry, PlaceQueue, concerns_places
from polate.runtime.clock import clock
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.supervisor import Member
from polate.sequencer.destination import find
from polate.sequencer.engine import Engine
from polate.theory.pattern import Pattern

__all__ = ["LocateClient", "child_of", "open_client"]

_SECOND = 1_000_000_000
_FIRST_NS = 2 * _SECOND  # delay of the first start, because the imports of the process would delay the first notes
_LOOK_NS = 5_000_000  # between two looks whether the process has been started
_LONGEST_NS = 10 * _SECOND  # for one answer; a process that needs more is killed
_MOST_TRIES = 2  # of a request whose process dies


def child_of(config: Config) -> Member | None:
    targets = [*(mapping.target for mapping in config.map), *(config.cc or {}).values()]
    maps_place = any(target.startswith(("go/", "corner/")) for target in targets)
    places = config.place or config.corners or ";" in config.sequence
    if not (config.osc or config.web or places or maps_place):  # nobody can ask
        return None
    return Member("locate", "polate.locate.process", {"model": config.model}, partial(LineReader, FromLocate))


def open_client(desk: Desk, child: Member) -> Client:
    """Raises `ConfigError` for a place of the configuration that cannot be one."""
    child.rest(_FIRST_NS)
    config, engine = desk.config, desk.session.engine
    beginning: list[tuple[str, GoTo | SetCorner]] = [("place", GoTo(config.place))] if config.place else []
    beginning += [(f"corners.{corner}", SetCorner(corner, place)) for corner, place in config.corners.items()]
    asked = [(setting, control.place) for setting, control in beginning]
    asked += [("sequence", entry) for entry in sequence_entries(config.sequence) if ";" in config.sequence]
    for setting, place in asked:
        try:
            # To look for a random place would draw another one at a replay; a snapshot may be stored later.
            if not (_must_be_sought(place, engine) or setting == "sequence" or place.strip().lower() == "random"):
                find(place, engine.point, engine.snapshots, engine.settings.seed)
        except PolateError as error:
            why = _elsewhere_at_the_start(place, engine) or f"is not valid: {error}"
            raise ConfigError(why, path=setting) from error
    return LocateClient(desk, child, [*(control for _, control in beginning), Set("sequence", config.sequence)])


def _must_be_sought(place: str, engine: Engine) -> bool:
    """Whether it is a pattern or notes that the engine does not know. Raises `PatternError` for a wrong pattern."""
    if engine.point.knows(place, engine.snapshots):
        return False
    if is_pattern_text(place):
        Pattern.parse(place)
        return True
    return is_notes_text(place)


def _elsewhere_at_the_start(place: str, engine: Engine) -> str | None:
    """Why a place of the configuration cannot be gone to, if another shipped map has it. It reads their files."""
    with contextlib.suppress(PolateError, ValueError):
        return not_on_this_map(place, names_on_other_maps(engine.point.named_places.names))
    return None


class LocateClient(Client):
    """Has one request at a time answered by the process."""

    def __init__(self, desk: Desk, child: Member, beginning: list[Control]) -> None:
        """``beginning``: commands of the configuration, for the start."""
        super().__init__(desk, child)
        self._queue: PlaceQueue[Client | None] = PlaceQueue()
        self._asked: Entry[Client | None] | None = None  # that the process is finding
        self._asked_ns = 0
        self._number = 0  # of the last request to the process
        self._tries = 0  # of the first request
        self._beginning = beginning
        self._opening = [control for control in beginning if isinstance(control, GoTo)]
        self._source: Client | None = None  # of the command that was yielded last
        self._elsewhere: Mapping[str, tuple[str, ...]] = {}  # landmarks of other shipped maps; set by the process

    @property
    def waits_for(self) -> str:
        first = self._queue.first
        is_opening = self._beginning or (first and any(first.control is control for control in self._opening))
        return "the process that finds places" if is_opening else ""

    @property
    def deadline_ns(self) -> int | None:
        if self._asked:
            return self._asked_ns + _LONGEST_NS
        return clock() + _LOOK_NS if self._queue.first else None

    def commands(self, now_ns: int) -> Iterator[Control]:
        beginning, self._beginning = self._beginning, []
        for control in beginning:
            if not self.claims(control) and not isinstance(control, Set):  # the setting is set already
                yield control
        for message in self.child.hear():
            if isinstance(message, NamesElsewhere):
                self._elsewhere = message.models
                continue
            self._tries = 0
            if message.number == self._number and self._asked:
                asked, self._asked = self._asked, None
                if asked is self._queue.first:  # else a newer request has taken its place
                    yield from self._carry_out(message)
        if self._asked and now_ns > self._asked_ns + _LONGEST_NS:
            self.child.kill()
        self._ask(now_ns)

    def claims(self, control: Control, source: Client | None = None) -> bool:
        if isinstance(control, Set) and control.key == "sequence":
            for entry in sequence_entries(control.value):
                if _must_be_sought(entry, self._desk.session.engine):
                    self._add(KnowPlace(entry, ()), source, True)
                elif why := self._where_else(entry):  # no refusal: a snapshot may get this name later
                    self._desk.troubles.refuse(ControlError(f"sequence: {why}"))
            return False
        if not concerns_places(control):
            return False
        is_sought = False
        if isinstance(control, GoTo | SetCorner):
            is_sought = _must_be_sought(control.place, self._desk.session.engine)
            if not is_sought and (why := self._where_else(control.place)):
                raise ControlError(why)
        return self._add(control, source, is_sought)

    def refused(self, control: Control, error: PolateError) -> None:
        if self._source:
            self._source.refused(control, error)

    def died(self, now_ns: int) -> Iterator[Control]:
        self._asked = None
        if self._queue.first and self._tries >= _MOST_TRIES:
            self._tries = 0
            yield from self._carry_out(NotLocated(self._number, "the process that finds places has ended twice"))
        if self._queue.first:
            self.child.rest(0)

    def _where_else(self, name: str) -> str | None:
        """The sentence that names the maps that have a landmark, if this one, and the snapshots, do not."""
        engine = self._desk.session.engine
        return None if engine.point.knows(name, engine.snapshots) else not_on_this_map(name, self._elsewhere)

    def _add(self, control: Control, source: Client | None, is_sought: bool) -> bool:
        """Put a command into the queue. False if it can be carried out now."""
        waits = self._queue.add(control, source, is_sought)
        if is_sought and not self.child.is_alive:
            self.child.rest(0)
        self._ask(clock())
        return waits

    def _ask(self, now_ns: int) -> None:
        """Have the process find the first request's place, if it is idle."""
        first = self._queue.first
        if first is None or not self.child.is_alive or self._asked:
            return
        assert isinstance(first.control, GoTo | SetCorner | KnowPlace)  # others are not sought
        self._asked, self._asked_ns = first, now_ns
        self._number += 1
        self._tries += 1
        self.child.send(encode_line(Locate(self._number, first.control.place)))

    def _carry_out(self, answer: FromLocate) -> Iterator[Control]:
        """Carry out the first request, or refuse it, and then the commands that have waited for it."""
        first, *behind = self._queue.take()
        self._source = first.source
        match first.control, answer:
            case GoTo(_, bars), Located(_, z, pattern):
                yield GoToPoint(z, pattern, bars)
            case SetCorner(corner, place), Located(_, z, pattern):
                yield SetCornerPoint(corner, z, place.strip(), pattern)
            case KnowPlace(place), Located(_, z, pattern):
                yield KnowPlace(place, z, pattern)
            case control, NotLocated(_, why):
                error = ControlError(why)
                self._desk.troubles.refuse(error)
                self.refused(control, error)
        for entry in behind:
            self._source = entry.source
            yield entry.control
