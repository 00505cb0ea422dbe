"""`polate learn`: which source a stream of messages comes from, and what is written into the settings file."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from rig import Controller, JackServer, wait_until

from polate.cli.learn import REST_NS, Found, Gathering, bind, mapping_for, read_document, write_document
from polate.errors import ConfigError
from polate.mapping.mapping import Mapping
from polate.midi.sources import Reader, Source
from polate.player.config import load

MILLISECOND = 1_000_000
PARAMETERS = st.sampled_from([6, 96, 97, 98, 99, 100, 101])


def found(*messages: Sequence[int]) -> Found | None:
    gathering, now = Gathering(), 0
    for message in messages:
        now += 10 * MILLISECOND
        gathering.feed(message, now)
    return gathering.found(now + REST_NS)


def turned(number: int, *values: int, channel: int = 1) -> Found | None:
    return found(*((0xB0 | channel - 1, number, value) for value in values))


class TestWhatWasMoved:
    def test_a_knob(self) -> None:
        assert turned(21, *range(30, 90), channel=3) == Found(Source("cc", 21), 3)

    def test_a_knob_that_was_turned_there_and_back_around_its_middle(self) -> None:
        assert turned(21, *range(58, 71), *range(69, 40, -1)) == Found(Source("cc", 21), 1)

    def test_a_button_that_sends_a_control_change(self) -> None:
        assert turned(41, 127, 0) == Found(Source("cc", 41), 1, is_switch=True)

    @pytest.mark.parametrize("order", [(1, 33), (33, 1)])
    def test_a_pair(self, order: tuple[int, int]) -> None:
        messages = [
            (0xB0, number, value >> 7 if number == 1 else value & 127)
            for value in range(5000, 9000, 50)
            for number in order
        ]
        assert found(*messages) == Found(Source("cc14", 1), 1)

    def test_an_nrpn(self) -> None:
        messages = [
            message
            for value in range(0, 128, 4)
            for message in ((0xB4, 99, 2), (0xB4, 98, 44), (0xB4, 6, value), (0xB4, 38, 0))
        ]
        assert found(*messages) == Found(Source("nrpn", 300), 5)

    def test_after_another_parameter_data_belongs_to_no_nrpn(self) -> None:
        nrpn, rpn = [(0xB0, 99, 2), (0xB0, 98, 44)], [(0xB0, 101, 0), (0xB0, 100, 1)]
        data = [(0xB0, 6, value) for value in range(0, 128, 4)]
        assert found(*nrpn, *rpn, *data) == Found(Source("cc", 6), 1)
        assert found(*rpn, *nrpn, *data) == Found(Source("nrpn", 300), 1)

    @pytest.mark.parametrize("number", [98, 99])
    def test_half_a_number_is_no_nrpn(self, number: int) -> None:
        assert found((0xB0, number, 44), *((0xB0, 6, value) for value in range(50))) == Found(Source("cc", 6), 1)

    @given(st.lists(st.tuples(st.sampled_from([0xB0, 0xB1]), PARAMETERS, st.integers(0, 127)), min_size=1))
    def test_an_nrpn_that_is_found_is_one_that_playing_hears(self, messages: list[tuple[int, int, int]]) -> None:
        came = found(*messages)
        assert came is not None
        if came.source.kind == "nrpn":
            reader = Reader([(came.source, came.channel)])
            assert any(reader.read(message) for message in messages)

    def test_the_pitch_wheel_the_aftertouch_a_pad_and_a_program(self) -> None:
        assert found(*((0xE0, 0, value) for value in range(64, 100))) == Found(Source("pitch-bend"), 1)
        assert found((0x91, 36, 90), (0x81, 36, 0)) == Found(Source("note", 36), 2, is_switch=True)
        assert found((0xC9, 5)) == Found(Source("program", 5), 10, is_switch=True)
        pressed = [(0xD0, value) for value in (*range(0, 100, 9), *range(100, 0, -9))]
        assert found((0x90, 36, 90), *pressed, (0x80, 36, 0)) == Found(Source("pressure"), 1)
        pressed_key = [(0xA0, 36, value) for value in range(0, 100, 9)]
        assert found((0x90, 36, 90), *pressed_key, (0x80, 36, 0)) == Found(Source("poly-pressure", 36), 1)

    def test_a_motor_fader_that_is_touched_is_no_button(self) -> None:
        moved = [(0xE0, 0, value) for value in range(20, 60)]
        assert found((0x90, 104, 127), *moved, (0x90, 104, 0)) == Found(Source("pitch-bend"), 1)

    @pytest.mark.parametrize(
        ("values", "encoding"),
        [
            ((1, 1, 1, 2, 1, 127, 127, 126, 127), "twos-complement"),
            ((1, 3, 5, 2, 127, 120, 125), "twos-complement"),
            ((65, 65, 66, 65, 63, 63, 62), "offset"),
            ((65, 68, 70, 66, 63, 60, 62), "offset"),
            ((65, 0, 65, 0, 66, 0, 63, 0, 63, 0), "offset"),
            ((1, 1, 2, 1, 65, 65, 66), "sign"),
        ],
    )
    def test_an_encoder_that_is_turned_both_ways(self, values: tuple[int, ...], encoding: str) -> None:
        came = turned(21, *values)
        assert came is not None
        assert str(came.source) == f"relative 21 {encoding}"
        assert not came.doubt

    @pytest.mark.parametrize("values", [(1, 1, 1, 1), (65, 65, 65, 65), (127, 127, 127), (63, 63, 63)])
    def test_an_encoder_that_is_turned_one_way_is_not_judged_yet(self, values: tuple[int, ...]) -> None:
        came = turned(21, *values)
        assert came is not None
        assert came.doubt == "turn it the other way too"

    @pytest.mark.parametrize("values", [(127,), (64,), (60, 61)])
    def test_too_little_is_not_judged(self, values: tuple[int, ...]) -> None:
        came = turned(21, *values)
        assert came is not None
        assert came.doubt == "move it further"

    def test_nothing_is_said_while_the_hand_moves(self) -> None:
        gathering = Gathering()
        assert gathering.found(10**12) is None
        gathering.feed((0xB0, 21, 1), 0)
        assert gathering.found(REST_NS - 1) is None

    def test_clock_and_active_sensing_do_not_matter(self) -> None:
        assert found((0xF8,), (0xFE,)) is None
        assert found((0xF8,), *((0xB0, 21, value) for value in range(20)), (0xFE,)) == Found(Source("cc", 21), 1)

    @pytest.mark.parametrize("message", [(0xB0, 21, 128), (0xC0, 128), (0xB0, 21), (0xC0, 1, 2), (0xF2, 1, 2)])
    def test_what_is_no_channel_message_does_not_matter(self, message: tuple[int, ...]) -> None:
        assert found(message) is None

    @given(st.integers(0, 127), st.integers(0, 127))
    def test_a_knob_that_is_turned_far_and_steadily_is_a_knob(self, start: int, end: int) -> None:
        if abs(end - start) >= 60:
            values = range(start, end, 1 if end > start else -1)
            came = turned(21, *values)
            assert came is not None
            assert came.source == Source("cc", 21)

    @given(st.lists(st.lists(st.integers(0, 255), max_size=4)))
    def test_garbage_never_raises(self, messages: list[list[int]]) -> None:
        found(*messages)


class TestWhatItIsBoundTo:
    def test_a_button_toggles_what_can_be_on_and_off(self) -> None:
        for target in ("play", "hold"):
            assert mapping_for(Found(Source("note", 36), 1, is_switch=True), target).mode == "toggle"
        assert mapping_for(Found(Source("cc", 41), 1, is_switch=True), "panic").mode == "momentary"

    def test_any_program_recalls_snapshots_but_one_presses_a_button(self) -> None:
        program = Found(Source("program", 5), 10, is_switch=True)
        assert mapping_for(program, "snapshot").source == "program"
        assert mapping_for(program, "panic").source == "program 5"

    def test_what_does_not_go_together_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="snapshot/NAME"):
            mapping_for(Found(Source("note", 36), 1, is_switch=True), "snapshot")


FILE = """# my studio
output = "IAC Driver Bus 1"  # to the DAW

[cc]
21 = "z/1"  # the first knob
22 = "z/2"

[[map]]
source = "cc 23"
target = "z/3"  # with a curve
curve = 2.0

# the end
"""


class TestTheFile:
    def test_what_stands_there_stays(self) -> None:
        document = tomlkit.parse(FILE)
        assert bind(document, Mapping(source="cc 24", channel=1, target="z/4")) == []
        text = document.as_string()
        for line in FILE.splitlines():
            assert line in text
        assert document.unwrap()["map"] == [
            {"source": "cc 23", "target": "z/3", "curve": 2.0},
            {"source": "cc 24", "channel": 1, "target": "z/4"},
        ]

    def test_the_same_target_and_the_same_source_are_replaced_and_said(self) -> None:
        document = tomlkit.parse(FILE)
        assert bind(document, Mapping(source="note 1", channel=1, target="z/3")) == ["cc 23 -> z/3"]
        assert bind(document, Mapping(source="cc 21", channel=1, target="gate")) == ["cc 21 -> z/1"]
        assert bind(document, Mapping(source="pressure", channel=1, target="z/2")) == ["cc 22 -> z/2"]
        assert [entry["target"] for entry in document.unwrap()["map"]] == ["z/3", "gate", "z/2"]

    def test_the_same_source_on_another_channel_stays(self) -> None:
        document = tomlkit.parse("")
        bind(document, Mapping(source="cc 21", channel=1, target="z/1"))
        assert bind(document, Mapping(source="cc 21", channel=2, target="z/2")) == []

    def test_a_button_that_toggles_is_written_as_one(self) -> None:
        document = tomlkit.parse("")
        bind(document, Mapping(source="note 36", channel=1, target="play", mode="toggle"))
        assert document.unwrap()["map"][0]["mode"] == "toggle"

    def test_what_is_written_can_be_read_again(self, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        document = read_document(path)
        bind(document, Mapping(source="relative 21 offset", channel=4, target="bpm"))
        write_document(path, document)
        assert [file.name for file in tmp_path.iterdir()] == ["polate.toml"]
        assert read_document(path).unwrap() == {
            "map": [{"source": "relative 21 offset", "channel": 4, "target": "bpm"}]
        }

    @pytest.mark.parametrize("maps", ["", '{source = "note 5", target = "play"}'])
    def test_maps_that_stand_in_a_line_become_tables(self, maps: str, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.write_text(f'map = [{maps}]\nbpm = 96.0  # slow\n[cc]\n30 = "z/2"\n')
        document = read_document(path)
        assert bind(document, Mapping(source="cc 21", channel=1, target="z/1")) == []
        write_document(path, document)
        config = load(path, {})
        assert [each.source for each in config.map] == ["note 5"] * bool(maps) + ["cc 21"]
        assert (config.bpm, dict(config.cc or {})) == (96.0, {30: "z/2"})
        assert "# slow" in path.read_text()

    def test_a_link_goes_on_leading_to_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.symlink_to(tmp_path / "elsewhere.toml")
        (tmp_path / "elsewhere.toml").write_text("bpm = 96.0\n")
        document = read_document(path)
        bind(document, Mapping(source="cc 21", channel=1, target="z/1"))
        write_document(path, document)
        assert path.is_symlink()
        assert "cc 21" in (tmp_path / "elsewhere.toml").read_text()

    @pytest.mark.parametrize("text", ["map = 3", "map = {a = 1}", "map = [1]", "cc = 3"])
    def test_maps_that_are_none_are_refused(self, text: str) -> None:
        with pytest.raises(ConfigError, match="got"):
            bind(tomlkit.parse(text), Mapping(source="cc 1", channel=1, target="z/1"))

    @pytest.mark.parametrize("text", [b"a = ", b"\xff\xfe", b"a = 1\na = 2", b"#" * 70_000])
    def test_a_file_that_cannot_be_read_is_refused(self, text: bytes, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.write_bytes(text)
        with pytest.raises(ConfigError, match=r"polate\.toml"):
            read_document(path)

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="there is no /dev/zero")
    def test_of_a_file_that_never_ends_no_more_is_read_than_is_allowed(self) -> None:
        with pytest.raises(ConfigError, match="cannot read /dev/zero: it must have at most 65536 bytes, got more"):
            read_document(Path("/dev/zero"))

    def test_the_size_of_a_file_is_that_of_its_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.write_text("#" + "\u266f" * 30_000, "utf-8")
        with pytest.raises(ConfigError, match="at most 65536 bytes, got 90001"):
            read_document(path)

    def test_a_folder_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="cannot write"):
            write_document(tmp_path / "no" / "polate.toml", tomlkit.parse(""))


@pytest.mark.jack
class TestForReal:
    """The verb as a process of its own, with a controller on JACK."""

    @pytest.fixture
    def knobs(self, jack: JackServer) -> Iterator[Controller]:
        controller = Controller()
        yield controller
        controller.close()

    @contextlib.contextmanager
    def learning(self, jack: JackServer, path: Path, *targets: str) -> Iterator[subprocess.Popen[bytes]]:
        """The verb, on a settings file; what it says goes into a file beside it."""
        call = f"learn({list(targets)!r}, config=Path({str(path)!r}), input='knobs', midi_api='jack')"
        script = f"from pathlib import Path; from polate.cli.learn import learn; {call}"
        environment = {**jack.env, "PYTHONPATH": os.pathsep.join(sys.path)}
        with path.with_suffix(".out").open("w") as out:
            process = subprocess.Popen([sys.executable, "-c", script], stdout=out, stderr=out, env=environment)
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def said(self, path: Path) -> list[str]:
        return path.with_suffix(".out").read_text().splitlines()

    def wait_for(self, path: Path, beginning: str) -> None:
        wait_until(lambda: any(line.startswith(beginning) for line in self.said(path)), 20, f"{beginning!r}")

    def test_three_controls_are_bound_one_after_the_other(
        self, jack: JackServer, knobs: Controller, tmp_path: Path
    ) -> None:
        path = tmp_path / "polate.toml"
        path.write_text(FILE)
        with self.learning(jack, path, "z/1", "bpm", "play") as process:
            for target, messages in (
                ("z/1", [(0xB2, 40, value) for value in range(10, 90)]),
                ("bpm", [(0xB0, 41, value) for value in (65, 65, 66, 65, 63, 63, 62)]),
                ("play", [(0x90, 36, 100), (0x80, 36, 0)]),
            ):
                self.wait_for(path, f"{target}: move")
                for message in messages:
                    knobs.send(message)
                    time.sleep(0.004)
            assert process.wait(20) == 0
        assert "z/1: cc 40, channel 3, instead of cc 21 -> z/1" in self.said(path)
        assert read_document(path).unwrap()["map"][1:] == [
            {"source": "cc 40", "channel": 3, "target": "z/1"},
            {"source": "relative 41 offset", "channel": 1, "target": "bpm"},
            {"source": "note 36", "channel": 1, "target": "play", "mode": "toggle"},
        ]
        assert "# my studio" in path.read_text()

    def test_an_interrupt_keeps_what_is_bound(self, jack: JackServer, knobs: Controller, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        with self.learning(jack, path, "z/1", "z/2") as process:
            self.wait_for(path, "z/1: move")
            for value in range(10, 90):
                knobs.send((0xB0, 40, value))
                time.sleep(0.002)
            self.wait_for(path, "z/2: move")
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        assert self.said(path)[-1] == f"1 of 2 bound; to play with them: polate play --config {path}"
        assert read_document(path).unwrap()["map"] == [{"source": "cc 40", "channel": 1, "target": "z/1"}]
