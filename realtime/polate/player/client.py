"""The player's side of a child process: what every client has, and what it gets from the player.

    child process <--messages--> Client --commands--> player --> session --> gate
                                   ^------state, notes, refusals-----'

A new child process is a new module with two functions, `child_of` and `open_client`, and its name in
`polate.player.children.CLIENTS`. The player's loop knows no child by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from polate.control.commands import Control
from polate.control.player_state import NoteEvent, PlayerState
from polate.errors import PolateError
from polate.player.config import Config
from polate.player.connections import Connections
from polate.player.facts import Facts
from polate.player.note_stream import NoteStream
from polate.player.output import Output
from polate.player.rescue import Rescue
from polate.player.troubles import Troubles
from polate.runtime.supervisor import Member

if TYPE_CHECKING:  # the gate is started before these are imported
    from polate.takes.archive import Archive
    from polate.takes.session import Session

__all__ = ["Client", "ClientModule", "Desk"]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the player shares with every client."""

    config: Config
    model: str  # file name
    session: "Session"  # a client only reads its engine; it changes something by a command
    archive: "Archive"
    output: Output  # to the MIDI outputs
    connections: Connections
    notes: NoteStream
    facts: Facts
    troubles: Troubles
    rescue: Rescue = field(default_factory=Rescue)


class Client:
    """A client that wants nothing. A real one overrides what its child needs."""

    def __init__(self, desk: Desk, child: Member) -> None:
        self.child = child
        self._desk = desk

    @property
    def is_open(self) -> bool:
        """Whether the child has said if it has its port. The player waits for this before it announces itself."""
        return True

    @property
    def waits_for(self) -> str:
        """What the child is about to do, in words, that the music should not begin before; empty: nothing."""
        return ""

    @property
    def outlives_the_gate(self) -> bool:
        """Whether the child is needed until the gate has ended."""
        return False

    @property
    def can_wait(self) -> bool:
        """Whether what the child sends can wait for the next turn, which comes within 0.15 s.

        Then only the end of the child wakes the player.
        """
        return False

    @property
    def deadline_ns(self) -> int | None:
        """When `commands` must be called next even if the child sends nothing; None: then never."""
        return None

    def commands(self, now_ns: int) -> Iterable[Control]:
        """Read what the child has sent, and yield the commands that it asks for. Called at every turn.

        The player carries out each command before it asks for the next one.
        """
        return ()

    def claims(self, control: Control, source: "Client | None" = None) -> bool:
        """Whether this client carries out a command of another client, at once or later. Then the player does not.

        ``source``: who has yielded the command; None: the player itself. If the command is refused later, call its
        `refused`. Raises `PolateError` if the command cannot be carried out.
        """
        return False

    def refused(self, control: Control, error: PolateError) -> None:
        """A command that this client has yielded was refused. The trouble is reported already."""

    def tell(self, state: PlayerState) -> None:
        """Take the state after a change, at most 50 times a second."""

    @property
    def follows_notes(self) -> bool:
        """Whether it uses notes now. Asked only if it has subscribed to the desk's ``notes``."""
        return False

    def sound(self, event: NoteEvent) -> None:
        """A note has begun or ended. Called if it has subscribed to the desk's ``notes``."""

    def died(self, now_ns: int) -> Iterable[Control]:
        """The child has ended by itself, and another will be started: the commands that follow from that."""
        return ()

    def part(self) -> None:
        """The player stops, and the gate has ended or is about to be killed: the last messages to the child."""

    def close(self) -> None:
        """The player stops, and the child has ended."""


class ClientModule(Protocol):
    """What the module of a client defines."""

    def child_of(self, config: Config) -> Member | None:
        """The child process, not started; None if the configuration does not ask for it."""
        ...

    def open_client(self, desk: Desk, child: Member) -> Client:
        """Its client. Raises `PolateError` if the child cannot be had."""
        ...
