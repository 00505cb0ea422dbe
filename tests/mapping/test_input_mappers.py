"""Controllers on several inputs, and the warning for one whose controls are not mapped."""

from polate.control.commands import Control, Set
from polate.mapping.input_mappers import InputMappers
from polate.mapping.mapping import DEFAULT_CC, Mapping

MAPS = [Mapping(source=f"cc {number}", target=target) for number, target in DEFAULT_CC.items()]


def turned(mappers: InputMappers, control: int, times: int = 1) -> list[Control]:
    return [each for value in range(times) for each in mappers.feed(0, bytes((0xB0, control, value)), 0)]


def test_two_inputs_that_send_the_same_have_mappings_of_their_own() -> None:
    maps = [Mapping(source="cc 1", target="gate", input="mix"), Mapping(source="cc 1", target="swing", input="keys")]
    mappers = InputMappers(maps, ["MIDI Mix", "Keystation keys"], lambda target: 0.5)
    assert mappers.feed(0, b"\xb0\x01\x00", 0) == [Set("gate", 1.0)]
    assert mappers.feed(1, b"\xb0\x01\x00", 0) == [Set("swing", 50.0)]
    mappers.listen_to(["Keystation keys"])
    assert mappers.feed(0, b"\xb0\x01\x00", 0) == [Set("swing", 50.0)]


def test_smoothing_goes_on_for_every_input() -> None:
    maps = [Mapping(source="cc 1", target="gate", smoothing=0.1)]
    mappers = InputMappers(maps, ["a", "b"], lambda target: 0.5)
    assert mappers.feed(1, b"\xb0\x01\x7f", 0) == []
    assert mappers.deadline_ns is not None
    assert mappers.advance(mappers.deadline_ns) != []


def test_a_controller_none_of_whose_controls_is_mapped_is_noticed() -> None:
    mappers = InputMappers(MAPS, ["knobs"], lambda target: 0.5)
    turned(mappers, 21, 20)
    assert mappers.warning == ""
    turned(mappers, 22, 4)
    assert mappers.warning.startswith(
        "the controller sends CC 21, 22, but mapped are CC 70, 71, 72, 73, 74, 75, 76, 77: bind its controls"
    )


def test_a_pedal_and_a_controller_that_has_moved_a_target_give_no_warning() -> None:
    mappers = InputMappers(MAPS, ["knobs"], lambda target: 0.5)
    turned(mappers, 64, 100)
    turned(mappers, 70)
    turned(mappers, 21, 100)
    assert mappers.warning == ""
