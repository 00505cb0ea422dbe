"""The table of OSC addresses, aliases, and topics."""

import math
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from osc_messages import STATE

from polate import ConfigError, ControlError
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.osc.addresses import (
    ADDRESSES,
    Address,
    check_aliases,
    clamped,
    to_control,
    topic,
)
from polate.osc.state import values_of

ROOT = Path(__file__).parents[2]


def test_every_setting_has_one_address_and_the_tempo_is_not_called_bpm() -> None:
    addresses = [spec.address for spec in ADDRESSES]
    assert len(set(addresses)) == len(addresses)
    assert {f"/polate/{key}" for key in FIELDS} - set(addresses) == {"/polate/bpm"}
    assert {f"/polate/motion/1/{key}" for key in MOTION_FIELDS} <= set(addresses)
    assert "/polate/tempo" in addresses


@pytest.mark.parametrize("spec", [spec for spec in ADDRESSES if not spec.maker], ids=lambda spec: spec.address)
def test_what_is_only_told_cannot_be_set(spec: Address) -> None:
    with pytest.raises(ControlError, match=r"cannot be set\. Its value: "):
        to_control(spec.address, [1])


@pytest.mark.parametrize(
    "address", [address for address in values_of(STATE) if address in {a.address for a in ADDRESSES}]
)
def test_the_types_of_an_address_are_those_of_its_value(address: str) -> None:
    spec = next(spec for spec in ADDRESSES if spec.address == address)
    letters = "".join({int: "i", float: "f", str: "s"}[type(argument)] for argument in values_of(STATE)[address])
    pattern = re.sub(r"(.)\*", r"\1*", spec.types)
    assert re.fullmatch(pattern, letters) or address == "/polate/path"


def test_every_address_without_a_value_has_types_too() -> None:
    types = {spec.address: spec.types for spec in ADDRESSES}
    assert types["/polate/note/chord"] == "iif"
    assert types["/polate/key"] == "ii"
    assert (types["/polate/tonic"], types["/polate/hold"], types["/polate/gate"]) == ("i", "i", "f")
    assert (types["/polate/order"], types["/polate/rhythm"], types["/polate/path"]) == ("s", "s", "iif*")


@pytest.mark.parametrize(
    ("address", "arguments", "expected"),
    [
        ("/polate/z/3", [1.7], [1.0]),
        ("/polate/z", [-0.5, 0.25, 2], [0, 0.25, 1]),
        ("/polate/xy", [1.5, -1], [1, 0]),
        ("/polate/path", [3, 4, -1.0, 0.5, 2.0, 1.0], [3, 4, 0.0, 0.5, 1.0, 1.0]),
        ("/polate/tempo", [900.0], [900.0]),
        ("/polate/axis/1", [3.0], [3.0]),
        ("/polate/z/1", ["x"], ["x"]),
        ("/nothing", [3.0], [3.0]),
    ],
)
def test_positions_are_moved_into_their_range_and_nothing_else_is(
    address: str, arguments: list[Any], expected: list[Any]
) -> None:
    assert clamped(address, arguments) == expected


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
