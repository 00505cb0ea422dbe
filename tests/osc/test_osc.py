import contextlib
import math
import re
import struct
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from osc_messages import STATE, bundle, message, timetag
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from polate import ConfigError, ControlError
from polate.control.commands import (
    Control,
    GoTo,
    KeyDown,
    KeyUp,
    Morph,
    MovePad,
    Panic,
    RecallSnapshot,
    Set,
    SetAxis,
    SetCorner,
    SetMotion,
    SetPlaying,
    SetPoint,
    StoreSnapshot,
)
from polate.control.fields import FIELDS, MOTION_FIELDS, Field
from polate.control.settings import Motion, PlaySettings
from polate.model.decoder import Decoder
from polate.osc.addresses import (
    ADDRESSES,
    MAX_NOTES,
    Address,
    check_aliases,
    find_address,
    to_control,
    topic,
)
from polate.osc.arguments import Argument
from polate.osc.packets import (
    IMMEDIATELY,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_MESSAGES,
    MAX_SENT_BYTES,
    ahead_ns,
    build,
    datagrams,
    messages,
)
from polate.osc.state import changes, state_of
from polate.sequencer.latent_point import LatentPoint

ROOT = Path(__file__).parents[2]
SECOND = 1_000_000_000
NOON = 1_800_000_000 * SECOND  # of some day in 2027, in Unix time


def controls(datagram: bytes) -> list[Control]:
    return [control for _, address, arguments in messages(datagram) for control in to_control(address, arguments)]


@pytest.mark.parametrize(
    ("address", "arguments", "expected"),
    [
        ("/polate/z/1", (0.5,), [SetAxis(0, 0.5)]),
        ("/polate/z/8", (1,), [SetAxis(7, 1.0)]),  # Max sends whole numbers as integers
        ("/polate/z/1", (True,), [SetAxis(0, 1.0)]),
        ("/polate/z/1", (1.000001,), [SetAxis(0, 1.0)]),
        ("/polate/z", (0.0, 0.25, 1), [SetPoint((0.0, 0.25, 1.0))]),
        ("/polate/go", ("random",), [GoTo("random")]),
        ("/polate/landmark", ("giant steps",), [GoTo("giant steps")]),
        ("/polate/go", ("tritone", 0, 1, 2), [GoTo("tritone 0 1 2")]),  # as Max sends a list
        ("/polate/go", ("tritone", 0.0, -1.0, 2.0), [GoTo("tritone 0 -1 2")]),  # as Pd does
        ("/polate/morph", (0.25,), [Morph(0.25)]),
        ("/polate/xy", (0.25, 1), [MovePad(0.25, 1.0)]),
        ("/polate/x", (0.25,), [MovePad(0.25, None)]),
        ("/polate/y", (0.75,), [MovePad(None, 0.75)]),
        ("/polate/corner/a", ("here",), [SetCorner("a", "here")]),
        ("/polate/corner/d", ("12", 0, 2, 4, 5, 7, 9, 11), [SetCorner("d", "12 0 2 4 5 7 9 11")]),
        ("/polate/snapshot/store", ("chorus",), [StoreSnapshot("chorus")]),
        ("/polate/snapshot/recall", (3,), [RecallSnapshot("3")]),
        ("/polate/snapshot/recall", (3.0,), [RecallSnapshot("3")]),
        ("/polate/play", (0.0,), [SetPlaying(False)]),
        ("/polate/play", (1,), [SetPlaying(True)]),
        ("/polate/panic", (), [Panic()]),
        ("/polate/panic", (1,), [Panic()]),
        ("/polate/panic", (0,), []),  # the release of a button
        ("/polate/key", (60, 100), [KeyDown(60, 100)]),
        ("/polate/key", (60.0, 0.0), [KeyUp(60)]),
        ("/polate/tempo", (90,), [Set("bpm", 90.0)]),
        ("/polate/tonic", (61.0,), [Set("tonic", 61)]),
        ("/polate/tonic", ("Eb3",), [Set("tonic", 51)]),
        ("/polate/rate", ("1/8t",), [Set("rate", "1/8t")]),
        ("/polate/order", ("pendulum",), [Set("order", "pendulum")]),
        ("/polate/order", (1,), [Set("order", "up")]),
        ("/polate/hold", (1.0,), [Set("hold", True)]),
        ("/polate/euclid-pulses", (5.0,), [Set("euclid-pulses", 5)]),
        ("/polate/rhythm", ("x..x",), [Set("rhythm", "x..x")]),
        ("/polate/sequence", ("verse", "chorus", 3.0), [Set("sequence", "verse chorus 3")]),
        ("/polate/motion/1/depth", (1,), [SetMotion(0, "depth", 1.0)]),
        ("/polate/motion/8/kind", ("orbit",), [SetMotion(7, "kind", "orbit")]),
    ],
)
def test_a_message_makes_its_control(address: str, arguments: tuple[object, ...], expected: list[Control]) -> None:
    assert controls(message(address, *arguments)) == expected


def test_one_coordinate_of_the_pad_moves_and_the_other_stays(decoder: Decoder) -> None:
    point = LatentPoint(decoder.axes, decoder.metadata.landmarks)
    for address, arguments in (("/polate/xy", [0.25, 0.5]), ("/polate/x", [0.75]), ("/polate/y", [1.0])):
        (control,) = to_control(address, arguments)
        assert isinstance(control, MovePad)
        point.move_pad(control.x, control.y)
    assert point.pad == (0.75, 1.0)
    halfway = point.z
    point.move_pad(0.75, 1.0)
    assert point.z == halfway


def test_every_setting_has_one_address_and_the_tempo_is_not_called_bpm() -> None:
    addresses = [spec.address for spec in ADDRESSES]
    assert len(set(addresses)) == len(addresses)
    assert {f"/polate/{key}" for key in FIELDS} - set(addresses) == {"/polate/bpm"}
    assert {f"/polate/motion/1/{key}" for key in MOTION_FIELDS} <= set(addresses)
    assert "/polate/tempo" in addresses


@pytest.mark.parametrize("spec", [spec for spec in ADDRESSES if spec.maker], ids=lambda spec: spec.address)
def test_too_many_or_too_few_arguments_are_refused_with_what_an_address_takes(spec: Address) -> None:
    if spec.address != "/polate/panic":
        with pytest.raises(ControlError, match=f"{spec.address} takes {re.escape(spec.arguments)}, got nothing"):
            to_control(spec.address, [])
    if " name" not in spec.arguments and spec.arguments != "text":  # words may be as many as one likes
        with pytest.raises(ControlError, match=r"takes|a position must"):
            to_control(spec.address, [200] * 3)


@pytest.mark.parametrize("spec", [spec for spec in ADDRESSES if not spec.maker], ids=lambda spec: spec.address)
def test_what_is_only_told_cannot_be_set(spec: Address) -> None:
    with pytest.raises(ControlError, match=r"cannot be set\. Its value: "):
        to_control(spec.address, [1])


def test_an_address_without_its_slash_is_understood() -> None:
    assert controls(b"polate/z/1\x00\x00,f\x00\x00" + struct.pack(">f", 0.5)) == [SetAxis(0, 0.5)]


def test_bundles_of_python_osc_are_read() -> None:
    builder = OscBundleBuilder(0)
    part = OscMessageBuilder("/polate/play")
    part.add_arg(1)
    builder.add_content(part.build())
    (found,) = messages(builder.build().dgram)
    assert found == (IMMEDIATELY, "/polate/play", [1])


@pytest.mark.parametrize(
    ("datagram", "complaint"),
    [
        (b"", "not an OSC message"),
        (b"\x00" * 8, "not an OSC message"),
        (b"/polate/z/1", "not an OSC message"),
        (b"#bundle\x00\x00\x00", "must have at least 16 bytes, got 10"),
        (b"#bundle\x00" + struct.pack(">Qi", 1, -4), r"element must have 1\.\.0 bytes, got -4"),
        (b"#bundle\x00" + struct.pack(">Qi", 1, 2**31 - 1), "got 2147483647"),
        (b"#bundle\x00" + struct.pack(">Qh", 1, 1), "element must begin with its size in 4 bytes, got 2"),
        (message("/polate/z/1", float("nan")), "numbers must be finite, got nan"),
        (message("/polate/z/1", float("inf")), "numbers must be finite, got inf"),
        (message("/polate/z/1", 0.5) + b"x" * MAX_BYTES, f"at most {MAX_BYTES} bytes, got {MAX_BYTES + 20}"),
        (
            bundle(*[message("/polate/panic")] * (MAX_MESSAGES + 1)),
            f"at most {MAX_MESSAGES} messages, got at least {MAX_MESSAGES + 1}",
        ),
        (b"/polate/z/1\x00,[[[[[[[[\x00\x00\x00", "not an OSC message"),
        (b"/polate/z/1\x00," + b"f" * 500 + b"\x00" * 3, "not an OSC message"),
    ],
)
def test_a_malformed_datagram_is_refused_with_its_reason(datagram: bytes, complaint: str) -> None:
    with pytest.raises(ControlError, match=complaint):
        messages(datagram)


def test_bundles_are_not_followed_for_ever() -> None:
    datagram = message("/polate/panic")
    for _ in range(MAX_DEPTH):
        datagram = bundle(datagram)
    assert controls(datagram) == [Panic()]
    with pytest.raises(ControlError, match=f"at most {MAX_DEPTH} deep, got at least {MAX_DEPTH + 1}"):
        messages(bundle(datagram))


@pytest.mark.parametrize(
    ("address", "arguments", "complaint"),
    [
        ("/polate/z/1", ["loud"], "/polate/z/1 takes one number 0..1, got 'loud'"),
        ("/polate/z/1", [], "/polate/z/1 takes one number 0..1, got nothing"),
        ("/polate/z/1", [0.1, 0.2], "/polate/z/1 takes one number 0..1, got 0.1 0.2"),
        ("/polate/z/7", [64], "/polate/z/7: a position must be in 0..1, got 64"),
        ("/polate/z", [0.5, -1], "/polate/z: a position must be in 0..1, got -1"),
        ("/polate/xy", [0.5, 2], "/polate/xy: a position must be in 0..1, got 2"),
        ("/polate/xy", [0.5], "/polate/xy takes two numbers 0..1, got 0.5"),
        ("/polate/z/0", [0.5], "no OSC address '/polate/z/0'; similar: /polate/z/1, "),
        ("/polate/probablity", [50], "similar: /polate/probability, "),
        ("/video/fade", [50], "no OSC address '/video/fade'; docs/osc.md lists all addresses"),
        ("/polate/*", [0.5], "no OSC address"),
        ("/polate/tempo", [1e300], "bpm must be a number 20..400, got 1e+300"),
        ("/polate/tonic", [2**62], "tonic must be a whole number 0..127 or a note's name"),
        ("/polate/rate", ["fast"], "rate must be one of 1/1., 1/1, "),
        ("/polate/key", [128, 1], "note must be in 0..127, got 128"),
        ("/polate/key", [60], "/polate/key takes a note 0..127 and a velocity 0..127, got 60"),
        ("/polate/snapshot/store", ["my", "song"], "a snapshot's name must have 1 to 64 characters and no space"),
        ("/polate/motion/1/hz", [100], "hz must be a number 0.001..20, got 100"),
        ("/polate/pattern", ["tritone"], "/polate/pattern cannot be set. Its value: the pattern that plays"),
    ],
)
def test_a_message_that_cannot_be_says_what_can(address: str, arguments: list[Argument], complaint: str) -> None:
    with pytest.raises(ControlError) as caught:
        to_control(address, arguments)
    assert complaint in str(caught.value)


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda data: b"#bundle\x00" + data))
@example(bytes.fromhex("2362756e646c65000000000000000001fffffffc"))
@example(b"/\xff\xfe\x00,s\x00\x00\xff\xff\xff\x00")
def test_any_bytes_are_messages_or_an_error(datagram: bytes) -> None:
    try:
        found = messages(datagram)
    except ControlError:
        return
    for tag, address, arguments in found:
        with contextlib.suppress(ControlError):
            to_control(address, arguments)
        with contextlib.suppress(ControlError):
            ahead_ns(tag, NOON)


ARGUMENTS = st.lists(
    st.integers(-(2**63), 2**63 - 1)
    | st.integers(-1, 130)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(0, 1)
    | st.booleans()
    | st.text(max_size=20),
    max_size=9,
)


@given(st.sampled_from([spec.address for spec in ADDRESSES]), ARGUMENTS)
@example("/polate/key", [1e300, 0])
def test_any_arguments_are_controls_or_an_error(address: str, arguments: list[Argument]) -> None:
    topic(address, arguments)
    with contextlib.suppress(ControlError):
        to_control(address, arguments)


# -- time tags ------------------------------------------------------------------------------------


def test_a_bundle_is_its_messages_in_their_order() -> None:
    inner = bundle(message("/polate/z/3", 0.25))
    datagram = bundle(message("/polate/z/1", 0.5), inner, message("/polate/z/2", 0.75))
    assert controls(datagram) == [SetAxis(0, 0.5), SetAxis(2, 0.25), SetAxis(1, 0.75)]


def test_a_bundle_in_another_has_the_later_of_their_time_tags() -> None:
    early, late = timetag(100), timetag(200)
    part = message("/polate/play", 1)
    datagram = bundle(part, bundle(part, timetag=late), bundle(part, timetag=1), timetag=early)
    assert [found.timetag for found in messages(datagram)] == [early, late, early]
    assert [found.timetag for found in messages(bundle(bundle(part, timetag=early), timetag=late))] == [late]
    assert [found.timetag for found in messages(part)] == [IMMEDIATELY]


@pytest.mark.parametrize(
    ("tag", "ahead"),
    [
        (IMMEDIATELY, 0),
        (0, 0),
        (timetag(3.5), 0),  # 3.5 seconds after 1970
        (3 << 32, 0),  # TouchDesigner's third second
        (timetag(NOON / SECOND - 1), 0),
        (timetag(NOON / SECOND), 0),
        (timetag(NOON / SECOND + 0.25), SECOND // 4),
        (timetag(NOON / SECOND + 60), 60 * SECOND),
    ],
)
def test_a_time_tag_is_so_far_ahead_and_the_past_is_now(tag: int, ahead: int) -> None:
    assert ahead_ns(tag, NOON) == pytest.approx(ahead, abs=1)


@pytest.mark.parametrize("tag", [timetag(NOON / SECOND + 61), 2**64 - 1])
def test_a_time_tag_too_far_ahead_is_refused(tag: int) -> None:
    with pytest.raises(ControlError, match=r"must be at most 60 s ahead, got .* s; .* osc-timetags = 'ignore'"):
        ahead_ns(tag, NOON)


# -- what is told ---------------------------------------------------------------------------------


def test_the_state_is_told_on_the_addresses_that_set_it_one_number_each() -> None:
    told = state_of(STATE)
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
    assert {find_address(address) for address in state_of(STATE)} == {spec for spec in ADDRESSES if spec.has_value}


def test_before_the_first_note_none_is_told() -> None:
    assert "/polate/note" not in state_of(replace(STATE, sounding=None))


def test_what_an_osc_string_cannot_hold_is_told_as_question_marks() -> None:
    told = state_of(replace(STATE, trouble="cannot record to a\x00b\udcff.mid"))
    assert told["/polate/trouble"] == ["cannot record to a?b?.mid"]


def test_only_what_has_changed_is_told_anew() -> None:
    before = state_of(STATE)
    after = state_of(replace(STATE, positions=(0.25, 0.75), sounding=67, played=12))
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
    for datagram in datagrams(build(address, arguments) for address, arguments in state_of(state).items()):
        for _, address, arguments in messages(datagram):
            if find_address(address).maker:
                came[address] = to_control(address, arguments)
    assert came["/polate/z/1"] == [SetAxis(0, positions[0])]
    assert came["/polate/z"] == [SetPoint(tuple(positions))]
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


@given(st.lists(st.integers(0, 127), max_size=200), st.text(max_size=400))
@example([127] * 800, "\U0001f3b9" * 400)
def test_whatever_is_told_fits_into_one_packet(notes: list[int], text: str) -> None:
    state = replace(
        STATE, notes=notes, top=len(notes), trouble=text, pattern=text, settings=PlaySettings(sequence=text[:256])
    )
    told = state_of(state)
    assert len(told["/polate/notes"]) <= MAX_NOTES
    sent = datagrams(build(address, arguments) for address, arguments in told.items())
    assert max(map(len, sent)) <= MAX_SENT_BYTES
    assert sum(len(messages(datagram)) for datagram in sent) == len(told)


def test_one_message_is_sent_as_it_is_and_several_in_a_bundle_for_now() -> None:
    one, other = build("/polate/z/1", [0.5]), build("/polate/note", [60])
    assert datagrams([one]) == [message("/polate/z/1", 0.5)]
    assert datagrams([one, other]) == [bundle(message("/polate/z/1", 0.5), message("/polate/note", 60))]
    assert datagrams([]) == []


# -- other names ----------------------------------------------------------------------------------


def test_other_names_for_addresses_can_be_those_of_the_documentation_among_them() -> None:
    check_aliases({"/1/fader1": "/polate/z/1", "/1/label": "/polate/pattern"})
    (block,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/osc.md").read_text(), re.DOTALL)
    check_aliases(tomllib.loads(block)["osc-alias"])


@pytest.mark.parametrize(
    ("alias", "address", "complaint"),
    [
        ("1/fader1", "/polate/z/1", "an OSC alias must begin with '/'"),
        ("/polate/y", "/polate/z/1", "but not with '/polate/'"),
        ("/1/fader*", "/polate/z/1", "none of them a space or one of"),
        ("/1/fader 1", "/polate/z/1", "none of them a space or one of"),
        ("/" + "x" * 64, "/polate/z/1", "at most 64 characters"),
        ("/1/fader1", "/1/fader2", "no OSC address '/1/fader2'"),
    ],
)
def test_an_alias_that_cannot_be_is_refused(alias: str, address: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_aliases({alias: address})
    assert complaint in str(caught.value)
    assert caught.value.path == "osc-alias"


def test_of_two_messages_on_a_topic_the_newer_counts_and_each_key_is_one() -> None:
    assert topic("/polate/z/1", [0.5]) == topic("/polate/z/1", [0.25])
    assert topic("/polate/key", [60, 100]) == topic("/polate/key", [60.0, 0])
    assert topic("/polate/key", [60, 100]) != topic("/polate/key", [61, 100])
    assert math.isfinite(topic("/polate/key", [1e300])[1])


def test_what_is_neither_yes_nor_no_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(ControlError, match="latch must be 1 or 0, got 'x'"):
        to_control("/polate/latch", ["x"])
