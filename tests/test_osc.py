import contextlib
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from polate import ControlError
from polate.controls import Control, GoTo, Panic, Set, SetAxis, SetPlaying, SetPoint
from polate.osc import ADDRESSES, MOST_BYTES, MOST_DEPTH, MOST_MESSAGES, messages, to_control


def message(address: str, *arguments: object) -> bytes:
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build().dgram


def bundle(*elements: bytes, timetag: int = 1) -> bytes:
    sized = b"".join(struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\x00" + struct.pack(">Q", timetag) + sized


def controls(datagram: bytes) -> list[Control]:
    return [control for address, arguments in messages(datagram) for control in to_control(address, arguments)]


@pytest.mark.parametrize(
    ("address", "arguments", "expected"),
    [
        ("/polate/z/1", (0.5,), [SetAxis(0, 0.5)]),
        ("/polate/z/8", (1,), [SetAxis(7, 1.0)]),  # Max sends whole numbers as integers
        ("/polate/z/1", (True,), [SetAxis(0, 1.0)]),
        ("/polate/z/1", (1.000001,), [SetAxis(0, 1.0)]),
        ("/polate/z", (0.0, 0.25, 1), [SetPoint((0.0, 0.25, 1.0))]),
        ("/polate/tempo", (90,), [Set("bpm", 90.0)]),
        ("/polate/tonic", (61.0,), [Set("tonic", 61)]),
        ("/polate/play", (0.0,), [SetPlaying(False)]),
        ("/polate/play", (1,), [SetPlaying(True)]),
        ("/polate/panic", (), [Panic()]),
        ("/polate/panic", (1,), [Panic()]),
        ("/polate/panic", (0,), []),  # the release of a button
        ("/polate/landmark", ("giant steps",), [GoTo("giant steps")]),
        ("/polate/landmark", ("tritone", 0, 1, 2), [GoTo("tritone 0 1 2")]),  # as Pd sends a list
    ],
)
def test_every_address_makes_its_control(address: str, arguments: tuple[object, ...], expected: list[Control]) -> None:
    assert controls(message(address, *arguments)) == expected


def test_every_address_of_the_table_is_known() -> None:
    for spec in ADDRESSES:
        with pytest.raises(ControlError, match=r"takes|rate must be|a position"):
            to_control(spec.address, ["x", b""])  # type: ignore[list-item]


def test_an_address_without_its_slash_is_understood() -> None:
    assert controls(b"polate/z/1\x00\x00,f\x00\x00" + struct.pack(">f", 0.5)) == [SetAxis(0, 0.5)]


def test_a_bundle_is_its_messages_in_their_order_whenever_it_says() -> None:
    inner = bundle(message("/polate/z/3", 0.3), timetag=2**63)
    datagram = bundle(message("/polate/z/1", 0.1), inner, message("/polate/z/2", 0.2), timetag=2**64 - 1)
    assert controls(datagram) == [
        SetAxis(0, pytest.approx(0.1)),
        SetAxis(2, pytest.approx(0.3)),
        SetAxis(1, pytest.approx(0.2)),
    ]


def test_bundles_of_python_osc_are_read() -> None:
    builder = OscBundleBuilder(0)
    part = OscMessageBuilder("/polate/play")
    part.add_arg(1)
    builder.add_content(part.build())
    assert controls(builder.build().dgram) == [SetPlaying(True)]


@pytest.mark.parametrize(
    ("datagram", "complaint"),
    [
        (b"", "not an OSC message"),
        (b"\x00" * 8, "not an OSC message"),
        (b"/polate/z/1", "not an OSC message"),
        (b"#bundle\x00" + struct.pack(">Qi", 1, -4), r"element must have 1\.\.0 bytes, got -4"),
        (b"#bundle\x00" + struct.pack(">Qi", 1, 2**31 - 1), "got 2147483647"),
        (b"#bundle\x00" + struct.pack(">Qh", 1, 1), "ends in the middle of an element"),
        (message("/polate/z/1", float("nan")), "numbers must be finite, got nan"),
        (message("/polate/z/1", float("inf")), "numbers must be finite, got inf"),
        (message("/polate/z/1", 0.5) + b"x" * MOST_BYTES, f"at most {MOST_BYTES} bytes"),
        (bundle(*[message("/polate/panic")] * (MOST_MESSAGES + 1)), f"at most {MOST_MESSAGES} messages"),
        (b"/polate/z/1\x00,[[[[[[[[\x00\x00\x00", "not an OSC message"),
        (b"/polate/z/1\x00," + b"f" * 500 + b"\x00" * 3, "not an OSC message"),
    ],
)
def test_a_malformed_datagram_is_refused_with_its_reason(datagram: bytes, complaint: str) -> None:
    with pytest.raises(ControlError, match=complaint):
        messages(datagram)


def test_bundles_are_not_followed_for_ever() -> None:
    datagram = message("/polate/panic")
    for _ in range(MOST_DEPTH):
        datagram = bundle(datagram)
    assert controls(datagram) == [Panic()]
    with pytest.raises(ControlError, match=f"at most {MOST_DEPTH} deep"):
        messages(bundle(datagram))


@pytest.mark.parametrize(
    ("address", "arguments", "complaint"),
    [
        ("/polate/z/1", ["loud"], "/polate/z/1 takes one number 0..1, got 'loud'"),
        ("/polate/z/1", [], "/polate/z/1 takes one number 0..1, got nothing"),
        ("/polate/z/1", [0.1, 0.2], "/polate/z/1 takes one number 0..1, got 0.1 0.2"),
        ("/polate/z/1", [64], "a position must be in 0..1, got 64"),
        ("/polate/z/0", [0.5], "no OSC address '/polate/z/0'; there are /polate/z/1,"),
        ("/polate/*", [0.5], "no OSC address"),
        ("/polate/tempo", [1e300], "bpm must be a number 20..400, got 1e+300"),
        ("/polate/tonic", [2**62], "tonic must be a whole number 0..127"),
        ("/polate/rate", ["fast"], "rate must be one of 1/1., 1/1,"),
    ],
)
def test_a_message_that_cannot_be_says_what_can(address: str, arguments: list[object], complaint: str) -> None:
    with pytest.raises(ControlError) as caught:
        to_control(address, arguments)  # type: ignore[arg-type]
    assert complaint in str(caught.value)


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda data: b"#bundle\x00" + data))
@example(bytes.fromhex("2362756e646c65000000000000000001fffffffc"))
@example(b"/\xff\xfe\x00,s\x00\x00\xff\xff\xff\x00")
def test_any_bytes_are_messages_or_an_error(datagram: bytes) -> None:
    try:
        found = messages(datagram)
    except ControlError:
        return
    for address, arguments in found:
        with contextlib.suppress(ControlError):
            to_control(address, arguments)
