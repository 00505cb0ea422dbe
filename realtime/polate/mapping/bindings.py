"""The mappings of a session that can change while playing: learn, forget, apply a template.

settings: [cc], [[map]] --+
template ---------------+-+--mappings--> Mapper
messages --Learner--> Mapping --bind--'
"""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Table

from polate.errors import ConfigError
from polate.mapping.gestures import Gesture, mapping_for, wants_button
from polate.mapping.mapping import Mapping, joined, mappings_of
from polate.mapping.targets import parse_target

__all__ = ["Bindings", "Learner"]


class Bindings:
    """The mappings: first those that were learned, the newest first, then those of the settings and the template."""

    def __init__(self, cc: Table[int, str] | None, maps: Sequence[Mapping], template: Iterable[Mapping] = ()) -> None:
        """See `polate.mapping.mapping.mappings_of`."""
        self._cc, self._maps = cc, maps
        self._template = list(template)
        self._learned: list[Mapping] = []
        self._forgotten: set[str] = set()  # targets

    @property
    def mappings(self) -> list[Mapping]:
        """All of them, each source once."""
        others = mappings_of(self._cc, self._maps, self._template)
        return joined(self._learned, [mapping for mapping in others if mapping.target not in self._forgotten])

    def bind(self, mapping: Mapping) -> None:
        """Add a mapping that was learned. It replaces the others of its target, and those with its source."""
        self.forget(mapping.target)
        self._learned = joined([mapping], self._learned)

    def forget(self, target: str) -> None:
        """Remove every mapping of a target."""
        self._learned = [mapping for mapping in self._learned if mapping.target != target]
        self._forgotten.add(target)

    def use_template(self, template: Iterable[Mapping]) -> None:
        """Use these mappings in place of those of the template before. Those that were learned stay."""
        self._template = list(template)
        self._forgotten = {mapping.target for mapping in self._learned}


class Learner:
    """Waits for the movement of one control, and makes its mapping to a target. Pure: time is an argument."""

    def __init__(self, target: str) -> None:
        """Raises `ConfigError` for an unknown target."""
        parse_target(target)
        self.target = target
        self.doubt = ""  # what the user must still do, in words; empty: nothing
        self._gesture = Gesture()
        self._judged_ns = -1  # the time of the last message that was taken into account

    @property
    def deadline_ns(self) -> int | None:
        """When `advance` must be called next; None: not before the next message."""
        return self._gesture.deadline_ns if self._gesture.last_ns != self._judged_ns else None

    def feed(self, message: Sequence[int], now_ns: int) -> None:
        self._gesture.feed(message, now_ns)

    def advance(self, now_ns: int) -> Mapping | None:
        """The mapping, once the hand rests and the source is certain. Until then `doubt` may say why it is not."""
        if self.deadline_ns is None or (found := self._gesture.found(now_ns, button=wants_button(self.target))) is None:
            return None
        self._judged_ns = self._gesture.last_ns
        if found.doubt:
            self.doubt = f"{found.source}? {found.doubt}"
            return None
        try:
            return mapping_for(found, self.target)
        except ConfigError as error:
            self.doubt = str(error)
            self._gesture, self._judged_ns = Gesture(), -1
            return None
