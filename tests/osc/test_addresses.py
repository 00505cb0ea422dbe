"""The table of OSC addresses, aliases, and topics."""

import math
import re
import tomllib
from pathlib import Path

import pytest

from polate import ConfigError, ControlError
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.osc.addresses import (
    ADDRESSES,
    Address,
    check_aliases,
    to_control,
    topic,
)

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
