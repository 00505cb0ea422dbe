"""Which child processes the player has: the one table of them."""

import importlib
from typing import TYPE_CHECKING, cast

from polate.player.config import Config
from polate.player.output import gate_of
from polate.runtime.supervisor import Member, Supervisor

if TYPE_CHECKING:
    from polate.player.client import ClientModule

__all__ = ["CLIENTS", "children_of", "client_module"]

CLIENTS = {
    "gate": "polate.player.gate_client",
    "midi": "polate.player.midi_client",
    "ports": "polate.player.ports_client",
    "osc": "polate.player.osc_client",
    "link": "polate.player.link_client",
    "web": "polate.player.web_client",
    "locate": "polate.player.locate_client",
    "listen": "polate.player.listen_client",
    "patchbay": "polate.player.patchbay_client",
}
"""Each child's name and the module of its client, in the order in which they are started. The gate is the first: it is
started before the player is imported, and closed after the others."""


def client_module(name: str) -> "ClientModule":
    """The module of a child's client."""
    return cast("ClientModule", importlib.import_module(CLIENTS[name]))


def children_of(config: Config, gate: Member | None = None) -> Supervisor:
    """Every child process that a configuration asks for, the gate first. None is started here.

    ``gate``: that of `polate.player.output.gate_of`, which may have been started already.
    """
    children = [gate or gate_of(config)]
    for name in CLIENTS:
        if name != children[0].name and (child := client_module(name).child_of(config)):
            children.append(child)
    return Supervisor(children)
