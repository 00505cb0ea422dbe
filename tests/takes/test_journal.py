import math
import tempfile
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polate import ControlError, TakeError
from polate.control.commands import CORNERS, Capture, Control, Set, SetAxis, SetCorner, SetMotion, StoreSnapshot
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.control.settings import Motion, PlaySettings
from polate.control.snapshot import Snapshot
from polate.takes.journal import FORMAT, Start, Turn, control_from, encode, plain, read

START = Start(
    polate="0.1.0",
    model="slonimsky",
    sha256="0" * 64,
    settings=Start.plain(PlaySettings(bpm=97.3, rhythm="x..")),
    motions={"2": Motion(kind="lfo", hz=0.3)},
    snapshots={"one": Snapshot((0.1, 1 / 3), {"order": "up"}, {"1": Motion(kind="walk")})},
    ports={"2": 1},
    lookahead_ns=3_000_000,
)


def settings_of(kind: type, table: dict[str, object], **first: object) -> st.SearchStrategy[Control]:
    """Controls that set something of a table to a place of its range."""
    ranged = [field for field in table.values() if field.has_range]
    return st.builds(
        lambda field, place: kind(*first.values(), field.key, field.at(place)), st.sampled_from(ranged), st.floats(0, 1)
    )


SPECIAL = {
    Set: settings_of(Set, FIELDS) | st.just(Set("tonic", "Eb3")) | st.just(Set("rhythm", "x.")),
    SetMotion: settings_of(SetMotion, MOTION_FIELDS, axis=3),
    SetCorner: st.builds(SetCorner, st.sampled_from(CORNERS), st.text()),
    Capture: st.builds(Capture, st.integers(1, 64)),
    StoreSnapshot: st.builds(StoreSnapshot, st.sampled_from(["one", "1", "dämmerung"])),
}


@pytest.mark.parametrize("kind", get_args(Control))
@given(data=st.data(), at=st.integers(0, 2**62))
@settings(max_examples=30, deadline=None)
def test_every_control_comes_back_as_it_was(kind: type, data: st.DataObject, at: int) -> None:
    controls = st.lists(st.tuples(st.integers(0, 2**62), SPECIAL.get(kind, st.builds(kind))), max_size=5)
    turn = Turn(at, data.draw(controls))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.jsonl"
        path.write_bytes(encode(START) + encode(turn))
        start, lines = read(path)
        assert start == START
        assert repr(list(lines)) == repr([turn])  # nan is not equal to itself


def test_what_is_no_number_comes_back_too() -> None:
    _, axis, position = plain(SetAxis(1, math.nan))
    back = control_from(["SetAxis", axis, position])
    assert isinstance(back, SetAxis)
    assert math.isnan(back.position)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{", "line 2: "),
        (b"[" * 5000, "line 2: "),
        (b"[]", "line 2: must be an object"),
        (b'{"at": "x"}', r"line 2: Expected `int`, got `str` - at `\$.at`"),
        (b'{"at": 1, "do": [[1, "Explode"]]}', "line 2: no control 'Explode'; there are SetAxis"),
        (b'{"at": 1, "do": [["SetAxis", 1]]}', "line 2: a control must begin with its time"),
        (b'{"at": 1, "do": [[1, "SetAxis", 1]]}', "line 2: SetAxis takes axis, position"),
        (b'{"at": 1, "do": [[1, "SetAxis", 1, "x"]]}', "line 2: SetAxis: Expected `float`"),
        (b'{"at": 1, "do": [[1, "Set", "bpm", 1000]]}', "line 2: Set: bpm must be a number 20..400"),
        (b'{"gate": [[1, {"kind": 99}]]}', "line 2: Invalid enum value 99"),
        (b'{"at": 1, "more": 2}', "line 2: Object contains unknown field `more`"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, line: bytes, complaint: str) -> None:
    path = tmp_path / "take.jsonl"
    path.write_bytes(encode(START) + line + b"\n")
    _, lines = read(path)
    with pytest.raises(TakeError, match=complaint):
        list(lines)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is no journal"),
        (b"MThd", "is no journal"),
        (encode(START)[:-1], "ends in its first line"),
        (b'{"polate-journal":2}\n', f"line 1: the format must be {FORMAT}, got 2"),
        (b'{"polate-journal":1}\n', "line 1: Object missing required field `polate`"),
    ],
)
def test_what_is_no_journal_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "take.jsonl"
    path.write_bytes(content)
    with pytest.raises(TakeError, match=complaint):
        read(path)


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "take.jsonl"
    turn = Turn(5, [(4, SetAxis(0, 0.5))])
    whole = encode(START) + encode(turn)
    for length in range(len(encode(START)), len(whole)):
        path.write_bytes(whole[:length])
        assert list(read(path)[1]) == []
    path.write_bytes(whole)
    assert list(read(path)[1]) == [turn]


def test_settings_that_cannot_be_are_named() -> None:
    for wrong in ({"bpm": 1}, {"nothing": 1}, {"lowest": 60, "highest": 61}):
        with pytest.raises((TakeError, ControlError), match=r"bpm|nothing|highest"):
            _ = Start(polate="", model="", sha256="", settings=wrong, lookahead_ns=0).play_settings
