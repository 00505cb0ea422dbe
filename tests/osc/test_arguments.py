"""From the arguments of OSC messages to commands."""

import contextlib
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from osc_messages import controls, message

from polate import ControlError
from polate.control import commands
from polate.control.commands import Control
from polate.control.path import Path
from polate.model.decoder import Decoder
from polate.osc.addresses import (
    ADDRESSES,
    Address,
    to_control,
    topic,
)
from polate.osc.arguments import Argument
from polate.sequencer.latent_point import LatentPoint

ARGUMENTS = st.lists(
    st.integers(-(2**63), 2**63 - 1)
    | st.integers(-1, 130)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(0, 1)
    | st.booleans()
    | st.text(max_size=20),
    max_size=9,
)


@pytest.mark.parametrize(
    ("address", "arguments", "expected"),
    [
        ("/polate/z/1", (0.5,), [commands.SetAxis(0, 0.5)]),
        ("/polate/z/8", (1,), [commands.SetAxis(7, 1.0)]),  # Max sends whole numbers as integers
        ("/polate/z/1", (True,), [commands.SetAxis(0, 1.0)]),
        ("/polate/z/1", (1.000001,), [commands.SetAxis(0, 1.0)]),
        ("/polate/z", (0.0, 0.25, 1), [commands.SetPoint((0.0, 0.25, 1.0))]),
        ("/polate/go", ("random",), [commands.GoTo("random")]),
        ("/polate/landmark", ("giant steps",), [commands.GoTo("giant steps")]),
        ("/polate/go", ("tritone", 0, 1, 2), [commands.GoTo("tritone 0 1 2")]),  # as Max sends a list
        ("/polate/go", ("tritone", 0.0, -1.0, 2.0), [commands.GoTo("tritone 0 -1 2")]),  # as Pd does
        ("/polate/morph", (0.25,), [commands.Morph(0.25)]),
        ("/polate/xy", (0.25, 1), [commands.MovePad(0.25, 1.0)]),
        ("/polate/x", (0.25,), [commands.MovePad(0.25, None)]),
        ("/polate/y", (0.75,), [commands.MovePad(None, 0.75)]),
        ("/polate/corner/a", ("here",), [commands.SetCorner("a", "here")]),
        ("/polate/corner/d", ("12", 0, 2, 4, 5, 7, 9, 11), [commands.SetCorner("d", "12 0 2 4 5 7 9 11")]),
        ("/polate/snapshot/store", ("chorus",), [commands.StoreSnapshot("chorus")]),
        ("/polate/snapshot/recall", (3,), [commands.RecallSnapshot("3")]),
        ("/polate/snapshot/recall", (3.0,), [commands.RecallSnapshot("3")]),
        ("/polate/snapshot/rename", (3, "dawn"), [commands.RenameSnapshot("3", "dawn")]),
        ("/polate/snapshot/rename", ("dawn", 4.0), [commands.RenameSnapshot("dawn", "4")]),
        ("/polate/snapshot/delete", (3.0,), [commands.DeleteSnapshot("3")]),
        ("/polate/output", ("IAC Driver Bus 1",), [commands.ChoosePort("output", "IAC Driver Bus 1")]),
        ("/polate/output", ("",), [commands.ChoosePort("output", "")]),
        ("/polate/input", ("nanoKONTROL2", 24), [commands.ChoosePort("input", "nanoKONTROL2 24")]),
        ("/polate/learn", ("z/1",), [commands.Learn("z/1")]),
        ("/polate/learn", ("",), [commands.Learn("")]),
        ("/polate/forget", ("motion/1/depth",), [commands.Forget("motion/1/depth")]),
        ("/polate/controller", ("nanokontrol2",), [commands.ChooseController("nanokontrol2")]),
        ("/polate/record", (1,), [commands.Record(True)]),
        ("/polate/record", (0.0,), [commands.Record(False)]),
        ("/polate/play", (0.0,), [commands.SetPlaying(False)]),
        ("/polate/play", (1,), [commands.SetPlaying(True)]),
        ("/polate/seek", (12.5,), [commands.Seek(12.5)]),
        ("/polate/playhead", (12.5, 96, 1), [commands.SongPosition(12.5, 96, True)]),
        ("/polate/playhead", (-1.5, 96.0, False), [commands.SongPosition(-1.5, 96, False)]),
        ("/polate/playhead", (12.5, 96, 1, 8.0, 16.0), [commands.SongPosition(12.5, 96, True, (8, 16))]),
        ("/polate/playhead", (12.5, 96, 1, 0, 0), [commands.SongPosition(12.5, 96, True)]),  # no loop
        ("/polate/panic", (), [commands.Panic()]),
        ("/polate/panic", (1,), [commands.Panic()]),
        ("/polate/panic", (0,), []),  # the release of a button
        ("/polate/key", (60, 100), [commands.KeyDown(60, 100)]),
        ("/polate/key", (60.0, 0.0), [commands.KeyUp(60)]),
        ("/polate/tempo", (90,), [commands.Set("bpm", 90.0)]),
        ("/polate/tonic", (61.0,), [commands.Set("tonic", 61)]),
        ("/polate/tonic", ("Eb3",), [commands.Set("tonic", 51)]),
        ("/polate/rate", ("1/8t",), [commands.Set("rate", "1/8t")]),
        ("/polate/order", ("pendulum",), [commands.Set("order", "pendulum")]),
        ("/polate/order", (1,), [commands.Set("order", "up")]),
        ("/polate/hold", (1.0,), [commands.Set("hold", True)]),
        ("/polate/euclid-pulses", (5.0,), [commands.Set("euclid-pulses", 5)]),
        ("/polate/rhythm", ("x..x",), [commands.Set("rhythm", "x..x")]),
        ("/polate/sequence", ("verse", "chorus", 3.0), [commands.Set("sequence", "verse chorus 3")]),
        (
            "/polate/path",
            (1, 3, 0.0, 0.5, 1, 1.000001, 0.5, 0.25),
            [commands.SetPath(Path(axes=(1, 3), points=((0.0, 0.5), (1.0, 1.0), (0.5, 0.25))))],
        ),
        (
            "/polate/path",
            (2.0, 1.0, 0.0, 0.0, 1.0, 1.0),
            [commands.SetPath(Path(axes=(2, 1), points=((0.0, 0.0), (1.0, 1.0))))],
        ),
        ("/polate/path", (8, 1, *[0.5] * 128), [commands.SetPath(Path(axes=(8, 1), points=((0.5, 0.5),) * 64))]),
        ("/polate/path", (0,), [commands.SetPath()]),
        ("/polate/path/clear", (), [commands.SetPath()]),
        ("/polate/path/clear", (1,), [commands.SetPath()]),
        ("/polate/path/clear", (0,), []),  # the release of a button
        ("/polate/motion/1/depth", (1,), [commands.SetMotion(0, "depth", 1.0)]),
        ("/polate/motion/8/kind", ("orbit",), [commands.SetMotion(7, "kind", "orbit")]),
    ],
)
def test_a_message_makes_its_control(address: str, arguments: tuple[object, ...], expected: list[Control]) -> None:
    assert controls(message(address, *arguments)) == expected


def test_one_coordinate_of_the_pad_moves_and_the_other_stays(decoder: Decoder) -> None:
    point = LatentPoint(decoder.axes, decoder.metadata.landmarks)
    for address, arguments in (("/polate/xy", [0.25, 0.5]), ("/polate/x", [0.75]), ("/polate/y", [1.0])):
        (control,) = to_control(address, arguments)
        assert isinstance(control, commands.MovePad)
        point.move_pad(control.x, control.y)
    assert point.pad == (0.75, 1.0)
    halfway = point.z
    point.move_pad(0.75, 1.0)
    assert point.z == halfway


@pytest.mark.parametrize("spec", [spec for spec in ADDRESSES if spec.maker], ids=lambda spec: spec.address)
def test_too_many_or_too_few_arguments_are_refused_with_what_an_address_takes(spec: Address) -> None:
    if spec.address not in ("/polate/panic", "/polate/path/clear"):
        with pytest.raises(ControlError, match=f"{spec.address} takes {re.escape(spec.arguments)}, got nothing"):
            to_control(spec.address, [])
    if " name" not in spec.arguments and spec.arguments != "text":  # words may be as many as one likes
        with pytest.raises(ControlError, match=r"takes|a position must"):
            to_control(spec.address, [200] * 4)


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
        ("/video/fade", [50], "no OSC address '/video/fade'; 'polate osc' lists all addresses"),
        ("/polate/*", [0.5], "no OSC address"),
        ("/polate/tempo", [1e300], "bpm must be a number 20..400, got 1e+300"),
        ("/polate/tonic", [2**62], "tonic must be a whole number 0..127 or a note's name"),
        ("/polate/rate", ["fast"], "rate must be one of 1/1., 1/1, "),
        ("/polate/key", [128, 1], "note must be in 0..127, got 128"),
        ("/polate/playhead", [8, 0, 1], "the tempo must be in 4..1000 bpm, got 0"),
        ("/polate/playhead", [3e6, 120, 1], "the beat must be in -1000..1000000, got 3e+06"),
        ("/polate/seek", [-1], "the beat must be in 0..1000000, got -1"),
        ("/polate/seek", ["4"], "/polate/seek takes a number of quarter notes 0..1000000, got '4'"),
        ("/polate/key", [60], "/polate/key takes a note 0..127 and a velocity 0..127, got 60"),
        ("/polate/snapshot/store", ["my", "song"], "a snapshot's name must have 1 to 64 characters and no space"),
        ("/polate/path", [1], "/polate/path takes two axes from 1, then x and y of 2 to 64 points, numbers 0..1; or 0"),
        ("/polate/path", [1, 2, 0.5, 0.5, 0.5], "/polate/path takes two axes from 1, then x and y"),
        ("/polate/path", [1, 2], "points must be 2 to 64, got 0"),
        ("/polate/path", [1, 1, 0, 0, 1, 1], "axes must be two different numbers from 1, got 1 and 1"),
        ("/polate/path", [1, 2, 0, 0, 1, 2], "/polate/path: a position must be in 0..1, got 2"),
        ("/polate/motion/1/hz", [100], "hz must be a number 0.001..20, got 100"),
        ("/polate/pattern", ["tritone"], "/polate/pattern cannot be set. Its value: the pattern that plays"),
    ],
)
def test_a_message_that_cannot_be_says_what_can(address: str, arguments: list[Argument], complaint: str) -> None:
    with pytest.raises(ControlError) as caught:
        to_control(address, arguments)
    assert complaint in str(caught.value)


@given(st.sampled_from([spec.address for spec in ADDRESSES]), ARGUMENTS)
@example("/polate/key", [1e300, 0])
def test_any_arguments_are_controls_or_an_error(address: str, arguments: list[Argument]) -> None:
    topic(address, arguments)
    with contextlib.suppress(ControlError):
        to_control(address, arguments)


def test_what_is_neither_yes_nor_no_is_refused_with_what_is_allowed() -> None:
    with pytest.raises(ControlError, match="latch must be 1 or 0, got 'x'"):
        to_control("/polate/latch", ["x"])
