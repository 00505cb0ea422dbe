"""What the clients find out: which ports there are, which clock is followed, and how many notes were played."""

from dataclasses import dataclass
from typing import Literal

from polate.control.player_state import NONE, Heard
from polate.errors import PortError

__all__ = ["Bound", "Facts"]

_LATE_NS = 2_000_000  # a note sent later than this after its time counts as late


@dataclass(frozen=True, slots=True)
class Bound:
    """What the controls of the MIDI controller are bound to, as in `PlayerState`."""

    controller: str = ""
    mappings: tuple[tuple[str, str], ...] = ()
    learning: str = ""


class Facts:
    """Written by the clients, read for the player's state."""

    def __init__(self, sync: str) -> None:
        """``sync``: the clock that is followed, in words."""
        self._sync = sync
        self._ports: dict[str, str] = {}
        self._midi_inputs: tuple[str, ...] = ()
        self._midi_outputs: tuple[str, ...] = ()
        self._is_watched = False
        self._bound = Bound()
        self._heard = Heard()
        self._missing: set[tuple[Literal["output", "input"], str]] = set()
        self.refusal: PortError | None = None
        """The error that ends the player: a MIDI port's name in the configuration fits several ports."""
        self._played = self._late = self._missed = self._controls = 0
        self._sounding: int | None = None

    # -- ports -----------------------------------------------------------------------------------

    @property
    def ports(self) -> dict[str, str]:
        """As `PlayerState.ports`."""
        return dict(self._ports)

    def port(self, kind: str) -> str:
        """The name or address of a port, or NONE or OFF; empty while it is not known."""
        return self._ports.get(kind, "")

    def set_port(self, kind: str, name: str) -> None:
        self._ports[kind] = name

    def miss(self, kind: Literal["output", "input"], name: str) -> None:
        """A MIDI port that the configuration names is not there, and nobody has said so yet."""
        self._missing.add((kind, name))

    @property
    def misses_ports(self) -> bool:
        """Whether `take_missing` has something to give."""
        return bool(self._missing)

    def take_missing(self) -> list[tuple[Literal["output", "input"], str]]:
        """The named MIDI ports that were missed since the last call."""
        missing, self._missing = sorted(self._missing), set()
        return missing

    @property
    def midi_inputs(self) -> tuple[str, ...]:
        """The MIDI ports that can be listened to, as they were listed last."""
        return self._midi_inputs

    @property
    def midi_outputs(self) -> tuple[str, ...]:
        """The MIDI ports that can be played to, as they were listed last."""
        return self._midi_outputs

    def list_midi_ports(self, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
        self._midi_inputs, self._midi_outputs = inputs, outputs

    @property
    def is_watched(self) -> bool:
        """Whether a page is open."""
        return self._is_watched

    def watch(self, is_watched: bool) -> None:
        """A page has been opened, or the last one closed."""
        self._is_watched = is_watched

    @property
    def bound(self) -> Bound:
        return self._bound

    def bind(self, bound: Bound) -> None:
        self._bound = bound

    @property
    def heard(self) -> Heard:
        """The last phrase that was played in."""
        return self._heard

    def hear(self, heard: Heard) -> None:
        self._heard = heard

    @property
    def has_output(self) -> bool:
        return self.port("output") != NONE

    # -- the clock -------------------------------------------------------------------------------

    @property
    def sync(self) -> str:
        """The clock that is followed, in words."""
        return self._sync

    def follow(self, sync: str) -> None:
        self._sync = sync

    # -- counts ----------------------------------------------------------------------------------

    @property
    def played(self) -> int:
        """Notes that were struck."""
        return self._played

    @property
    def late(self) -> int:
        """Of them, those that were sent more than 2 ms after their time."""
        return self._late

    @property
    def missed(self) -> int:
        """Notes that reached the gate too late to be played."""
        return self._missed

    @property
    def controls(self) -> int:
        """Commands that were carried out."""
        return self._controls

    @property
    def sounding(self) -> int | None:
        """The MIDI note of the line that was struck last."""
        return self._sounding

    def count_note(self, late_ns: int) -> None:
        """A note was struck."""
        self._played += 1
        self._late += late_ns > _LATE_NS

    def show_note(self, note: int) -> None:
        """The line's note that was struck last."""
        self._sounding = note

    def count_missed(self) -> None:
        self._missed += 1

    def count_control(self) -> None:
        self._controls += 1
