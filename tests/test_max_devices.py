"""The patches for Max and Max for Live: read back, they have the parts that Max needs, and are what the script makes.

They were not opened in Max: this checks their structure only.
"""

import importlib.util
import json
import struct
from pathlib import Path
from typing import Any

import pytest

py2max = pytest.importorskip("py2max", reason="needs py2max (pip install 'polate[test]')")

FOLDER = Path(__file__).parents[1] / "examples/max"


def boxes(patch: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["box"] for each in patch["patcher"]["boxes"]]


def content(path: Path) -> dict[str, Any]:
    """Without the dates of the file."""
    loaded: dict[str, Any] = py2max.Patcher.from_file(path).to_dict()
    for date in ("creationdate", "modificationdate"):
        loaded["patcher"].get("project", {}).pop(date, None)
    return loaded


@pytest.mark.parametrize("name", ["Polate.amxd", "Polate.maxpat"])
def test_the_file_is_what_the_script_makes(name: str, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_devices", FOLDER / "make_devices.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.make(tmp_path)
    assert content(tmp_path / name) == content(FOLDER / name)


@pytest.mark.parametrize("name", ["Polate.amxd", "Polate.maxpat"])
def test_its_reader_finds_nothing_to_complain_of(name: str) -> None:
    assert [str(finding) for finding in py2max.Patcher.from_file(FOLDER / name).lint()] == []


def test_the_device_is_a_midi_effect_with_a_patch_of_the_length_that_it_says() -> None:
    data = (FOLDER / "Polate.amxd").read_bytes()
    assert data[:4] == b"ampf"
    assert data[8:12] == b"mmmm"  # a MIDI effect
    assert data[12:16] == b"ptch"
    assert struct.unpack_from("<I", data, 16)[0] == len(data) - 20
    assert data[20:24] == b"mx@c"
    length = struct.unpack_from(">I", data, 32)[0] - 16
    patch, end = data[36:].split(b"\0", 1)
    assert len(patch) + 1 == length
    assert end.startswith(b"dlst")
    json.loads(patch)


@pytest.mark.parametrize("name", ["Polate.amxd", "Polate.maxpat"])
def test_eight_dials_can_be_mapped_and_automated(name: str) -> None:
    dials = [box for box in boxes(content(FOLDER / name)) if box["maxclass"] == "live.dial"]
    values = [dial["saved_attribute_attributes"]["valueof"] for dial in dials]
    assert [value["parameter_longname"] for value in values] == [f"Knob {number}" for number in range(1, 9)]
    assert {(value["parameter_mmin"], value["parameter_mmax"]) for value in values} == {(0.0, 1.0)}
    assert all(dial["parameter_enable"] == 1 for dial in dials)


def test_the_device_has_both_ends_of_the_midi_and_both_ports() -> None:
    texts = {box.get("text") for box in boxes(content(FOLDER / "Polate.amxd"))}
    assert {"midiin", "midiout", "udpsend 127.0.0.1 9010", "udpreceive 9012", "transport"} <= texts


def test_the_device_says_where_live_is_in_its_song() -> None:
    patch = content(FOLDER / "Polate.amxd")["patcher"]
    texts = {each["box"]["id"]: each["box"].get("text", "") for each in patch["boxes"]}
    cables = {
        (*(texts[line[end][0]] for end in ("source", "destination")), line["source"][1], line["destination"][1])
        for line in (each["patchline"] for each in patch["lines"])
    }
    packed = "pack 0. 120. 0 0. 0."  # beat, bpm, playing, and the loop's begin and end
    arguments = {
        ("f", packed, 0, 0),
        ("transport", packed, 4, 1),
        ("transport", packed, 6, 2),
        ("expr $i1 * $f2", packed, 0, 3),
        ("expr $i1 * ($f2 + $f3)", packed, 0, 4),
    }
    assert arguments <= cables
    assert {("transport", "/ 480.", 7, 0), ("/ 480.", "f", 0, 1)} <= cables
    assert (packed, "prepend /polate/playhead", 0, 0) in cables
    assert ("prepend /polate/playhead", "udpsend 127.0.0.1 9010", 0, 0) in cables
    assert ("live.observer loop_length", "expr $i1 * ($f2 + $f3)", 0, 2) in cables
