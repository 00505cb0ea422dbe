"""`polate generate`, `morph`, `grid` and `identify`, as they are called."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import mido
import numpy as np
import pytest
from command import polate

from polate import Pattern
from polate.control.commands import GoToPoint
from polate.model.decoder import Decoder
from polate.osc.addresses import to_control


def objects(*words: str) -> list[dict[str, Any]]:
    done = polate(*words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows(*words: str) -> list[list[str]]:
    done = polate(*words)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split("\t") for line in done.stdout.splitlines()]


class TestGenerate:
    def test_temperature_scales_the_draws_and_0_is_the_centre(self) -> None:
        plain, warm, cold = (
            np.array([scale["z"] for scale in objects("generate", "--count", "4", "--seed", "1", *words)])
            for words in ([], ["--temperature", "1.5"], ["--temperature", "0"])
        )
        np.testing.assert_allclose(warm, 1.5 * plain, rtol=1e-6)
        assert not cold.any()

    def test_near_a_point_it_scatters_by_the_temperature(self, decoder: Decoder) -> None:
        place = next(mark.z for mark in decoder.metadata.landmarks if mark.name == "giant steps")
        words = ["generate", "--count", "200", "--seed", "1", "--near", "giant steps"]
        for temperature, given in ((0.3, []), (0.05, ["--temperature", "0.05"])):
            z = np.array([scale["z"] for scale in objects(*words, *given)])
            assert np.abs(z - place).std() / 0.6028 == pytest.approx(temperature, rel=0.1)  # a half-normal's deviation
        assert {row[0] for row in rows(*words[:-1], "ditone 0 -2 3", "--temperature", "0")} == {"ditone 0 -2 3"}

    def test_a_seed_fixes_a_random_point_to_be_near_too(self) -> None:
        words = ["generate", "--count", "3", "--near", "random", "--seed"]
        assert rows(*words, "1") == rows(*words, "1") != rows(*words, "2")


class TestMorph:
    @pytest.mark.parametrize("path", ["linear", "spherical"])
    def test_it_goes_from_one_to_the_other(self, decoder: Decoder, path: str) -> None:
        scales = objects("morph", "tritone 0 1 2", "giant steps", "--steps", "17", "--path", path)
        assert [scale["step"] for scale in scales] == list(range(1, 18))
        assert (scales[0]["text"], scales[-1]["text"]) == ("tritone 0 1 2", "ditone 0 -2 3")
        for scale in scales:
            assert Pattern.parse(scale["text"]).render(60) == tuple(scale["notes"])
            assert decoder.decode(scale["z"]).text == scale["text"]

    def test_the_ends_are_the_coordinates_that_were_given(self) -> None:
        a, b = "-0.5,0.25,0,0,1,0,0,-2", "1,1,1,1,-1,-1,-1,-1"
        for path in ("linear", "spherical"):
            first, second = objects("morph", a, b, "--steps", "2", "--path", path)
            assert (first["z"], second["z"]) == (json.loads(f"[{a}]"), json.loads(f"[{b}]"))

    def test_the_spherical_way_keeps_the_distance_from_the_centre(self) -> None:
        for path, middle in (("linear", 2 / 2**0.5), ("spherical", 2.0)):
            scales = objects("morph", "2,0,0,0,0,0,0,0", "0,0,0,-2,0,0,0,0", "--steps", "3", "--path", path)
            assert np.linalg.norm(scales[1]["z"]) == pytest.approx(middle)

    def test_distinct_leaves_out_what_does_not_change(self) -> None:
        words = ["morph", "tritone 0 1 2", "giant steps", "--steps", "40"]
        every, distinct = rows(*words), rows(*words, "--distinct")
        assert len(every) == 40
        assert distinct == [row for row, before in zip(every, [["", ""], *every], strict=False) if row[1] != before[1]]
        assert 1 < len(distinct) < 40

    def test_the_files_hold_the_scales_that_are_printed(self, tmp_path: Path) -> None:
        words = ["--out", str(tmp_path / "a.mid"), "--out", str(tmp_path / "a.json"), "--tonic", "Eb3", "--distinct"]
        printed = rows("morph", "tritone", "giant steps", *words)
        _, *tracks = mido.MidiFile(tmp_path / "a.mid").tracks
        assert [track.name for track in tracks] == [row[1] for row in printed]
        assert [m.note for m in tracks[0] if m.type == "note_on"] == [51, 57, 63, 57, 51]
        assert "ditone 0 -2 3" in (tmp_path / "a.json").read_text()


class TestTitles:
    """The title of a score, as a reader of MusicXML finds it."""

    @staticmethod
    def title(tmp_path: Path, *words: str) -> str | None:
        path = tmp_path / "scales.musicxml"
        rows(*words, "--out", str(path))
        return ElementTree.parse(path).getroot().findtext("work/work-title")

    @pytest.mark.parametrize(
        ("words", "title"),
        [
            (
                ("morph", "ditone 0 -2 3", "tritone 0 1 2", "--steps", "2"),
                "From giant steps to two-semitone tritone scale",
            ),
            (
                ("grid", "giant steps", "petrushka", "tritone", "ditone 0 1 6", "--size", "2", "--by", "columns"),
                "Between giant steps, petrushka, tritone and ditone 0 1 6",
            ),
            (("generate", "--near", "giant steps", "--temperature", "0"), "giant steps"),
            (("generate", "--count", "3", "--near", "giant steps"), "3 scales near giant steps"),
            (("generate", "--count", "3"), "3 scales"),
            (("generate", "--count", "3", "--title", "Étude"), "Étude"),
            (("generate", "--count", "3", "--title", ""), None),
        ],
    )
    def test_a_file_says_what_its_scales_are(self, tmp_path: Path, words: tuple[str, ...], title: str | None) -> None:
        assert self.title(tmp_path, *words) == title

    def test_each_format_of_a_grid_has_the_title_and_the_places(self, tmp_path: Path) -> None:
        pytest.importorskip("verovio")
        files = [tmp_path / f"g{suffix}" for suffix in (".musicxml", ".ly", ".svg", ".mid")]
        corners = ("giant steps", "petrushka", "tritone", "ditone 0 1")
        rows("grid", *corners, "--size", "2", "--title", "Four", *(f"--out={file}" for file in files))
        for file in files[:3]:
            text = file.read_text()
            assert "Four" in text
            assert "row 2, column 1: tritone (tritone 0)" in text
        assert mido.MidiFile(files[3]).tracks[0].name == "Four"


class TestGrid:
    CORNERS = ("tritone 0 1 2", "ditone 0 -2 3", "sesquitone 0 1", "diapente 0 4")

    def test_the_corners_stand_where_they_were_put(self) -> None:
        scales = objects("grid", *self.CORNERS, "--size", "4")
        places = {(scale["row"], scale["column"]): scale["text"] for scale in scales}
        assert len(places) == 16
        assert tuple(places[at] for at in [(1, 1), (1, 4), (4, 1), (4, 4)]) == self.CORNERS

    def test_by_columns_and_by_diagonals_it_has_the_same_scales_in_another_order(self) -> None:
        every = {(row, column): rest for row, column, *rest in rows("grid", *self.CORNERS, "--size", "3")}
        for by, places in (
            ("columns", [(c, r) for r in "123" for c in "123"]),
            ("diagonals", [("1", "1"), ("2", "2"), ("3", "3"), ("1", "3"), ("2", "2"), ("3", "1")]),
        ):
            ordered = rows("grid", *self.CORNERS, "--size", "3", "--by", by)
            assert ordered == [[*place, *every[place]] for place in places]


class TestIdentify:
    def test_notes_a_midi_file_and_the_text_form_are_the_same_thing(self, tmp_path: Path) -> None:
        path = tmp_path / "scale.mid"
        polate("morph", "tritone 0 1 2", "tritone 0 1 2", "--steps", "2", "--tonic", "G3", "--out", str(path))
        (text,), (notes,), (midi,) = (
            objects("identify", what) for what in ("tritone 0 1 2", "55 56 57 61 62 63 67", str(path))
        )
        assert (text["text"], text["class"], text["tonic"]) == ("tritone 0 1 2", "Interpolation", None)
        assert notes == {**text, "tonic": 55}
        assert midi == {**notes, "remarks": ["read only the first of 2 tracks that have notes"]}
        assert text["near"] == "two-semitone tritone scale (tritone 0 1 2), 0.00 away"
        assert text["landmarks"][0]["name"] == "two-semitone tritone scale"

    def test_the_z_that_it_prints_leads_back_to_the_very_point(self) -> None:
        for what in ("random", "ditone 0 1 2", "-0.1,0,0,0,0,0,0,3.25"):
            printed = rows("identify", what, "--seed", "4")
            (z,) = (line.split()[1] for (line,) in printed if line.startswith("z "))
            (point,), (again,) = objects("identify", what, "--seed", "4"), objects("identify", z)
            assert np.float32(again["z"]).tolist() == np.float32(point["z"]).tolist()
            assert again["text"] == point["text"]

    def test_it_says_what_lies_around(self) -> None:
        lines = polate("identify", "ditone 0 1 2").stdout.splitlines()
        assert lines[:2] == ["pattern  ditone 0 1 2", "class    Interpolation"]
        assert lines[3].startswith("sure     9")
        assert " % between " in lines[4]
        assert len([line for line in lines if " from " in line]) == 5

    def test_what_the_map_does_not_have_is_told_with_what_it_has(self) -> None:
        done = polate("identify", "12 0 1 2 down 0 9 10 11", "--model", "octave")
        assert done.returncode == 0
        assert "pattern  12 0 1 2 down 0 9 10 11\n" in done.stdout
        assert "\nthe map  12 0 " in done.stdout
        assert done.stderr.startswith(
            "polate: '12 0 1 2 down 0 9 10 11' was not found on the map; the most similar pattern found is '12 "
        )

    def test_a_cell_of_five_notes_in_any_order_lies_somewhere(self) -> None:
        done = polate("identify", "ditone 0 10 3 -3 5")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("pattern  ditone 0 10 3 -3 5\n")
        assert "the map" not in done.stdout

    def test_what_is_outside_the_vocabulary_is_still_identified(self) -> None:
        done = polate("identify", "13 0 4 7 11", "--json")
        assert done.returncode == 1
        assert json.loads(done.stdout)["class"] == "Interpolation"
        assert json.loads(done.stdout)["z"] is None
        assert "its intervals are 1, 2, 3" in done.stderr


class TestIdentifyEverything:
    def test_the_first_shipped_model_that_has_a_pattern_is_found_with_its_names(self) -> None:
        (major,), (steps,) = objects("identify", "60 62 64 65 67 69 71 72"), objects("identify", "giant steps")
        assert (major["model"], major["names"][:2]) == ("octave", ["major", "ionian"])
        assert (steps["model"], steps["names"]) == ("slonimsky", ["giant steps"])
        assert set(major["elsewhere"]) == set(steps["elsewhere"]) == {"atlas"}
        for found in (major, steps):
            z = ",".join(map(str, found["elsewhere"]["atlas"]))
            assert objects("identify", z, "--model", "atlas")[0]["text"] == found["text"]

    def test_a_name_is_found_on_any_map_and_quotes_are_not_needed(self) -> None:
        assert objects("identify", "lydian")[0]["text"] == "12 0 2 4 6 7 9 11"
        assert objects("identify", "C4", "E4", "G4")[0]["text"] == "12 0 4 7"
        assert objects("identify", "giant", "steps")[0]["text"] == "ditone 0 -2 3"

    def test_with_a_model_only_that_is_searched(self) -> None:
        (found,) = objects("identify", "dorian", "--model", "atlas")
        assert (found["model"], found["elsewhere"]) == (None, {})
        assert polate("identify", "dorian", "--model", "slonimsky").returncode == 1

    def test_any_order_is_forgiven_and_what_was_done_is_said(self, tmp_path: Path) -> None:
        lines = polate("identify", "60 62 64 60 60 66 67").stdout.splitlines()
        assert lines[:3] == [
            "notes    left out a note that repeats the one before it",
            "notes    put the notes in rising order, from C4: C4 D4 E4 F#4 G4",
            "pattern  12 0 2 4 6 7",
        ]
        chord = mido.MidiFile(tracks=[mido.MidiTrack(mido.Message("note_on", note=note) for note in (67, 60, 64))])
        chord.save(tmp_path / "chord.mid")
        (found,) = objects("identify", str(tmp_path / "chord.mid"))
        assert (found["text"], found["remarks"]) == (
            "12 0 4 7",
            ["took the notes as a set, because some sound together"],
        )

    def test_only_the_first_track_of_a_midi_file_is_read_and_that_is_said(self, tmp_path: Path) -> None:
        file = tmp_path / "two.mid"
        polate("morph", "tritone", "giant steps", "--steps", "2", "--out", str(file))
        (found,) = objects("identify", str(file))
        assert (found["text"], found["remarks"]) == ("tritone 0", ["read only the first of 2 tracks that have notes"])

    def test_set_class_and_modes(self) -> None:
        (found,) = objects("identify", "G B D F# E C A")
        assert found["set_class"] == {
            "forte": "7-35",
            "prime_form": [0, 1, 3, 5, 6, 8, 10],
            "interval_vector": [2, 5, 4, 3, 6, 1],
            "z_partner": None,
            "transpositions": 12,
        }
        assert [(mode["degree"], mode["names"][0]) for mode in found["modes"]] == [
            *((0, "major"), (2, "dorian"), (4, "phrygian"), (5, "lydian"), (7, "mixolydian")),
            *((9, "aeolian"), (11, "locrian")),
        ]
        lines = polate("identify", "G B D F# E C A").stdout.splitlines()
        assert "set      7-35, prime form 0 1 3 5 6 8 10, interval vector 254361" in lines
        assert "         12 0 2 4 6 7 9 11 on C: lydian, thaat kalyan, mechakalyani" in lines

    def test_a_row_is_known_as_a_row_and_its_forms_by_their_names(self) -> None:
        row = [64, 65, 67, 61, 66, 63, 68, 62, 71, 60, 69, 70]
        inverted = [128 - note for note in row]
        notes = " ".join(map(str, [*row, *inverted, *row[::-1], *inverted[::-1]]))
        (found,) = objects("identify", notes)
        assert [each["forms"] for each in found["rows"]] == [["P4"], ["I4"], ["R4"], ["RI4"]]
        done = polate("identify", notes)
        assert (done.returncode, done.stderr) == (0, "")
        assert "row      P4   E  F  G  C# F# D# G# D  B  C  A  A#\n" in done.stdout
        assert "         row 4 is RI4\n" in done.stdout
        assert "\nz  " not in done.stdout  # no map has it

    def test_the_printed_z_is_what_osc_go_and_morph_take(self) -> None:
        for what in ("lydian", "giant steps", "ditone 0 10 3 -3 5"):
            (found,), printed = objects("identify", what), rows("identify", what)
            (z,) = (line.split()[1] for (line,) in printed if line.startswith("z "))
            model = ["--model", found["model"]]
            assert objects("morph", z, z, "--steps", "2", *model)[0]["text"] == found["text"]
            (command,) = to_control("/polate/z", [z])
            assert isinstance(command, GoToPoint)
            assert Decoder.open(found["model"]).decode(command.z).text == found["text"]

    def test_the_printed_knobs_are_the_positions_of_the_point(self) -> None:
        axes = Decoder.open("octave").axes
        (line,) = (line for (line,) in rows("identify", "lydian") if line.startswith("knobs "))
        positions = [float(word) for word in line.split()[1:]]
        z = [axis.at(position) for axis, position in zip(axes, positions, strict=True)]
        assert Decoder.open("octave").decode(z).text == "12 0 2 4 6 7 9 11"
        assert "beyond the ends of 1 of them" in polate("identify", "0,0,0,0,0,0,0,3.25").stdout

    def test_a_take_is_listed_with_its_patterns(self, tmp_path: Path) -> None:
        recorded = Path(__file__).parents[1] / "takes/recorded"
        for take in ("format-2-voices", "format-1-keys"):
            (listed,) = objects("identify", str(recorded / f"{take}.mid"))
            conductor = mido.MidiFile(recorded / f"{take}.mid").tracks[0]
            assert [each["text"] for each in listed["take"]] == [m.text for m in conductor if m.type == "marker"]
            assert listed["take"][0]["bar"] == 1
        lines = polate("identify", str(recorded / "format-2-voices.mid")).stdout.splitlines()
        assert lines[0].startswith("take     ")
        assert lines[1].startswith("bar 1 beat ")
        assert len(lines) == 1 + len(objects("identify", str(recorded / "format-2-voices.mid"))[0]["take"])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["morph", "giant steps", "nowhere"], "polate: a point must be a pattern"),
        (["morph", "random", "13 0 1"], "polate: '13 0 1' is not in the model's vocabulary"),
        (["morph", "random", "random", "--steps", "1"], "Must be >= 2"),
        (["morph", "random", "random", "--path", "round"], "linear"),
        (["morph", "random", "random", "--out", "a.txt"], "polate: a file of scales must end in .mid"),
        (["morph", "random", "random", "--tonic", "H"], "polate: a note must be in 0..127"),
        (["grid", "random", "random", "random"], "requires an argument"),
        (["grid", "random", "random", "random", "random", "--size", "101"], "Must be <= 100"),
        (["generate", "--temperature", "nan"], "Must be "),
        (["generate", "--temperature", "-1"], "Must be >= 0"),
        (["generate", "--near", "none.mid"], "polate: cannot read none.mid: No such file or directory"),
        (["morph", "60 62 64 60 66 67", "random"], "polate: no pattern: "),
        (["identify", "60 60 60"], "polate: no pattern: "),
        (["identify"], "polate: identify needs notes, a pattern, a name, a point or a file, got nothing"),
        (["identify", "none.jsonl"], "polate: cannot read none.jsonl: No such file or directory"),
        (["morph", "lydian", "ditone 0 -2 3"], "polate: 'lydian' is not on this map; model atlas has both (--model at"),
        (["generate", "--near", "lydian"], "polate: 'lydian' is not on this map; model octave and atlas have it (--m"),
        (
            ["grid", "lydian", "giant steps", "tritone 0 1", "dorian", "--model", "octave"],
            "polate: 'giant steps' and 'tritone 0 1' are not on this map; model atlas has all of these places",
        ),
    ],
)
def test_a_mistake_is_said_in_a_line(words: list[str], complaint: str) -> None:
    done = polate(*words)
    assert done.returncode != 0
    assert complaint in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
