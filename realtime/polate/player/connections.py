"""Which clock and which MIDI ports are wanted, and which outputs the gate has: at first those of the configuration.

ChoosePort --choose--> config, wanted outputs --GateClient: a gate with these--> outputs
"""

from collections.abc import Mapping

import msgspec

from polate.control.commands import PORTS, PortKind, SyncSource
from polate.errors import ControlError
from polate.player.config import Config
from polate.player.output import outputs_of

__all__ = ["Connections"]


class Connections:
    """Written by the clients of the ports, the gate and the MIDI input."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._can_follow_link = config.can_follow_link
        self._wanted = self._outputs = outputs_of(config)
        self._names = self._names_now()

    @property
    def config(self) -> Config:
        """The configuration with the ports that were chosen last."""
        return self._config

    @property
    def names(self) -> Mapping[PortKind, str]:
        """The chosen name of each port; empty: the default."""
        return self._names

    @property
    def wanted(self) -> list[str | None]:
        """The outputs that the gate should have, as `polate.player.output.outputs_of` orders them."""
        return self._wanted

    @property
    def outputs(self) -> list[str | None]:
        """The outputs that the gate has."""
        return self._outputs

    def choose(self, kind: PortKind, name: str) -> None:
        """Want this port; with an empty name, the default."""
        self._config = msgspec.structs.replace(self._config, **{kind.replace("-", "_"): name or None})
        self._wanted, self._names = outputs_of(self._config), self._names_now()

    def check_clock(self, source: SyncSource) -> None:
        """Raises `PolateError` for a clock that cannot be heard: OSC if OSC is off, and Link if the configuration has
        asked for no process that can join a session."""
        msgspec.structs.replace(self._config, sync=source).check_clock()
        if source == "link" and not self._can_follow_link:
            raise ControlError("must be internal or midi with osc = false and web = false, got link", path="sync")

    def follow(self, source: SyncSource) -> None:
        """Follow this clock."""
        self._config = msgspec.structs.replace(self._config, sync=source)

    def adopt(self) -> None:
        """The gate has the outputs that are wanted."""
        self._outputs = self._wanted

    def place(self, kind: PortKind) -> int | None:
        """The place of an output among those that the gate has; None: it has not got it yet.

        A voice without an output of its own is played to the line's, which is the first.
        """
        name = getattr(self._config, kind.replace("-", "_"))
        if kind == "output" or name is None:
            return 0
        return self._outputs.index(name) if name in self._outputs else None

    def _names_now(self) -> dict[PortKind, str]:
        return {kind: getattr(self._config, kind.replace("-", "_")) or "" for kind in PORTS}
