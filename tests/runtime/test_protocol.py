"""The version that the player and its child processes tell each other."""

import hashlib
import json
import select
import socket
import subprocess
import sys

import msgspec
import pytest

from polate.control import front_messages as front
from polate.gate.frames import Frame, Kind
from polate.listen import messages as listen
from polate.locate import messages as locate
from polate.midi import input_process
from polate.midi import port_messages as ports
from polate.osc import messages as osc
from polate.patchbay import messages as patchbay
from polate.runtime.child_process import Child
from polate.runtime.protocol import HELLO, PROTOCOL, HelloReader, ProtocolError
from polate.sync import messages as link

CHILDREN = {
    "polate.gate.process": {"outputs": [], "api": "auto"},
    "polate.midi.input_process": {"inputs": ["no such port"], "api": "auto"},
    "polate.osc.process": {"host": "127.0.0.1", "port": 0},
    "polate.sync.link_process": {"bpm": 120, "quantum": 4},
    "polate.locate.process": {"model": None},
    "polate.listen.process": {"model": None},
    "polate.patchbay.process": {"api": "jack", "virtual_outputs": True, "virtual_inputs": True},
    "polate.web.process": {"port": 39180, "lan": False, "model": None, "osc": None, "token_file": None},
}


def test_what_follows_the_hello_is_kept() -> None:
    reader = HelloReader()
    assert reader.feed(HELLO[:7]) is None
    assert reader.feed(HELLO[7:] + b"rest\n") == b"rest\n"


@pytest.mark.parametrize(
    "first", [b"polate protocol 1234\n", b"\n", b"polate protocols 1\n", b"polate protocol " + b"1" * 99]
)
def test_a_stream_with_another_beginning_is_refused_as_soon_as_it_is_seen(first: bytes) -> None:
    reader = HelloReader()
    with pytest.raises(ProtocolError, match=rf"the protocol version must be {PROTOCOL}, got "):
        reader.feed(first)


@pytest.mark.parametrize("module", CHILDREN)
def test_the_hello_is_the_first_thing_that_every_child_sends(module: str) -> None:
    child = Child.start(module, {**CHILDREN[module], "restarted": False})
    try:
        select.select([child.socket], [], [], 20)
        assert child.socket.recv(len(HELLO)) == HELLO
    finally:
        child.close()


@pytest.mark.parametrize("module", CHILDREN)
@pytest.mark.parametrize(("told", "named"), [({"protocol": 999}, "999"), ({}, "no version")])
def test_a_child_of_another_versions_player_ends_and_names_both_versions(
    module: str, told: dict[str, int], named: str
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        settings = json.dumps({**CHILDREN[module], "restarted": False, **told})
        command = [sys.executable, "-m", module, settings, str(theirs.fileno())]
        done = subprocess.run(
            command, pass_fds=[theirs.fileno()], capture_output=True, text=True, timeout=30, check=False
        )
        theirs.close()
        assert ours.recv(65536) == HELLO
    assert done.returncode == 1
    assert f"the player's protocol version must be {PROTOCOL}, got {named}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_change_of_the_messages_is_a_new_version() -> None:
    """If this fails, a message has changed: add 1 to PROTOCOL and put the new digest here."""
    unions = [osc.ToPlayer, osc.ToOsc, link.ToPlayer, link.ToLink, front.FromFront, front.ToFront]
    unions += [ports.PortsThere, ports.AskEnd, locate.Locate, locate.FromLocate, listen.ToListen, listen.FromListen]
    unions += [patchbay.ToPatchbay, patchbay.PortsChanged]
    _, lines = msgspec.json.schema_components(unions)
    for line in lines.values():
        line.pop("description", None)
    kinds = {kind.name: int(kind) for kind in Kind}
    records = [Frame.STRUCT.format, kinds, input_process.Record(1, b"\x90\1\2").pack().hex()]
    records += [input_process.THE_NEXT_ARE_OF]
    digest = hashlib.sha256(json.dumps([lines, records], sort_keys=True).encode()).hexdigest()
    assert (PROTOCOL, digest[:16]) == (11, "2cd6fdf9e1b91ed2")
