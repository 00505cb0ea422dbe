"""The OSC process with real programs: a client on a socket, liblo, and Pure Data."""

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
from osc_messages import STATE, bundle, message
from rig import complaints_of_pure_data, free_udp_port, hear, next_line, wait_until

from polate.osc.arguments import Argument
from polate.osc.messages import Listening, Messages, StateChanged, ToPlayer
from polate.osc.packets import messages
from polate.osc.state import values_of
from polate.runtime.child_process import Child
from polate.runtime.line_stream import LineReader, encode_line

ROOT = Path(__file__).parents[2]


class ChildOscProcess:
    """The OSC process on a free port. The test is its player."""

    def __init__(self, **settings: Any) -> None:
        self.child = Child.start("polate.osc.process", {"host": "127.0.0.1", "port": 0, "restarted": False, **settings})
        self._cut: LineReader[ToPlayer] = LineReader(ToPlayer)
        self.said: list[Any] = []
        wait_until(lambda: self.hears(lambda said: isinstance(said, Listening)), 10, "the process to listen")
        self.port: int = self.said.pop(0).port

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close()

    def tell(self, state: dict[str, list[Argument]]) -> None:
        self.child.socket.sendall(encode_line(StateChanged(state)))

    def hears(self, what: Callable[[Any], bool]) -> bool:
        """Whether the player has received such a message."""
        self.said += hear(self.child, self._cut, 0)
        return any(what(said) for said in self.said)


def test_the_process_answers_a_client_and_ends_with_its_player() -> None:
    settings = {"aliases": {"/1/fader1": "/polate/z/1"}, "honour_timetags": False}
    with ChildOscProcess(**settings) as osc, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        osc.tell({"/polate/z/1": [0.25]})
        client.sendto(message("/polate/subscribe"), ("127.0.0.1", osc.port))
        assert client.recv(2000) == bundle(message("/polate/z/1", 0.25), message("/1/fader1", 0.25))
        client.sendto(bundle(message("/1/fader1", 0.5), timetag=2**63), ("127.0.0.1", osc.port))
        wait_until(lambda: osc.hears(lambda said: said == Messages([("/polate/z/1", [0.5])])), 5, "the value")
        osc.tell({"/polate/z/1": [0.5]})
        assert client.recv(2000) == bundle(message("/polate/z/1", 0.5), message("/1/fader1", 0.5))
    assert osc.child.process.returncode == 0


@pytest.mark.liblo
def test_oscdump_hears_the_state_that_oscsend_subscribes_it_to() -> None:
    listening = free_udp_port()
    dump = subprocess.Popen(["oscdump", "-L", str(listening)], stdout=subprocess.PIPE, text=True)
    try:
        with ChildOscProcess() as osc:
            osc.tell({"/polate/z/1": [0.25], "/polate/note": [60], "/polate/pattern": ["tritone 0 1 2"]})

            def send(*words: str) -> None:
                subprocess.run(["oscsend", "127.0.0.1", str(osc.port), *words], check=True, timeout=10)

            _wait_for_listener(listening)
            send("/polate/subscribe", "i", str(listening))
            heard = [next_line(dump).split(" ", 1)[-1] for _ in range(3)]
            osc.tell({"/polate/note": [61]})
            heard.append(next_line(dump).split(" ", 1)[-1])
        assert heard == [
            "/polate/z/1 f 0.250000\n",
            "/polate/note i 60\n",
            '/polate/pattern s "tritone 0 1 2"\n',
            "/polate/note i 61\n",
        ]
    finally:
        dump.terminate()
        dump.communicate(timeout=10)


@pytest.mark.puredata
def test_the_example_patch_of_pure_data_shows_what_is_told_and_sets_it(tmp_path: Path) -> None:
    remote, listening = free_udp_port(), free_udp_port()
    (tmp_path / "remote.pd").write_text(_pd_remote(remote, listening))
    with ChildOscProcess() as osc, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hand:
        hand.bind(("127.0.0.1", listening))
        hand.settimeout(20)
        patch = tmp_path / "polate.pd"
        patch.write_text((ROOT / "examples/polate.pd").read_text().replace("127.0.0.1 9010", f"127.0.0.1 {osc.port}"))

        def does(line: str) -> None:
            hand.sendto(f"{line};\n".encode(), ("127.0.0.1", remote))

        def comes(address: str, value: float) -> None:
            wait_until(lambda: osc.hears(lambda said: said == Messages([(address, [value])])), 10, f"{address} {value}")

        osc.tell({**values_of(STATE), "/polate/z/8": [0.75]})
        command = ["pd", "-nogui", "-noaudio", "-nomidi", "-stderr", "-open", str(tmp_path / "remote.pd")]
        with subprocess.Popen([*command, "-open", str(patch)], stderr=subprocess.PIPE, text=True) as pd:
            try:
                assert messages(hand.recv(2000))[0].arguments == ["tritone 0 1 2"]  # by its subscription
                does("polate-z-1 0.5")  # a slider is moved
                comes("/polate/z/1", 0.5)
                does("polate-z-8 bang")  # a slider says where it stands
                comes("/polate/z/8", 0.75)
                osc.tell({"/polate/z/8": [0.25], "/polate/pattern": ["ditone 0 -1 2"], "/polate/y": [0.5]})
                assert messages(hand.recv(2000))[0].arguments == ["ditone 0 -1 2"]
                for line, address, value in (
                    ("polate-z-8 bang", "/polate/z/8", 0.25),
                    ("polate-x bang", "/polate/x", 0.25),
                    ("polate-y bang", "/polate/y", 0.5),
                    ("polate-tempo bang", "/polate/tempo", 120.0),
                    ("polate-play bang", "/polate/play", 0.0),  # a toggle
                ):
                    does(line)
                    comes(address, value)
            finally:
                pd.terminate()
                assert pd.stderr is not None
                stderr = pd.stderr.read()
        assert complaints_of_pure_data(stderr) == []


def _pd_remote(remote: int, listening: int) -> str:
    """A patch: it sends `name value` from one port to that receiver, and the text of the pattern's box to another."""
    return f"""#N canvas 0 0 400 300 12;
#X obj 10 10 netreceive -u {remote};
#X obj 10 40 list;
#X msg 10 70 \\; \\$1 \\$2;
#X obj 200 10 r polate-pattern;
#X obj 200 40 oscformat shown;
#X obj 200 70 list prepend send;
#X obj 200 100 list trim;
#X obj 200 130 netsend -u -b;
#X obj 300 10 loadbang;
#X msg 300 40 connect 127.0.0.1 {listening};
#X connect 0 0 1 0;
#X connect 1 0 2 0;
#X connect 3 0 4 0;
#X connect 4 0 5 0;
#X connect 5 0 6 0;
#X connect 6 0 7 0;
#X connect 8 0 9 0;
#X connect 9 0 7 0;
"""


def _wait_for_listener(port: int) -> None:
    """Until a process has bound the UDP port."""
    hexadecimal = f":{port:04X} "
    wait_until(
        lambda: any(hexadecimal in Path(table).read_text() for table in ("/proc/net/udp", "/proc/net/udp6")),
        10,
        f"UDP port {port} to be listened to",
    )
