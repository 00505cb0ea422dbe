from polate import Pattern
from polate.control.settings import PlaySettings
from polate.sequencer.line import Line
from polate.sequencer.phrase import Phrase, make_phrase


def phrase(text: str = "tritone 0 1 2", tonic: int = 60, **settings: object) -> Phrase:
    return make_phrase(Pattern.parse(text), PlaySettings(**settings), tonic)


TRITONE = phrase()  # 60 61 62 66 67 68 72 68 67 66 62 61


def notes(line: Line, first: int, count: int) -> list[int]:
    return [line.slot(step).notes[0] for step in range(first, first + count)]


def test_step_0_plays_the_first_slot_and_the_phrase_repeats() -> None:
    line = Line(TRITONE)
    assert notes(line, 0, 14) == [60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61, 60, 61]
    assert [line.turn(step) for step in (0, 11, 12, 24)] == [0, 0, 1, 2]


def test_steps_before_the_origin_play_the_end_of_the_turn_before() -> None:
    line = Line(TRITONE, 5)
    assert notes(line, 3, 4) == [62, 61, 60, 61]
    assert (line.place(4), line.turn(4)) == (11, -1)


def test_the_height_of_a_step_is_that_of_its_note_in_the_phrase() -> None:
    assert [Line(TRITONE, 1).height(step) for step in (1, 4, 7)] == [0.0, 0.5, 1.0]


def test_the_next_cell_begins_with_the_next_principal_tone() -> None:
    line = Line(TRITONE, 100)
    assert [line.next_cell(step) for step in (100, 101, 102, 103)] == [103, 103, 103, 106]
    assert line.next_cell(110) == 112  # the last cell ends with the turn


def test_a_phrase_can_begin_on_any_step_or_be_at_any_place_there() -> None:
    assert notes(Line(TRITONE).begun(7), 7, 3) == [60, 61, 62]
    assert notes(Line(TRITONE).placed(4, 20), 20, 3) == [67, 68, 72]


def test_a_resumed_line_continues_in_its_direction_at_the_nearest_pitch() -> None:
    other = phrase("sesquitone 0 1")  # 60 61 63 64 66 67 69 70 72 70 69 67 66 64 63 61
    assert notes(Line(TRITONE).resumed(other, 4), 4, 3) == [67, 69, 70]  # 67 was next, on the way up
    assert notes(Line(TRITONE).resumed(other, 8), 8, 3) == [67, 66, 64]  # and on the way down


def test_a_moved_phrase_continues_at_its_place() -> None:
    assert notes(Line(TRITONE, 3).moved(phrase(tonic=62), 7), 7, 2) == [69, 70]  # 67 68, a tone higher


def test_a_moved_phrase_without_that_place_continues_at_the_nearest_pitch() -> None:
    short = phrase("tritone 0", tonic=60)  # 60 66 72 66
    assert notes(Line(TRITONE).moved(short, 8), 8, 1) == [66]


def test_a_replaced_phrase_is_at_the_place_that_it_would_have_without_the_other() -> None:
    other = phrase("sesquitone 0 1")
    line = Line(TRITONE, 2).replaced(other, 40)
    assert line.slot(40) == Line(other, 2).slot(40)
    assert line.turn(40) == 0
