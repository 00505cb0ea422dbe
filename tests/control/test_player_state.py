import msgspec

from polate.control.player_state import NoteEvent, PlayerState
from polate.control.settings import Motion, PlaySettings

STATE = PlayerState(
    settings=PlaySettings(tonic="Eb3"),
    motions=(Motion(kind="lfo"), Motion()),
    positions=(0.25, 0.5),
    corners={"a": "home"},
    notes=(60, 62, 64, 62),
    top=2,
    ports={"output": "synth"},
)


def test_a_state_and_a_note_can_be_sent_as_json_and_read_again() -> None:
    for sent in (STATE, PlayerState(), NoteEvent(True, 0, 1, 15, 60, 100, 5, 6)):
        assert msgspec.json.decode(msgspec.json.encode(sent), type=type(sent)) == sent


def test_the_way_up_ends_at_the_top() -> None:
    assert STATE.way_up == (60, 62, 64)
    assert PlayerState().way_up == ()


def test_an_order_that_only_goes_down_shows_all_its_notes() -> None:
    assert PlayerState(notes=(72, 68, 67, 66, 62, 61), top=0).way_up == (72, 68, 67, 66, 62, 61)
