"""The octave scales: their theory, not their table."""

from itertools import pairwise

import pytest

from polate import Pattern, parse_note
from polate_training.corpus import thesaurus
from polate_training.octave import complete_octave, named_scales, octave


def cell(name: str) -> str:
    return dict(named_scales())[name].removeprefix("12 ")


def test_there_are_243_scales_under_373_names() -> None:
    corpus = octave()
    assert (len(corpus.patterns), len(corpus.landmarks)) == (243, 373)
    assert sum(pattern.descending is not None for pattern in corpus.patterns) == 27


def test_every_name_is_there_once_and_leads_to_a_scale_of_the_corpus() -> None:
    names = [name for name, _ in named_scales()]
    assert len(set(names)) == len(names)
    assert all(name.isascii() and name == name.lower().strip() for name in names)
    assert {Pattern.parse(text) for text in octave().landmarks.values()} == set(octave().patterns)


def test_no_name_means_another_pattern_in_the_thesaurus() -> None:
    assert not set(octave().landmarks) & set(thesaurus().landmarks)


def test_every_scale_lies_within_an_octave_and_rises() -> None:
    for pattern in complete_octave().patterns:
        assert pattern.interval == 12
        for way in (pattern.cell, pattern.descending or pattern.cell):
            assert all(0 <= a < b < 12 for a, b in pairwise(way))


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("major", "0 2 4 5 7 9 11"),
        ("locrian", "0 1 3 5 6 8 10"),
        ("lydian dominant", "0 2 4 6 7 9 10"),
        ("altered", "0 1 3 4 6 8 10"),
        ("phrygian dominant", "0 1 4 5 7 8 10"),
        ("ultralocrian", "0 1 3 4 6 8 9"),
        ("lydian b3", "0 2 3 6 7 9 11"),
        ("hungarian minor", "0 2 3 6 7 8 11"),
        ("major locrian", "0 2 4 5 6 8 10"),
        ("aeolian #4", "0 2 3 6 7 8 10"),
        ("minor pentatonic", "0 3 5 7 10"),
        ("iwato", "0 1 5 6 10"),
        ("kumoi", "0 2 3 7 9"),
        ("balinese pelog", "0 1 3 7 8"),
        ("major blues", "0 2 3 4 7 9"),
        ("inverted augmented", "0 1 4 5 8 9"),
        ("whole-half diminished", "0 2 3 5 6 8 9 11"),
        ("chromatic hypodorian", "0 2 3 4 7 8 9"),
        ("melodic minor", "0 2 3 5 7 9 11 down 0 2 3 5 7 8 10"),
    ],
)
def test_a_mode_that_was_rotated_is_the_one_that_is_known(name: str, notes: str) -> None:
    assert cell(name) == notes


@pytest.mark.parametrize(
    ("mode", "notes"),
    [
        (1, "C D E F# G# A#"),
        (2, "C C# D# E F# G A A#"),
        (3, "C D D# E F# G G# A# B"),
        (4, "C C# D F F# G G# B"),
        (5, "C C# F F# G B"),
        (6, "C D E F F# G# A# B"),
        (7, "C C# D D# F F# G G# A B"),
    ],
)
def test_messiaens_modes_have_few_transpositions(mode: int, notes: str) -> None:
    degrees = {int(degree) for degree in cell(f"messiaen mode {mode}").split()}
    assert degrees == {parse_note(note) - 60 for note in notes.split()}
    transpositions = {frozenset((degree + by) % 12 for degree in degrees) for by in range(12)}
    assert len(transpositions) == {1: 2, 2: 3, 3: 4}.get(mode, 6)


def test_the_melakartas_agree_with_the_modes_that_they_are() -> None:
    for raga, mode in (
        ("hanumatodi", "phrygian"),
        ("natabhairavi", "aeolian"),
        ("keeravani", "harmonic minor"),
        ("kharaharapriya", "dorian"),
        ("charukesi", "mixolydian b6"),
        ("harikambhoji", "mixolydian"),
        ("dheerasankarabharanam", "major"),
        ("mayamalavagowla", "double harmonic"),
        ("simhendramadhyamam", "hungarian minor"),
        ("mechakalyani", "lydian"),
    ):
        assert cell(raga) == cell(mode)
    assert cell("kanakangi") == "0 1 2 5 7 8 9"
    assert cell("rasikapriya") == "0 3 4 6 7 10 11"


def test_a_scale_with_another_way_down_keeps_to_a_known_scale_on_each_way() -> None:
    known = [set(pattern.cell) for pattern in octave().patterns if pattern.descending is None]
    for pattern in octave().patterns:
        if pattern.descending is not None:
            assert any(set(pattern.descending) <= notes for notes in known), pattern.text
            assert any(set(pattern.cell) <= notes for notes in known), pattern.text


def test_the_complete_corpus_has_every_scale_of_five_to_eight_notes_without_a_gap() -> None:
    corpus = complete_octave()
    assert len(corpus.patterns) == len(set(corpus.patterns)) == 1264
    assert corpus.patterns[: len(octave().patterns)] == octave().patterns
    assert Pattern.parse("12 0 4 8 9 10") in corpus.patterns
    assert Pattern.parse("12 0 5 6 7 8") not in corpus.patterns  # a step of five semitones
