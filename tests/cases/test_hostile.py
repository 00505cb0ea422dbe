"""Files that were made to do harm: each gets a clear answer soon, on one printable line, and takes no memory."""

import contextlib
import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from polate import ConfigError, ModelError, PolateError, TakeError
from polate.cli.main import main
from polate.cli.take_commands import play_again
from polate.errors import printable
from polate.model.contract import METADATA_PREFIX, Axis, Landmark, read_decoder_metadata, read_metadata
from polate.model.decoder import Decoder
from polate.player.config import load
from polate.player.troubles import Troubles
from polate.takes.snapshot_file import read_snapshots
from polate.theory.midi_notes import LARGEST_FILE
from polate_training.sources import MOST_LANDMARKS, read_corpus

HOSTILE = Path(__file__).parent / "hostile"
EVIL = "red \x1b[31m bell \x07 title \x1b]0;x\x07 csi \x9b2J back \u202e line \u2028 tab \x0b end"

pytestmark = pytest.mark.timeout(60)


def is_plain(text: str) -> bool:
    """Whether a text has nothing on which a terminal acts but the ends of its lines and tabulators."""
    return all(each.isprintable() or each in "\n\t" for each in text)


class TestJournals:
    @pytest.mark.parametrize("path", sorted(HOSTILE.glob("journal-*.jsonl")), ids=lambda path: path.stem)
    def test_a_value_that_no_take_has_is_named_with_its_line(self, path: Path) -> None:
        with pytest.raises(TakeError, match=r"line [1-4]: .* must be .*, got ") as caught:
            play_again(path)
        assert is_plain(str(caught.value))

    def start_and(self, tmp_path: Path, *lines: str) -> Path:
        recorded = Path(__file__).parents[1] / "takes/recorded/format-2-voices.jsonl"
        path = tmp_path / "take.jsonl"
        path.write_text("\n".join([recorded.read_text().splitlines()[0], *lines, ""]))
        return path

    @pytest.mark.parametrize(
        "line",
        [
            '{"type":"turn","at":-1}',
            '{"type":"turn","at":9223372036854775807}',
            '{"type":"turn","at":1,"do":[[1,{"type":"Seek","beat":1e308}]]}',
            '{"type":"turn","at":1,"do":[[1,{"type":"Seek","beat":NaN}]]}',
            '{"type":"turn","at":1,"do":[[1,{"type":"Jump","at_beat":1,"beat":-1e9}]]}',
            '{"type":"turn","at":1,"do":[[1,{"type":"Sync","beat":0,"at_ns":-5,"bpm":120}]]}',
            '{"type":"turn","at":1,"do":[[1,{"type":"KeyDown","note":60,"velocity":-1}]]}',
            '{"type":"turn","at":1,"do":[[1,{"type":"SetVoicePort","voice":-1,"port":0}]]}',
            '{"type":"turn","at":1,"do":[[1,{"type":"GoToPoint","z":[Infinity]}]]}',
            '{"type":"gate","reports":[[1,{"kind":8,"note":300}]]}',
            '{"type":"gate","reports":[[1,{"kind":8,"velocity":-1}]]}',
            '{"type":"gate","reports":[[-1000001,{"kind":8}]]}',
            '{"type":"end","at":-7}',
            '{"type":"turn","at":' + "9" * 4000 + "}",
        ],
    )
    def test_each_kind_of_line_is_checked(self, line: str, tmp_path: Path) -> None:
        with pytest.raises(TakeError, match="line 2") as caught:
            play_again(self.start_and(tmp_path, line))
        assert len(str(caught.value)) < 1000

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("lookahead-ns", -1),
            ("lookahead-ns", 10**12),
            ("ports", {"x": 1}),
            ("ports", {"1": -1}),
            ("motions", {"0": {}}),
            ("snapshots", {"a": {"z": [1e999], "settings": {}}}),
        ],
    )
    def test_the_first_line_is_checked(self, key: str, value: object, tmp_path: Path) -> None:
        path = self.start_and(tmp_path)
        path.write_text(json.dumps({**json.loads(path.read_text().splitlines()[0]), key: value}) + "\n")
        with pytest.raises(TakeError, match="line 1"):
            play_again(path)


class TestSettings:
    def test_a_key_of_30_000_parts_is_refused_before_it_is_parsed(self) -> None:
        with pytest.raises(ConfigError, match="a key must have at most 16 parts, got 30001"):
            load(HOSTILE / "toml-dotted-key-slow.toml", {})

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('"a"' + ' . "a"' * 9000 + " = 1", "16 parts"),
            ("[" + "a." * 9000 + "a]", "16 parts"),
            ("x = {" + "a." * 9000 + "a = 1}", "16 parts"),
            ("x = " + "[" * 200 + "]" * 200, "64 deep"),
            ("x = [" + "1," * 20_000 + "]", "6000 of the marks"),
        ],
    )
    def test_so_is_every_other_way_to_write_it(self, text: str, reason: str, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.write_text(text)
        with pytest.raises(ConfigError, match=reason):
            load(path, {})

    def test_dots_and_brackets_in_texts_and_comments_count_for_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "polate.toml"
        path.write_text(
            "# a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r [[[\n"
            f'rhythm = "{"." * 60}"\nsequence = """\n{"[" * 90}"""\n\'motion\'.1.kind = \'lfo\'\n'
        )
        config = load(path, {})
        assert (len(config.rhythm), config.motion["1"].kind) == (60, "lfo")


class TestCorpora:
    def test_8_000_patterns_of_one_name_are_read_and_the_first_names_become_landmarks(self) -> None:
        corpus = read_corpus(HOSTILE / "corpus-8000-of-one-name.txt").corpus
        assert len(corpus.landmarks) == MOST_LANDMARKS
        assert len(corpus.patterns) > MOST_LANDMARKS

    def test_more_lines_than_the_bound_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "own.txt"
        path.write_text("12 0 2 4\n" * 40_001)
        with pytest.raises(ConfigError, match="at most 40000 lines"):
            read_corpus(path)

    def test_members_of_an_archive_that_overlap_are_refused(self) -> None:
        with pytest.raises(ConfigError, match=r"refused, .* it overlaps with another member"):
            read_corpus(HOSTILE / "zip-one-body-ten-names.zip")

    @pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
    def test_a_compression_that_asks_for_much_memory_is_refused(self, method: int, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "own.zip", "w", method) as archive:
            archive.writestr("major.scl", "! x\nmajor\n1\n2/1\n")
        with pytest.raises(ConfigError, match="it must be stored or compressed by deflate"):
            read_corpus(tmp_path / "own.zip")

    def test_a_member_without_a_name_is_passed_over(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
            archive.writestr("x", "")
            archive.writestr("major.scl", "! x\nmajor\n1\n2/1\n")
        content = (tmp_path / "own.zip").read_bytes()
        place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"PK\x01\x02"))
        nameless = content[: place + 28] + b"\0\0" + content[place + 30 : place + 46] + content[place + 47 :]
        end = bytearray(nameless)
        at = end.rindex(b"PK\x05\x06") + 12
        end[at : at + 4] = (int.from_bytes(end[at : at + 4], "little") - 1).to_bytes(4, "little")
        (tmp_path / "own.zip").write_bytes(end)
        with zipfile.ZipFile(tmp_path / "own.zip") as archive:
            assert archive.namelist() == ["", "major.scl"]
        assert read_corpus(tmp_path / "own.zip").corpus.landmarks

    def test_an_archive_that_unpacks_to_more_than_the_bound_is_refused(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "own.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(300):
                archive.writestr(f"{number}.mid", bytes(LARGEST_FILE))
        with pytest.raises(ConfigError, match="must have at most 268435456 bytes together"):
            read_corpus(tmp_path / "own.zip")


class TestModels:
    @pytest.mark.parametrize("path", sorted(HOSTILE.glob("evil-[al]*.onnx")), ids=lambda path: path.stem)
    def test_a_model_that_misbehaves_somewhere_is_refused(self, path: Path) -> None:
        with pytest.raises(ModelError) as caught:
            Decoder.open(path)
        assert str(caught.value).isprintable()

    def test_more_landmarks_than_the_bound_are_refused(self) -> None:
        metadata = Decoder.open().metadata
        kept = {key: getattr(metadata, key) for key in metadata.__struct_fields__}
        texts = {METADATA_PREFIX + key: msgspec.json.encode(value).decode() for key, value in kept.items()}
        assert read_decoder_metadata(texts, "own.onnx") == metadata
        texts[METADATA_PREFIX + "landmarks"] = json.dumps(
            [{"name": str(n), "text": "12 0", "z": [0.0] * 8} for n in range(48_600)]
        )
        with pytest.raises(ModelError, match="landmarks must have at most 4096 entries, got 48600"):
            read_decoder_metadata(texts, "own.onnx")

    def test_a_name_that_would_act_on_a_terminal_is_refused(self) -> None:
        for kind, value in (
            (tuple[Axis, ...], [{"name": EVIL, "low": "", "high": "", "range": [0, 1]}]),
            (tuple[Axis, ...], [{"name": "a", "low": "", "high": EVIL, "range": [0, 1]}]),
            (tuple[Landmark, ...], [{"name": EVIL, "text": "12 0", "z": []}]),
            (tuple[Landmark, ...], [{"name": "x" * 300, "text": "12 0", "z": []}]),
        ):
            with pytest.raises(ModelError, match="all printable") as caught:
                read_metadata({METADATA_PREFIX + "key": json.dumps(value)}, {"key": kind}, "own.onnx")
            assert is_plain(str(caught.value))


def _written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
    return path


def _archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"{EVIL}.scl", "no scale")
    return made.getvalue()


KEY = json.dumps(EVIL)
SCALE = f"! x\n{EVIL}\n2\n{EVIL}\n2/1\n"
ERRORS: dict[str, Callable[[Path], object]] = {
    "key of the settings": lambda to: load(_written(to / "a.toml", f"{KEY} = 1\n"), {}),
    "value of the settings": lambda to: load(_written(to / "a.toml", f"order = {KEY}\n"), {}),
    "name of the settings file": lambda to: load(to / EVIL, {}),
    "alias": lambda to: load(_written(to / "a.toml", f"[osc-alias]\n{KEY} = {KEY}\n"), {}),
    "target of a mapping": lambda to: load(_written(to / "a.toml", f'[[map]]\nsource = "cc 1"\ntarget = {KEY}\n'), {}),
    "key of a journal": lambda to: play_again(_written(to / "a.jsonl", f'{{"polate-journal":2,{KEY}:1}}\n')),
    "model of a journal": lambda to: play_again(
        _written(
            to / "a.jsonl",
            '{"polate-journal":2,"polate":"","model":' + KEY + ',"sha256":"","settings":{},"lookahead-ns":5}\n',
        )
    ),
    "name of a snapshot": lambda to: read_snapshots(HOSTILE / "snapshots-escape-in-name.json", 8),
    "key of a snapshot": lambda to: read_snapshots(
        _written(to / "a.json", '{"model":"","snapshots":{"a":{"z":[0],"settings":{' + KEY + ":1}}}}"), 1
    ),
    "degree of a scale": lambda to: read_corpus(_written(to / "a.scl", SCALE)),
    "member of an archive": lambda to: read_corpus(_written(to / "a.zip", _archive())),
    "name of a corpus": lambda to: read_corpus(to / f"{EVIL}.txt"),
    "line of a corpus": lambda to: read_corpus(_written(to / "a.txt", f"{EVIL} = {EVIL}\n")),
}


class TestWhatIsPrinted:
    @pytest.mark.parametrize("source", ERRORS)
    def test_an_error_is_one_printable_line_of_a_bounded_length(self, source: str, tmp_path: Path) -> None:
        with pytest.raises(PolateError) as caught:
            ERRORS[source](tmp_path)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) <= 4000

    def test_the_refused_entries_of_a_corpus_are_printable(self, tmp_path: Path) -> None:
        folder = tmp_path / "scales"
        folder.mkdir()
        _written(folder / "good.scl", "! x\ngood\n2\n200.0\n2/1\n")
        _written(folder / f"{EVIL}.scl", SCALE)
        _written(folder / f"{EVIL} again.scl", f"! x\n{EVIL}\n2\n200.0\n2/1\n")
        _written(folder / "archive.mid", b"\x1b\x07")
        assert all(map(str.isprintable, read_corpus(HOSTILE / "zip-escape-in-member-name.zip").corpus.landmarks))
        found = read_corpus(folder)
        assert all(map(str.isprintable, [*map(str, found.refused), *found.merged, *found.corpus.landmarks]))
        assert found.refused
        assert found.merged

    def test_troubles_are_printable(self, caplog: pytest.LogCaptureFixture) -> None:
        troubles = Troubles()
        for tell in (troubles.refuse, troubles.report, lambda text: troubles.fail(text, ValueError(EVIL))):
            tell(EVIL)
            assert troubles.text.isprintable()
        assert len(caplog.messages) == 3
        assert all(map(str.isprintable, caplog.messages))

    @pytest.mark.parametrize(
        "words",
        [
            ["config", "show", "NAME"],
            ["doctor", "--config", "NAME"],
            ["learn", "NAME"],
            ["learn", "z/1", "--input", "NAME"],
            ["replay", "NAME"],
            ["snapshots", "--file", "NAME"],
            ["snapshots", "--model", "NAME"],
            ["identify", "NAME"],
            ["generate", "--near", "NAME"],
            ["generate", "--out", "NAME"],
            ["generate", "--model", "NAME"],
            ["morph", "NAME", "NAME"],
            ["landmarks", "--model", "NAME"],
            ["capture", "--osc-host", "NAME"],
            ["osc", "--osc-host", "NAME"],
            ["ports", "--midi-api", "NAME"],
            ["corpus", "--corpus", "NAME"],
            ["play", "--NAME"],
            ["play", "--bpm", "NAME"],
            ["play", "--model", "NAME"],
            ["play", "NAME"],
            ["help", "NAME"],
            ["NAME"],
        ],
        ids=" ".join,
    )
    def test_no_verb_repeats_what_a_terminal_acts_on(
        self,
        words: list[str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for module in ("polate.runtime.native_stderr", "polate.cli.play"):
            monkeypatch.setattr(f"{module}.quiet_native_stderr", lambda: None)
        for name in (EVIL, "caf\udce9", "\u00fc" * 300):
            monkeypatch.setattr(sys, "argv", ["polate", *(word.replace("NAME", name) for word in words)])
            with contextlib.suppress(SystemExit):
                main()
            said = "".join(capsys.readouterr())
            assert "Traceback" not in said
            assert is_plain(said), ascii(said)


def test_a_long_value_loses_its_middle_and_keeps_its_end() -> None:
    assert printable("a" * 300 + "reason", 60) == f"{'a' * 27} ... {'a' * 21}reason"
    assert printable("Gr\u00fc\u00dfe \u266d \U0001f3b9") == "Gr\u00fc\u00dfe \u266d \U0001f3b9"
    assert printable("\ud800\x00\x7f") == "\\ud800\\x00\\x7f"
