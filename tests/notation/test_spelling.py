import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from music21 import scale as known
from strategies import patterns

from polate import Pattern, parse_note
from polate.notation.spelling import NoteName, spell

SIGNS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}


def written(text: str, tonic: str) -> str:
    """The way up with its names, and the way down where it has a cell of its own."""
    pattern, note = Pattern.parse(text), parse_note(tonic)
    names = spell(pattern, note)
    notes = pattern.render(note)
    words = [names[n % 12].step + SIGNS[names[n % 12].alter] for n in notes]
    up = " ".join(words[: pattern.top + 1])
    return up if pattern.descending is None else f"{up} | {' '.join(words[pattern.top + 1 :])}"


@pytest.mark.parametrize(
    ("text", "tonic", "names"),
    [
        ("12 0 2 4 5 7 9 11", "F4", "F G A Bb C D E F"),
        ("12 0 2 4 5 7 9 11", "F#4", "F# G# A# B C# D# E# F#"),
        ("12 0 2 4 5 7 9 11", "C#4", "Db Eb F Gb Ab Bb C Db"),
        ("12 0 2 3 5 7 8 11", "G#4", "G# A# B C# D# E F## G#"),
        ("12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10", "C4", "C D Eb F G A B C | Bb Ab G F Eb D C"),
        ("12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10", "Eb4", "Eb F Gb Ab Bb C D Eb | Db Cb Bb Ab Gb F Eb"),
        ("12 0 1 3 4 6 8 10", "C4", "C Db Eb Fb Gb Ab Bb C"),
        ("12 0 1 4 5 7 8 11", "C4", "C Db E F G Ab B C"),
        ("12 0 3 5 6 7 10", "C4", "C Eb F Gb G Bb C"),
        ("tritone 0 1 2", "C4", "C C# D F# G G# C"),
        ("ditone 0 -2 3", "C4", "C Bb Eb E D G G# F# B C"),
        ("ditone 0 -1", "C4", "C B E D# G# G C"),
        ("semitone 0", "C4", "C C# D D# E F F# G G# A A# B C"),
        ("semitone 0", "Eb4", "Eb E F F# G G# A Bb B C C# D Eb"),
    ],
)
def test_a_scale_is_written_as_musicians_write_it(text: str, tonic: str, names: str) -> None:
    assert written(text, tonic) == names


@settings(deadline=None)
@given(patterns(), st.integers(0, 127))
def test_each_pitch_class_has_one_name_and_each_name_is_right(pattern: Pattern, tonic: int) -> None:
    names = spell(pattern, tonic)
    assert set(names) == {note % 12 for note in pattern.render(tonic)}
    assert len(set(names.values())) == len(names)
    for pitch_class, name in names.items():
        assert (parse_note(f"{name.step}4") + name.alter) % 12 == pitch_class
        assert -2 <= name.alter <= 2


@settings(deadline=None)
@given(patterns(), st.integers(0, 127))
@example(Pattern(12, (0, 5, 6, 8, 9, 10, 11)), 59)  # with C flat the rest would be cheaper
def test_the_tonic_is_named_as_simply_as_can_be(pattern: Pattern, tonic: int) -> None:
    name = spell(pattern, tonic)[tonic % 12]
    assert abs(name.alter) == (tonic % 12 in {1, 3, 6, 8, 10})


@settings(deadline=None)
@given(patterns(), st.integers(0, 115))
def test_an_octave_higher_the_names_are_the_same(pattern: Pattern, tonic: int) -> None:
    assert spell(pattern, tonic) == spell(pattern, tonic + 12)


FAMILIES = {
    "diatonic": (0, 2, 4, 5, 7, 9, 11),
    "melodic minor": (0, 2, 3, 5, 7, 9, 11),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "harmonic major": (0, 2, 4, 5, 7, 8, 11),
}


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_every_mode_of_seven_notes_has_seven_letters(family: tuple[int, ...], tonic: int) -> None:
    for degree in family:
        mode = tuple(sorted((note - degree) % 12 for note in family))
        assert len({name.step for name in spell(Pattern(12, mode), tonic).values()}) == 7, mode


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize(
    ("offsets", "oracle"),
    [
        (FAMILIES["diatonic"], known.MajorScale),
        ((0, 2, 3, 5, 7, 8, 10), known.MinorScale),
        (FAMILIES["harmonic minor"], known.HarmonicMinorScale),
        ((0, 2, 3, 5, 7, 9, 10), known.DorianScale),
    ],
)
def test_known_scales_are_spelled_as_music21_spells_them(
    offsets: tuple[int, ...], oracle: type[known.ConcreteScale], tonic: int
) -> None:
    names = spell(Pattern(12, offsets), tonic)
    first = names[tonic]
    theirs = oracle(first.step + SIGNS[first.alter].replace("b", "-")).getPitches()
    assert {NoteName(pitch.step, int(pitch.alter)) for pitch in theirs} == set(names.values())
