"""Recorded journals, with the MIDI files to which they were replayed when they were recorded."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from live_session import AXES, LANDMARKS, decode

from polate import Pattern
from polate.model.contract import Axis, Landmark
from polate.model.decoder import Decoder
from polate.takes.journal import Start, encode
from polate.takes.journal_reader import read_journal
from polate.takes.replay import Replayed, replay

RECORDED = Path(__file__).parent / "recorded"

Map = tuple[Callable[[Sequence[float]], Pattern], Sequence[Axis], Sequence[Landmark]]


def map_of(start: Start) -> Map:
    """The map that a take was played with: a shipped model, an earlier one that is kept beside the takes, or the four
    patterns of the session's tests."""
    if start.model == "four patterns":
        return decode, AXES, LANDMARKS
    kept = RECORDED / f"{start.model}-{start.sha256[:8]}.onnx"
    decoder = Decoder.open(kept if kept.exists() else Path(start.model))
    if decoder.sha256 != start.sha256:
        pytest.skip(f"the shipped model {start.model!r} is not the model of this take")
    return decoder.decode, decoder.axes, decoder.metadata.landmarks


def replayed(name: str) -> Replayed:
    start, lines = read_journal(RECORDED / f"{name}.jsonl")
    return replay(start, lines, *map_of(start))


def midi(name: str) -> bytes:
    return (RECORDED / f"{name}.mid").read_bytes()


@pytest.mark.parametrize(
    ("name", "is_whole"),
    [
        ("voices", True),  # 349 notes on the shipped map: a knob, motions, snapshots, tempo, another bar
        ("keys", True),  # the octave map: morph, keys, stop and start; the gate was killed
        ("late", True),  # another clock with a jump in it, and a gate that is up to 20 ms late and is killed
        ("cut", False),  # the player was killed in the middle of a line
    ],
)
def test_a_journal_of_format_1_is_still_replayed_to_the_same_bytes(name: str, is_whole: bool) -> None:
    assert replayed(f"format-1-{name}") == Replayed(midi(f"format-1-{name}"), is_whole, 0)


@pytest.mark.parametrize("name", ["voices", "keys"])  # the same doings on another day
def test_a_journal_of_format_2_is_replayed_to_the_same_bytes(name: str) -> None:
    assert replayed(f"format-2-{name}") == Replayed(midi(f"format-2-{name}"), True, 0)


def test_a_journal_of_format_1_can_be_written_in_format_2(tmp_path: Path) -> None:
    start, lines = read_journal(RECORDED / "format-1-late.jsonl")
    path = tmp_path / "late.jsonl"
    path.write_bytes(b"".join(map(encode, [start, *lines])))
    start, lines = read_journal(path)
    assert replay(start, lines, *map_of(start)).midi == midi("format-1-late")
