"""A `Mapper` for each MIDI input, because two controllers may send the same messages.

    (input, message) --> the input's Mapper, with the mappings that name it or none --> commands

A mapping names an input by a part of its name. It is pure: time is an argument.
"""

from collections.abc import Sequence

from polate.control.commands import Control
from polate.mapping.mapper import Mapper
from polate.mapping.mapping import Mapping, fits
from polate.mapping.targets import PositionOf
from polate.midi.messages import CONTROL_CHANGE, FIRST_MODE, KIND_MASK
from polate.midi.sources import parse_source

__all__ = ["InputMappers"]

_NO_KNOBS = frozenset((64, *range(FIRST_MODE, 128)))  # the sustain pedal, and the channel mode messages
_MANY = 24  # control changes without a mapping, before it is worth a word
_MOST_NAMED = 8  # control numbers in a warning


class InputMappers:
    """The mappers, by the number of their input."""

    def __init__(self, mappings: Sequence[Mapping], names: Sequence[str], position_of: PositionOf) -> None:
        """``names``: of the inputs."""
        self._mappings, self._names = list(mappings), tuple(names)
        self._position_of = position_of
        self._mappers = [Mapper(self._of(name), position_of) for name in names]
        self._unmapped: list[int] = []  # numbers of the control changes that came while no mapped one did
        self._watches = True  # for them
        self.warning = ""  # that no mapped control change comes, while others do

    def use(self, mappings: Sequence[Mapping]) -> None:
        """Use these mappings from now on. Those that were used before keep their state."""
        self._mappings = list(mappings)
        for name, mapper in zip(self._names, self._mappers, strict=True):
            mapper.use(self._of(name))

    def listen_to(self, names: Sequence[str]) -> None:
        """Other inputs are open from now on."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._mappers = [Mapper(self._of(name), self._position_of) for name in names]

    def feed(self, number: int, message: Sequence[int], now_ns: int) -> list[Control]:
        """The commands of a MIDI message. Never raises. The next call of `warning` may have something to say."""
        mapper = self._mappers[number]
        commands = mapper.feed(message, now_ns)
        if self._watches and message[0] & KIND_MASK == CONTROL_CHANGE and message[1] not in _NO_KNOBS:
            self._watch(message[1], mapper.has_heard_cc)
        return commands

    def advance(self, now_ns: int) -> list[Control]:
        """The commands of the targets that are moving by smoothing."""
        return [command for mapper in self._mappers for command in mapper.advance(now_ns)]

    @property
    def deadline_ns(self) -> int | None:
        """The time for the next call of `advance`; None if no target is moving."""
        return min((time for mapper in self._mappers if (time := mapper.deadline_ns) is not None), default=None)

    def _of(self, name: str) -> list[Mapping]:
        return [mapping for mapping in self._mappings if fits(mapping.input, name)]

    def _watch(self, control: int, has_heard_cc: bool) -> None:
        """Look whether mapped control changes never come while others do. Once is enough."""
        if has_heard_cc:
            self._watches, self.warning = False, ""
            return
        self._unmapped.append(control)
        if len(self._unmapped) < _MANY:
            return
        self._watches = False
        sources = [parse_source(mapping.source) for mapping in self._mappings]
        mapped = [source.number for source in sources if source.kind == "cc" and source.number is not None]
        if mapped:
            self.warning = (
                f"the controller sends CC {_listed(self._unmapped)}, but mapped are CC {_listed(mapped)}: bind its "
                "controls on the page or by 'polate learn', or use its template, which 'polate controllers' lists"
            )


def _listed(numbers: Sequence[int]) -> str:
    distinct = sorted(set(numbers))
    more = " ..." if len(distinct) > _MOST_NAMED else ""
    return ", ".join(map(str, distinct[:_MOST_NAMED])) + more
