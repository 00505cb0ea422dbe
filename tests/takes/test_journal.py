import json
import math
import os
import tempfile
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polate import TakeError
from polate.control.commands import (
    CORNERS,
    Capture,
    ChoosePort,
    Control,
    GoTo,
    MovePad,
    PortKind,
    RenameSnapshot,
    Set,
    SetAxis,
    SetCorner,
    SetMotion,
    SetPath,
    SongPosition,
    StoreSnapshot,
)
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.control.path import Path as MapPath
from polate.control.settings import Motion, PlaySettings
from polate.control.snapshot import Snapshot
from polate.gate.frames import Frame, Kind
from polate.takes.journal import FORMAT, Deviations, End, Start, Turn, encode
from polate.takes.journal_format_1 import command_from
from polate.takes.journal_reader import read_journal

START = Start(
    polate="0.1.0",
    model="slonimsky",
    sha256="0" * 64,
    settings=PlaySettings(bpm=97.3, rhythm="x.."),
    motions={"2": Motion(kind="lfo", hz=0.3)},
    path=MapPath(axes=(2, 1), points=((0.0, 0.5), (1 / 3, 1.0))),
    snapshots={"one": Snapshot((0.1, 1 / 3), {"order": "up"}, {"1": Motion(kind="walk")})},
    ports={"2": 1},
    lookahead_ns=3_000_000,
)
START_OF_FORMAT_1 = encode(msgspec.structs.replace(START, path=None)).replace(
    b'"polate-journal":3', b'"polate-journal":1'
)


def settings_of(kind: type, table: dict[str, object], **first: object) -> st.SearchStrategy[Control]:
    """Controls that set something of a table to a place of its range."""
    ranged = [field for field in table.values() if field.has_range]
    return st.builds(
        lambda field, place: kind(*first.values(), field.key, field.at(place)), st.sampled_from(ranged), st.floats(0, 1)
    )


unit = st.floats(0, 1)
POINTS = st.lists(st.tuples(unit, unit), min_size=2, max_size=64).map(tuple)

SPECIAL = {
    Set: settings_of(Set, FIELDS) | st.just(Set("tonic", "Eb3")) | st.just(Set("rhythm", "x.")),
    SetMotion: settings_of(SetMotion, MOTION_FIELDS, axis=3),
    SetPath: st.builds(
        SetPath, st.none() | st.builds(MapPath, axes=st.just((3, 1)), points=POINTS, closed=st.booleans())
    ),
    SetCorner: st.builds(SetCorner, st.sampled_from(CORNERS), st.text()),
    Capture: st.builds(Capture, st.integers(1, 64)),
    ChoosePort: st.builds(
        ChoosePort,
        st.sampled_from(get_args(PortKind)),
        st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=256),
    ),
    SongPosition: st.builds(
        SongPosition, st.floats(-1000, 1e6), st.floats(4, 1000), loop=st.none() | st.just((4.0, 8.5))
    ),
    RenameSnapshot: st.builds(RenameSnapshot, st.text(), st.sampled_from(["one", "1", "dämmerung"])),
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
        start, lines = read_journal(path)
        assert start == START
        assert encode(start) == encode(START)
        assert repr(list(lines)) == repr([turn])  # nan is not equal to itself


def test_what_is_no_number_comes_back_too(tmp_path: Path) -> None:
    path = tmp_path / "take.jsonl"
    for position in (math.nan, math.inf, -math.inf, 5e-324, 1e300, -0.0, 1 / 3):
        turn = Turn(1, [(1, SetAxis(1, position)), (1, MovePad(None, position)), (1, GoTo("nan"))])
        path.write_bytes(encode(START) + encode(turn))
        assert repr(list(read_journal(path)[1])) == repr([turn])
        back = command_from(["SetAxis", 1, position])  # of format 1
        assert isinstance(back, SetAxis)
        assert repr(back.position) == repr(position)


def test_a_model_whose_path_is_not_utf_8_can_be_recorded(tmp_path: Path) -> None:
    start = msgspec.structs.replace(START, model=os.fsdecode(b"caf\xe9.onnx"))
    path = tmp_path / "take.jsonl"
    path.write_bytes(encode(start))
    assert read_journal(path)[0] == start


def test_the_song_position_of_a_daw_has_the_name_of_its_osc_address() -> None:
    assert b'{"type":"Playhead","beat":5.0,' in encode(Turn(0, [(0, SongPosition(5.0, 100.0, True))]))


def test_a_line_says_what_it_is() -> None:
    assert encode(START).startswith(b'{"polate-journal":3,"polate":"0.1.0","model":"slonimsky",')
    assert encode(Turn(5)) == b'{"type":"turn","at":5}\n'
    assert (
        encode(Turn(5, [(3, SetAxis(0, 0.5)), (4, MovePad(None, 1.0)), (4, Set("bpm", 96))]))
        == b'{"type":"turn","at":5,"do":[[3,{"type":"SetAxis","axis":0,"position":0.5}],'
        b'[4,{"type":"MovePad","y":1.0}],[4,{"type":"Set","key":"bpm","value":96.0}]]}\n'
    )
    path = MapPath(axes=(1, 2), points=((0.0, 0.5), (1.0, 0.5)))
    assert (
        encode(Turn(5, [(3, SetPath(path)), (4, SetPath())]))
        == b'{"type":"turn","at":5,"do":[[3,{"type":"SetPath","path":{"axes":[1,2],"points":[[0.0,0.5],[1.0,0.5]]}}],'
        b'[4,{"type":"SetPath"}]]}\n'
    )
    assert (
        encode(Deviations([(-1, Frame(Kind.OFF, 3, 0, 60, 0, 7, 0, 1, 129))]))
        == b'{"type":"gate","reports":[[-1,{"kind":9,"step":3,"channel":0,"note":60,"velocity":0,"due_ns":7,'
        b'"off_ns":0,"port":1,"voice":129}]]}\n'
    )
    assert encode(End(9)) == b'{"type":"end","at":9}\n'


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
    path.write_bytes(START_OF_FORMAT_1 + line + b"\n")
    _, lines = read_journal(path)
    with pytest.raises(TakeError, match=complaint):
        list(lines)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"", "line 3: "),
        (b"{", "line 3: "),
        (b"[" * 5000, "line 3: "),
        (b"\xff", "line 3: "),
        (b"[]", "line 3: Expected `object`, got `array`"),
        (b"null", "line 3: Expected `object`, got `null`"),
        (b'{"at":1}', "line 3: Object missing required field `type`"),
        (b'{"type":"tune","at":1}', r"line 3: Invalid value 'tune' - at `\$.type`; there are turn, gate, end$"),
        (b'{"type":"turn"}', "line 3: Object missing required field `at`"),
        (b'{"type":"turn","at":"x"}', r"line 3: Expected `int`, got `str` - at `\$.at`"),
        (b'{"type":"turn","at":NaN}', r"line 3: Expected `int`, got `float` - at `\$.at`"),
        (b'{"type":"turn","at":1,"more":2}', "line 3: Object contains unknown field `more`"),
        (
            b'{"type":"turn","at":1,"do":[[{"type":"Panic"}]]}',
            r"line 3: Expected `int`, got `object` - at `\$.do\[0\]\[0\]",
        ),
        (b'{"type":"turn","at":1,"do":[["1",{"type":"Panic"}]]}', r"line 3: Expected `int`, got `str` - at `\$.do"),
        (
            b'{"type":"turn","at":1,"do":[[1,{"type":"Explode"}]]}',
            r"line 3: Invalid value 'Explode' .*; there are SetAxis, ",
        ),
        (
            b'{"type":"turn","at":1,"do":[[1,{"type":"Panic"}],[1,{"axis":1}]]}',
            r"missing required field `type` - at `\$.do\[1\]",
        ),
        (
            b'{"type":"turn","at":1,"do":[[1,{"type":"SetAxis","axis":1}]]}',
            "line 3: Object missing required field `position`",
        ),
        (
            b'{"type":"turn","at":1,"do":[[1,{"type":"SetAxis","axis":1,"position":"x"}]]}',
            "line 3: Expected `float`, got `str`",
        ),
        (
            b'{"type":"turn","at":1,"do":[[1,{"type":"SetCorner","corner":"e","place":""}]]}',
            "line 3: Invalid enum value 'e'",
        ),
        (
            b'{"type":"turn","at":1,"do":[[1,{"type":"Set","key":"bpm","value":1000}]]}',
            "line 3: bpm must be a number 20..400",
        ),
        (
            b'{"type":"turn","at":1,"do":[[1,{"type":"Panic","soft":true}]]}',
            "line 3: Object contains unknown field `soft`",
        ),
        (b'{"type":"gate","reports":[[1,{"kind":99}]]}', "line 3: Invalid enum value 99"),
        (b'{"type":"gate","reports":[{"kind":9}]}', "line 3: Expected `array`, got `object`"),
        (b'{"type":"end","at":null}', "line 3: Expected `int`, got `null`"),
        (encode(START).strip(), "line 3: Object missing required field `type`"),
    ],
)
def test_a_line_of_format_2_that_is_wrong_is_named(tmp_path: Path, line: bytes, complaint: str) -> None:
    path = tmp_path / "take.jsonl"
    path.write_bytes(encode(START) + encode(Turn(1)) + line + b"\n")
    _, lines = read_journal(path)
    assert next(lines) == Turn(1)
    with pytest.raises(TakeError, match=complaint) as raised:
        list(lines)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is no journal"),
        (b"MThd", "is no journal"),
        (encode(START)[:-1], "ends in its first line"),
        (b'{"polate-journal":4}\n', f"line 1: the format of the journal must be 1, 2 or {FORMAT}, got 4$"),
        *(
            (
                b'{"polate-journal":' + version + b"}\n",
                f"line 1: the format of the journal must be 1, 2 or 3, got {shown}",
            )
            for version, shown in ((b"0", "0$"), (b"true", "True$"), (b"1.0", "1.0$"), (b"[1]", ""))
        ),
        (b'{"polate-journal":1}\n', "line 1: Object missing required field `polate`"),
        (b'{"polate-journal":2}\n', "line 1: Object missing required field `polate`"),
        (b'{"polate-journal":2,\n', "line 1: "),
    ],
)
def test_what_is_no_journal_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "take.jsonl"
    path.write_bytes(content)
    with pytest.raises(TakeError, match=complaint):
        read_journal(path)


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "take.jsonl"
    turn = Turn(5, [(4, SetAxis(0, 0.5))])
    whole = encode(START) + encode(turn)
    for length in range(len(encode(START)), len(whole)):
        path.write_bytes(whole[:length])
        assert list(read_journal(path)[1]) == []
    path.write_bytes(whole)
    assert list(read_journal(path)[1]) == [turn]


def test_settings_that_cannot_be_are_named(tmp_path: Path) -> None:
    path = tmp_path / "take.jsonl"
    for start in (START_OF_FORMAT_1, encode(START)):
        for wrong in ({"bpm": 1}, {"nothing": 1}, {"lowest": 60, "highest": 61}, {"tonic": "H"}):
            first = json.dumps({**json.loads(start), "settings": wrong}, separators=(",", ":"))
            path.write_text(f"{first}\n")
            with pytest.raises(TakeError, match=r"line 1: .*(bpm|nothing|highest|tonic)"):
                read_journal(path)
