"""From MIDI messages to controls: every kind of source, every kind of target, and the laws of takeover."""

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from studio import Studio

from polate.control.commands import (
    Control,
    GoTo,
    KeyDown,
    KeyUp,
    Morph,
    MovePad,
    Panic,
    RecallSnapshot,
    ReleaseKeys,
    Set,
    SetAxis,
    SetCorner,
    SetMotion,
    SetPlaying,
    SetPoint,
    StoreSnapshot,
)  # fmt: skip  # isort: skip
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.errors import ConfigError
from polate.mapping.controllers import load_controller
from polate.mapping.mapper import PICKUP_WINDOW, TICK_NS, Mapper
from polate.mapping.mapping import DEFAULT_CC, Mapping, check_axes, mappings_of
from polate.mapping.targets import TARGETS, parse_target
from polate.midi.source_reader import SourceReader
from polate.midi.sources import ENCODINGS, SOURCES, parse_source
from polate.player.target_positions import target_positions
from polate.sequencer.engine import Engine

ROOT = Path(__file__).parents[2]
SECOND = 1_000_000_000
seven = st.integers(0, 127)
fourteen = st.integers(0, 16383)


class Instrument:
    """Stands for the player: applies controls, and knows where its targets stand."""

    def __init__(self, *mappings: Mapping, **places: float) -> None:
        self.places = {key.replace("_", "/"): place for key, place in places.items()}
        self.mapper = Mapper(mappings, self.places.get)
        self.controls: list[Control] = []
        self.now = 0

    def send(self, *message: int) -> list[Control]:
        return self._apply(self.mapper.feed(message, self.now))

    def cc(self, number: int, *values: int) -> list[Control]:
        return [control for value in values for control in self.send(0xB0, number, value)]

    def wait(self, seconds: float) -> list[Control]:
        """Let time pass as the player does: from deadline to deadline."""
        end, given = self.now + round(seconds * SECOND), []
        while (deadline := self.mapper.deadline_ns) is not None and deadline <= end:
            self.now = deadline
            given += self._apply(self.mapper.advance(self.now))
        self.now = end
        return given

    def _apply(self, controls: list[Control]) -> list[Control]:
        for control in controls:
            match control:
                case SetAxis(axis, position):
                    self.places[f"z/{axis + 1}"] = position
                case Set(key, value):
                    self.places[key] = FIELDS[key].position(value)
                case SetPlaying(playing):
                    self.places["play"] = float(playing)
                case MovePad(x, y):
                    moved = {"pad/x": x, "pad/y": y}
                    self.places |= {key: place for key, place in moved.items() if place is not None}
                case Morph(position):
                    self.places["morph"] = position
        self.controls += controls
        return controls


def knob(source: str = "cc 21", target: str = "z/1", **options: object) -> Mapping:
    return msgspec.convert({"source": source, "target": target, **options}, Mapping)


def positions(controls: Iterable[Control]) -> list[float]:
    return [control.position for control in controls if isinstance(control, SetAxis)]


class TestSources:
    def test_a_control_change_covers_the_whole_axis(self) -> None:
        assert Instrument(knob()).cc(21, 0, 127, 64) == [SetAxis(0, 0.0), SetAxis(0, 1.0), SetAxis(0, 64 / 127)]

    def test_a_pair_is_made_of_both_halves_in_either_order(self) -> None:
        for order in ((1, 33), (33, 1)):
            instrument = Instrument(knob("cc14 1"))
            for number in order:
                instrument.cc(number, {1: 64, 33: 5}[number])
            assert instrument.controls[-1] == SetAxis(0, (64 << 7 | 5) / 16383)

    def test_a_lone_msb_reaches_both_ends(self) -> None:
        assert positions(Instrument(knob("cc14 1")).cc(1, 0, 64, 127)) == [0.0, 64 / 127, 1.0]

    def test_an_lsb_before_any_msb_is_no_value(self) -> None:
        assert Instrument(knob("cc14 1")).cc(33, 5) == []

    def test_the_halves_of_two_channels_do_not_mix(self) -> None:
        instrument = Instrument(knob("cc14 1"))
        instrument.send(0xB0, 1, 100)
        instrument.send(0xB1, 1, 10)
        assert instrument.send(0xB0, 33, 3) == [SetAxis(0, (100 << 7 | 3) / 16383)]

    def test_an_nrpn_takes_coarse_and_fine_data(self) -> None:
        instrument = Instrument(knob("nrpn 300"))
        instrument.cc(99, 2)
        instrument.cc(98, 44)
        assert instrument.cc(6, 127) == [SetAxis(0, 1.0)]
        assert instrument.cc(38, 0) == [SetAxis(0, (127 << 7) / 16383)]

    def test_an_nrpn_may_be_chosen_by_its_lsb_first(self) -> None:
        instrument = Instrument(knob("nrpn 300"))
        instrument.cc(98, 44)
        instrument.cc(99, 2)
        assert instrument.cc(6, 127) == [SetAxis(0, 1.0)]

    def test_increments_and_decrements_of_an_nrpn_are_clicks(self) -> None:
        instrument = Instrument(knob("nrpn 300", step=0.125), z_1=0.5)
        instrument.cc(99, 2)
        instrument.cc(98, 44)
        assert positions(instrument.cc(96, 0)) == pytest.approx([0.625])
        assert positions(instrument.cc(97, 0)) == pytest.approx([0.5])

    @pytest.mark.parametrize("ending", [((99, 127), (98, 127)), ((101, 0), (100, 0)), ((99, 2), (98, 45))])
    def test_after_null_or_another_parameter_data_is_not_ours(self, ending: Sequence[tuple[int, int]]) -> None:
        instrument = Instrument(knob("nrpn 300"))
        for number, value in ((99, 2), (98, 44), *ending):
            instrument.cc(number, value)
        assert instrument.cc(6, 100) == []

    def test_data_entry_that_belongs_to_no_nrpn_is_a_plain_control_change(self) -> None:
        instrument = Instrument(knob("nrpn 300"), knob("cc 6", "gate"))
        assert [type(control) for control in instrument.cc(6, 127)] == [Set]
        instrument.cc(99, 2)
        instrument.cc(98, 44)
        assert instrument.cc(6, 127) == [SetAxis(0, 1.0)]

    def test_the_middle_of_the_pitch_wheel_is_the_middle(self) -> None:
        instrument = Instrument(knob("pitch-bend"))
        assert instrument.send(0xE3, 0, 64) == [SetAxis(0, 0.5)]
        assert instrument.send(0xE3, 0, 0) == [SetAxis(0, 0.0)]
        assert instrument.send(0xE3, 127, 127) == [SetAxis(0, 1.0)]
        assert positions(instrument.send(0xE3, 1, 64)) == pytest.approx([0.5 + 0.5 / 8191], abs=1e-9)

    def test_aftertouch_of_the_channel_and_of_a_key(self) -> None:
        instrument = Instrument(knob("pressure", "z/1"), knob("poly-pressure 60", "z/2"))
        assert instrument.send(0xD0, 127) == [SetAxis(0, 1.0)]
        assert instrument.send(0xA0, 60, 127) == [SetAxis(1, 1.0)]
        assert instrument.send(0xA0, 61, 127) == []

    def test_a_note_is_on_while_it_is_down(self) -> None:
        instrument = Instrument(knob("note 36", "hold"))
        assert instrument.send(0x90, 36, 90) == [Set("hold", True)]
        assert instrument.send(0x80, 36, 0) == [Set("hold", False)]
        instrument.send(0x90, 36, 90)
        assert instrument.send(0x90, 36, 0) == [Set("hold", False)]

    def test_a_channel_keeps_to_itself(self) -> None:
        instrument = Instrument(knob(channel=10))
        assert instrument.send(0xB0, 21, 127) == []
        assert instrument.send(0xB9, 21, 127) == [SetAxis(0, 1.0)]

    def test_one_knob_may_have_two_targets(self) -> None:
        assert Instrument(knob(), knob(target="z/2", invert=True)).cc(21, 0) == [SetAxis(0, 0.0), SetAxis(1, 1.0)]

    @pytest.mark.parametrize(
        ("encoding", "right", "left"), [("twos-complement", 3, 125), ("offset", 67, 61), ("sign", 3, 67)]
    )
    def test_encoders_go_from_where_the_target_stands(self, encoding: str, right: int, left: int) -> None:
        instrument = Instrument(knob(f"relative 21 {encoding}"), z_1=0.5)
        assert positions(instrument.cc(21, right)) == pytest.approx([0.5 + 3 / 127])
        instrument.places["z/1"] = 0.25
        assert positions(instrument.cc(21, left)) == pytest.approx([0.25 - 3 / 127])

    def test_slow_clicks_move_a_setting_with_few_values(self) -> None:
        instrument = Instrument(knob("relative 21 offset", "ratchets"), ratchets=0.0)
        values = [control.value for control in instrument.cc(21, *[65] * 127) if isinstance(control, Set)]
        assert values[0] == 1
        assert values[-1] == 8
        assert values == sorted(values)

    def test_the_examples_of_the_table_are_sources(self) -> None:
        for kind, form in SOURCES.items():
            source = parse_source(form.example)
            assert source.kind == kind
            assert str(source) == form.example

    def test_notes_that_are_not_mapped_are_keys(self) -> None:
        instrument = Instrument(knob("note 36", "panic", channel=10))
        assert instrument.send(0x90, 60, 100) == [KeyDown(60, 100)]
        assert instrument.send(0x90, 60, 0) == [KeyUp(60)]
        assert instrument.send(0x80, 60, 64) == [KeyUp(60)]
        assert instrument.send(0x90, 36, 100) == [KeyDown(36, 100)]
        assert instrument.send(0x99, 36, 100) == [Panic()]

    def test_the_same_note_on_two_channels_is_two_keys(self) -> None:
        instrument = Instrument()
        assert instrument.send(0x90, 60, 100) + instrument.send(0x93, 60, 90) == [KeyDown(60, 100), KeyDown(60, 90, 3)]
        assert instrument.send(0x83, 60, 0) + instrument.send(0x90, 60, 0) == [KeyUp(60, 3), KeyUp(60)]

    @pytest.mark.parametrize("mode", [120, 123, 124, 125, 126, 127])
    def test_a_channel_mode_message_releases_the_keys_of_its_channel(self, mode: int) -> None:
        assert Instrument().send(0xB2, mode, 0) == [ReleaseKeys(2)]

    def test_a_system_reset_releases_all_keys(self) -> None:
        assert Instrument().send(0xFF) == [ReleaseKeys()]

    @pytest.mark.parametrize("message", [(0xB2, 121, 0), (0xB2, 122, 0), (0xB2, 64, 0), (0xFE,), (0xF8,), (0xFC,)])
    def test_other_messages_release_none(self, message: tuple[int, ...]) -> None:
        assert Instrument().send(*message) == []

    @pytest.mark.parametrize(
        ("source", "allowed"),
        [
            ("cc 128", "a number 0..127"),
            ("cc", "a number 0..127"),
            ("cc ²", "a number 0..127"),
            ("cc14 32", "a number 0..31"),
            ("nrpn 16383", "0..16382"),
            ("pressure 3", "'pressure' alone"),
            ("relative 21", "twos-complement, offset, sign"),
            ("relative 21 backwards", "twos-complement, offset, sign"),
            ("relative 200 sign", "0..127"),
            ("knob 3", "'cc 21'"),
            ("", "'cc 21'"),
        ],
    )
    def test_a_source_that_cannot_be_is_refused_with_what_is_allowed(self, source: str, allowed: str) -> None:
        with pytest.raises(ConfigError, match="source must") as refused:
            Mapping(source=source, target="z/1")
        assert allowed in str(refused.value)


class TestTargets:
    @pytest.mark.parametrize(
        ("target", "control"),
        [
            ("z/8", SetAxis(7, 1.0)),
            ("morph", Morph(1.0)),
            ("pad/x", MovePad(1.0, None)),
            ("pad/y", MovePad(None, 1.0)),
            ("bpm", Set("bpm", 400.0)),
            ("order", Set("order", "as-played")),
            ("ratchets", Set("ratchets", 8)),
            ("latch", Set("latch", True)),
            ("tonic", Set("tonic", 127)),
            ("motion/3/depth", SetMotion(2, "depth", 1.0)),
            ("motion/3/kind", SetMotion(2, "kind", "walk")),
            ("snapshot", RecallSnapshot("128")),
            ("snapshot/verse", RecallSnapshot("verse")),
            ("snapshot-store/verse", StoreSnapshot("verse")),
            ("play", SetPlaying(True)),
            ("start", SetPlaying(True)),
            ("stop", SetPlaying(False)),
            ("panic", Panic()),
        ],
    )
    def test_a_knob_at_its_end_moves_each_to_its_end(self, target: str, control: Control) -> None:
        assert Instrument(knob(target=target)).cc(21, 127) == [control]

    @pytest.mark.parametrize("key", [key for key, field in FIELDS.items() if field.has_range])
    def test_every_setting_with_a_range_can_be_turned_from_end_to_end(self, key: str) -> None:
        instrument = Instrument(knob("cc14 1", key))
        for value in range(0, 16384, 127):
            instrument.cc(1, value >> 7)
            instrument.cc(33, value & 127)
        values = {control.value for control in instrument.controls if isinstance(control, Set)}
        assert {FIELDS[key].at(0.0), FIELDS[key].at(1.0)} <= values

    def test_buttons_act_when_they_are_pressed_not_when_they_are_let_go(self) -> None:
        for target in ("panic", "start", "snapshot/verse"):
            assert len(Instrument(knob(target=target)).cc(21, 127, 0, 127, 0)) == 2

    @pytest.mark.parametrize("target", ["panic", "start", "snapshot/verse"])
    def test_a_button_that_sends_only_its_press_acts_at_each(self, target: str) -> None:
        assert len(Instrument(knob(target=target)).cc(21, 127, 127, 127)) == 3
        pad = Instrument(knob("note 36", target))
        assert sum((len(pad.send(0x90, 36, velocity)) for velocity in (30, 127, 90)), 0) == 3

    @pytest.mark.parametrize("source", ["cc 21", "note 21"])
    def test_a_toggle_toggles_at_each_press_that_has_no_release(self, source: str) -> None:
        instrument = Instrument(knob(source, "play", mode="toggle"), play=0.0)
        status = 0xB0 if source == "cc 21" else 0x90
        toggled = [control for _ in range(4) for control in instrument.send(status, 21, 127)]
        assert toggled == [SetPlaying(True), SetPlaying(False), SetPlaying(True), SetPlaying(False)]

    def test_a_fader_at_its_end_is_no_button(self) -> None:
        assert Instrument(knob(target="panic")).cc(21, 100, 120, 127, 127, 127) == [Panic()]

    def test_a_knob_that_passes_its_middle_is_one_press(self) -> None:
        assert Instrument(knob(target="panic")).cc(21, 60, 70, 127, 127, 90, 0) == [Panic()]
        assert Instrument(knob(target="play")).cc(21, 60, 70, 127, 60) == [SetPlaying(True), SetPlaying(False)]

    def test_a_button_toggles_what_somebody_else_may_have_switched(self) -> None:
        instrument = Instrument(knob(target="play", mode="toggle"), play=0.0)
        assert instrument.cc(21, 127, 0) == [SetPlaying(True)]
        assert instrument.cc(21, 127, 0) == [SetPlaying(False)]
        instrument.places["play"] = 1.0
        assert instrument.cc(21, 127, 0) == [SetPlaying(False)]

    def test_a_button_can_toggle_between_two_places(self) -> None:
        instrument = Instrument(knob("note 36", mode="toggle", range=[0.25, 0.75]), z_1=0.3)
        presses = [
            control for _ in range(3) for control in instrument.send(0x90, 36, 99) + instrument.send(0x80, 36, 0)
        ]
        assert positions(presses) == [0.75, 0.25, 0.75]

    def test_program_changes_recall_snapshots_by_number_again_and_again(self) -> None:
        instrument = Instrument(knob("program", "snapshot"), knob("program 5", "panic"))
        assert instrument.send(0xC0, 0) == [RecallSnapshot("1")]
        assert instrument.send(0xC0, 0) == [RecallSnapshot("1")]
        assert instrument.send(0xC0, 127) == [RecallSnapshot("128")]
        assert instrument.send(0xC0, 5) == [RecallSnapshot("6"), Panic()]
        assert instrument.send(0xC0, 5) == [RecallSnapshot("6"), Panic()]

    def test_a_knob_recalls_a_snapshot_once_while_it_stands_on_it(self) -> None:
        instrument = Instrument(knob(target="snapshot", range=[0, 3 / 127]))
        recalled = [control.name for control in instrument.cc(21, *range(128)) if isinstance(control, RecallSnapshot)]
        assert recalled == ["1", "2", "3", "4"]

    @pytest.mark.parametrize(
        "target", ["z/0", "zoom", "rhythm", "motion/1/speed", "snapshot/two words", "snapshot/", ""]
    )
    def test_a_target_that_cannot_be_is_refused(self, target: str) -> None:
        with pytest.raises(ConfigError, match="target"):
            Mapping(source="cc 21", target=target)

    @pytest.mark.parametrize(
        ("table", "why"),
        [
            ({"source": "note 36", "target": "snapshot"}, "snapshot/NAME"),
            ({"source": "relative 21 offset", "target": "play"}, "needs a target with a range"),
            (
                {"source": "relative 21 offset", "target": "z/1", "takeover": "pickup"},
                "takeover must be none .*got 'pickup'",
            ),
            ({"source": "cc 21", "target": "play", "takeover": "scale"}, "takeover must be none .*got 'scale'"),
            ({"source": "cc 21", "target": "play", "smoothing": 1.5}, "smoothing must be 0 .*got 1.5"),
            ({"source": "pressure", "target": "play", "mode": "toggle"}, "mode must be momentary .*got 'toggle'"),
            ({"source": "cc 21", "target": "z/1", "range": [0, 2]}, r"<= 1.0 - at `\$.range\[1\]`"),
            ({"source": "cc 21", "target": "z/1", "channel": 17}, "<= 16"),
            ({"source": "cc 21", "target": "z/1", "colour": "red"}, "colour"),
        ],
    )
    def test_what_does_not_go_together_is_refused_with_the_reason(self, table: dict[str, object], why: str) -> None:
        with pytest.raises(ValueError, match=why):
            msgspec.convert(table, Mapping)

    def test_the_place_in_the_file_is_named(self) -> None:
        tables = [{"source": "cc 21", "target": "z/1"}, {"source": "cc 22", "target": "zoom"}]
        with pytest.raises(msgspec.ValidationError, match=r"at `\$\[1\]`"):
            msgspec.convert(tables, list[Mapping])

    def test_an_axis_that_the_model_lacks_is_refused(self) -> None:
        check_axes([knob(target="z/8"), knob(target="bpm")], 8)
        for target in ("z/9", "motion/9/depth"):
            with pytest.raises(ConfigError, match=r"z/1\.\.z/8"):
                check_axes([knob(target=target)], 8)


class TestShape:
    def test_range_inversion_and_curve(self) -> None:
        assert positions(Instrument(knob(range=[0.2, 0.6])).cc(21, 0, 127)) == pytest.approx([0.2, 0.6])
        assert positions(Instrument(knob(invert=True)).cc(21, 0, 127)) == [1.0, 0.0]
        assert positions(Instrument(knob(curve=2)).cc(21, 0, 127, 64)) == pytest.approx([0, 1, (64 / 127) ** 2])
        assert positions(Instrument(knob(range=[0.6, 0.2])).cc(21, 0, 127)) == pytest.approx([0.6, 0.2])

    @given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.booleans(), st.floats(0.1, 10))
    def test_no_place_leaves_the_range_and_the_way_back_leads_back(
        self, low: float, high: float, at: float, invert: bool, curve: float
    ) -> None:
        mapping = knob(range=[low, high], invert=invert, curve=curve)
        place = mapping.target_position(at)
        assert min(low, high) - 1e-9 <= place <= max(low, high) + 1e-9
        assert mapping.target_position(mapping.knob_position(place)) == pytest.approx(place, abs=1e-6)

    def test_smoothing_covers_63_percent_in_its_time_constant_and_arrives(self) -> None:
        instrument = Instrument(knob(smoothing=0.5), z_1=0.0)
        assert instrument.cc(21, 127) == []
        moving = positions(instrument.wait(0.5))
        assert len(moving) == 50
        assert moving[-1] == pytest.approx(1 - math.exp(-1), abs=0.01)
        assert moving == sorted(moving)
        assert positions(instrument.wait(5))[-1] == 1.0
        assert instrument.mapper.deadline_ns is None

    def test_smoothing_of_a_setting_with_few_values_sends_each_once(self) -> None:
        instrument = Instrument(knob(target="ratchets", smoothing=0.2), ratchets=0.0)
        instrument.cc(21, 127)
        assert [control.value for control in instrument.wait(3) if isinstance(control, Set)] == [1, 2, 3, 4, 5, 6, 7, 8]

    def test_who_moves_a_target_meanwhile_ends_its_smoothing(self) -> None:
        instrument = Instrument(knob(smoothing=0.5), z_1=0.0)
        instrument.cc(21, 127)
        instrument.wait(0.1)
        instrument.places["z/1"] = 0.1
        assert instrument.wait(1) == []
        assert instrument.places["z/1"] == 0.1

    def test_nothing_is_sent_before_its_time(self) -> None:
        instrument = Instrument(knob(smoothing=0.5), z_1=0.0)
        instrument.cc(21, 127)
        assert instrument.mapper.advance(TICK_NS - 1) == []
        assert len(instrument.mapper.advance(TICK_NS)) == 1


class TestTakeover:
    def test_pickup_waits_until_the_knob_comes_to_the_value(self) -> None:
        instrument = Instrument(knob(takeover="pickup"), z_1=0.5)
        assert instrument.cc(21, 0, 10, 20, 60) == []
        assert positions(instrument.cc(21, 63, 70, 0)) == [63 / 127, 70 / 127, 0.0]

    def test_pickup_is_not_missed_by_a_fast_hand(self) -> None:
        instrument = Instrument(knob(takeover="pickup"), z_1=0.5)
        assert positions(instrument.cc(21, 50, 70)) == [70 / 127]

    def test_a_knob_that_cannot_reach_the_value_picks_it_up_at_its_end(self) -> None:
        instrument = Instrument(knob(takeover="pickup", range=[0, 0.5]), z_1=0.9)
        assert instrument.cc(21, 0, 100) == []
        assert positions(instrument.cc(21, 127)) == [0.5]

    def test_scale_closes_in_and_meets_at_the_end(self) -> None:
        instrument = Instrument(knob(takeover="scale"), z_1=0.5)
        assert instrument.cc(21, 0) == []  # only now is it known where the knob stands
        went = positions(instrument.cc(21, *range(1, 128)))
        assert went == sorted(went)
        assert went[0] == pytest.approx(0.5 + 0.5 / 127)
        assert went[-1] == 1.0
        assert positions(instrument.cc(21, 100)) == [100 / 127]

    def test_scale_works_downwards_too(self) -> None:
        instrument = Instrument(knob(takeover="scale"), z_1=0.8)
        instrument.cc(21, 64)
        assert positions(instrument.cc(21, 32)) == pytest.approx([0.4])
        assert positions(instrument.cc(21, 0)) == [0.0]

    @pytest.mark.parametrize("takeover", ["pickup", "scale"])
    @pytest.mark.parametrize("by", ["recall", "another knob"])
    def test_it_is_armed_again_by_whoever_else_moves_the_target(self, takeover: str, by: str) -> None:
        instrument = Instrument(knob(takeover=takeover), knob("cc 22"), z_1=0.0)
        instrument.cc(21, 0, 64)
        assert instrument.places["z/1"] == pytest.approx(64 / 127)
        if by == "recall":
            instrument.places["z/1"] = 0.9
        else:
            instrument.cc(22, 114)
        before = instrument.places["z/1"]
        instrument.cc(21, 65)
        assert abs(instrument.places["z/1"] - before) < 0.01

    def test_a_recall_to_where_the_knob_stands_needs_no_new_arming(self) -> None:
        instrument = Instrument(knob(takeover="pickup"), z_1=0.0)
        instrument.cc(21, 0, 64)
        instrument.places["z/1"] = 64 / 127
        assert positions(instrument.cc(21, 65)) == [65 / 127]

    @given(st.lists(seven, min_size=1), st.floats(0, 1), st.booleans())
    def test_pickup_never_jumps_more_than_its_window_or_the_hand(
        self, values: list[int], place: float, invert: bool
    ) -> None:
        instrument = Instrument(knob(takeover="pickup", invert=invert), z_1=place)
        before: int | None = None
        for value in values:
            stood = instrument.places["z/1"]
            instrument.cc(21, value)
            hand = 0.0 if before is None else abs(value - before) / 127
            assert abs(instrument.places["z/1"] - stood) <= max(PICKUP_WINDOW, hand) + 1e-9
            before = value

    @given(st.lists(seven, min_size=1), st.floats(0, 1))
    def test_scale_goes_the_knobs_way_and_stays_in_range(self, values: list[int], place: float) -> None:
        instrument = Instrument(knob(takeover="scale"), z_1=place)
        before: int | None = None
        for value in values:
            stood = instrument.places["z/1"]
            instrument.cc(21, value)
            went = instrument.places["z/1"] - stood
            assert 0 <= instrument.places["z/1"] <= 1
            if before is None or value == before:
                assert went == pytest.approx(0, abs=1e-6)
            else:
                assert went * (value - before) >= -1e-9
                if value in (0, 127):
                    assert instrument.places["z/1"] == pytest.approx(value / 127, abs=1e-6)
            before = value


class TestInAnEngine:
    """The real engine in the place of the one that stands for it."""

    def test_every_target_with_a_place_is_found_where_it_was_put(self) -> None:
        engine = Studio().engine
        place = target_positions(engine)
        texts = ["z/1", "z/2", "morph", "pad/x", "pad/y", "bpm", "order", "hold", "tonic", "motion/2/depth"]
        for number, text in enumerate(texts, 1):
            to = number / (len(texts) + 1)
            engine.apply(parse_target(text).command(to), 0)
            assert place(text) == pytest.approx(parse_target(text).reached(to))
        engine.apply(SetPlaying(True), 0)
        assert place("play") == 1.0
        assert place("panic") is None
        assert place("z/3") is None

    @pytest.mark.parametrize(
        "meddle",
        [
            lambda engine: engine.apply(RecallSnapshot("home"), 0),
            lambda engine: engine.apply(SetPoint((0.9, 0.9)), 0),
            lambda engine: engine.apply(GoTo("tritone 0 1 3"), 0),
            lambda engine: engine.apply(Morph(0.3), 0),
            lambda engine: engine.apply(MovePad(0.2, 0.7), 0),
        ],
        ids=["recall", "point", "landmark", "morph", "pad"],
    )
    @pytest.mark.parametrize("takeover", ["pickup", "scale"])
    def test_whatever_moves_an_axis_arms_its_takeover_again(
        self, takeover: str, meddle: Callable[[Engine], None]
    ) -> None:
        engine = Studio().engine
        engine.apply(SetPoint((0.8, 0.5)), 0)
        engine.apply(StoreSnapshot("home"), 0)
        mapper = Mapper([knob(takeover=takeover)], target_positions(engine))

        def turn(*values: int) -> None:
            for value in values:
                for control in mapper.feed((0xB0, 21, value), 0):
                    engine.apply(control, 0)

        turn(*range(128), *range(127, 63, -1))
        assert engine.point.positions[0] == pytest.approx(64 / 127)
        meddle(engine)
        before = engine.point.positions[0]
        assert before != pytest.approx(64 / 127)
        turn(65, 64, 65)
        assert engine.point.positions[0] == pytest.approx(before, abs=0.05)


class TestLaws:
    @given(st.lists(fourteen, min_size=1), st.sampled_from(["cc14 1", "nrpn 300"]))
    def test_pairs_in_both_orders_end_at_the_same_place(self, values: list[int], source: str) -> None:
        msb, lsb = (1, 33) if source == "cc14 1" else (6, 38)
        ends = []
        for order in ((msb, lsb), (lsb, msb)):
            instrument = Instrument(knob(source))
            instrument.cc(99, 2)
            instrument.cc(98, 44)
            for value in values:
                for number in order:
                    instrument.cc(number, value >> 7 if number == msb else value & 127)
            ends.append(positions(instrument.controls)[-1])
        assert ends[0] == ends[1] == values[-1] / 16383

    @given(st.lists(st.integers(-31, 31).filter(bool)), st.floats(0, 1))
    def test_the_encodings_of_encoders_agree(self, clicks: list[int], place: float) -> None:
        encode: dict[str, Callable[[int], int]] = {
            "twos-complement": lambda click: click & 127,
            "offset": lambda click: 64 + click,
            "sign": lambda click: click if click > 0 else 64 - click,
        }
        assert set(encode) == set(ENCODINGS)
        went = []
        for encoding, code in encode.items():
            instrument = Instrument(knob(f"relative 21 {encoding}"), z_1=place)
            instrument.cc(21, *map(code, clicks))
            went.append(positions(instrument.controls))
        assert went[0] == went[1] == went[2]

    @given(st.data())
    def test_a_kill_within_an_nrpn_sequence_does_no_harm(self, data: st.DataObject) -> None:
        """Whatever stands at its beginning, a whole sequence reaches its own parameter, and no other."""
        sequence = [(99, 2), (98, 44), (6, 127), (38, 127)]
        other = [(99, data.draw(seven)), (98, data.draw(seven)), (6, 1), (38, 1)]
        cut = data.draw(st.integers(0, 4))
        instrument = Instrument(knob("nrpn 300"), knob(f"nrpn {2 << 7 | 45}", "z/2"))
        for number, value in (*other[:cut], *sequence):
            instrument.cc(number, value)
        assert instrument.places["z/1"] == 1.0
        if other[:2] != [(99, 2), (98, 45)]:
            assert "z/2" not in instrument.places

    def test_data_after_half_a_number_belongs_to_nothing(self) -> None:
        instrument = Instrument(
            knob("nrpn 300"), knob(f"nrpn {3 << 7 | 44}", "z/2"), knob(f"nrpn {3 << 7 | 127}", "z/3")
        )
        for number, value in ((99, 2), (98, 44), (6, 1), (99, 3), (6, 127)):
            instrument.cc(number, value)
        assert set(instrument.places) == {"z/1"}

    def test_data_after_an_lsb_alone_belongs_to_nothing(self) -> None:
        instrument = Instrument(knob(f"nrpn {127 << 7 | 44}"))
        for number, value in ((98, 44), (6, 1)):
            instrument.cc(number, value)
        assert not instrument.places

    EVERYTHING = (
        *(knob(f"cc {number}", f"z/{number % 8 + 1}") for number in range(64, 80)),
        *(knob(f"cc14 {number}", key) for number, key in enumerate(["bpm", "gate", "order", "tonic", "hold"])),
        knob("nrpn 300", "swing", takeover="pickup"),
        *(knob(f"relative {number} {encoding}", "ratchets") for number, encoding in enumerate(ENCODINGS, 110)),
        knob("pitch-bend", "pad/x", smoothing=0.1),
        knob("pressure", "pad/y", takeover="scale", curve=3),
        knob("poly-pressure 60", "morph", invert=True, range=[0.3, 0.4]),
        knob("note 36", "play", mode="toggle"),
        knob("note 37", "snapshot-store/a"),
        knob("program", "snapshot"),
        knob("program 5", "panic"),
        *(knob(f"cc {number}", f"motion/1/{key}") for number, key in enumerate(MOTION_FIELDS, 90)),
    )

    @given(st.lists(st.lists(st.integers(0, 255), max_size=4)))
    def test_garbage_never_raises(self, messages: list[list[int]]) -> None:
        instrument = Instrument(*self.EVERYTHING)
        for message in messages:
            instrument.send(*message)
            instrument.wait(0.01)

    @given(st.lists(st.tuples(st.integers(0x80, 0xEF), seven, seven)))
    def test_no_message_moves_anything_out_of_its_range(self, messages: list[tuple[int, int, int]]) -> None:
        instrument = Instrument(*self.EVERYTHING)
        for message in messages:
            instrument.send(*(message[:2] if message[0] & 0xF0 in (0xC0, 0xD0) else message))
            instrument.wait(0.01)
        assert all(-1e-9 <= place <= 1 + 1e-9 for place in instrument.places.values())

    @pytest.mark.parametrize(
        "message", [(), (0xB0,), (0xB0, 21), (0xB0, 21, 200), (0xB0, 21, 1, 1), (21, 1, 1), (0xF8,)]
    )
    def test_what_is_no_message_moves_nothing(self, message: tuple[int, ...]) -> None:
        assert Instrument(knob()).send(*message) == []

    @given(st.lists(st.tuples(seven, seven)))
    def test_a_reader_without_sources_hears_nothing(self, messages: list[tuple[int, int]]) -> None:
        reader = SourceReader([])
        assert all(reader.read((0xB0, *message)) == [] for message in messages)


class TestFiles:
    def test_without_a_word_the_knobs_70_to_77_are_the_axes_and_programs_recall_snapshots(self) -> None:
        assert [(map_.source, map_.target) for map_ in mappings_of(None, [])] == [
            ("program", "snapshot"),
            *((f"cc {number}", target) for number, target in DEFAULT_CC.items()),
        ]

    def test_the_short_table_takes_any_target_and_replaces_the_default(self) -> None:
        maps = mappings_of({21: "z/1", 22: "gate"}, [])
        assert [(map_.source, map_.target) for map_ in maps] == [("cc 21", "z/1"), ("cc 22", "gate")]

    def test_a_controller_replaces_the_default_and_gives_way_to_the_file(self) -> None:
        template = [knob("cc 1", "z/1", channel=1), knob("cc 2", "z/2", channel=1)]
        maps = mappings_of(None, [knob("cc 1", "bpm")], template)
        assert [(map_.source, map_.target) for map_ in maps] == [("cc 1", "bpm"), ("cc 2", "z/2")]
        maps = mappings_of(None, [knob("cc 1", "bpm", channel=2)], template)
        assert [map_.target for map_ in maps] == ["bpm", "z/1", "z/2"]

    def test_the_short_table_is_refused_with_its_reason(self) -> None:
        with pytest.raises(ConfigError, match=r"0\.\.127"):
            mappings_of({128: "z/1"}, [])

    def test_every_target_of_the_table_can_be_parsed(self) -> None:
        for text in TARGETS:
            assert parse_target(text).text == text

    def test_a_target_with_a_place_goes_there_and_a_wrong_pattern_is_refused(self) -> None:
        assert parse_target("go/ditone 0 1 -2").command(1.0) == GoTo("ditone 0 1 -2")
        assert parse_target("corner/b/C4 E4 G4").command(1.0) == SetCorner("b", "C4 E4 G4")
        for text in ("go/tritone 0 6", "corner/a/tritone 0 6"):
            with pytest.raises(ConfigError, match="offset 6 is the next principal tone"):
                parse_target(text)
        for text in ("corner/e/home", "go/", "corner/a"):
            with pytest.raises(ConfigError, match="target must be one of"):
                parse_target(text)

    def test_the_documentation_has_every_source_encoding_target_and_key(self) -> None:
        rows = [
            *((form.example, form.doc) for form in SOURCES.values()),
            *ENCODINGS.items(),
            *TARGETS.items(),
        ]
        text = (ROOT / "docs/mapping.md").read_text()
        for name, doc in rows:
            assert f"| `{name}` | {doc} |" in text
        for key in Mapping.__struct_fields__:
            assert f"| `{key}` | " in text

    def test_the_example_of_the_documentation_is_a_settings_file(self) -> None:
        example = re.search("```toml\n(.*?)```", (ROOT / "docs/mapping.md").read_text(), re.DOTALL)
        assert example is not None
        table = tomllib.loads(example[1])
        maps = msgspec.convert(table["map"], list[Mapping])
        controls = {int(number): target for number, target in table["cc"].items()}
        template = load_controller(table["controller"]).map
        assert len(mappings_of(controls, maps, template)) == len(maps) + len(controls) + len(template) - 2
