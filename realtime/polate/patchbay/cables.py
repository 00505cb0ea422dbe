"""Which connections of Polate's own ports are to be restored: those that ended because a port went, not by a user.

    Look (ports, cables) --Patchbay.see--> cables to make now

Pure: it knows no MIDI system and no clock. `polate.patchbay.process` runs it.
"""

from dataclasses import dataclass, field

__all__ = ["SETTLE_NS", "Cable", "Look", "Patchbay"]

Cable = tuple[str, str]
"""The full names of two connected ports: the source and the destination."""

SETTLE_NS = 100_000_000
"""A connection that ends while both ports stay has been ended by a user, if none of them goes within this time: the
system reports the end of a connection before that of the port."""

_MOST_CABLES = 256


@dataclass(frozen=True, slots=True)
class Look:
    """The MIDI ports of a system at one time."""

    ports: frozenset[str] = frozenset()  # the full names of all ports
    outputs: frozenset[str] = frozenset()  # of those, the outputs of this Polate
    inputs: frozenset[str] = frozenset()  # and its inputs
    cables: frozenset[Cable] = frozenset()  # the connections of these, and those of `ends`
    ends: str = ""  # the output of the patchbay process itself, which is none of Polate's outputs

    @property
    def own(self) -> frozenset[str]:
        return self.outputs | self.inputs


@dataclass(slots=True)
class Patchbay:
    """The connections that there were, until a user ends them.

    A process that opens a named port connects it itself, and maybe to another port than before. So when such a port
    comes again, only the connections that it has then are wanted. A virtual port gets all that it had.
    """

    virtual_outputs: bool = True
    virtual_inputs: bool = True
    _wanted: set[Cable] = field(default_factory=set)
    _cut: set[Cable] = field(default_factory=set)  # a port of these has gone
    _missing: dict[Cable, int] = field(default_factory=dict)  # both ports are there; forgotten at this time
    _outputs: set[str] = field(default_factory=set)  # Polate's outputs, also those that have gone
    _leaving: set[str] = field(default_factory=set)  # own ports that will be closed on purpose
    _own: frozenset[str] = frozenset()  # Polate's ports at the last look

    @property
    def deadline_ns(self) -> int | None:
        """When `see` must be called again; None: not before something changes."""
        return min(self._missing.values(), default=None)

    @property
    def receivers(self) -> list[str]:
        """The ports that Polate's outputs play to, or played to until an output went."""
        return sorted({destination for source, destination in self._wanted if source in self._outputs})

    def mirror(self, look: Look) -> tuple[list[Cable], list[Cable]]:
        """The connections that `Look.ends` needs, to play to `receivers`: to make, to end."""
        if not look.ends:
            return [], []
        wanted = {(look.ends, receiver) for receiver in self.receivers}
        there = {cable for cable in look.cables if cable[0] == look.ends}
        return sorted(cable for cable in wanted - there if cable[1] in look.ports), sorted(there - wanted)

    def forget(self, own: frozenset[str]) -> None:
        """These ports will be closed, because the user has chosen others: their connections are not wanted."""
        self._leaving |= own
        for cable in [cable for cable in self._wanted if self._leaving & set(cable)]:
            self._drop(cable)

    def see(self, look: Look, now_ns: int, *, gone: bool = False) -> list[Cable]:
        """Take in what there is now. Returns the connections to make.

        ``gone``: a port has gone since the last look, even if one of this name is there again.
        """
        self._leaving = {port for port in self._leaving if port in look.own and not gone}
        self._outputs |= look.outputs
        self._welcome(look)
        there = {cable for cable in look.cables if look.ports.issuperset(cable)}  # JACK lists some a little longer
        for cable in there:
            if not look.own & set(cable):
                continue
            if not self._leaving & set(cable) and len(self._wanted) < _MOST_CABLES:
                self._wanted.add(cable)
            self._cut.discard(cable)
            self._missing.pop(cable, None)
        to_make = []
        for cable in sorted(self._wanted - there):
            if not look.ports.issuperset(cable):
                self._cut.add(cable)
                self._missing.pop(cable, None)
            elif gone or cable in self._cut:
                self._cut.add(cable)
                to_make.append(cable)
            elif self._missing.setdefault(cable, now_ns + SETTLE_NS) <= now_ns:
                self._drop(cable)
        self._own = look.own
        return to_make

    def rename(self, old: str, new: str) -> None:
        """Another program has renamed a port; its connections stay."""
        for cable in [cable for cable in self._wanted if old in cable]:
            self._drop(cable)
            self._wanted.add((new if cable[0] == old else cable[0], new if cable[1] == old else cable[1]))

    def _welcome(self, look: Look) -> None:
        """Take in own ports that have come: JACK may give the next process's port another name than the last one's."""
        for port in sorted(look.own - self._own):
            side, virtual = (0, self.virtual_outputs) if port in look.outputs else (1, self.virtual_inputs)
            is_known = any(port in cable for cable in self._wanted)
            stem = _stem(port)
            for cable in sorted(self._wanted):
                is_orphan = not is_known and cable[side] not in look.ports and _stem(cable[side]) == stem
                if is_orphan or (port in cable and not virtual):
                    self._drop(cable)
                if is_orphan and virtual:
                    moved = (port, cable[1]) if side == 0 else (cable[0], port)
                    self._wanted.add(moved)
                    self._cut.add(moved)

    def _drop(self, cable: Cable) -> None:
        self._wanted.discard(cable)
        self._cut.discard(cable)
        self._missing.pop(cable, None)


def _stem(port: str) -> str:
    """The name of Polate's port without the number that JACK appends to a client's name: "Polate Out-01:Polate Out"."""
    return port.partition(":")[2]
