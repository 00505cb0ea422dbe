"""Journals that earlier versions of Polate have written, with the MIDI files that those versions replayed."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from live_session import AXES, LANDMARKS, decode

from polate import Pattern
from polate.model.contract import Axis, Landmark
from polate.model.decoder import Decoder
from polate.takes.journal import Start
from polate.takes.journal_reader import read_journal
from polate.takes.replay import replay

RECORDED = Path(__file__).parent / "recorded"

Map = tuple[Callable[[Sequence[float]], Pattern], Sequence[Axis], Sequence[Landmark]]


def map_of(start: Start) -> Map:
    """The map of a take: a shipped model, or the four patterns of the session's tests."""
    if start.model == "four patterns":
        return decode, AXES, LANDMARKS
    decoder = Decoder.open(Path(start.model))
    if decoder.sha256 != start.sha256:
        pytest.skip(f"the shipped model {start.model!r} is another than the one that was recorded")
    return decoder.decode, decoder.axes, decoder.metadata.landmarks


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
    start, lines = read_journal(RECORDED / f"format-1-{name}.jsonl")
    replayed = replay(start, lines, *map_of(start))
    assert replayed.midi == (RECORDED / f"format-1-{name}.mid").read_bytes()
    assert (replayed.is_whole, replayed.unmatched) == (is_whole, 0)
