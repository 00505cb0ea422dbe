from fractions import Fraction

from polate.control.settings import PlaySettings
from polate.sequencer.snapshot_sequence import SnapshotSequence


def recalled(settings: PlaySettings, beats: list[int], sequence: SnapshotSequence | None = None) -> list[str | None]:
    sequence = sequence or SnapshotSequence()
    return [sequence.arrive(Fraction(beat), settings) for beat in beats]


def test_without_names_nothing_is_recalled() -> None:
    assert recalled(PlaySettings(), [0, 4, 16]) == [None, None, None]


def test_each_snapshot_is_recalled_once_and_lasts_for_its_bars() -> None:
    playing = PlaySettings(sequence="verse chorus", sequence_bars=2)
    assert recalled(playing, [0, 1, 7, 8, 9, 15, 16]) == ["verse", None, None, "chorus", None, None, "verse"]


def test_a_bar_has_as_many_beats_as_are_set() -> None:
    assert recalled(PlaySettings(sequence="a b", sequence_bars=1, bar=3), [0, 2, 3]) == ["a", None, "b"]


def test_the_place_in_the_song_selects_the_snapshot_and_not_what_was_recalled_before() -> None:
    playing = PlaySettings(sequence="a b c", sequence_bars=1)
    assert recalled(playing, [0, 16, 4]) == ["a", "b", "b"]


def test_after_a_restart_the_same_snapshot_is_recalled_again() -> None:
    playing, sequence = PlaySettings(sequence="a b", sequence_bars=1), SnapshotSequence()
    assert recalled(playing, [0, 1], sequence) == ["a", None]
    sequence.restart()
    assert recalled(playing, [2, 3], sequence) == ["a", None]
