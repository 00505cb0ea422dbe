"""What the engine makes of its settings: time, changes of pattern, keys, voices, snapshots and motion."""

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from studio import MS, SECOND, Studio

from polate import ControlError
from polate.control.commands import (
    Control,
    DeleteSnapshot,
    FollowClock,
    GoTo,
    Jump,
    KeyDown,
    KeyUp,
    Morph,
    MovePad,
    Panic,
    RecallSnapshot,
    ReleaseKeys,
    RenameSnapshot,
    Seek,
    Set,
    SetAxis,
    SetCorner,
    SetMotion,
    SetPath,
    SetPlaying,
    SongPosition,
    StoreSnapshot,
    Sync,
    SyncSource,
)  # fmt: skip  # isort: skip
from polate.control.fields import FIELDS
from polate.control.path import Path
from polate.control.settings import PlaySettings
from polate.control.snapshot import Snapshot
from polate.sequencer.engine import LOOKAHEAD_NS
from polate.sequencer.voices import BASS, CHORD, KEYS, LINE

TRITONE = [60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61]  # tritone 0 1 2, a turn of it
SESQUITONE = SetAxis(0, 1.0)  # to sesquitone 0 1


class TestTime:
    def test_swing_gives_the_first_of_each_pair_its_share(self) -> None:
        studio = Studio.playing(swing=60.0)
        studio.play(1000)
        assert [at for at, _ in studio.heard][:4] == [0.0, 150.0, 250.0, 400.0]

    def test_a_note_of_a_swung_step_ends_before_the_next_begins(self) -> None:
        studio = Studio.playing(swing=75.0, gate=100.0)
        studio.play(1000)
        assert [note.off for note in studio.notes[:3]] == [note.at for note in studio.notes[1:4]]

    @pytest.mark.parametrize("nudge", [-20.0, 35.0])
    def test_a_nudge_moves_everything_by_so_many_milliseconds(self, nudge: float) -> None:
        studio = Studio.playing()
        studio.play_to(600)
        studio.do(Set("nudge", nudge))
        studio.play(400)
        assert [at for at, _ in studio.heard][5:8] == [625.0 + nudge, 750.0 + nudge, 875.0 + nudge]

    def test_a_tempo_turned_all_the_time_keeps_the_order_and_hangs_nothing(self) -> None:
        studio = Studio.playing()
        for turn in range(100):
            studio.do(Set("bpm", 20 + (turn * 37) % 381))
            studio.play(20)
        assert [note for _, note in studio.heard] == [TRITONE[k % 12] for k in range(len(studio.heard))]
        studio.do(SetPlaying(False))
        studio.play(1)
        assert studio.offs == len(studio.heard)

    def test_a_tempo_that_rises_inside_the_lookahead_leaves_the_notes_in_order(self) -> None:
        studio = Studio.playing(bpm=20.0, rate="1/64t", ratchets=2)  # a stroke is 62.5 ms, at 400 bpm 3.1
        studio.play_to(59)  # the second stroke is with the gate, for 62.5 ms
        studio.do(Set("bpm", 400))
        assert studio.play(15)[:3] == [60, 62, 62]  # 61 would have begun before the second stroke of 60

    @pytest.mark.parametrize(("nudge", "before", "after"), [(100.0, 400.0, 20.0), (250.0, 120.0, 20.0), (250, 20, 400)])
    def test_a_nudged_line_that_moves_by_itself_goes_on_whatever_the_tempo_does(
        self, nudge: float, before: float, after: float
    ) -> None:
        studio = Studio.playing(nudge=nudge, bpm=before, pad_bars=1.0)
        studio.do(SetMotion(0, "kind", "lfo"), SetMotion(0, "depth", 1.0), SetMotion(0, "hz", 3.0), SetAxis(0, 0.5))
        for _ in range(20):
            studio.play(251)
            studio.do(Set("bpm", after))
            studio.play(533)
            studio.do(Set("bpm", before))
        times = [note.at for note in studio.notes]
        assert times == sorted(set(times))

    @pytest.mark.parametrize("nudge", [-250.0, -30.0, 0.0, 30.0, 250.0])
    def test_a_nudged_line_does_not_jump_when_the_tempo_changes(self, nudge: float) -> None:
        studio = Studio.playing(nudge=nudge, bpm=120.0)
        studio.play(1080)
        studio.do(Set("bpm", 60.0))
        studio.play(1000)
        gaps = [later.at - earlier.at for earlier, later in pairwise(studio.notes)]
        changed = next(number for number, gap in enumerate(gaps) if gap > 126)
        assert gaps[:changed] == [125.0] * changed
        assert 125 < gaps[changed] <= 250
        assert set(gaps[changed + 1 :]) == {250.0}

    def test_a_line_that_is_nudged_to_be_early_begins_at_the_tonic(self) -> None:
        studio = Studio.playing(nudge=-250.0)
        assert studio.play(240) == [60, 61]
        assert studio.engine.dropped == 0

    def test_what_would_be_a_quarter_of_a_second_late_is_given_up_however_long_a_step_is(self) -> None:
        for stood_still, heard in ((200, [60, 61, 62]), (300, [60, 62])):
            studio = Studio.playing(rate="1/1")  # 2 seconds a step
            studio.play_to(1900)
            studio.now += (stood_still + 100) * MS
            studio.play_to(4100)
            assert [note for _, note in studio.heard] == heard
            assert studio.engine.dropped == 3 - len(heard)

    def test_a_new_rate_goes_on_with_the_next_note_of_the_phrase(self) -> None:
        studio = Studio.playing()
        assert studio.play_to(300) == [60, 61, 62]
        studio.do(Set("rate", "1/8"))
        assert studio.play(500) == [66, 67]

    def test_what_should_have_sounded_before_a_nudge_is_left_out(self) -> None:
        studio = Studio.playing()
        studio.play_to(600)
        studio.do(Set("nudge", -200))  # the seventh step would have been at 550 ms
        assert studio.play_to(680) == [TRITONE[7]]
        assert studio.notes[-1].at == 675.0

    def test_a_start_is_from_the_top_whatever_the_line_has_been_through(self) -> None:
        studio = Studio.playing()
        studio.play(300)
        studio.do(SESQUITONE)
        studio.play(300)
        studio.do(SetPlaying(False))
        studio.play(10)
        studio.do(SetPlaying(True))
        assert studio.play(240) == [60, 61]

    def test_a_seek_takes_back_what_the_gate_has(self) -> None:
        studio = Studio.playing()
        studio.play_to(247)  # the third step is with the gate, for 250 ms
        studio.do(Seek(0.0))
        assert studio.play(100) == [60]

    def test_a_seek_to_a_beat_that_a_float_rounds_up_begins_with_its_step(self) -> None:
        studio = Studio.playing(rate="1/8t")
        assert Fraction(5, 3) < 5 / 3
        studio.do(Seek(5 / 3))
        assert studio.play(50) == [TRITONE[5]]


class TestWhenTheScaleChanges:
    @pytest.mark.parametrize(
        ("change", "first"),
        [("now", 625.0), ("step", 625.0), ("beat", 1000.0), ("bar", 2000.0), ("turn", 1500.0)],
    )
    def test_it_is_heard_when_it_is_to_be(self, change: str, first: float) -> None:
        studio = Studio.playing(change=change)
        studio.play_to(560)
        studio.do(SESQUITONE)
        studio.play(2000)
        sesquitone = {60, 61, 63, 64, 66, 67, 69, 70, 72}
        tritone_only = {at for at, note in studio.heard if note in {62, 68}}
        assert max(tritone_only) < first
        assert all(note in sesquitone for at, note in studio.heard if at >= first)
        assert studio.engine.pattern.text == "sesquitone 0 1"

    def test_inside_the_lookahead_now_is_this_step_and_step_the_next(self) -> None:
        heard = {}
        for change in ("now", "step"):
            studio = Studio.playing(change=change, tick_ns=100_000)
            studio.play_to(248)  # the third step is with the gate
            studio.do(SESQUITONE)
            heard[change] = studio.play(400)
        assert heard["now"][0] != 62
        assert heard["step"][0] == 62

    def test_a_ratcheted_step_changes_in_the_middle_now_and_not_at_the_next_step(self) -> None:
        heard = {}
        for change in ("now", "step"):
            studio = Studio.playing(change=change, ratchets=4, rate="1/4", tick_ns=100_000)
            studio.play_to(1200)  # two strokes of the third step, 62, have sounded
            studio.do(SESQUITONE)
            heard[change] = studio.play_to(1499)
        assert heard["now"] == [63, 63]
        assert heard["step"] == [62, 62]

    def test_at_a_turn_the_new_pattern_begins_at_its_beginning(self) -> None:
        studio = Studio.playing(change="turn")
        studio.play_to(560)
        studio.do(SESQUITONE)
        studio.play(1500)
        assert [note for at, note in studio.heard if at >= 1500][:3] == [60, 61, 63]

    def test_common_tones_are_kept(self) -> None:
        studio = Studio.playing()
        studio.play_to(360)  # 66 comes next, which tritone 0 1 3 has too
        studio.do(SetAxis(0, 1 / 3))
        assert studio.play(130) == [66]

    def test_a_change_taken_back_before_its_time_is_none(self) -> None:
        studio = Studio.playing(change="bar", hysteresis=0.0)
        studio.play_to(560)
        studio.do(SESQUITONE)
        studio.play(100)
        studio.do(SetAxis(0, 0.0))
        studio.play(3000)
        assert [note for _, note in studio.heard] == [TRITONE[k % 12] for k in range(len(studio.heard))]

    def test_a_knob_that_trembles_on_a_border_changes_nothing(self) -> None:
        border = 0.5 / 3  # between tritone 0 1 2 and tritone 0 1 3
        for span, least, most in ((0.012, 0, 1), (0.0, 10, 40)):
            studio = Studio.playing(hysteresis=span)
            studio.do(SetAxis(0, border - 0.004))
            studio.play(50)
            changes, pattern = 0, studio.engine.pattern
            for turn in range(40):
                studio.do(SetAxis(0, border + (0.004 if turn % 2 else -0.004)))
                studio.play(30)
                changes += studio.engine.pattern != pattern
                pattern = studio.engine.pattern
            assert least <= changes <= most

    def test_a_slow_sweep_meets_every_pattern_and_comes_back_to_each(self) -> None:
        studio = Studio.playing()
        met = []
        for position in [*range(128), *reversed(range(127))]:
            studio.do(SetAxis(0, position / 127))
            studio.play(5)
            if not met or met[-1] != studio.engine.pattern.text:
                met.append(studio.engine.pattern.text)
        assert met == [
            "tritone 0 1 2",
            "tritone 0 1 3",
            "ditone 0 -1 2",
            "sesquitone 0 1",
            "ditone 0 -1 2",
            "tritone 0 1 3",
            "tritone 0 1 2",
        ]

    def test_a_jump_to_a_landmark_is_taken_however_near(self) -> None:
        studio = Studio.playing(hysteresis=0.5)
        studio.do(GoTo("home"))
        studio.play(10)
        studio.do(SetAxis(0, 2 / 3))
        studio.play(10)
        assert studio.engine.pattern.text == "ditone 0 -1 2"
        studio.do(GoTo("home"))
        studio.play(10)
        assert studio.engine.pattern.text == "tritone 0 1 3"

    def test_what_is_recalled_across_a_turn_comes_to_the_new_beginning_in_time(self) -> None:
        studio = Studio(PlaySettings(change="turn"), lookahead_ns=300 * MS)
        studio.do(SetPlaying(True))
        studio.start = studio.now + 300 * MS
        studio.play_to(900)
        studio.do(SESQUITONE)
        studio.play_to(1300)  # the gate has the new beginning, at 1500 ms, and the step before it
        studio.do(Set("velocity", 50))
        studio.play_to(1900)
        assert [note.note for note in studio.notes if note.at >= 1499][:3] == [60, 61, 63]


class TestGateAndStrokes:
    def test_legato_overlaps_and_every_note_gets_its_end(self) -> None:
        studio = Studio.playing(gate=150.0)
        studio.play(1500)
        for note, following in zip(studio.notes[:6], studio.notes[1:7], strict=True):
            assert note.off == note.at + 187.5 > following.at
        studio.do(SetPlaying(False))
        studio.play(1)
        assert studio.offs == len(studio.notes)

    def test_a_note_struck_again_while_it_sounds_ends_first(self) -> None:
        studio = Studio.playing(gate=200.0, ratchets=2)
        studio.play_to(3000)
        for note, again in zip(studio.notes[:-2:2], studio.notes[1::2], strict=False):
            assert note.note == again.note
            assert note.off == again.at == note.at + 62.5  # not 125 ms, as its gate would have it
        assert len(studio.notes) == 48

    def test_ratchets_divide_a_step(self) -> None:
        studio = Studio.playing(ratchets=3, gate=50.0)
        studio.play_to(374)
        assert [round(at) for at, _ in studio.heard] == [0, 42, 83, 125, 167, 208, 250, 292, 333]
        assert [note for _, note in studio.heard] == [60, 60, 60, 61, 61, 61, 62, 62, 62]
        assert round(studio.notes[0].off, 3) == 20.833

    @pytest.mark.parametrize(("before", "after"), [(2, 8), (8, 2), (8, 1), (3, 4)])
    def test_other_ratchets_inside_a_step_divide_what_is_left_of_it(self, before: int, after: int) -> None:
        studio = Studio.playing(rate="1/4", ratchets=before)
        studio.play_to(740)
        studio.do(Set("ratchets", after))
        studio.play_to(1490)
        old = [500 / before * stroke for stroke in range(2 * before) if 500 / before * stroke < 740]
        new = [500 / after * stroke for stroke in range(3 * after) if 500 / after * stroke > 740]
        assert [at for at, _ in studio.heard] == pytest.approx([*old, *new])
        assert all(note.off - note.at > 40 for note in studio.notes[:-1])

    def test_a_mask_rests_and_the_phrase_goes_on_under_it(self) -> None:
        studio = Studio.playing(rhythm="x.x.")
        assert studio.play_to(990) == [60, 62, 67, 72]

    def test_a_euclidean_rhythm_spreads_its_strokes(self) -> None:
        studio = Studio.playing(euclid_pulses=3, euclid_steps=8)
        studio.play_to(990)
        assert [at / 125 for at, _ in studio.heard] == [0, 3, 6]

    def test_chance_is_the_same_each_time_for_one_seed(self) -> None:
        def sounding(seed: int) -> list[float]:
            studio = Studio.playing(probability=50.0, seed=seed)
            studio.play(4000)
            return [at for at, _ in studio.heard]

        one, again, other = map(sounding, (1, 1, 2))
        assert one == again != other
        assert 8 <= len(one) <= 24

    def test_accents_and_contour(self) -> None:
        studio = Studio.playing(dynamics="accents", accents="X.x.", velocity=120, soft=40)
        studio.play_to(490)
        assert [note.velocity for note in studio.notes] == [120, 40, 80, 40]
        studio = Studio.playing(dynamics="rising", velocity=120, soft=40)
        studio.play_to(1490)
        by_note = {note.note: note.velocity for note in studio.notes}
        assert by_note[60] == 40
        assert by_note[72] == 120


class TestVoices:
    def test_the_bass_plays_the_principal_tones_on_its_channel(self) -> None:
        studio = Studio.playing(bass=2, bass_octave=-2)
        studio.play_to(1490)
        bass = studio.voice(BASS)
        assert {note.channel for note in bass} == {1}
        assert [(note.at, note.note) for note in bass][:3] == [(0.0, 36), (375.0, 42), (750.0, 48)]
        assert bass[0].off == 375.0  # it lasts until the next

    def test_the_chord_strikes_the_cell_at_once(self) -> None:
        studio = Studio.playing(chord=3)
        studio.play_to(700)
        assert [(note.at, note.note) for note in studio.voice(CHORD)] == [
            (0.0, 60), (0.0, 61), (0.0, 62), (375.0, 66), (375.0, 67), (375.0, 68),
        ]  # fmt: skip
        assert {note.channel for note in studio.voice(CHORD)} == {2}

    def test_rests_of_the_line_are_not_rests_of_the_bass(self) -> None:
        studio = Studio.playing(bass=2, rhythm="..........x.")
        studio.play_to(1200)
        assert len(studio.voice(BASS)) == 4

    def test_a_change_in_the_middle_of_a_cell_keeps_the_tones_that_both_chords_have(self) -> None:
        studio = Studio.playing(chord=3)
        studio.play_to(200)  # 60 61 62 sound
        studio.do(SetAxis(0, 1 / 3))  # tritone 0 1 3
        studio.play_to(370)
        chord = studio.voice(CHORD)
        assert [(note.at, note.note) for note in chord] == [(0.0, 60), (0.0, 61), (0.0, 62), (250.0, 63)]
        assert [note.sounds for note in chord[:3]] == [True, True, False]
        assert chord[2].off == 250.0

    def test_voices_may_share_a_channel(self) -> None:
        studio = Studio.playing(bass=1, chord=1, bass_octave=0)
        studio.play(4000)
        studio.do(SetPlaying(False))
        studio.play(1)
        assert studio.offs == len(studio.notes)

    def test_a_voice_may_have_a_port_of_its_own(self) -> None:
        studio = Studio(PlaySettings(bass=2), ports={BASS: 1})
        studio.do(SetPlaying(True))
        frames = studio.engine.advance(studio.now)
        assert {(frame.port, frame.channel) for frame in frames} == {(0, 0), (1, 1)}

    def test_the_bass_lasts_as_long_as_its_cell_is_played(self) -> None:
        studio = Studio.playing(bass=2)
        studio.play_to(1600)
        assert [(note.note, note.at, note.off) for note in studio.voice(BASS)][:5] == [
            (36, 0.0, 375.0), (42, 375.0, 750.0), (48, 750.0, 875.0), (42, 875.0, 1250.0), (36, 1250.0, 1500.0),
        ]  # fmt: skip

    def test_a_step_that_is_recalled_strikes_the_bass_again(self) -> None:
        studio = Studio.playing(bass=2)
        studio.play_to(372)  # the fourth step, with the second tone of the bass, is with the gate
        studio.do(Set("velocity", 90))
        studio.play(100)
        assert [(note.note, note.at) for note in studio.voice(BASS)] == [(36, 0.0), (42, 375.0)]

    @pytest.mark.parametrize("controls", [[Panic()], [SetPlaying(False), SetPlaying(True)]])
    def test_the_bass_comes_back_after_what_has_silenced_it(self, controls: list[Control]) -> None:
        studio = Studio.playing(bass=2)
        studio.play_to(100)
        studio.do(*controls)
        studio.play_to(260)
        assert [note.note for note in studio.voice(BASS)] == [36, 36]


class TestKeys:
    def test_a_key_transposes_and_the_place_in_the_phrase_stays(self) -> None:
        studio = Studio.playing(keys="chromatic")
        studio.play_to(240)
        studio.do(KeyDown(62, 100))
        assert studio.play(250) == [64, 68]
        studio.do(KeyUp(62))  # home again
        assert studio.play(125) == [67]

    def test_with_the_latch_the_key_stays(self) -> None:
        studio = Studio.playing(keys="chromatic", latch=True)
        studio.do(KeyDown(62, 100), KeyUp(62))
        assert studio.play(240) == [62, 63]

    def test_by_degrees_the_tonic_stays_in_the_scale(self) -> None:
        studio = Studio.playing(keys="scale")
        studio.do(KeyDown(64, 100))  # tritone 0 1 2 on C has no E: 62 is the lower of the nearest
        assert studio.play(120) == [62]

    def test_by_degrees_a_key_held_gives_the_tonic_of_each_scale_that_comes(self) -> None:
        studio = Studio.playing(keys="scale")
        studio.do(KeyDown(63, 100))  # tritone 0 1 2 on C has 62, sesquitone 0 1 has 63
        studio.play(120)
        assert studio.engine.tonic == 62
        studio.do(SESQUITONE)
        studio.play(130)
        assert studio.engine.tonic == 63

    def test_hold_plays_only_while_a_key_is_held_and_begins_anew_with_it(self) -> None:
        studio = Studio.playing(hold=True, bass=2)
        assert studio.play_to(990) == []
        studio.do(KeyDown(40, 100))
        assert studio.play_to(1360) == [60, 61, 62]
        studio.do(KeyUp(40))
        assert studio.play(1000) == []
        assert studio.voice(BASS)[0].at == 1000.0
        studio.do(KeyDown(41, 100))
        assert studio.play(130)[0] == 60

    def test_played_through_a_note_moves_to_the_scale_that_the_knobs_make_now(self) -> None:
        studio = Studio.playing(keys="through", keys_channel=5)
        studio.play(10)
        studio.do(KeyDown(63, 77))  # tritone 0 1 2 on C: C C# D F# G G#
        studio.play(10)
        studio.do(SESQUITONE)  # C C# Eb E F# G A Bb
        studio.play(10)
        studio.do(KeyUp(63), KeyDown(65, 50))
        studio.play(10)
        studio.do(KeyUp(65))
        studio.play(10)
        first, second = studio.voice(KEYS)
        assert (first.note, first.velocity, first.channel) == (62, 77, 4)
        assert (second.note, second.velocity) == (64, 50)
        assert (first.off, second.off) == (second.at, second.at + 10)

    def test_a_knob_turned_just_before_the_key_counts(self) -> None:
        studio = Studio.playing(keys="through")
        studio.play(10)
        studio.do(SESQUITONE, KeyDown(65, 50))  # 65 is nearer to 66 in tritone 0 1 2
        studio.play(10)
        assert studio.voice(KEYS)[0].note == 64

    def test_two_keys_on_one_note_end_with_the_last_of_them(self) -> None:
        studio = Studio.playing(keys="through")
        studio.do(KeyDown(63, 100))
        studio.play(5)
        studio.do(KeyDown(64, 100))
        studio.play(5)
        studio.do(KeyUp(63))
        studio.play(5)
        assert studio.voice(KEYS)[-1].sounds
        studio.do(KeyUp(64))
        studio.play(5)
        assert studio.voice(KEYS)[-1].off == studio.ms - 5

    def test_the_keys_play_while_the_line_is_stopped(self) -> None:
        studio = Studio(PlaySettings(keys="through"))
        studio.do(KeyDown(60, 100))
        studio.play(5)
        studio.do(KeyUp(60))
        studio.play(5)
        assert len(studio.voice(KEYS)) == studio.offs == 1

    def test_leaving_play_through_ends_what_sounds(self) -> None:
        studio = Studio.playing(keys="through")
        studio.do(KeyDown(60, 100))
        studio.play(5)
        studio.do(Set("keys", "off"))
        studio.play(5)
        assert not studio.voice(KEYS)[0].sounds

    def test_the_same_key_on_two_channels_sounds_until_both_are_up(self) -> None:
        studio = Studio.playing(keys="through")
        studio.do(KeyDown(60, 100, 0))
        studio.play(5)
        studio.do(KeyDown(60, 100, 1))
        studio.play(5)
        studio.do(KeyUp(60, 0))
        studio.play(5)
        assert studio.voice(KEYS)[-1].sounds
        studio.do(KeyUp(60, 1))
        studio.play(5)
        assert not any(note.sounds for note in studio.voice(KEYS))

    def test_keys_of_a_channel_that_are_released_together_end_what_they_play_through(self) -> None:
        studio = Studio.playing(keys="through")
        studio.do(KeyDown(60, 100, 2), KeyDown(67, 100, 2), KeyDown(72, 100, 3))
        studio.play(5)
        studio.do(ReleaseKeys(2))
        studio.play(5)
        assert [note.note for note in studio.voice(KEYS) if note.sounds] == [72]
        assert studio.engine.keys == (72,)

    @pytest.mark.parametrize("latch", [False, True])
    def test_keys_of_a_channel_that_are_released_together_hold_and_transpose_no_longer(self, latch: bool) -> None:
        studio = Studio.playing(hold=True, keys="chromatic", latch=latch)
        studio.do(KeyDown(62, 100, 4))
        assert studio.play(240)[0] == 62
        studio.do(ReleaseKeys(3))
        assert studio.play(240)
        studio.do(ReleaseKeys(4))
        assert studio.play(500) == []
        assert studio.engine.tonic == 60

    def test_as_played_goes_round_the_keys(self) -> None:
        studio = Studio.playing(order="as-played")
        studio.do(KeyDown(67, 100), KeyDown(60, 100), KeyDown(66, 100))
        assert studio.play_to(620) == [67, 60, 66, 67, 60]

    def test_without_the_latch_again_the_keys_that_are_up_are_let_go(self) -> None:
        studio = Studio.playing(keys="chromatic", latch=True)
        studio.do(KeyDown(62, 100), KeyUp(62))
        assert studio.play_to(120) == [62]
        studio.do(Set("latch", False))
        assert studio.play(125) == [61]

    def test_played_through_a_note_is_on_the_lines_channel_if_there_is_no_other(self) -> None:
        studio = Studio.playing(keys="through", channel=3)
        studio.do(KeyDown(60, 100))
        studio.play(1)
        assert studio.voice(KEYS)[0].channel == 2

    def test_a_key_that_goes_down_twice_leaves_no_note_of_the_old_scale(self) -> None:
        studio = Studio.playing(keys="through")
        studio.do(KeyDown(63, 100))
        studio.play(10)
        studio.do(SESQUITONE, KeyDown(63, 100))
        studio.play(10)
        first, second = studio.voice(KEYS)
        assert (first.note, second.note) == (62, 63)
        assert first.off == second.at

    def test_a_panic_forgets_the_keys_that_sounded(self) -> None:
        studio = Studio.playing(keys="through")
        studio.do(KeyDown(63, 100))
        studio.play(5)
        studio.do(Panic(), KeyDown(64, 100))  # on the same note, 62
        studio.play(5)
        studio.do(KeyUp(64))
        studio.play(1)
        assert studio.voice(KEYS)[-1].off == studio.ms - 1

    def test_a_key_that_is_let_go_takes_its_place_out_of_the_round(self) -> None:
        studio = Studio.playing(order="as-played")
        studio.do(KeyDown(67, 100), KeyDown(60, 100), KeyDown(66, 100))
        assert studio.play_to(240) == [67, 60]
        studio.do(KeyUp(60))
        assert studio.play(250) == [66, 67]


class TestFollowing:
    """Another clock says where the beat is."""

    def follower(self, **settings: Any) -> Studio:
        return Studio(PlaySettings(**settings), following=True)

    def test_the_line_is_where_the_song_is(self) -> None:
        studio = self.follower()
        studio.do(Sync(2.0, studio.now, 120.0), SetPlaying(True))
        assert studio.play(480) == [TRITONE[8], TRITONE[9], TRITONE[10], TRITONE[11]]

    def test_a_start_that_is_told_a_moment_late_loses_no_note(self) -> None:
        studio = self.follower()
        studio.do(Sync(0.0, studio.now - 10 * MS, 120.0), SetPlaying(True))
        assert studio.play(240) == [60, 61]

    def test_a_seek_is_a_pure_function_of_the_place(self) -> None:
        for beat in (0.0, 1.0, 2.75, 37.5):
            studio = Studio.playing()
            studio.play(333)
            studio.do(SESQUITONE)
            studio.play(777)
            studio.do(Seek(beat))
            turn = [60, 61, 63, 64, 66, 67, 69, 70, 72, 70, 69, 67, 66, 64, 63, 61]
            assert studio.play(120)[0] == turn[int(beat * 4) % 16], beat

    def test_a_place_sounds_the_same_with_an_lfo_whenever_it_is_gone_to(self) -> None:
        heard = []
        for before in (500, 1330):
            studio = Studio.playing()
            studio.do(SetAxis(0, 0.5), SetMotion(0, "depth", 1.0), SetMotion(0, "hz", 0.7), SetMotion(0, "kind", "lfo"))
            studio.play(before)
            studio.do(Seek(4.0))
            heard.append(studio.play(1900))
        assert heard[0] == heard[1]
        assert len(set(heard[0])) > 4

    def test_small_corrections_move_the_steps_and_none_is_lost_or_doubled(self) -> None:
        studio = self.follower()
        beat, at, heard = 0.0, float(studio.now), []
        studio.do(Sync(0.0, studio.now, 120.0), SetPlaying(True))
        for tick in range(24 * 16):
            bpm = 120 + tick / 8
            heard += studio.play(60_000 / bpm / 24)
            beat += 1 / 24
            at = studio.now + (tick * 7919 % 5 - 2) * 0.4 * MS  # up to 0.8 ms either way
            studio.do(Sync(beat, round(at), bpm))
        assert heard[:60] == [TRITONE[k % 12] for k in range(60)]

    def test_a_jump_of_the_other_clock_is_followed(self) -> None:
        studio = self.follower()
        studio.do(Sync(0.0, studio.now, 120.0), SetPlaying(True))
        studio.play(300)
        studio.do(Sync(100.0, studio.now, 90.0))
        assert studio.play(100)[0] == TRITONE[400 % 12]
        studio.do(Sync(4.0, studio.now, 90.0))
        assert studio.play(100)[0] == TRITONE[16 % 12]

    @pytest.mark.parametrize("jump", [True, False])
    def test_it_begins_at_the_tonic_whatever_was_played_before(self, jump: bool) -> None:
        studio = self.follower()
        studio.do(Sync(0.0, studio.now, 120.0), SetPlaying(True))
        studio.play(260)
        for position in (1.0, 0.0):
            studio.do(SetAxis(0, position))
            studio.play(260)
        if not jump:
            studio.do(SetPlaying(False))
            studio.play(500)
        studio.do(Sync(96.0, studio.now, 120.0))  # 384 sixteenths: 32 turns
        studio.do(SetPlaying(True))
        assert studio.play(490) == [60, 61, 62, 66]

    def test_the_tempo_is_not_ours_to_set(self) -> None:
        studio = self.follower()
        with pytest.raises(ControlError, match=r"the tempo follows another clock, at 120\.0 bpm, got 90"):
            studio.do(Set("bpm", 90))

    def test_stop_and_go_on_where_it_was(self) -> None:
        studio = self.follower()
        studio.do(Sync(0.0, studio.now, 120.0), SetPlaying(True))
        studio.play(260)
        studio.do(SetPlaying(False))
        studio.play(1000)
        studio.do(Seek(0.75), Sync(0.75, studio.now, 120.0), SetPlaying(True))
        assert studio.play(100) == [TRITONE[3]]

    def test_the_tempo_that_is_followed_is_told(self) -> None:
        studio = self.follower()
        studio.do(Sync(0.0, studio.now, 97.5))
        assert (studio.engine.settings.bpm, studio.engine.transport.bpm) == (97.5, 97.5)

    def test_steps_that_a_correction_puts_into_the_past_are_left_out(self) -> None:
        studio = self.follower()
        studio.do(Sync(0.0, studio.now, 120.0), SetPlaying(True))
        assert studio.play(247) == [60, 61]  # the third is with the gate
        studio.do(Sync(247 / 500 + 0.3, studio.now, 120.0))  # 150 ms farther
        assert studio.play(93) == [62]
        assert studio.play(20) == [TRITONE[4]]


class TestSnapshotsAndMotion:
    def test_a_snapshot_brings_back_the_place_and_the_playing(self) -> None:
        studio = Studio.playing()
        studio.do(SESQUITONE, Set("rate", "1/8"), Set("gate", 50), SetMotion(1, "kind", "lfo"), StoreSnapshot("verse"))
        studio.do(SetAxis(0, 0.0), Set("rate", "1/16"), Set("gate", 90), SetMotion(1, "kind", "off"), Set("bpm", 99))
        studio.do(RecallSnapshot("verse"))
        studio.play(300)
        engine = studio.engine
        assert engine.pattern.text == "sesquitone 0 1"
        assert (engine.settings.rate, engine.settings.gate, engine.settings.bpm) == ("1/8", 50.0, 99.0)
        assert engine.point.motions[1].kind == "lfo"

    def test_one_that_is_not_there_says_which_are(self) -> None:
        studio = Studio.playing()
        studio.do(StoreSnapshot("verse"))
        with pytest.raises(ControlError, match="no snapshot 'chorus'; there are: verse"):
            studio.do(RecallSnapshot("chorus"))

    def test_of_very_many_that_there_are_it_says_how_many_more(self) -> None:
        studio = Studio.playing()
        for number in range(100):
            studio.do(StoreSnapshot(f"s{number}"))
        with pytest.raises(ControlError, match=r"there are: s0, s1, .*, s39 and 60 more$"):
            studio.do(RecallSnapshot("chorus"))

    def test_a_snapshot_that_cannot_be_recalled_moves_nothing(self) -> None:
        studio = Studio.playing()
        studio.engine.snapshots["high"] = Snapshot((3.0, 0.0), {"lowest": 100})
        with pytest.raises(ControlError, match="highest must be at least 11 above lowest"):
            studio.do(RecallSnapshot("high"))
        assert studio.engine.point.z == [0.0, 0.0]

    def test_there_are_at_most_512_snapshots_and_each_can_be_stored_again(self) -> None:
        studio = Studio.playing()
        studio.do(*(StoreSnapshot(str(number)) for number in range(512)))
        with pytest.raises(ControlError, match="at most 512 snapshots can be kept: 'more' is one more"):
            studio.do(StoreSnapshot("more"))
        studio.do(SESQUITONE, StoreSnapshot("7"))
        assert studio.engine.snapshots["7"].z[0] == 3.0

    def test_a_renamed_snapshot_keeps_its_place_and_is_recalled_by_the_sequence(self) -> None:
        studio = Studio.playing(sequence="verse chorus", sequence_bars=1)
        studio.do(StoreSnapshot("verse"), SESQUITONE, StoreSnapshot("chorus"), RenameSnapshot("verse", "dawn"))
        assert list(studio.engine.snapshots) == ["dawn", "chorus"]
        assert studio.engine.settings.sequence == "dawn chorus"
        studio.play_to(1000)
        assert (studio.engine.pattern.text, studio.engine.refused) == ("tritone 0 1 2", [])

    def test_a_name_that_is_taken_or_missing_is_refused_and_renames_nothing(self) -> None:
        studio = Studio.playing()
        studio.do(StoreSnapshot("verse"), SESQUITONE, StoreSnapshot("chorus"), RenameSnapshot("verse", "verse"))
        with pytest.raises(ControlError, match="there is a snapshot 'chorus' already"):
            studio.do(RenameSnapshot("verse", "chorus"))
        with pytest.raises(ControlError, match="no snapshot 'bridge'; there are: verse, chorus"):
            studio.do(RenameSnapshot("bridge", "solo"))
        with pytest.raises(ControlError, match="1 to 64 characters and no space, got 'a b'"):
            RenameSnapshot("verse", "a b")
        assert [snapshot.z[0] for snapshot in studio.engine.snapshots.values()] == [0.0, 3.0]

    def test_a_new_name_that_makes_the_sequence_too_long_is_refused(self) -> None:
        studio = Studio.playing(sequence="v " * 100)
        studio.do(StoreSnapshot("v"))
        with pytest.raises(ControlError, match="length <= 256"):
            studio.do(RenameSnapshot("v", "verse"))
        assert (list(studio.engine.snapshots), studio.engine.settings.sequence) == (["v"], "v " * 100)

    def test_a_deleted_snapshot_is_gone(self) -> None:
        studio = Studio.playing()
        studio.do(StoreSnapshot("verse"), StoreSnapshot("chorus"), DeleteSnapshot("verse"))
        with pytest.raises(ControlError, match="no snapshot 'verse'; there are: chorus"):
            studio.do(DeleteSnapshot("verse"))

    def test_a_sequence_recalls_one_after_the_other_in_time(self) -> None:
        studio = Studio.playing(sequence="verse chorus", sequence_bars=1)
        studio.do(StoreSnapshot("verse"), SESQUITONE, Set("octaves", 2), StoreSnapshot("chorus"))
        at = {}
        for bar in range(4):
            studio.play_to(2000 * bar + 1000)
            at[bar] = studio.engine.pattern.text
        assert list(at.values()) == ["tritone 0 1 2", "sesquitone 0 1"] * 2

    def test_a_sequence_with_a_name_that_is_not_there_says_so_and_plays_on(self) -> None:
        studio = Studio.playing(sequence="verse chorus", sequence_bars=1)
        studio.do(StoreSnapshot("verse"))
        assert studio.play(4500)[:2] == [60, 61]
        assert [str(error) for error in studio.engine.refused] == ["no snapshot 'chorus'; there are: verse"]
        assert len(studio.notes) == 36

    def test_a_sequence_may_change_the_rate(self) -> None:
        studio = Studio.playing(sequence="slow fast", sequence_bars=1)
        studio.do(Set("rate", "1/4"), StoreSnapshot("slow"), Set("rate", "1/8"), StoreSnapshot("fast"))
        studio.play_to(3990)
        assert [at for at, _ in studio.heard] == [0, 500, 1000, 1500, *range(2000, 4000, 250)]

    def test_a_sequence_at_six_milliseconds_a_step_changes_on_the_bar(self) -> None:
        studio = Studio.playing(rate="1/64t", bpm=400.0, bar=1, sequence_bars=1)
        studio.do(StoreSnapshot("low"), Set("channel", 2), StoreSnapshot("high"), Set("sequence", "low high"))
        studio.play_to(600)
        assert [(note.at, note.channel) for note in studio.notes] == [(6.25 * n, n // 24 % 2) for n in range(96)]

    def test_a_sequence_that_makes_steps_shorter_than_the_lookahead_begins_with_the_bar(self) -> None:
        studio = Studio(PlaySettings(rate="1/4", bar=1, sequence_bars=1), following=True)
        studio.do(Sync(0.0, studio.start, 900.0), StoreSnapshot("slow"), Set("rate", "1/64t"), StoreSnapshot("fast"))
        studio.do(Set("sequence", "slow fast"), SetPlaying(True))
        studio.play_to(140)
        assert [round(note.at, 2) for note in studio.notes][:3] == [0.0, 66.67, 69.44]

    def test_a_quick_lfo_at_six_milliseconds_a_step_undoes_nothing(self) -> None:
        studio = Studio.playing(rate="1/64t", bpm=400.0)
        for key, value in (("shape", "square"), ("hz", 20.0), ("depth", 1.0), ("kind", "lfo")):
            studio.do(SetMotion(0, key, value))
        studio.play_to(600)
        assert [note.at for note in studio.notes] == [6.25 * n for n in range(96)]

    def test_the_corners_are_places_and_the_morph_goes_between_two(self) -> None:
        studio = Studio.playing()
        studio.do(SetAxis(0, 0.0), SetCorner("a", "here"), SetCorner("b", "home"))
        studio.do(Morph(1.0))
        assert studio.engine.point.z == [1.0, 0.0]
        studio.do(Morph(0.5))
        assert studio.engine.point.z == [0.5, 0.0]

    def test_the_pad_is_bilinear(self) -> None:
        studio = Studio.playing()
        for corner, position in (("a", 0.0), ("b", 1.0), ("c", 0.5), ("d", 0.0)):
            studio.do(SetAxis(0, position), SetCorner(corner, "here"))  # type: ignore[arg-type]
        for x, y, position in ((0, 0, 0.0), (1, 0, 1.0), (0, 1, 0.5), (1, 1, 0.0), (0.5, 0.5, 0.375)):
            studio.do(MovePad(x, y))
            assert studio.engine.point.positions[0] == pytest.approx(position)

    def test_the_morph_travels_by_itself(self) -> None:
        studio = Studio.playing(morph_bars=2.0)
        studio.do(SetAxis(0, 0.0), SetCorner("a", "here"), SetAxis(0, 1.0), SetCorner("b", "here"))
        texts = []
        for _ in range(32):
            studio.play(125)
            texts.append(studio.engine.pattern.text)
        assert texts[0] == "tritone 0 1 2"
        assert "sesquitone 0 1" in texts
        assert list(dict.fromkeys(texts)) == ["tritone 0 1 2", "tritone 0 1 3", "ditone 0 -1 2", "sesquitone 0 1"]

    def test_the_pad_travels_by_itself_round_its_corners(self) -> None:
        studio = Studio.playing(pad_bars=4.0)
        for corner, position in (("a", 0.0), ("b", 1 / 3), ("c", 2 / 3), ("d", 1.0)):
            studio.do(SetAxis(0, position), SetCorner(corner, "here"))  # type: ignore[arg-type]
        met = []
        for _ in range(4):
            studio.play(20)
            met.append(studio.engine.pattern.text)
            studio.play(1980)
        assert met == ["tritone 0 1 2", "tritone 0 1 3", "sesquitone 0 1", "ditone 0 -1 2"]  # A B D C

    def test_at_a_corner_its_own_pattern_is_heard_however_near_it_is(self) -> None:
        studio = Studio.playing(hysteresis=0.5)
        studio.do(SetAxis(0, 0.0), SetCorner("a", "here"), SetAxis(0, 1 / 3), SetCorner("b", "here"))
        met = []
        for control in (Morph(0.0), Morph(1.0), Morph(0.0), MovePad(1.0, 0.0), MovePad(0.0, 0.0), MovePad(0.9, 0.0)):
            studio.do(control)
            studio.play(130)
            met.append(studio.engine.pattern.cell[-1])
        assert met == [2, 3, 2, 3, 2, 2]  # on the way the hysteresis holds

    def test_an_orbit_moves_an_axis_and_its_knob_stays(self) -> None:
        studio = Studio.playing()
        studio.do(SetAxis(0, 0.5), SetMotion(0, "kind", "orbit"), SetMotion(0, "depth", 1.0), SetMotion(0, "bars", 1.0))
        met = set()
        for _ in range(16):
            studio.play(125)
            met.add(studio.engine.pattern.text)
        assert len(met) == 4
        assert studio.engine.point.positions[0] == 0.5

    THROUGH_THE_MAP = SetPath(Path(axes=(1, 2), points=((0.0, 0.5), (1.0, 0.5)), closed=False))  # at 0, 1, 2, 3

    def test_a_path_is_travelled_once_in_its_bars_and_again(self) -> None:
        studio = Studio.playing(path_bars=1.0, rate="1/4")
        studio.do(self.THROUGH_THE_MAP)
        met = []
        for _ in range(8):
            studio.play(500)
            met.append(studio.engine.pattern.text)
        assert met == ["tritone 0 1 2", "tritone 0 1 3", "ditone 0 -1 2", "ditone 0 -1 2"] * 2

    def test_the_place_in_the_song_is_the_place_on_the_path(self) -> None:
        studio = Studio.playing(path_bars=2.0, rate="1/4")
        studio.do(self.THROUGH_THE_MAP)
        met = {}
        for beat in (*range(8), 5, 6, 2, 7, 0):
            studio.do(Seek(float(beat)))
            studio.play(20)
            place = (studio.engine.pattern.text, studio.engine.point.moved_positions[0])
            assert met.setdefault(beat, place) == place
        assert [position for _, position in met.values()] == [beat / 8 for beat in range(8)]

    def test_a_path_that_ends_leaves_the_point_at_its_knobs(self) -> None:
        studio = Studio.playing(path_bars=1.0)
        studio.do(self.THROUGH_THE_MAP)
        studio.play_to(1900)
        assert studio.engine.pattern.text == "sesquitone 0 1"
        studio.do(SetPath())
        studio.play(100)
        assert studio.engine.pattern.text == "tritone 0 1 2"

    def test_a_snapshot_brings_its_path_back_and_one_without_a_path_ends_it(self) -> None:
        studio = Studio.playing(path_bars=1.0)
        studio.do(StoreSnapshot("still"), self.THROUGH_THE_MAP, Set("path-bars", 2.0), StoreSnapshot("moving"))
        studio.do(Set("path-bars", 1.0), RecallSnapshot("still"))
        assert studio.engine.point.path is None
        studio.do(RecallSnapshot("moving"))
        assert studio.engine.point.path == self.THROUGH_THE_MAP.path
        studio.play_to(2900)
        assert studio.engine.point.moved_positions[0] == 23 / 32  # of 32 sixteenths in two bars

    def test_a_snapshot_whose_path_is_refused_changes_nothing(self) -> None:
        studio = Studio.playing()
        path = Path(axes=(1, 3), points=((0.0, 0.5), (1.0, 0.5)))
        studio.engine.snapshots["wide"] = Snapshot((3.0, 0.0), {"lowest": 40}, path=path)
        with pytest.raises(ControlError, match=r"axes must be in 1\.\.2, got 3"):
            studio.do(RecallSnapshot("wide"))
        assert (studio.engine.settings.lowest, studio.engine.point.z) == (21, [0.0, 0.0])

    def test_steps_are_in_time_on_a_path_at_six_milliseconds_a_step(self) -> None:
        studio = Studio.playing(rate="1/64t", bpm=400.0, path_bars=0.0625)
        studio.do(self.THROUGH_THE_MAP)
        studio.play_to(600)
        assert [note.at for note in studio.notes] == [6.25 * n for n in range(96)]

    def test_steps_shorter_than_the_lookahead_may_all_move_by_themselves(self) -> None:
        studio = Studio.playing(rate="1/64t", bpm=400.0)  # 6.25 ms a step
        studio.do(SetAxis(0, 0.5), SetMotion(0, "kind", "orbit"), SetMotion(0, "depth", 1.0))
        studio.do(SetMotion(0, "bars", 0.0625))
        studio.play_to(999)
        assert [at for at, _ in studio.heard] == [6.25 * step for step in range(160)]
        studio.do(Set("sequence", "a b"), Set("sequence-bars", 1), Set("bar", 1))
        studio.do(StoreSnapshot("a"), SetAxis(0, 1.0), Set("octaves", 2), StoreSnapshot("b"))
        studio.play(1001)
        assert [at for at, _ in studio.heard] == [6.25 * step for step in range(320)]

    def test_random_places_differ_and_are_the_same_for_one_seed(self) -> None:
        drawn = []
        for _ in range(2):
            studio = Studio.playing(seed=7)
            for _ in range(2):
                studio.do(GoTo("random"))
                drawn.append(tuple(studio.engine.point.z))
        assert drawn[0] == drawn[2] != drawn[1] == drawn[3]

    def test_a_snapshot_that_cannot_be_leaves_everything_as_it_was(self) -> None:
        studio = Studio.playing()
        broken = Snapshot((3.0, 0.0), {"gate": 500})
        studio.engine.snapshots["broken"] = broken
        with pytest.raises(ControlError, match="gate must be a number"):
            studio.do(RecallSnapshot("broken"))
        assert studio.engine.point.z == [0.0, 0.0]
        assert studio.play(240) == [60, 61]

    def test_a_snapshot_is_taken_however_near_it_is(self) -> None:
        studio = Studio.playing(hysteresis=0.5)
        studio.do(SetAxis(0, 0.0), StoreSnapshot("verse"), SetAxis(0, 1 / 3))
        studio.play(10)
        assert studio.engine.pattern.text == "tritone 0 1 3"
        studio.do(RecallSnapshot("verse"))
        studio.play(10)
        assert studio.engine.pattern.text == "tritone 0 1 2"

    def test_a_seek_recalls_the_snapshot_of_its_bars_again(self) -> None:
        studio = Studio.playing(sequence="verse", sequence_bars=4)
        studio.do(StoreSnapshot("verse"))
        studio.play(200)
        studio.do(SESQUITONE)
        studio.play(200)
        assert studio.engine.pattern.text == "sesquitone 0 1"
        studio.do(Seek(0.0))
        studio.play(20)
        assert studio.engine.pattern.text == "tritone 0 1 2"

    def test_an_lfo_goes_by_seconds_whatever_the_tempo(self) -> None:
        studio = Studio.playing(bpm=240.0)
        studio.do(SetAxis(0, 0.5), SetMotion(0, "shape", "square"), SetMotion(0, "depth", 1.0))
        studio.do(SetMotion(0, "hz", 0.5), SetMotion(0, "kind", "lfo"))
        studio.play_to(980)  # half a turn is a second
        assert studio.engine.pattern.text == "sesquitone 0 1"
        studio.play_to(1080)
        assert studio.engine.pattern.text == "tritone 0 1 2"

    def test_settings_that_cannot_be_together_are_refused(self) -> None:
        studio = Studio.playing()
        with pytest.raises(ControlError, match=r"highest must be at least 11 above lowest \(100\), got 108"):
            studio.do(Set("lowest", 100))
        assert studio.engine.settings.lowest == 21


def test_a_stop_and_a_start_just_after_a_step_do_not_strike_it_twice() -> None:
    studio = Studio(following=True)
    studio.do(Sync(0.0, studio.start, 120.0), SetPlaying(True))
    studio.play_to(124)  # the gate has the step at 125 ms
    at_127_ms = studio.start + 127 * MS
    for control in (SetPlaying(False), SetPlaying(True)):
        studio.engine.apply(control, at_127_ms)
    assert studio.engine.advance(at_127_ms)[1:] == []
    assert studio.engine.deadline_ns == studio.start + 250 * MS - LOOKAHEAD_NS


def test_the_music_goes_on_when_another_clock_is_chosen_and_when_it_is_left() -> None:
    studio = Studio.playing(bpm=120.0, rate="1/4")
    studio.play_to(1100)
    studio.do(FollowClock("midi"))
    with pytest.raises(ControlError, match=r"the tempo follows another clock, at 120\.0 bpm, got 90"):
        studio.do(Set("bpm", 90.0))
    studio.play_to(1600)
    studio.do(Sync(3.2, studio.now, 60.0))  # beat 4 is 0.8 s away
    studio.play_to(2600)
    assert [note.at for note in studio.notes] == pytest.approx([0, 500, 1000, 1500, 2400], abs=0.01)
    studio.do(FollowClock("internal"), Set("bpm", 120.0))
    studio.play_to(3501)
    assert [note.at for note in studio.notes[5:]] == pytest.approx([3000, 3500], abs=0.01)


def test_the_song_position_of_a_daw_is_refused_if_no_client_has_made_other_commands_of_it() -> None:
    studio = Studio.playing()
    with pytest.raises(ControlError, match="a DAW's song position can only be sent as an OSC message"):
        studio.do(SongPosition(5.0, 100.0, True))
    assert studio.engine.transport.bpm == 120.0


class TestAJumpEndsWithItsClock:
    """Of a DAW whose loop is the beats 1 to 4."""

    @staticmethod
    def looped() -> Studio:
        studio = Studio(PlaySettings(bpm=120.0), following=True)
        studio.do(Seek(0.0), Sync(0.0, studio.now, 120.0), SetPlaying(True), Jump(4.0, 1.0))
        return studio

    def test_the_next_clock_is_not_taken_for_one_that_has_still_to_jump(self) -> None:
        studio = self.looped()
        studio.play(2600)
        studio.do(FollowClock("link"))
        for beat in (100.0, 101.0, 103.2):
            studio.do(Sync(beat, studio.now, 120.0))
            assert studio.engine.transport.beat_at(studio.now) == pytest.approx(beat)
            studio.play(100)

    @pytest.mark.parametrize("clock", ["internal", "midi"])
    def test_a_jump_that_is_to_come_is_not_made(self, clock: SyncSource) -> None:
        studio, straight = self.looped(), Studio(PlaySettings(bpm=120.0), following=True)
        straight.do(Seek(0.0), Sync(0.0, straight.now, 120.0), SetPlaying(True))
        studio.play(1000)
        studio.do(FollowClock(clock))
        studio.play(1500)
        straight.play(2500)
        assert studio.engine.transport.beat_at(studio.now) == pytest.approx(5.0)
        assert studio.heard == straight.heard


def test_a_snapshot_that_a_sequence_recalls_is_taken_up_with_the_step_that_recalled_it() -> None:
    studio = Studio.playing(sequence="moving still", sequence_bars=1, bar=1)
    studio.do(SetMotion(1, "kind", "lfo"), StoreSnapshot("moving"))
    studio.do(SetMotion(1, "kind", "off"), Set("rate", "1/1."), SESQUITONE, StoreSnapshot("still"))
    studio.play_to(490)
    assert studio.engine.pattern.text == "tritone 0 1 2"
    studio.engine.advance(studio.start + 500 * MS - LOOKAHEAD_NS)
    assert studio.engine.pattern.text == "sesquitone 0 1"


knob = st.floats(0, 1)
any_setting = st.sampled_from([key for key, field in FIELDS.items() if field.has_range and key not in ("bpm", "seed")])
anything: st.SearchStrategy[Control] = st.one_of(
    st.builds(SetAxis, st.integers(0, 1), knob),
    st.builds(lambda key, at: Set(key, FIELDS[key].at(at)), any_setting, knob),
    st.builds(lambda at: Set("bpm", 20 + 380 * at), knob),
    st.builds(KeyDown, st.integers(0, 127), st.integers(1, 127), st.integers(0, 1)),
    st.builds(KeyUp, st.integers(0, 127), st.integers(0, 1)),
    st.builds(ReleaseKeys, st.sampled_from([None, 0, 1])),
    st.builds(MovePad, knob, knob),
    st.builds(Morph, knob),
    st.builds(Seek, st.floats(0, 64)),
    st.builds(SetMotion, st.integers(0, 1), st.just("kind"), st.sampled_from(["off", "lfo", "orbit", "walk"])),
    st.builds(StoreSnapshot, st.sampled_from(["1", "2"])),
    st.builds(RecallSnapshot, st.sampled_from(["1", "2"])),
    st.builds(RenameSnapshot, st.sampled_from(["1", "2"]), st.sampled_from(["1", "3"])),
    st.builds(DeleteSnapshot, st.sampled_from(["2", "3"])),
    st.builds(SetPlaying, st.booleans()),
    st.just(Set("sequence", "1 2")),
    st.just(Set("rhythm", "x..x")),
    st.just(Panic()),
)


@settings(max_examples=100)
@given(
    st.sampled_from(["now", "step", "beat", "bar", "turn"]),
    st.sampled_from([10.0, 55.0, 100.0, 170.0]),
    st.lists(st.tuples(knob, st.floats(0, 300)), min_size=1, max_size=15),
)
def test_no_note_of_the_line_is_cut_or_left_hanging_whenever_the_scale_changes(
    change: str, gate: float, turns: list[tuple[float, float]]
) -> None:
    studio = Studio.playing(change=change, gate=gate, tick_ns=MS)
    for position, wait in turns:
        studio.do(SetAxis(0, position))
        studio.play(wait)
    studio.play(500)
    struck: dict[int, float] = {}  # a note that is struck again before its end makes way
    for note in reversed(studio.voice(LINE)):
        end = min(note.at + 1.25 * gate, struck.get(note.note, math.inf))
        assert note.off == pytest.approx(end) or (note.sounds and note.at + 1.25 * gate >= studio.ms - 1)
        struck[note.note] = note.at
    assert {note.at for note in studio.voice(LINE)} == {125.0 * step for step in range(math.ceil(studio.ms / 125))}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(anything, st.floats(0, 300)), max_size=25), st.booleans())
@example([(Set("rate", "1/64t"), 105), (Seek(0.0), 6), (ReleaseKeys(), 1)], True)  # back to a step that is late
def test_whatever_is_turned_when_nothing_hangs_and_time_goes_forward(
    turns: list[tuple[Control, float]], following: bool
) -> None:
    studio = Studio(tick_ns=MS, following=following)
    studio.do(SetPlaying(True))
    for number, (control, wait) in enumerate(turns):
        if following:
            studio.do(Sync((studio.now - studio.start) / SECOND * 2, studio.now, 120.0 + number))
        try:
            studio.do(control)
        except ControlError:
            continue
        studio.play(wait)
    studio.do(SetPlaying(False))
    studio.play(1)
    assert studio.gate.sounding == []
    assert studio.offs == len(studio.notes)
    times = [note.at for note in studio.notes if note.voice == LINE]
    assert times == sorted(times)
    assert studio.engine.advance(studio.now) == []
