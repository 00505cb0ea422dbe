"""Scales of one's own: text, Scala and MIDI files, folders and archives of them."""

import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st
from melodies import melody, midi, names
from strategies import patterns

from polate import PROGRESSIONS, ConfigError, Pattern
from polate.theory.midi_notes import LARGEST_FILE
from polate_training import verbs
from polate_training.corpus import thesaurus
from polate_training.octave import octave
from polate_training.sources import corpus_name, find_corpus, read_corpus

MAJOR = """! major.scl
!
12-TET major scale
 7
!
 200.00000
 400.0 cents
 500.
! a comment in between
 700.0 G
 900.4
 1100.0
 2/1
"""

JUST = """! just.scl
!
Ptolemy's intense diatonic
 7
!
 9/8
 5/4
 4/3
 3/2
 5/3
 15/8
 2/1
"""


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("latin-1"))
    return path


def texts(path: Path) -> list[str]:
    return [pattern.text for pattern in read_corpus(path).corpus.patterns]


def reasons(path: Path) -> list[str]:
    return [str(refusal).replace(str(path), path.name) for refusal in read_corpus(path).refused]


def save(notes: Sequence[int], path: Path) -> None:
    midi(melody(notes)).save(path)


class TestTextFiles:
    def test_a_line_is_a_pattern_with_a_name_or_without(self, tmp_path: Path) -> None:
        file = write(
            tmp_path / "mine.txt",
            "\ufeff# my scales\n\ntritone 0 1 2\n  lydian #2 = 12 0 3 4 6 7 9 11 # from D\nC# = ditone 0 -2 3\n"
            "Minor = 12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10 #\n".encode(),
        )
        source = read_corpus(file)
        assert [pattern.text for pattern in source.corpus.patterns] == [
            "tritone 0 1 2",
            "12 0 3 4 6 7 9 11",
            "ditone 0 -2 3",
            "12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10",
        ]
        assert source.corpus.landmarks == {
            "lydian #2": "12 0 3 4 6 7 9 11",
            "C#": "ditone 0 -2 3",
            "Minor": "12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10",
        }
        assert source.corpus.name == "mine"
        assert source.refused == ()

    def test_a_name_that_means_something_else_is_refused(self, tmp_path: Path) -> None:
        file = write(tmp_path / "mine.txt", "ditone 0 1\nrandom = ditone 0 2\ntritone 0 1 2 = ditone 0 3\n")
        assert texts(file) == ["ditone 0 1"]
        assert reasons(file) == [
            "mine.txt:2: a name must not be 'random' or a pattern's text form, got 'random'",
            "mine.txt:3: a name must not be 'random' or a pattern's text form, got 'tritone 0 1 2'",
        ]

    def test_bad_lines_are_refused_by_file_and_line_and_the_others_kept(self, tmp_path: Path) -> None:
        file = write(
            tmp_path / "mine.txt", "tritone 0 1 2\r\ntritone 0 x\r\n\r\nname =\r\n12 0 0\rtritone 0 6\nditone 0\n"
        )
        assert texts(file) == ["tritone 0 1 2", "ditone 0"]
        assert reasons(file) == [
            "mine.txt:2: a cell is written in whole semitones ('0 -1 2'), got 'x'",
            "mine.txt:4: a pattern's text form is an interval and a cell ('tritone 0 1 2'), got nothing",
            "mine.txt:5: a cell must not hold a pitch class twice, got 0 0",
            "mine.txt:6: offset 6 is the next principal tone of interval 6, got 0 6",
        ]

    def test_a_pattern_that_is_there_already_is_merged_and_gives_its_name(self, tmp_path: Path) -> None:
        file = write(tmp_path / "mine.txt", "a = ditone 0\nb = 4 0\n")
        source = read_corpus(file)
        assert [pattern.text for pattern in source.corpus.patterns] == ["ditone 0"]
        assert source.corpus.landmarks == {"a": "ditone 0", "b": "ditone 0"}
        assert source.merged == (f"{file}:2: ditone 0 occurs before, at {file}:1",)

    def test_a_name_for_two_patterns_gets_a_number_whatever_its_case(self, tmp_path: Path) -> None:
        file = write(tmp_path / "mine.txt", "a = ditone 0\nA = tritone 0\na = tritone 0\n")
        assert read_corpus(file).corpus.landmarks == {"a": "ditone 0", "A (2)": "tritone 0"}

    def test_a_name_is_a_printable_line_of_at_most_80_letters(self, tmp_path: Path) -> None:
        file = write(tmp_path / "mine.txt", f"a \x1b[2J\t b{'c' * 100} = ditone 0\n")
        (name,) = read_corpus(file).corpus.landmarks
        assert name == ("a [2J b" + "c" * 100)[:80]

    @given(st.lists(patterns(), min_size=1, max_size=5))
    def test_what_is_written_in_text_form_is_read_back(
        self, tmp_path_factory: pytest.TempPathFactory, scales: list[Pattern]
    ) -> None:
        file = tmp_path_factory.getbasetemp() / "written.txt"
        file.write_text("".join(f"{pattern.text}\n" for pattern in scales))
        assert read_corpus(file).corpus.patterns == tuple(dict.fromkeys(scales))

    @pytest.mark.parametrize("content", [b"", b"\n\n# nothing\n", b"\xff\xfe\0\0", b"\x89PNG\r\n\x1a\n"])
    def test_a_file_without_patterns_is_an_error_that_names_it(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(ConfigError, match=r"mine\.txt"):
            read_corpus(write(tmp_path / "mine.txt", content))

    def test_a_file_with_nothing_but_bad_lines_tells_the_first(self, tmp_path: Path) -> None:
        with pytest.raises(
            ConfigError, match=r"no pattern in .*: 2 refused, the first is .*mine\.txt:1: a progression"
        ):
            read_corpus(write(tmp_path / "mine.txt", "x\ny\n"))

    def test_the_example_of_the_documentation_is_read(self, tmp_path: Path) -> None:
        document = (Path(__file__).parents[2] / "docs/corpora.md").read_text()
        source = read_corpus(write(tmp_path / "mine.txt", document.split("```\n")[1]))
        assert source.refused == ()
        assert list(source.corpus.landmarks) == ["yard", "minor"]
        assert (
            f"| `octave` | {len(octave().patterns)} scales of one octave, with {len(octave().landmarks)} names |"
            in document
        )


class TestNotesInTextFiles:
    @pytest.mark.parametrize(
        ("notes", "text"),
        [
            ("C D E F G A B", "12 0 2 4 5 7 9 11"),
            ("G A B C D E F#", "12 0 2 4 5 7 9 11"),
            ("Eb, F, Gb, Ab, Bb, Cb, Db", "12 0 2 3 5 7 8 10"),
            ("c d e g a c", "12 0 2 4 7 9"),
            ("C4 D4 E4 G4 A4 C5", "12 0 2 4 7 9"),
            ("C D E♭ F♯ G", "12 0 2 3 6 7"),
            ("C4 D4 Eb4 F4 G4 A4 B4 C5 Bb4 Ab4 G4 F4 Eb4 D4 C4", "12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10"),
        ],
    )
    def test_a_line_of_note_names_is_its_scale_and_nothing_is_said(self, tmp_path: Path, notes: str, text: str) -> None:
        source = read_corpus(write(tmp_path / "mine.txt", f"my scale = {notes}  # in my own words\n".encode()))
        assert source.corpus.landmarks == {"my scale": text}
        assert (source.refused, source.changed) == ((), ())
        assert texts(write(tmp_path / "nameless.txt", notes.encode())) == [text]

    @pytest.mark.parametrize(
        ("notes", "said"),
        [
            ("C4 C#4 D4 F#4 G4 G#4", "became tritone 0 1 2: its cell repeats every 6 semitones"),
            ("C D E F# G# A#", "became whole-tone 0: its cell repeats every 2 semitones"),
            (
                "C4 E4 D4 D4 C4 G4",
                "became 12 0 2 4 7: left out a note that repeats the one before it; "
                "put the notes in rising order, from C4: C4 D4 E4 G4",
            ),
            (
                "C4 D4 E4 C4 G3 D4",
                "became 12 0 2 4 7: put the notes in rising order within one octave, from C4: C4 D4 E4 G4",
            ),
        ],
    )
    def test_a_melody_that_becomes_something_surprising_is_said(self, tmp_path: Path, notes: str, said: str) -> None:
        file = write(tmp_path / "mine.txt", f"ditone 0\na = {notes}\n")
        source = read_corpus(file)
        assert source.changed == (f"{file}:2: {said}",)
        assert source.refused == ()
        assert source.corpus.landmarks == {"a": said.split(":")[0].removeprefix("became ")}

    def test_a_track_of_a_midi_file_too(self, tmp_path: Path) -> None:
        save(names("C4 C#4 D4 F#4 G4 G#4 C5"), tmp_path / "a.mid")
        save(names("C4 D4 E4 G4 A4 C5"), tmp_path / "b.mid")
        (said,) = read_corpus(tmp_path).changed
        assert said == f"{tmp_path / 'a.mid'}: became tritone 0 1 2: its cell repeats every 6 semitones"

    def test_the_verb_says_it(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = write(tmp_path / "mine.txt", "C D E F# G# A#\n")
        verbs.corpus(corpus=str(file))
        out, err = capsys.readouterr()
        assert out == "whole-tone 0\tPrincipal Tones\n"
        assert err == f"note: {file}:1: became whole-tone 0: its cell repeats every 2 semitones\n"

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("C D X", "a note must be in 0..127 or a name such as C4, F#3 or Bb, got 'X'"),
            ("C", "a scale must have 2 to 512 notes to be identified, got 1"),
            ("C4 C4 C4", "no pattern: note 2, C4, repeats the one before it"),
            ("5 7 9", "a cell begins with the principal tone, offset 0"),
        ],
    )
    def test_what_cannot_be_a_scale_is_refused(self, tmp_path: Path, line: str, reason: str) -> None:
        file = write(tmp_path / "mine.txt", f"ditone 0\n{line}\n")
        (said,) = reasons(file)
        assert said.startswith("mine.txt:2: ")
        if line != "5 7 9":
            assert said == f"mine.txt:2: {reason}"


class TestEncodingsOfTextFiles:
    def test_latin_1_is_read_where_it_is_not_utf_8_line_by_line(self, tmp_path: Path) -> None:
        lines = ["été = ditone 0".encode("latin-1"), "Ténor = tritone 0".encode(), b"plain = 12 0 7"]
        assert list(read_corpus(write(tmp_path / "mine.txt", b"\r\n".join(lines))).corpus.landmarks) == [
            "été",
            "Ténor",
            "plain",
        ]

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_utf_16_without_a_mark_is_read(self, tmp_path: Path, encoding: str) -> None:
        file = write(tmp_path / "mine.txt", "été = tritone 0 1 2\r\nditone 0\r\n".encode(encoding))
        assert texts(file) == ["tritone 0 1 2", "ditone 0"]
        assert list(read_corpus(file).corpus.landmarks) == ["été"]

    def test_a_name_in_shift_jis_is_refused_with_what_to_do_and_the_others_are_read(self, tmp_path: Path) -> None:
        content = "都節 = 12 0 1 5 7 8\n".encode("shift-jis") + "Dúr = ditone 0\n".encode()
        file = write(tmp_path / "mine.txt", content)
        assert reasons(file) == ["mine.txt:1: the name is neither UTF-8 nor Latin-1: save the file in UTF-8"]
        assert list(read_corpus(file).corpus.landmarks) == ["Dúr"]

    def test_zero_bytes_are_no_text(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"mine\.txt is neither \.scl, .* nor text: it has a zero byte"):
            read_corpus(write(tmp_path / "mine.txt", b"ditone 0\n\0\0\0\0"))


class TestScalaFiles:
    def test_equal_temperament_is_read_with_comments_labels_and_both_notations(self, tmp_path: Path) -> None:
        file = write(tmp_path / "major.scl", MAJOR)
        assert texts(file) == ["12 0 2 4 5 7 9 11"]
        assert read_corpus(file).corpus.landmarks == {"12-TET major scale": "12 0 2 4 5 7 9 11"}

    def test_just_intonation_is_refused_by_the_degree_that_is_off(self, tmp_path: Path) -> None:
        write(tmp_path / "major.scl", MAJOR)
        write(tmp_path / "just.scl", JUST)
        (reason,) = reasons(tmp_path)
        assert reason.endswith(
            "/just.scl:6: degrees must be within 1 cent of a whole semitone; degree 1, 9/8, is at 203.9 cents"
        )
        assert texts(tmp_path) == ["12 0 2 4 5 7 9 11"]

    def test_just_intonation_is_rounded_if_that_is_wanted_and_named_with_its_largest_error(
        self, tmp_path: Path
    ) -> None:
        file = write(tmp_path / "just.scl", JUST)
        source = read_corpus(file, 20)
        assert source.corpus.landmarks == {
            "Ptolemy's intense diatonic (15.6 cents off)": "12 0 2 4 5 7 9 11"  # 5/3 is at 884.4 cents
        }
        with pytest.raises(ConfigError, match=r"within 15 cents of .* 5/3, is at 884\.4 cents"):
            read_corpus(file, 15)
        write(tmp_path / "long.scl", JUST.replace("Ptolemy", "P" * 100))
        (_, name) = read_corpus(tmp_path, 20).corpus.landmarks
        assert len(name) == 80
        assert name.endswith("P (15.6 cents off)")
        with pytest.raises(ConfigError, match=r"rounding must be in 0\.\.50 cents, got 51"):
            read_corpus(file, 51)

    def test_a_file_without_a_description_is_called_by_its_own_name(self, tmp_path: Path) -> None:
        file = write(tmp_path / "whole.scl", "!\n\n\n6\n200.\n400.\n600.\n800.\n1000.\n2\n")
        assert read_corpus(file).corpus.landmarks == {"whole": "12 0 2 4 6 8 10"}

    def test_a_description_in_latin_1_is_read(self, tmp_path: Path) -> None:
        file = write(tmp_path / "a.scl", "G\xe9n\xe9ral\x85\n1\n2/1\n")
        assert list(read_corpus(file).corpus.landmarks) == ["G\xe9n\xe9ral"]

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("", "the number of notes is missing"),
            ("! only\n! comments\n", "the number of notes is missing"),
            ("name\n", "the number of notes is missing"),
            ("name\nseven\n2/1\n", "the number of notes is missing"),
            ("name\n3\n700.\n2/1\n", "it must have 3 notes, got 2"),
            ("name\n0\n", "the last degree must be the octave, 2/1"),
            ("name\n2\n700.\n3/1\n", r"a\.scl:4: .* degree 2, 3/1, is at 1902\.0 cents"),
            ("name\n2\n700.\n2400.\n", r"a\.scl:4: the last degree must be the octave, 2/1"),
            ("name\n2\n700.\nc\n", r"a\.scl:4: a degree must be a ratio \(3/2\) or have a point \(702.0\), got 'c'"),
            ("name\n1\n-2/1\n", "a degree must be a ratio"),
            ("name\n1\n2/0\n", "a degree must be a ratio"),
            ("name\n1\n.\n", "a degree must be a ratio"),
            ("name\n3\n700.\n700.\n2/1\n", "must not hold a pitch class twice, got 0 7 7"),
            ("name\n1\n" + "9" * 50 + "\n", r"degree 1, 9{32}, is at"),
            ("name\n2\n999999999.\n2/1\n", "degree 1|offsets must be in"),
        ],
    )
    def test_what_cannot_be_a_pattern_is_refused_with_the_reason(
        self, tmp_path: Path, content: str, reason: str
    ) -> None:
        write(tmp_path / "good.scl", MAJOR)
        write(tmp_path / "a.scl", content)
        source = read_corpus(tmp_path)
        assert len(source.refused) == len(source.corpus.patterns) == 1
        assert re.search(reason, str(source.refused[0]))

    @given(st.binary(max_size=80))
    def test_any_bytes_are_a_scale_or_an_error(self, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
        file = tmp_path_factory.getbasetemp() / "any.scl"
        for head in (b"", b"name\n2\n"):
            file.write_bytes(head + content)
            try:
                found = read_corpus(file).corpus.patterns
            except ConfigError:
                continue
            assert [pattern.interval for pattern in found] == [12]


class TestMidiFiles:
    def test_every_file_and_every_track_of_a_folder_is_a_scale(self, tmp_path: Path) -> None:
        (tmp_path / "deep").mkdir()
        save(names("C4 D4 Eb4 F4 G4 A4 B4 C5 Bb4 Ab4 G4 F4 Eb4 D4 C4"), tmp_path / "deep" / "minor.MID")
        two = [mido.MetaMessage("track_name", name="second"), *melody(names("C4 C#4 D4 F#4 G4 G#4 C5"))]
        midi(melody(names("C4 Bb3 Eb4 E4 D4 G4 G#4 F#4 B4 C5")), two).save(tmp_path / "two.midi")
        write(tmp_path / "readme.txt", "not music")
        source = read_corpus(tmp_path)
        assert source.refused == ()
        assert source.corpus.landmarks == {
            "minor": "12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10",
            "two: track 1": "ditone 0 -2 3",
            "two: second": "tritone 0 1 2",
        }

    def test_what_is_no_scale_is_refused_by_file_and_track(self, tmp_path: Path) -> None:
        save(names("C4 D4 E4 G4 A4 C5"), tmp_path / "good.mid")
        save(names("C4 D4 D4"), tmp_path / "no.mid")
        chord = [mido.Message("note_on", note=note) for note in names("C4 E4 G4")]
        midi(melody(names("C4 E4 G4 C5")), chord).save(tmp_path / "half.mid")
        midi().save(tmp_path / "none.mid")
        write(tmp_path / "broken.mid", b"MThd")
        assert reasons(tmp_path) == [
            f"{tmp_path.name}/broken.mid: no notes in it",
            f"{tmp_path.name}/half.mid, track 2: "
            "a scale has one note at a time, but C4 and E4 begin at tick 0 of track 2",
            f"{tmp_path.name}/no.mid: no pattern: note 3, D4, repeats the one before it",
            f"{tmp_path.name}/none.mid: no notes in it",
        ]
        assert texts(tmp_path) == ["12 0 2 4 7 9", "12 0 4 7"]

    def test_a_file_beyond_the_limit_is_refused(self, tmp_path: Path) -> None:
        write(tmp_path / "good.scl", MAJOR)
        write(tmp_path / "huge.mid", bytes(LARGEST_FILE + 1))
        assert reasons(tmp_path) == [f"{tmp_path.name}/huge.mid: must have at most {LARGEST_FILE} bytes"]


CASES = Path(__file__).parents[1] / "cases"
OTHERWISE = {
    "scl-negative": {"Neg": "12 0 2 -3 5 7 8"},
    "scl-only-octave": {"Major": "12 0"},
    "scl-nodesc": {"scl-nodesc": "12 0 2 4 5 7 9 11"},
}
REFUSED = {
    "scl-count-0": "4: the last degree must be the octave, 2/1",
    "scl-double-slash": "6: a degree must be a ratio (3/2) or have a point (702.0), got '697//441'",
    "scl-neg-ratio": "6: a degree must be a ratio (3/2) or have a point (702.0), got '-9/8'",
    "scl-unison-first": "6: a cell must not hold a pitch class twice, got 0 0",
    "scl-zero-cents": "6: a cell must not hold a pitch class twice, got 0 0",
}


class TestFilesAsPeopleHaveThem:
    @pytest.mark.parametrize("path", sorted(CASES.glob("*.scl")), ids=lambda path: path.stem)
    def test_a_scala_file_is_its_numbers_or_refused_with_line_and_reason(self, path: Path) -> None:
        if path.stem in REFUSED:
            with pytest.raises(ConfigError) as refused:
                read_corpus(path)
            assert str(refused.value).endswith(f"{path}:{REFUSED[path.stem]}")
            return
        source = read_corpus(path)
        assert source.corpus.landmarks == OTHERWISE.get(path.stem, {"Major": "12 0 2 4 5 7 9 11"})
        assert not source.refused

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            ("7\n200.\n400.\n500.\n700.\n900.\n1100.\n2/1\n", "a"),  # no description at all
            ("\n! x\n\nMajor\n\n7\n200.\n\n400.\n500.\n700.\n900.\n1100.\n2/1\n", "Major"),
            ("7 tones\n7 notes\n200. D\n400.\n500.\n700.0, G\n900.\n1100.\n2/1 \\\n", "7 tones"),
        ],
    )
    def test_blanks_labels_and_a_missing_description_are_harmless(
        self, tmp_path: Path, content: str, name: str
    ) -> None:
        source = read_corpus(write(tmp_path / "a.scl", content))
        assert source.corpus.landmarks == {name: "12 0 2 4 5 7 9 11"}

    def test_a_description_is_read_in_utf_8_where_it_is_utf_8(self, tmp_path: Path) -> None:
        file = write(tmp_path / "a.scl", "Général\n1\n2/1\n".encode())
        assert list(read_corpus(file).corpus.landmarks) == ["Général"]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
    def test_a_text_file_may_have_a_byte_order_mark(self, tmp_path: Path, encoding: str) -> None:
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        file = write(tmp_path / "mine.txt", f"{mark}été = tritone 0 1 2\r\nditone 0\r\n".encode(encoding))
        assert texts(file) == ["tritone 0 1 2", "ditone 0"]
        assert list(read_corpus(file).corpus.landmarks) == ["été"]

    @pytest.mark.parametrize(("name", "count"), [("mac", 2), ("backslash", 1)])
    def test_an_archive_of_finder_or_with_backslashes_has_its_scales_and_no_others(
        self, name: str, count: int, tmp_path: Path
    ) -> None:
        archive = CASES / f"{name}.zip"
        source = read_corpus(archive)
        assert not source.refused
        assert "12 0 2 4 5 7 9 11" in texts(archive)
        assert len(texts(archive)) == count
        with zipfile.ZipFile(archive) as file:
            file.extractall(tmp_path)
        assert not read_corpus(tmp_path).refused
        assert len(texts(tmp_path)) == count

    def test_members_have_their_names_in_utf_8_even_if_the_archive_does_not_say_so(self, tmp_path: Path) -> None:
        save(names("C4 C#4 D4 F#4 G4 G#4 C5"), tmp_path / "scale.mid")
        archive = tmp_path / "scales.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.write(tmp_path / "scale.mid", "my\\teXXnor.mid")
        write(archive, archive.read_bytes().replace(b"teXXnor", "te\u0301nor".encode()))
        assert list(read_corpus(archive).corpus.landmarks) == ["te\u0301nor"]

    def test_karaoke_and_riff_files_are_read_in_folders_and_archives(self, tmp_path: Path) -> None:
        for name in ("x.kar", "x.rmi"):
            (tmp_path / "folder").mkdir(exist_ok=True)
            write(tmp_path / "folder" / name.upper(), (CASES / name).read_bytes())
        archive = tmp_path / "scales.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for name in ("x.kar", "x.rmi"):
                file.write(CASES / name, name)
        for path in (tmp_path / "folder", archive):
            source = read_corpus(path)
            assert source.refused == ()
            assert texts(path) == ["tritone 0 1 2"]
            assert len(source.merged) == 1

    def test_the_names_of_tracks_are_never_garbled_where_utf_8_says_better(self) -> None:
        landmarks = read_corpus(CASES / "names-utf8.mid").corpus.landmarks
        assert list(landmarks) == ["names-utf8: Ténor", "names-utf8: Dúr"]


class TestArchives:
    def test_an_archive_of_scala_and_midi_files_is_read_without_unpacking(self, tmp_path: Path) -> None:
        save(names("C4 D4 E4 F#4 G#4 A#4 C5"), tmp_path / "whole.mid")
        archive = tmp_path / "scales.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("scl/major.scl", MAJOR)
            file.writestr("../../just.SCL", JUST)
            file.writestr("readme.txt", "not a scale")
            file.writestr("bomb.scl", bytes(LARGEST_FILE * 4))
            file.write(tmp_path / "whole.mid", "whole.mid")
        assert texts(archive) == ["12 0 2 4 5 7 9 11", "whole-tone 0"]
        assert [reason.split(": ")[0] for reason in reasons(archive)] == [
            "scales.zip/../../just.SCL:6",
            "scales.zip/bomb.scl",
        ]

    def test_a_damaged_member_is_refused_and_the_others_kept(self, tmp_path: Path) -> None:
        archive = tmp_path / "scales.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("a.scl", JUST)
            file.writestr("b.scl", MAJOR)
        content = archive.read_bytes()
        write(archive, content.replace(b"Ptolemy", b"ptolemy", 1))
        assert texts(archive) == ["12 0 2 4 5 7 9 11"]
        assert "a.scl: cannot be read: Bad CRC" in reasons(archive)[0]

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"PK\x05\x06" + bytes(18)])
    def test_what_is_no_archive_or_an_empty_one_is_an_error(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(ConfigError, match=r"scales\.zip"):
            read_corpus(write(tmp_path / "scales.zip", content))


class TestFindCorpus:
    def test_the_built_in_names_and_a_path_to_a_file_of_such_a_name(self, tmp_path: Path) -> None:
        assert find_corpus("slonimsky").corpus == thesaurus()
        assert find_corpus("octave").corpus == octave()
        write(tmp_path / "octave", "ditone 0\n")
        assert find_corpus(str(tmp_path / "octave")).corpus.patterns == (Pattern(4, (0,)),)

    def test_a_path_that_is_not_there_or_is_empty_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(
            ConfigError, match=r"No such file or directory.*a corpus is slonimsky, octave or atlas, a file, or a"
        ):
            find_corpus("slonimski")
        with pytest.raises(ConfigError, match="cannot read"):
            find_corpus("nul\0byte")
        with pytest.raises(ConfigError, match=r"no pattern in .*: nothing to read in it"):
            read_corpus(tmp_path)

    def test_a_run_is_named_after_its_corpus(self, tmp_path: Path) -> None:
        assert corpus_name("octave") == "octave"
        assert corpus_name("some/where/My own (2).txt") == "My-own-2"
        assert corpus_name("/") == "corpus"
        (tmp_path / "v1.2").mkdir()
        assert corpus_name(str(tmp_path / "v1.2")) == "v1.2"


class TestVerbs:
    def test_corpus_lists_names_and_tells_what_it_left_out(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = write(tmp_path / "mine.txt", "tritone 0 1 2\na = ditone 0\nb = ditone 0\nbad\n")
        verbs.corpus(corpus=str(file))
        out, err = capsys.readouterr()
        assert out.splitlines() == ["tritone 0 1 2\tInterpolation", "ditone 0\tPrincipal Tones\ta, b"]
        assert err.splitlines() == [
            f"refused: {file}:4: a progression must be one of {', '.join(PROGRESSIONS)} "
            "or an interval in semitones, got 'bad'",
            f"merged: {file}:3: ditone 0 occurs before, at {file}:2",
            f"{file}: 2 patterns; 1 refused, 1 merged",
        ]

    def test_corpus_prints_json_with_the_descending_cell(self, capsys: pytest.CaptureFixture[str]) -> None:
        verbs.corpus(corpus="octave", json_=True)
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        (minor,) = (row for row in rows if "melodic minor" in row["names"])
        assert minor["descending"] == [0, 2, 3, 5, 7, 8, 10]
        assert len(rows) == len(octave().patterns)

    @pytest.mark.train
    def test_train_with_strict_trains_nothing_if_a_line_is_bad(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = write(tmp_path / "mine.txt", "tritone 0 1 2\nbad\n")
        with pytest.raises(ConfigError, match="--strict: nothing was trained, 1 refused"):
            verbs.train(corpus=str(file), strict=True, run=tmp_path / "run")
        assert "mine.txt:2: a progression must be" in capsys.readouterr().err
        assert not (tmp_path / "run").exists()

    @pytest.mark.train
    def test_train_goes_into_a_folder_of_the_corpus_and_is_resumed_from_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "mine.txt", "a = tritone 0 1 2\nb = ditone 0 -2 3\ntritone 0 4\nbad\n")
        verbs.train(corpus="mine.txt", epochs=1, plot=False)
        assert (tmp_path / "runs/mine/checkpoint.safetensors").exists()
        with pytest.raises(ConfigError, match="exists: --resume continues it"):
            verbs.train(corpus="mine.txt", epochs=1, plot=False)
        (tmp_path / "mine.txt").unlink()
        verbs.train(corpus="mine.txt", resume=True, plot=False)
        with pytest.raises(ConfigError, match="--strict belong to a new run"):
            verbs.train(corpus="mine.txt", resume=True, strict=True)
