"""The player's state as OSC addresses."""

import struct
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from osc_messages import STATE

from polate.control.commands import (
    Control,
    Set,
    SetAxis,
    SetCorner,
    SetMotion,
    SetPath,
    SetPlaying,
    SetPoint,
)
from polate.control.fields import FIELDS, MOTION_FIELDS, Field
from polate.control.path import Path
from polate.control.settings import Motion, PlaySettings
from polate.osc.addresses import (
    ADDRESSES,
    MAX_NOTES,
    find_address,
    to_control,
)
from polate.osc.packets import (
    MAX_SENT_BYTES,
    build,
    datagrams,
    messages,
)
from polate.osc.state import changes, values_of


def test_the_state_is_told_on_the_addresses_that_set_it_one_number_each() -> None:
    told = values_of(STATE)
    assert told["/polate/z/2"] == [0.5]
    assert told["/polate/z"] == [0.25, 0.5]
    assert (told["/polate/xy"], told["/polate/x"], told["/polate/y"]) == ([0.25, 0.75], [0.25], [0.75])
    assert told["/polate/tempo"] == [120.0]
    assert told["/polate/tonic"] == [51]
    assert told["/polate/hold"] == [1]
    assert told["/polate/motion/1/kind"] == ["lfo"]
    assert told["/polate/pattern"] == ["tritone 0 1 2"]
    assert told["/polate/notes"] == [60, 61, 62, 66, 67, 68, 72]
    assert told["/polate/axis/1"] == [0.3]
    assert "/polate/bpm" not in told


def test_every_address_that_is_told_is_in_the_table_and_every_one_of_the_table_is_told() -> None:
    assert {find_address(address) for address in values_of(STATE)} == {spec for spec in ADDRESSES if spec.has_value}


def test_before_the_first_note_none_is_told() -> None:
    assert "/polate/note" not in values_of(replace(STATE, sounding=None))


def test_what_an_osc_string_cannot_hold_is_told_as_question_marks() -> None:
    told = values_of(replace(STATE, trouble="cannot record to a\x00b\udcff.mid"))
    assert told["/polate/trouble"] == ["cannot record to a?b?.mid"]


def test_only_what_has_changed_is_told_anew() -> None:
    before = values_of(STATE)
    after = values_of(replace(STATE, positions=(0.25, 0.75), sounding=67, played=12))
    assert changes(before, after) == {
        "/polate/z/2": [0.75],
        "/polate/z": [0.25, 0.75],
        "/polate/note": [67],
        "/polate/played": [12],
    }
    assert changes({}, after) == after


def fields(settings: type[msgspec.Struct], table: dict[str, Field]) -> st.SearchStrategy[Any]:
    """Any settings that can be."""

    def value(field: Field) -> st.SearchStrategy[Any]:
        if field.has_range:
            return st.floats(0, 1).map(field.at)
        pattern = "[xX.]{0,64}" if field.name in ("rhythm", "accents") else "[a-z ]{0,256}"
        return st.from_regex(pattern, fullmatch=True)

    return st.builds(settings, **{field.name: value(field) for field in table.values()})


@given(
    fields(PlaySettings, FIELDS),
    fields(Motion, MOTION_FIELDS),
    st.lists(st.floats(0, 1, width=32), min_size=2, max_size=2),
    st.booleans(),
)
def test_what_is_told_over_the_wire_sets_the_same(
    settings: PlaySettings, motion: Motion, positions: Sequence[float], playing: bool
) -> None:
    state = replace(STATE, settings=settings, motions=[motion] * 2, positions=positions, playing=playing)
    came: dict[str, list[Control]] = {}
    for datagram in datagrams(build(address, arguments) for address, arguments in values_of(state).items()):
        for _, address, arguments in messages(datagram):
            if find_address(address).maker:
                came[address] = to_control(address, arguments)
    assert came["/polate/z/1"] == [SetAxis(0, positions[0])]
    assert came["/polate/z"] == [SetPoint(tuple(positions))]
    assert came["/polate/path"] == [SetPath(STATE.path)]
    assert came["/polate/play"] == [SetPlaying(playing)]
    assert came["/polate/corner/b"] == [SetCorner("b", "giant steps")]
    for field in FIELDS.values():
        (control,) = came["/polate/tempo" if field.key == "bpm" else f"/polate/{field.key}"]
        assert control == Set(field.key, single(getattr(settings, field.name)))
    for field in MOTION_FIELDS.values():
        assert came[f"/polate/motion/2/{field.key}"] == [SetMotion(1, field.key, single(getattr(motion, field.name)))]


def single(value: Any) -> Any:
    """A number as it is in the four bytes of an OSC float."""
    return struct.unpack(">f", struct.pack(">f", value))[0] if isinstance(value, float) else value


def test_without_a_path_its_value_is_0_and_that_ends_a_path() -> None:
    assert values_of(replace(STATE, path=None))["/polate/path"] == [0]
    assert to_control("/polate/path", [0]) == [SetPath()]


def test_the_longest_path_comes_over_the_wire() -> None:
    path = Path(axes=(1, 2), points=((0.5, 0.25),) * 64)
    (datagram,) = datagrams([build("/polate/path", values_of(replace(STATE, path=path))["/polate/path"])])
    ((_, address, arguments),) = messages(datagram)
    assert to_control(address, arguments) == [SetPath(path)]


@given(st.lists(st.integers(0, 127), max_size=200), st.text(max_size=400))
@example([127] * 800, "\U0001f3b9" * 400)
def test_whatever_is_told_fits_into_one_packet(notes: list[int], text: str) -> None:
    state = replace(
        STATE, notes=notes, top=len(notes), trouble=text, pattern=text, settings=PlaySettings(sequence=text[:256])
    )
    told = values_of(state)
    assert len(told["/polate/notes"]) <= MAX_NOTES
    sent = datagrams(build(address, arguments) for address, arguments in told.items())
    assert max(map(len, sent)) <= MAX_SENT_BYTES
    assert sum(len(messages(datagram)) for datagram in sent) == len(told)
