"""What a user may write for a point of the map, and what lies around it."""

import shutil
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polate import PROGRESSIONS, ConfigError, ModelError, Pattern, PatternError, PolateError
from polate.model.decoder import Decoder
from polate.model.latent_map import LatentMap
from polate.model.place_search import MARGINS
from polate.model.shipped import shipped_model

GIANT_STEPS = Pattern.parse("ditone 0 -2 3")


@pytest.fixture(scope="module")
def places(decoder: Decoder) -> LatentMap:
    return LatentMap(decoder)


def midi_file(path: Path, notes: list[int]) -> Path:
    file = mido.MidiFile()
    track = mido.MidiTrack()
    for note in notes:
        track.append(mido.Message("note_on", note=note, velocity=90))
        track.append(mido.Message("note_off", note=note, time=120))
    file.tracks.append(track)
    file.save(path)
    return path


class TestWhatIsWritten:
    @pytest.mark.parametrize(
        ("text", "pattern"),
        [
            ("giant steps", "ditone 0 -2 3"),
            ("  Giant   STEPS ", "ditone 0 -2 3"),
            ("ditone 0 -2 3", "ditone 0 -2 3"),
            ("4 0 -2 +3", "ditone 0 -2 3"),
            ("tritone", "tritone 0"),  # a landmark's name, though a progression's too
            ("ditone 0 1 2", "ditone 0 1 2"),  # no landmark
            ("60 61 62 66 67 68 72 68 67 66 62 61 60", "tritone 0 1 2"),
            ("60 61 62 66 67 68 72", "tritone 0 1 2"),
            ("C4 C#4 D4 F#4 G4 G#4 C5", "tritone 0 1 2"),
            ("tritone symmetric 0 1 2", "tritone symmetric 0 1 2"),
        ],
    )
    def test_a_pattern_a_landmark_or_notes_give_the_point_that_decodes_to_it(
        self, places: LatentMap, text: str, pattern: str
    ) -> None:
        point = places.point(text)
        assert point.pattern.text == pattern == places.decoder.decode(point.z).text
        assert point.remark is None

    def test_a_midi_file_gives_its_pattern_and_its_tonic(self, places: LatentMap, tmp_path: Path) -> None:
        for name in ("take.mid", "TAKE.MIDI"):
            path = midi_file(tmp_path / name, list(GIANT_STEPS.render(62)))
            assert places.point(str(path)).pattern == GIANT_STEPS
            assert places.read(str(path)).tonic == 62

    def test_what_could_be_notes_or_a_pattern_is_a_pattern_where_the_second_number_is_0(
        self, places: LatentMap
    ) -> None:
        assert places.read("9 0 7 11").pattern == Pattern(9, (0, 7, 11))
        asked = places.read("12 14 16 18 20 22 24")
        assert (asked.pattern, asked.tonic) == (Pattern(2, (0,)), 12)

    @pytest.mark.parametrize(
        "text", ["0.1,-0.3,0,1.2,0,0,-.5,7e-1", "[0.1, -0.3, 0, 1.2, 0, 0, -0.5, 0.7]", "-1000,1000,0,0,0,0,0,0"]
    )
    def test_coordinates_are_taken_as_they_are(self, places: LatentMap, text: str) -> None:
        point = places.point(text)
        assert point.z == tuple(map(float, text.strip("[]").split(",")))
        assert point.pattern == places.decoder.decode(point.z)

    def test_random_is_a_draw_that_the_seed_fixes(self, decoder: Decoder) -> None:
        one, two, other = (LatentMap(decoder, seed=seed) for seed in (5, 5, 6))
        first, second = one.point("random"), one.point("Random")
        assert [two.point("random"), two.point("random")] == [first, second]
        assert len({first.z, second.z, other.point("random").z}) == 3

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("", "a point must be a pattern .*, got ''"),
            ("giant step", "a landmark's name .* got 'giant step'"),
            ("/", "a point must be"),
            ("0.5", "a point must be"),
            ("nan,0,0,0,0,0,0,0", r"8 coordinates in -1000\.\.1000, .* got 'nan,0"),
            ("inf,0,0,0,0,0,0,0", "8 coordinates"),
            ("0,0,0,0,0,0,0", "8 coordinates"),
            ("0,0,0,0,0,0,0,0,0", "8 coordinates"),
            ("0,0,0,0,0,0,0,", "8 coordinates"),
            ("0,0,0,x,0,0,0,0", "8 coordinates"),
            ("1e300,0,0,0,0,0,0,0", "8 coordinates"),
            (",", "8 coordinates"),
            ("tritone 1 2", "a cell must begin with 0"),
            ("tritone 0 6", "offset 6 is the next principal tone"),
            ("60 61 62 200", "a note must be in 0..127"),
            ("60 61 62 H", "a note must be in 0..127"),
            ("60 62 64 60 66 67", "no pattern"),
            ("60", "2 to 512 notes"),
            ("none.mid", "cannot read none.mid: No such file"),
            ("a\0b.mid", "cannot read a.*null"),
            ("13 0 2 4 5", "intervals are 1, 2, 3, .* got 13"),
            ("tritone 0 1 down 0 2", "no descending cells"),
        ],
    )
    def test_what_is_no_point_is_refused_with_what_is_one(self, places: LatentMap, text: str, complaint: str) -> None:
        with pytest.raises(PolateError, match=complaint):
            places.point(text)

    def test_a_folder_or_a_file_that_is_no_midi_is_refused(self, places: LatentMap, tmp_path: Path) -> None:
        (tmp_path / "folder.mid").mkdir()
        (tmp_path / "text.mid").write_text("tritone 0 1 2")
        with pytest.raises(ConfigError, match=r"folder\.mid: Is a directory"):
            places.point(str(tmp_path / "folder.mid"))
        with pytest.raises(ConfigError, match=r"text\.mid: not a readable MIDI file"):
            places.point(str(tmp_path / "text.mid"))

    @given(text=st.text(max_size=40) | st.text(alphabet="0123456789 -+.,eE[]tritonedw", max_size=60))
    def test_any_text_is_a_point_or_an_error_of_ours(self, places: LatentMap, text: str) -> None:
        try:
            point = places.point(text)
        except PolateError:
            return
        assert places.decoder.decode(point.z) == point.pattern

    def test_a_landmark_needs_no_encoder_and_another_pattern_says_that_it_is_missing(self, tmp_path: Path) -> None:
        path = Path(shutil.copy(shipped_model(), tmp_path))
        places = LatentMap.open(path)
        assert places.point("giant steps").pattern == places.point("60 58 63 64 62 67 68 66 71 72").pattern
        with pytest.raises(ModelError, match=r"no encoder: .*slonimsky\.encoder\.onnx does not exist"):
            places.point("ditone 0 1 2")


class TestPatternsThatWereNotLearned:
    def test_more_are_found_than_lie_at_their_mean_and_the_rest_is_told(self, places: LatentMap) -> None:
        random = np.random.default_rng(1)
        cells = [(0, *map(int, random.permutation([-11, -8, -4, -2, 1, 2, 3, 5, 7, 9])[:3])) for _ in range(80)]
        patterns = [Pattern(6, cell) for cell in cells if len({offset % 12 for offset in cell}) == 4]
        mu, _ = places.encoder.encode_many(patterns)
        at_the_mean = [a == b for a, b in zip(places.decoder.decode_many(mu), patterns, strict=True)]
        points = [places.point(pattern.text) for pattern in patterns]
        found = [point.pattern == pattern for point, pattern in zip(points, patterns, strict=True)]
        assert sum(at_the_mean) < sum(found)
        for point, pattern in zip(points, patterns, strict=True):
            if point.pattern == pattern:
                assert point.remark is None
            else:
                assert (
                    point.remark
                    == f"'{pattern}' was not found on the map; the most similar pattern found is '{point.pattern}'"
                )

    @given(interval=st.sampled_from(sorted(PROGRESSIONS.values())), added=st.lists(st.integers(-11, 21), max_size=4))
    def test_every_legal_cell_of_up_to_five_notes_has_a_place(
        self, places: LatentMap, interval: int, added: list[int]
    ) -> None:
        try:
            pattern = Pattern(interval, (0, *added))
        except PatternError:
            return
        point = places.point(pattern)
        assert point.pattern == pattern
        farthest = max(abs(2 * axis.place(value) - 1) for axis, value in zip(places.decoder.axes, point.z, strict=True))
        assert farthest <= MARGINS[-1 if len(added) == 4 else 1] + 1e-6

    def test_a_place_within_reach_of_the_knobs_is_preferred(self, places: LatentMap) -> None:
        for text in ("ditone 0 9 2 10", "tritone 0 9 2 4", "sesquitone 0 15 -8"):
            point = places.point(text)
            assert point.pattern.text == text
            places_of = [axis.place(value) for axis, value in zip(places.decoder.axes, point.z, strict=True)]
            assert 0 <= min(places_of) <= max(places_of) <= 1

    def test_one_whose_mean_decodes_to_it_lies_there(self, places: LatentMap) -> None:
        mu, _ = places.encoder.encode(Pattern.parse("ditone 0 1 2"))
        assert places.point("ditone 0 1 2").z == tuple(mu.tolist())

    def test_the_place_is_the_same_every_time(self, places: LatentMap, decoder: Decoder) -> None:
        for text in ("ditone 0 5 9 2 10", "tritone 0 9 2 4"):
            assert places.point(text) == places.point(text) == LatentMap(decoder, seed=9).point(text)

    @pytest.mark.train
    def test_every_pattern_of_the_corpus_is_found(self, places: LatentMap) -> None:
        from polate_training.corpus import thesaurus

        patterns = thesaurus().patterns
        mu, _ = places.encoder.encode_many(patterns)
        for pattern, decoded in zip(patterns, places.decoder.decode_many(mu), strict=True):
            if decoded != pattern:
                assert places.point(pattern.text).pattern == pattern


class TestNear:
    def test_at_a_landmark_it_is_that(self, places: LatentMap) -> None:
        near = places.neighbourhood(places.point("giant steps").z)
        assert str(near) == "giant steps (ditone 0 -2 3), 0.00 away"
        assert near.landmarks[0][0].name == "giant steps"

    def test_on_the_way_between_two_neighbours_it_says_how_far(self, places: LatentMap) -> None:
        a = np.array(places.point("two-semitone tritone scale").z)
        b = np.array(places.point("petrushka inverse").z)
        ways = "between two-semitone tritone scale (tritone 0 1 2) and petrushka inverse (tritone 0 1 3)"
        assert str(places.neighbourhood(0.7 * a + 0.3 * b)) == f"30 % {ways}, 0.00 off the line"
        assert str(places.neighbourhood(0.3 * a + 0.7 * b)).startswith(
            "30 % between petrushka inverse (tritone 0 1 3) and two-"
        )

    @given(z=st.lists(st.floats(-1000, 1000), min_size=8, max_size=8))
    def test_no_segment_between_two_of_the_five_nearest_passes_nearer(self, places: LatentMap, z: list[float]) -> None:
        near = places.neighbourhood(z)
        distances = [distance for _, distance in near.landmarks]
        assert len(distances) == 5
        every = np.linalg.norm(np.array([mark.z for mark in places.decoder.metadata.landmarks]) - z, axis=1)
        np.testing.assert_allclose(distances, sorted(every)[:5])
        assert near.between is not None
        a, b = (np.array(mark.z) for mark in near.between)
        assert np.linalg.norm(a - z) <= np.linalg.norm(b - z)
        assert np.linalg.norm(a + near.share * (b - a) - z) == pytest.approx(near.off)
        for first, _ in near.landmarks:
            for second, _ in near.landmarks:
                for share in (0, 0.25, 0.5, 0.75, 1):
                    between = (1 - share) * np.array(first.z) + share * np.array(second.z)
                    assert np.linalg.norm(between - z) >= near.off - 1e-6
