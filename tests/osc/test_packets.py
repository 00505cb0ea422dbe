"""OSC datagrams, read and built."""

import contextlib
import re
import struct
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from osc_messages import bundle, controls, message, timetag
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from polate import ControlError
from polate.control.commands import Control, Panic, Set, SetAxis, SetPoint
from polate.osc.addresses import (
    to_control,
)
from polate.osc.packets import (
    IMMEDIATELY,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_MESSAGES,
    ahead_ns,
    build,
    datagrams,
    messages,
)

SECOND = 1_000_000_000
NOON = 1_800_000_000 * SECOND  # of some day in 2027, in Unix time


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


def test_one_message_is_sent_as_it_is_and_several_in_a_bundle_for_now() -> None:
    one, other = build("/polate/z/1", [0.5]), build("/polate/note", [60])
    assert datagrams([one]) == [message("/polate/z/1", 0.5)]
    assert datagrams([one, other]) == [bundle(message("/polate/z/1", 0.5), message("/polate/note", 60))]
    assert datagrams([]) == []


CASES = Path(__file__).parents[1] / "cases"


def lenient(datagram: bytes) -> tuple[list[Control], list[str]]:
    """The commands of a datagram, and the reasons of what is refused of it, as the OSC process does it."""
    refused: list[str] = []
    wanted: list[Control] = []
    for _, address, arguments in messages(datagram, lambda error: refused.append(str(error))):
        try:
            wanted += to_control(address, arguments)
        except ControlError as error:
            refused.append(str(error))
    return wanted, refused


@pytest.mark.parametrize(
    ("case", "position", "reason"),
    [
        ("blob", 0.3, "not an OSC message with .* arguments: b'/kinect/depth"),
        ("color", 0.35, "not an OSC message with .* arguments: b'/lamp"),
        ("nil", 0.45, "no OSC address '/ping'"),
    ],
)
def test_an_element_that_cannot_be_read_is_refused_alone(case: str, position: float, reason: str) -> None:
    wanted, (refused,) = lenient((CASES / f"osc-bundle-{case}.bin").read_bytes())
    assert [(control.axis, control.position) for control in wanted if isinstance(control, SetAxis)] == [
        (0, pytest.approx(position)),
        (3, pytest.approx(position)),
    ]
    assert re.match(reason, refused)


def test_the_channels_of_others_in_a_long_bundle_cost_nothing() -> None:
    wanted, refused = lenient((CASES / "osc-bundle-65.bin").read_bytes())
    assert wanted == [SetAxis(0, pytest.approx(0.9))]
    assert len(refused) == 64
    assert all("no OSC address '/ch/" in reason for reason in refused)


PANIC = message("/polate/panic")


@pytest.mark.parametrize(
    ("datagram", "count", "reason"),
    [
        (bundle(PANIC, b"nonsense", PANIC), 2, "not an OSC message"),
        (bundle(PANIC, b"#bundle\0shor", PANIC), 2, "must have at least 16 bytes, got 12"),
        (bundle(PANIC, message("/polate/z/1", float("nan")), PANIC), 2, "numbers must be finite"),
        (bundle(PANIC, bundle(PANIC, b"no\0\0,Z\0\0", PANIC), PANIC), 4, "not an OSC message"),
        (bundle(PANIC, bundle(bundle(bundle(bundle(PANIC)))), PANIC), 2, "nested at most 4 deep"),
        (bundle(PANIC, PANIC) + struct.pack(">i", -4) + PANIC, 2, "must have 1..20 bytes, got -4"),
        (bundle(PANIC, bundle(PANIC) + b"\0\0\0\x7f", PANIC), 3, "must have 1..0 bytes, got 127"),
        (bundle(PANIC, PANIC)[:-1], 1, "must have 1..19 bytes, got 20"),
        (bundle(*[PANIC] * (MAX_MESSAGES + 1)), MAX_MESSAGES, f"at most {MAX_MESSAGES} messages"),
        (bundle(PANIC) + bytes(MAX_BYTES), 0, f"at most {MAX_BYTES} bytes"),
    ],
)
def test_neighbours_of_what_is_broken_take_effect(datagram: bytes, count: int, reason: str) -> None:
    wanted, (refused,) = lenient(datagram)
    assert wanted == [Panic()] * count
    assert re.search(reason, refused)


@pytest.mark.parametrize("case", ["I", "N", "notags"])
def test_a_panic_without_arguments_in_any_spelling_is_a_panic(case: str) -> None:
    assert lenient((CASES / f"osc-panic-{case}.bin").read_bytes()) == ([Panic()], [])


def test_a_symbol_is_a_text_and_an_array_its_elements() -> None:
    assert lenient((CASES / "osc-order-S.bin").read_bytes()) == ([Set("order", "up")], [])
    (point,), refused = lenient((CASES / "osc-z-array.bin").read_bytes())
    assert isinstance(point, SetPoint)
    assert point.positions == (pytest.approx(0.1),) * 8
    assert not refused


@pytest.mark.parametrize(
    ("types", "data", "arguments"),
    [
        (b",i[f]s", struct.pack(">if", 1, 0.5) + b"ab\0\0", [1, 0.5, "ab"]),
        (b",[[ii]]S", struct.pack(">ii", 1, 2) + b"abcd\0\0\0\0", [1, 2, "abcd"]),
        (b",[]", b"", []),
        (b",TNIF", b"", [True, False]),
        (b",", b"", []),
        (b",NNNNfI", struct.pack(">f", 0.5), [0.5]),
    ],
)
def test_brackets_nil_and_bang_hide_no_argument(types: bytes, data: bytes, arguments: list[object]) -> None:
    datagram = b"/a\0\0" + types + bytes(4 - len(types) % 4) + data
    assert messages(datagram) == [(IMMEDIATELY, "/a", arguments)]


@pytest.mark.parametrize("types", [b",[", b",]", b",][", b",[[f]", b",b", b",t", b",m", b",c", b",r"])
def test_other_types_and_half_arrays_are_refused(types: bytes) -> None:
    with pytest.raises(ControlError, match="not an OSC message"):
        messages(b"/a\0\0" + types + bytes(4 - len(types) % 4) + bytes(8))


def test_arguments_without_types_are_refused() -> None:
    with pytest.raises(ControlError, match="not an OSC message"):
        messages(b"/polate/z/1\0" + struct.pack(">f", 0.5))
