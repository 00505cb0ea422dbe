import itertools
from collections import Counter

from polate import PROGRESSIONS, Pattern
from polate_training.corpus import thesaurus

PER_INTERVAL = {1: 503, 2: 579, 3: 634, 4: 668, 5: 692, 6: 701, 7: 701, 8: 803, 9: 931, 10: 1092, 11: 1294, 14: 1921}


def test_the_rules_give_10519_plain_patterns_and_22_symmetric_ones() -> None:
    patterns = thesaurus().patterns
    assert sum(not pattern.symmetric for pattern in patterns) == 10_519
    assert Counter(pattern.progression for pattern in patterns if pattern.symmetric) == {"tritone": 20, "sesquitone": 2}
    assert len(set(patterns)) == len(patterns)


def test_every_progression_has_its_share() -> None:
    assert Counter(pattern.interval for pattern in thesaurus().patterns if not pattern.symmetric) == PER_INTERVAL
    assert set(PER_INTERVAL) == set(PROGRESSIONS.values())


def test_the_corpus_is_the_same_every_time() -> None:
    assert thesaurus().patterns == thesaurus().patterns


def test_patterns_of_every_rule_are_there_and_what_no_rule_gives_is_not() -> None:
    patterns = set(thesaurus().patterns)
    for text in (
        "tritone 0",
        "tritone 0 1 2 4 5",
        "ditone 0 11 5",
        "ditone 0 5 6 7",
        "ditone 0 -1 -11",
        "ditone 0 -1 -2 -7",
        "ditone 0 -2 3",
        "ditone 0 3 -2",
        "ditone 0 -1 2 9",
        "ditone 0 2 -1 9",
        "tritone symmetric 0 1 2",
    ):
        assert Pattern.parse(text) in patterns, text
    for text in (
        "tritone 0 2 1",  # interpolations rise
        "ditone 0 -7 -1 -2",  # three infrapolations fall
        "ditone 0 -8 3",  # in two roles the infrapolation is near
        "ditone 0 9 -1 2",  # no third order of three roles
    ):
        assert Pattern.parse(text) not in patterns, text


def test_every_pattern_renders_and_reads_back() -> None:
    for pattern in thesaurus().patterns:
        scale = pattern.render(60)
        assert scale[0] == scale[-1] == 60
        assert all(a != b for a, b in itertools.pairwise(scale))
        assert Pattern.parse(pattern.text) == pattern
