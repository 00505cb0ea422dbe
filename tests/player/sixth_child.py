"""A child process more, with everything that one can have: the module of its client, and the program that it runs.

child --Asks, Reports--> client --commands--> player
      <--State, Note, Answer--
"""

import os
import select
import signal
import sys
from collections.abc import Iterator
from functools import partial

import msgspec

from polate.control.commands import Control
from polate.control.player_state import NoteEvent, PlayerState
from polate.errors import PolateError
from polate.osc.addresses import to_control
from polate.osc.messages import Messages
from polate.player.client import Client, Desk
from polate.player.config import Config
from polate.runtime.child_process import child_side
from polate.runtime.line_stream import LineReader, encode_line
from polate.runtime.supervisor import Member


class Report(msgspec.Struct, frozen=True, tag="report"):
    """What the child has been told."""

    text: str


class State(msgspec.Struct, frozen=True, tag="state"):
    state: PlayerState


class Note(msgspec.Struct, frozen=True, tag="note"):
    note: NoteEvent


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """A command was refused."""

    why: str


# -- the client -----------------------------------------------------------------------------------


def child_of(config: Config) -> Member | None:
    return Member("sixth", "sixth_child", {}, partial(LineReader, Messages | Report))


def open_client(desk: Desk, child: Member) -> Client:
    client = SixthClient(desk, child)
    desk.notes.subscribe(client)
    return client


class SixthClient(Client):
    """Prints what the child reports, and stops the player after the second child's last report."""

    def commands(self, now_ns: int) -> Iterator[Control]:
        for message in self.child.hear():
            if isinstance(message, Report):
                print(message.text, flush=True)
                if message.text == "second: done":
                    os.kill(os.getpid(), signal.SIGTERM)
                continue
            for address, arguments in message.messages:
                yield from to_control(address, arguments)

    def refused(self, control: Control, error: PolateError) -> None:
        self.child.send(encode_line(Answer(str(error))))

    def tell(self, state: PlayerState) -> None:
        self.child.send(encode_line(State(state)))

    @property
    def follows_notes(self) -> bool:
        return True

    def sound(self, note: NoteEvent) -> None:
        self.child.send(encode_line(Note(note)))

    def died(self, now_ns: int) -> Iterator[Control]:
        print("died", flush=True)
        return iter(())

    def close(self) -> None:
        print("closed", flush=True)


# -- the program ----------------------------------------------------------------------------------


def main() -> None:
    player, settings = child_side()
    name = "second" if settings["restarted"] else "first"
    reader: LineReader[State | Note | Answer] = LineReader(State | Note | Answer)
    player.sendall(encode_line(Messages([("/polate/z/1", [0.25]), ("/polate/z/99", [0.5])])))
    seen: set[str] = set()
    while seen != {"state", "note", "answer"}:
        select.select([player], [], [])
        data = player.recv(65536)
        if not data:
            return
        for message in reader.feed(data):
            match message:
                case State(state) if state.positions[0] == 0.25 and "state" not in seen:
                    seen.add("state")
                    player.sendall(encode_line(Report(f"{name}: z/1 is 0.25, tempo {state.tempo:g}")))
                case Note(note) if note.on and "note" not in seen:
                    seen.add("note")
                    late = 0 <= note.sent_ns - note.due_ns < 10**9
                    player.sendall(encode_line(Report(f"{name}: note, {late=}")))
                case Answer(why):
                    seen.add("answer")
                    player.sendall(encode_line(Report(f"{name}: {why}")))
                case _:
                    pass
    player.sendall(encode_line(Report(f"{name}: done")))
    if name == "second":
        player.recv(1)  # until the player hangs up
        sys.exit()


if __name__ == "__main__":
    main()
