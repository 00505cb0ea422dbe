"""Polate from Python: the functions give what the verbs print, and refuse what the verbs refuse."""

import contextlib
import io
import json
from pathlib import Path

import mido
import pytest

import polate
from polate import ConfigError, LatentMap, Pattern, PatternError, PolateError, Scale
from polate.cli import map_commands


@pytest.fixture(scope="module")
def places() -> LatentMap:
    return LatentMap.open()


def printed(verb: str, *places: str, **options: object) -> list[tuple[int, ...]]:
    """The notes that a verb prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        getattr(map_commands, verb)(*places, output=map_commands.Output(json_=True, tonic="D4"), **options)
    return [tuple(json.loads(line)["notes"]) for line in out.getvalue().splitlines()]


def test_each_function_gives_what_its_verb_prints() -> None:
    ends = ("tritone 0 1 2", "giant steps")
    assert [scale.notes for scale in polate.generate(5, seed=3, tonic="D4")] == printed("generate", count=5, seed=3)
    near = {"near": "petrushka", "temperature": 0.5, "seed": 4}
    assert [scale.notes for scale in polate.generate(5, tonic=62, **near)] == printed("generate", count=5, **near)
    morphed = polate.morph(*ends, steps=17, distinct=True, curve="spherical", tonic="D4")
    assert [scale.notes for scale in morphed] == printed("morph", *ends, steps=17, distinct=True, path="spherical")
    rows = polate.grid(*ends, "petrushka", "random", size=3, seed=1, tonic="D4")
    assert [scale.notes for row in rows for scale in row] == printed(
        "grid", *ends, "petrushka", "random", size=3, seed=1
    )
    assert [len(row) for row in rows] == [3, 3, 3]


def test_a_place_is_a_text_a_pattern_a_scale_or_coordinates(places: LatentMap) -> None:
    point = places.point("giant steps")
    scale = Scale.of(point.pattern, 60, point.z)
    for place in ("giant steps", "ditone 0 -2 3", point.pattern, scale, Scale.of(point.pattern), point.z, [*point.z]):
        first, last = polate.morph(place, place, steps=2, model=places)
        assert first == last
        assert first.pattern == scale.pattern
        assert first.z == pytest.approx(scale.z)


def test_an_opened_map_draws_on_and_a_seed_begins_again(places: LatentMap) -> None:
    assert polate.generate(3, model=places) != polate.generate(3, model=places)
    assert (
        polate.generate(3, model=places, seed=7)
        == polate.generate(3, model=places, seed=7)
        == polate.generate(3, seed=7)
    )


def test_a_pattern_that_the_map_does_not_have_is_a_warning() -> None:
    places = LatentMap.open("octave")
    with pytest.warns(UserWarning, match="'12 0 1 2 down 0 9 10 11' was not found on the map") as caught:
        polate.morph("12 0 1 2 down 0 9 10 11", "lydian", model=places)
    assert caught[0].filename == __file__


def test_a_pattern_outside_the_vocabulary_is_identified_without_a_point(places: LatentMap) -> None:
    identity = polate.identify(Pattern(13, (0, 4, 7, 11)), model=places)
    assert identity.pattern.classification == "Interpolation"
    assert identity.point is identity.certainty is identity.neighbourhood is None
    assert isinstance(identity.error, PatternError)


def test_render_writes_each_file_and_keeps_the_tonic_of_a_scale(tmp_path: Path) -> None:
    scale = Scale.of(Pattern.parse("ditone 0 1"), 65)
    notes = polate.render(["tritone 0 1 2", scale], tmp_path / "two.mid", str(tmp_path / "two.json"), bpm=90)
    assert notes == [Pattern.parse("tritone 0 1 2").render(60), scale.notes]
    assert [each["notes"][0] for each in json.loads((tmp_path / "two.json").read_text())] == [60, 65]
    tempo = mido.MidiFile(tmp_path / "two.mid").tracks[0][0].tempo
    assert mido.tempo2bpm(tempo) == pytest.approx(90, abs=0.01)
    assert polate.render(scale, tonic="C4") == [Pattern.parse("ditone 0 1").render(60)]


def test_render_writes_a_title_and_common_names(tmp_path: Path) -> None:
    polate.render(["12 0 2 3 5 7 9 10"], tmp_path / "one.ly", title="A study")
    source = (tmp_path / "one.ly").read_text()
    assert 'title = "A study"' in source
    assert '"dorian (12 0 2 3 5 7 9 10)"' in source


def test_the_settings_are_those_of_the_file_and_those_given(tmp_path: Path) -> None:
    (tmp_path / "polate.toml").write_text('bpm = 90\nswing = 60\n[cc]\n21 = "z/1"\n')
    config = polate.load_config(tmp_path / "polate.toml", bpm=100)
    assert (config.bpm, config.swing, config.cc) == (100, 60, {21: "z/1"})
    with pytest.raises(ConfigError, match="osc-port must be a whole number"):
        polate.load_config(osc_port=0)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: polate.generate(0), "count must be 1 or more, got 0"),
        (lambda: polate.generate(temperature=-1), "temperature must be 0 or more, got -1"),
        (lambda: polate.morph("tritone", "petrushka", steps=1), "steps must be 2 or more, got 1"),
        (lambda: polate.grid("tritone", "tritone", "tritone", "tritone", size=0), "size must be 2 or more, got 0"),
        (lambda: polate.morph([0.0] * 7, "tritone"), "a point of this map has 8 coordinates"),
        (lambda: polate.morph("tritone", "petrushka", tonic="H"), "a note must be in 0..127 or a name"),
        (lambda: polate.morph("tritone", "petrushka", tonic=200), "tonic must be in 0..127, got 200"),
        (lambda: polate.generate(model="none.onnx"), "a model must be slonimsky, octave, atlas or an .onnx file"),
        (lambda: polate.render("tritone 0 1 2", "scale.wav"), r"a file of scales must end in \.mid"),
        (lambda: polate.render("tritone 0 1 2", "scale.mid", bpm=1), r"bpm must be in 20\.\.400, got 1"),
        (lambda: polate.render([], "scale.mid"), "at least one scale"),
        (lambda: polate.render("tritone 0 6"), "next principal tone"),
    ],
)
def test_what_cannot_be_is_an_error_that_names_what_is_allowed(call: object, complaint: str) -> None:
    with pytest.raises(PolateError, match=complaint):
        call()
