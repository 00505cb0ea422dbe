"""Bad input in numbers. ``POLATE_FUZZ=1 pytest tests/fuzz`` runs the long form, POLATE_FUZZ=0.01 a hundredth of it."""

import contextlib
import itertools
import os
import random
import socket
import time
import zipfile
from pathlib import Path

import pytest
from mutations import mutated, mutations, rounds, survives
from osc_messages import STATE, bundle, message

from polate import ModelError
from polate.control.snapshot import Snapshot
from polate.midi.backlog import Backlog
from polate.midi.input_process import RecordReader
from polate.midi.source_reader import SourceReader
from polate.midi.sources import parse_source
from polate.model.contract import Axis
from polate.model.decoder import Decoder
from polate.model.shipped import shipped_model
from polate.osc.addresses import ADDRESSES
from polate.osc.messages import Messages, StateChanged, ToPlayer
from polate.osc.process import OscProcess
from polate.osc.state import values_of
from polate.player.config import load
from polate.runtime.child_process import Child
from polate.runtime.line_stream import LineReader, encode_line
from polate.sync.clock_follower import ClockFollower
from polate.takes.journal_checks import checked_lines, checked_start
from polate.takes.journal_reader import read_journal
from polate.takes.replay import replay
from polate.takes.snapshot_file import read_snapshots
from polate.theory.smf_reader import read_tracks
from polate.web.hub import Hub
from polate.web.page_messages import read
from polate_training.sources import read_corpus

pytestmark = pytest.mark.timeout(7200 if os.environ.get("POLATE_FUZZ") else 120)

TESTS = Path(__file__).parents[1]
CASES = TESTS / "cases"


def contents(pattern: str, folder: Path = CASES) -> list[bytes]:
    found = [path.read_bytes() for path in sorted(folder.glob(pattern))]
    assert found
    return found


def test_midi_messages() -> None:
    """1 to 300 bytes a message, random or nearly right, in every reader of them."""
    dice = random.Random("midi")
    seeds = [
        bytes(each) for each in ([0x90, 60, 100], [0xB0, 70, 1], [0xF8], [0xF2, 1, 2], [0xE0, 0, 64], [0xFA], [0xFC])
    ]
    seeds += [bytes([0xB0, control, value]) for control in (6, 38, 98, 99, 100, 101) for value in (0, 127)]
    sources = [
        (parse_source(text), None) for text in ("cc 70", "cc14 3", "nrpn 5", "pitch-bend", "note 60", "program 1")
    ]
    follower, reader, backlog, left = ClockFollower(), SourceReader(sources), Backlog(), rounds(20_000, 10_000_000)
    now = 1
    while left > 0:
        raw = dice.randbytes(dice.randint(1, 300)) if dice.random() < 0.2 else (mutated(dice, seeds)[:300] or b"\x00")
        left -= len(raw)
        now += dice.choice((0, 1, 1_000_000, 20_000_000, 10**10))
        survives(lambda raw=raw, now=now: follower.feed(raw, now), raw)
        survives(lambda raw=raw: reader.read(raw), raw)
        survives(lambda raw=raw: backlog.add(raw, raw), raw)
        survives(lambda raw=raw: RecordReader().feed(raw), raw)
        assert len(backlog) < 100_000


def osc_seeds() -> list[bytes]:
    single = [
        message(spec.address, *values) for spec in ADDRESSES for values in ((), (0.5,), (1,), ("a",), (1, 2, 3.0))
    ]
    return [*single, *(bundle(*single[at : at + 5]) for at in range(0, len(single), 5)), *contents("osc-*.bin")]


class Network:
    """Takes what is sent, and counts it."""

    def __init__(self) -> None:
        self.sent = 0

    def sendto(self, data: bytes, peer: object) -> int:
        self.sent += len(data)
        return len(data)

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", 9010


def test_osc_datagrams_in_process() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        network = Network()
        process = OscProcess(network, theirs, clamp_positions=True, aliases={"/1/fader1": "/polate/z/1"})  # type: ignore[arg-type]
        process._publisher.update(values_of(STATE))
        hosts = itertools.cycle([("127.0.0.1", 5000), ("192.168.1.9", 6000), ("10.0.0.1", 1)])
        for datagram in mutations("osc", rounds(5_000, 1_000_000), osc_seeds()):
            survives(lambda datagram=datagram: process._read(datagram, next(hosts)), datagram)


def test_osc_datagrams_on_the_wire() -> None:
    """The real process, on the loopback interface: afterwards it still answers, and takes a message."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        port = udp.getsockname()[1]
    child = Child.start("polate.osc.process", {"host": "127.0.0.1", "port": port})
    lines: LineReader[ToPlayer] = LineReader(ToPlayer)
    try:
        child.socket.setblocking(True)
        child.socket.settimeout(30)
        lines.feed(child.receive(65536))
        child.socket.sendall(encode_line(StateChanged(values_of(STATE))))
        child.socket.setblocking(False)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(("127.0.0.1", port))
            for number, datagram in enumerate(mutations("wire", rounds(2_000, 100_000), osc_seeds())):
                with contextlib.suppress(OSError):  # its own answers fill the socket
                    udp.send(datagram[:8000])
                if number % 50 == 0:
                    time.sleep(0.002)
                with contextlib.suppress(BlockingIOError):
                    while lines.feed(child.receive(65536)):
                        pass
            until, found = time.monotonic() + 20, False
            while not found:
                assert time.monotonic() < until
                udp.send(message("/polate/z/3", 0.625))
                time.sleep(0.05)
                try:
                    heard = lines.feed(child.receive(65536))
                except BlockingIOError:
                    continue
                found = any(
                    isinstance(each, Messages) and ("/polate/z/3", [0.625]) in map(tuple, each.messages)
                    for each in heard
                )
    finally:
        child.close()
    assert child.process.returncode == 0


def test_settings_files(tmp_path: Path) -> None:
    seeds = [
        b'bpm = 96\nrate = "1/8t"\n[motion.3]\nkind = "orbit"\nbars = 8\n[[map]]\nsource = "cc 1"\ntarget = "z/1"\n',
        b'[path]\naxes = [1, 2]\npoints = [[0.2, 0.2], [0.8, 0.2]]\n[corners]\na = "giant steps"\n[cc]\n21 = "z/1"\n',
        b'[osc-alias]\n"/1/fader1" = "/polate/z/1"\nosc-allow = ["10.0.0.0/8"]\n',
        b'inputs = ["a", "b"]\nsequence = """\na b"""\nosc-allow = ["10.0.0.0/8"]\n',
    ]
    path = tmp_path / "polate.toml"
    for content in mutations("toml", rounds(300, 100_000), seeds):
        path.write_bytes(content)
        survives(lambda: load(path, {}), content)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process for each model")
def test_models() -> None:
    """Each in a process of its own with the limits of `polate.model.onnx_file`: a crash there is a refusal."""
    import resource

    seeds = [shipped_model(name).read_bytes() for name in ("slonimsky", "octave")]
    ends: dict[int, int] = {}
    for content in mutations("onnx", rounds(20, 20_000), [*seeds, seeds[0][:20_000], seeds[0][-20_000:]]):
        child = os.fork()
        if child == 0:
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
                resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
                Decoder(content)
            except ModelError as error:
                os._exit(1 if str(error).isprintable() else 7)
            except BaseException:
                os._exit(9)
            os._exit(0)
        end = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        ends[end] = ends.get(end, 0) + 1
        assert end not in (7, 9), content[:200]
    print("ends of the children:", ends)


def zip_of(files: dict[str, bytes], method: int) -> bytes:
    import io

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def corpora() -> dict[str, list[bytes]]:
    scales, songs = contents("*.scl"), contents("*.mid")
    files = {"a.scl": scales[0], "b.mid": songs[0], "c/d.scl": scales[1]}
    archives = [*contents("*.zip"), *(zip_of(files, method) for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))]
    texts = [b"my scale = 12 0 2 4 7 9\n# x\ntritone symmetric 0 1 2\n12 0 2 4 down 0 2 3\n"]
    return {"mid": songs, "scl": scales, "txt": texts, "zip": archives}


@pytest.mark.parametrize("suffix", ["mid", "scl", "txt", "zip"])
def test_corpora(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"own.{suffix}"
    for content in mutations(suffix, rounds(500, 100_000), corpora()[suffix]):
        path.write_bytes(content)
        survives(lambda: read_corpus(path), content)
        if suffix == "mid":
            survives(lambda content=content: read_tracks(content), content)


def test_journals(tmp_path: Path) -> None:
    decoder, path = Decoder.open(), tmp_path / "take.jsonl"

    def play() -> None:
        start, lines = read_journal(path)
        lines = checked_lines(lines, path)
        replay(checked_start(start, path), lines, decoder.decode, decoder.axes, decoder.metadata.landmarks)

    seeds = contents("*.jsonl", TESTS / "takes/recorded") + contents("journal-*.jsonl", CASES / "hostile")
    for content in mutations("journal", rounds(60, 20_000), seeds):
        path.write_bytes(content)
        survives(play, content)


def test_snapshot_files(tmp_path: Path) -> None:
    path = tmp_path / "snapshots.json"
    seeds = [
        b'{"model":"slonimsky","snapshots":{"dawn":{"z":[0,1,2,3,4,5,6,7.5],"settings":{"order":"up","octaves":2},'
        b'"motions":{"1":{"kind":"lfo"}},"path":{"axes":[1,2],"points":[[0,0],[1,1]]},"pinned":"tritone 0 1 2"}}}'
    ]

    def use() -> None:
        for snapshot in read_snapshots(path, 8).values():
            assert isinstance(snapshot, Snapshot)
            snapshot.changes(), snapshot.motions_for(8), snapshot.pinned_pattern

    for content in mutations("snapshots", rounds(500, 20_000), seeds):
        path.write_bytes(content)
        survives(use, content)


def test_frames_of_the_page() -> None:
    seeds = [
        b'{"t":"set","a":"/polate/z/1","v":[0.5]}',
        b'{"t":"ping","id":3}',
        b'{"t":"strips","on":true}',
        b'{"t":"map","x":0,"y":1,"on":true}',
        b'{"t":"pad","on":false}',
        b'{"t":"describe","text":"tritone 0 1 2","id":1}',
        b'{"t":"find","q":"giant","id":9}',
        b'{"t":"undo"}',
        b'{"t":"redo"}',
        b'{"t":"hello","v":1,"token":"x"}',
    ]
    axes = [Axis("a", "low", "high", (-1.0, 1.0)), Axis("b", "low", "high", (-1.0, 1.0))]
    hub = Hub({}, axes, [], lambda asked: None, lambda text, tonic: {})
    visitor = hub.join(0.0)
    now = 0.0
    for number, content in enumerate(mutations("frames", rounds(5_000, 1_000_000), seeds)):
        now += 0.01

        def use(content: bytes = content, now: float = now) -> None:
            hub.take(visitor, read(content.decode("utf-8", "surrogateescape")), now, 1.0)

        survives(use, content)
        if number % 100 == 0:
            visitor.frames(now)
            hub.tick(now)
