"""What is written, read back: by music21, MuseScore and LilyPond, which know nothing of our writers."""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import mido
import music21
import pytest
import verovio
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import image
from pypdf import PdfReader
from strategies import patterns

from polate import Pattern, parse_note
from polate.errors import ConfigError
from polate.notation.engraving import svg_pages
from polate.notation.headings import PLAIN, Headings
from polate.notation.layout import lay_out
from polate.notation.lilypond import lilypond
from polate.notation.musicxml import musicxml
from polate.notation.writers import SUFFIXES, write_all
from polate.theory.scale import Scale


def scale(text: str, tonic: str = "C4") -> Scale:
    pattern = Pattern.parse(text)
    return Scale((0.0,) * 8, pattern, pattern.render(parse_note(tonic)))


def write(path: Path, scales: Sequence[Scale], bpm: float = 120.0, headings: Headings = PLAIN) -> None:
    """Write one file."""
    write_all([path], scales, bpm, headings)


TEXTS = (
    "ditone 0 -2 3",
    "diapente 0 4",  # folded over the whole piano
    "12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10",
    "sesquitone 0 1",
    "tritone symmetric 0 1 2",
    "12 0 1 3 4 6 8 9",  # with double flats from F
    "12 0 2 3 down 0 5",
)
SCALES = [scale(text, tonic) for tonic in ("C4", "Eb3", "F#4", "F1") for text in TEXTS]


TITLE = 'Étude "no. 1" <& $x$ \\ y'  # signs that mean something in XML, LilyPond, typst or mathematics
GRID = Headings({"ditone 0 -2 3": ("giant steps",)}, cells=tuple((r, c) for r in (1, 2) for c in (1, 2)), title=TITLE)
CORNERS = [scale("ditone 0 -2 3"), scale("tritone 0 1"), scale("sesquitone 0 1"), scale("tritone 0")]
CAPTIONS = [
    "row 1, column 1: giant steps (ditone 0 -2 3)",
    "row 1, column 2: tritone 0 1",
    "row 2, column 1: sesquitone 0 1",
    "row 2, column 2: tritone 0",
]


def words(svg: str) -> str:
    return " ".join("".join(ElementTree.fromstring(svg).itertext()).split())


def head_places(svg: str) -> list[float]:
    """The distances of the note heads from the left margin, in hundredths of a millimetre, in their order."""
    heads = [element for element in ElementTree.fromstring(svg).iter() if element.get("class") == "notehead"]
    places = [re.search(r"translate\(([0-9.]+)", use.get("transform", "")) for head in heads for use in head]
    return [float(place[1]) for place in places if place]


def all_notes(scales: Sequence[Scale]) -> list[int]:
    return [note for scale in scales for note in scale.notes]


def played(path: Path) -> list[int]:
    """The notes of a MIDI file, in their order."""
    return [m.note for m in mido.MidiFile(path) if m.type == "note_on" and m.velocity]


class TestLayout:
    @settings(deadline=None)
    @given(patterns(), st.integers(21, 108))
    def test_who_reads_the_signs_reads_the_notes(self, pattern: Pattern, tonic: int) -> None:
        scale = Scale((), pattern, pattern.render(tonic))
        read = []
        for bar in lay_out(scale):
            signs: dict[tuple[str, int], int] = {}
            for note in (note for beat in bar.beats for note in beat):
                line = (note.name.step, note.octave)
                assert note.accidental == (note.name.alter != signs.get(line, 0))  # none is missing, none too many
                if note.accidental:
                    signs[line] = note.name.alter
                read.append(parse_note(note.name.step + "0") + 12 * note.octave + signs.get(line, 0))
        assert tuple(read) == scale.notes

    @settings(deadline=None)
    @given(patterns(), st.integers(21, 108))
    def test_every_bar_has_four_beats(self, pattern: Pattern, tonic: int) -> None:
        for bar in lay_out(Scale((), pattern, pattern.render(tonic))):
            for beat in bar.beats:
                assert sum(note.sixteenths for note in beat) == 4
            assert len(bar.beats) + sum(bar.rests) == 4

    def test_a_scale_in_one_octave_stays_in_one_clef(self) -> None:
        for tonic, clef in (("C4", "treble"), ("C6", "treble"), ("C3", "bass"), ("C1", "bass")):
            notes = [note for bar in lay_out(scale("12 0 2 4 5 7 9 11", tonic)) for beat in bar.beats for note in beat]
            assert len({note.staff for note in notes}) == 1
            assert notes[0].staff.clef == clef

    def test_octave_lines_save_the_ledger_lines_of_high_and_low_notes(self) -> None:
        def octaves(tonic: str) -> int:
            return lay_out(scale("12 0 2 4 5 7 9 11", tonic))[0].beats[0][0].staff.octaves

        assert [octaves(tonic) for tonic in ("C1", "C3", "C4", "C6", "C7")] == [-1, 0, 0, 1, 2]

    def test_each_scale_and_every_two_bars_begin_a_line_but_a_short_last_bar_does_not(self) -> None:
        assert [bar.new_line for bar in lay_out(scale("semitone 0 2"))] == [True, False, True, False]  # 49 notes
        assert [bar.new_line for bar in lay_out(scale("ditone 0 1 2 3 5 6"))] == [True, False, False]  # 37
        assert [bar.new_line for bar in lay_out(scale("ditone 0 1 2 3 5 6 9"))] == [True, False, True]  # 43


class TestMusicXML:
    def test_music21_reads_the_notes_the_names_and_the_bars(self) -> None:
        score = music21.converter.parseData(musicxml(SCALES, 96.5), format="musicxml")
        (part,) = score.parts
        assert [note.pitch.midi for note in part.flatten().notes] == all_notes(SCALES)
        assert {measure.duration.quarterLength for measure in part.getElementsByClass("Measure")} == {4.0}
        texts = [text.content for text in part.flatten().getElementsByClass("TextExpression")]
        assert texts == [scale.pattern.text for scale in SCALES]
        (tempo,) = part.flatten().getElementsByClass("MetronomeMark")
        assert tempo.number == 96.5

    def test_music21_reads_the_title_and_the_names(self) -> None:
        score = music21.converter.parseData(musicxml(CORNERS, 96, GRID), format="musicxml")
        assert score.metadata.title == TITLE
        assert [text.content for text in score.getElementsByClass("TextBox")] == [TITLE]
        assert [text.content for text in score.flatten().getElementsByClass("TextExpression")] == CAPTIONS

    def test_a_title_in_several_lines_is_written_in_one_of_at_most_120_characters(self) -> None:
        root = ElementTree.fromstring(musicxml(CORNERS[:1], 96, Headings(title="a\n b\x00\ud800" + "c" * 200)))
        assert root.findtext("work/work-title") == "a b " + "c" * 115 + "\u2026"
        assert root.findtext("credit/credit-words") == root.findtext("work/work-title")
        plain = ElementTree.fromstring(musicxml(CORNERS[:1], 96))
        assert plain.find("work") is plain.find("credit") is None

    def test_it_says_that_all_beams_are_there(self) -> None:
        root = ElementTree.fromstring(musicxml(CORNERS[:1], 96))  # else MuseScore 3.5 and later adds some, across clefs
        assert "beam" in {each.get("element") for each in root.iterfind("identification/encoding/supports")}

    @settings(max_examples=20, deadline=None)
    @given(patterns(), st.integers(0, 127))
    def test_music21_reads_any_scale(self, pattern: Pattern, tonic: int) -> None:
        scale = Scale((), pattern, pattern.render(tonic))
        score = music21.converter.parseData(musicxml([scale], 120), format="musicxml")
        assert tuple(note.pitch.midi for note in score.flatten().notes) == scale.notes

    def test_verovio_plays_the_same_notes(self, tmp_path: Path) -> None:
        toolkit = verovio.toolkit()
        toolkit.loadData(musicxml(SCALES, 96))
        (tmp_path / "scales.mid").write_bytes(base64.b64decode(toolkit.renderToMIDI()))
        assert played(tmp_path / "scales.mid") == all_notes(SCALES)

    def test_each_beat_has_its_own_beams_and_a_single_note_none(self) -> None:
        root = ElementTree.fromstring(musicxml([scale("ditone 0 -2 3")], 120))
        beams = [" ".join(beam.text or "" for beam in note.iter("beam")) for note in root.iter("note")]
        assert beams[:4] == ["begin begin", "continue continue", "continue continue", "end end"]
        assert beams[16:19] == ["begin begin", "continue end", "end"]  # two sixteenths and an eighth
        root = ElementTree.fromstring(musicxml([scale("12 0 2 3 down 0 5")], 120))  # a sixteenth and a dotted eighth
        assert [[beam.text for beam in note.iter("beam")] for note in root.iter("note")][4:6] == [
            ["begin", "forward hook"],
            ["end"],
        ]
        root = ElementTree.fromstring(musicxml([scale("12 0 2 4 7 9 11")], 120))  # 13 notes: the last is a quarter
        assert [note.find("beam") for note in root.iter("note")][12:] == [None]

    def test_no_beam_crosses_a_change_of_clef(self) -> None:
        root = ElementTree.fromstring(musicxml([scale("septitone 0 18 -7"), scale("diapente 0 4")], 120))
        changes, is_open = 0, False
        for element in root.iter():
            if element.tag == "sign":
                changes += 1
                assert not is_open
            if element.tag == "beam" and element.get("number") == "1":
                is_open = element.text in ("begin", "continue")
        assert changes > 5

    def test_scales_begin_lines_and_end_with_double_bars(self) -> None:
        measures = list(
            ElementTree.fromstring(musicxml([scale("tritone 0 1"), scale("tritone 0 2")], 120)).iter("measure")
        )
        assert [measure.find("print") is not None for measure in measures] == [False, True]
        assert [measure.findtext("barline/bar-style") for measure in measures] == ["light-light", "light-heavy"]

    def test_clefs_and_octave_lines_are_in_force_where_the_layout_has_them(self) -> None:
        scales = [scale("diapente 0 4"), scale("12 0 2 4 5 7 9 11", "C7"), scale("septitone 0 18 -7", "C6")]
        root = ElementTree.fromstring(musicxml(scales, 120))
        clef, octaves, read = "", 0, []
        for element in root.iter():
            if element.tag == "sign":
                clef = {"G": "treble", "F": "bass"}[element.text or ""]
            if element.tag == "octave-shift":
                assert (octaves == 0) == (element.get("type") != "stop")  # one line at a time
                way = {"down": 1, "up": -1, "stop": 0}[element.get("type", "")]
                octaves = way * {"8": 1, "15": 2}[element.get("size", "")]
            if element.tag == "pitch":
                read.append((clef, octaves))
        bars = [bar for scale in scales for bar in lay_out(scale)]
        assert read == [note.staff for bar in bars for beat in bar.beats for note in beat]
        assert len(set(read)) == 5
        assert octaves == 0

    @pytest.mark.musescore
    def test_musescore_plays_the_same_notes(self, tmp_path: Path) -> None:
        write(tmp_path / "scales.musicxml", SCALES, 96)
        command = ["mscore3", "-o", "scales.mid", "scales.musicxml"]
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "HOME": str(tmp_path),
            "XDG_RUNTIME_DIR": str(tmp_path),
        }
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=100)
        assert played(tmp_path / "scales.mid") == all_notes(SCALES)


class TestLilyPond:
    @pytest.mark.lilypond
    def test_lilypond_compiles_it_without_a_warning_and_plays_the_same_notes(self, tmp_path: Path) -> None:
        write(tmp_path / "scales.ly", SCALES, 96)
        command = ["lilypond", "--loglevel=WARN", "scales.ly"]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=100)
        assert done.stderr == ""  # it warns of a bar that is too short or too long
        assert played(tmp_path / "scales.midi") == all_notes(SCALES)
        assert (tmp_path / "scales.pdf").read_bytes().startswith(b"%PDF")

    @pytest.mark.lilypond
    def test_lilypond_prints_the_title_and_the_names(self, tmp_path: Path) -> None:
        write(tmp_path / "grid.ly", CORNERS, 96, GRID)
        command = ["lilypond", "--loglevel=WARN", "grid.ly"]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=100)
        assert done.stderr == ""
        printed = PdfReader(tmp_path / "grid.pdf").pages[0].extract_text().replace("\n", " ")
        for text in (TITLE, *CAPTIONS):
            assert text.replace(" ", "") in printed.replace(" ", "")

    def test_quotes_and_backslashes_stay_what_they_are(self) -> None:
        source = lilypond(CORNERS[:1], 120, Headings({"ditone 0 -2 3": ('a"b',)}, title='\\ "x"'))
        assert 'title = "\\\\ \\"x\\""' in source
        assert '\\mark \\markup \\bold "a\\"b (ditone 0 -2 3)"' in source
        assert "title" not in lilypond(CORNERS[:1], 120)

    def test_no_beam_crosses_a_change_of_clef(self) -> None:
        words = lilypond([scale("septitone 0 18 -7")], 120).split()
        inside = [place for place, word in enumerate(words) if word == "\\clef" and not words[place - 1].endswith("|")]
        assert any(words[place - 1].endswith(("]", "\\noBeam")) for place in inside)
        assert not any(words[place - 1].endswith("[") for place in inside)

    def test_a_bar_reads_as_it_is_played(self) -> None:
        source = lilypond([scale("sesquitone 0 1")], 120)
        assert (
            "c'16 cis'16 dis'16 e'16 fis'16 g'16 a'16 bes'16 c''16 bes'16 a'16 g'16 fis'16 e'16 dis'16 cis'16 |"
            in source
        )
        assert "c'4 r4 r2 |" in source


class TestPictures:
    def test_the_svg_has_the_text_forms_and_a_head_for_each_note(self, tmp_path: Path) -> None:
        path = tmp_path / "score.svg"
        scales = [scale("ditone 0 -2 3"), scale("sesquitone 0 1", "Eb3")]
        write(path, scales)
        root = ElementTree.parse(path).getroot()
        assert root.get("width") == "210mm"
        words = " ".join("".join(root.itertext()).split())
        assert "ditone 0 -2 3" in words
        assert "sesquitone 0 1" in words
        assert "\u2669 = 120" in words
        assert sum(element.get("class") == "notehead" for element in root.iter()) == len(all_notes(scales))

    def test_a_system_of_one_bar_is_not_stretched(self, tmp_path: Path) -> None:
        write(tmp_path / "score.svg", [scale("12 0 2 4 5 7 9 11")])
        root = ElementTree.parse(tmp_path / "score.svg").getroot()
        heads = [element for element in root.iter() if element.get("class") == "notehead"]
        places = [re.search(r"translate\(([0-9.]+)", use.get("transform", "")) for head in heads for use in head]
        assert 5_000 < max(float(place[1]) for place in places if place) < 14_000  # of 19,000 between the margins

    def test_a_system_of_one_bar_has_the_spacing_of_any_other(self) -> None:
        def gap(text: str) -> float:
            """Between the second and the third note, which has no sharp."""
            places = head_places(svg_pages([scale(text)], 120)[0])
            return places[2] - places[1]

        one_beat, one_bar, two_bars = gap("tritone 0"), gap("12 0 2 4 5 7 9 11"), gap("semitone 0 4 7")
        assert one_bar == pytest.approx(two_bars, rel=0.05)
        assert one_beat < 2 * one_bar

    def test_the_longest_lines_stay_on_the_page(self) -> None:
        for text in ("sesquiquinquetone 0 4 5 10", "sesquiquinquetone 0 6 9 10", "diapente 0 2 4 6"):
            (page,) = svg_pages([scale(text, "F#4")], 120)
            lines = re.findall(r'd="M\d+ \d+ L(\d+) \d+"', page)  # of the staff
            assert max(map(int, lines)) < 19_000  # between the margins

    def test_a_score_has_a_title_and_names(self) -> None:
        (page,) = svg_pages(CORNERS, 96, GRID)
        for text in (TITLE, *CAPTIONS):
            assert text in words(page)

    def test_the_title_is_above_the_music_and_the_longer_the_smaller(self) -> None:
        def size_and_place(title: str) -> tuple[int, int]:
            (page,) = svg_pages(CORNERS[:1], 96, Headings(title=title))
            (text,) = [each for each in ElementTree.fromstring(page).iter() if each.text == title]
            return int(text.get("font-size", 0)), int(text.get("y", 0))

        assert size_and_place("dorian") == (650, 1800)
        assert size_and_place("d" * 120)[0] * 120 * 0.6 == pytest.approx(19_000, rel=0.01)
        with_title, without = (svg_pages(CORNERS[:1], 96, Headings(title=title))[0] for title in ("x", ""))
        heights = [float(page.split('height="')[1].split("mm")[0]) for page in (with_title, without)]
        assert heights[0] - heights[1] == pytest.approx(16, abs=0.2)  # millimetres of its own

    def test_later_pages_have_their_number_and_the_title(self) -> None:
        first, *later = svg_pages(SCALES, 96, Headings(title="Seven patterns"))
        assert len(later) > 1
        for number, page in enumerate(later, 2):
            texts = [each.text for each in ElementTree.fromstring(page).iter() if each.get("font-size") == "350"]
            assert texts == ["Seven patterns", str(number)]
        assert "Seven patterns" in words(first)

    def test_all_words_have_serifs_where_there_is_no_times(self) -> None:
        (page,) = svg_pages(CORNERS, 96, GRID)
        texts = [element for element in ElementTree.fromstring(page).iter() if element.tag.endswith("}text")]
        families = {element.get("font-family") for element in texts}
        assert families == {"Times, serif"}

    def test_a_score_of_one_line_is_written_without_a_word(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        write(tmp_path / "one.svg", [scale("tritone 0")])
        assert capfd.readouterr() == ("", "")

    def test_the_pdf_has_the_pages_and_words_of_the_score_as_letters_on_a4(self, tmp_path: Path) -> None:
        headings = Headings({"ditone 0 -2 3": ("giant steps",)}, title=TITLE)
        write(tmp_path / "score.pdf", SCALES, 96, headings)
        assert [path.name for path in tmp_path.iterdir()] == ["score.pdf"]
        pdf = PdfReader(tmp_path / "score.pdf")
        assert pdf.metadata is not None
        assert pdf.metadata.title == TITLE
        assert len(pdf.pages) == len(svg_pages(SCALES, 96, headings)) > 1
        text = "".join(page.extract_text() for page in pdf.pages).replace("\n", " ")
        for word in (TITLE, "giant steps (ditone 0 -2 3)", *(scale.pattern.text for scale in SCALES)):
            assert word in text
        for page in pdf.pages:
            assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [210, 297]
            assert not page.images  # lines and letters only

    def test_a_score_of_several_pages_is_as_many_files(self, tmp_path: Path) -> None:
        write(tmp_path / "score.svg", SCALES)
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == [f"score-{number}.svg" for number in range(1, len(names) + 1)]
        assert len(names) > 1
        roots = [ElementTree.parse(tmp_path / name).getroot() for name in names]
        heads = sum(element.get("class") == "notehead" for root in roots for element in root.iter())
        assert heads == len(all_notes(SCALES))

    def test_the_same_scales_give_the_same_bytes(self, tmp_path: Path) -> None:
        for suffix in SUFFIXES:
            one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
            write(one, SCALES[:2])
            write(two, SCALES[:2])
            assert one.read_bytes() == two.read_bytes(), suffix

    def test_the_png_is_black_on_white_and_200_dots_an_inch(self, tmp_path: Path) -> None:
        write(tmp_path / "score.png", SCALES[:1])
        pixels = image.imread(tmp_path / "score.png")  # (height, width, 4)
        assert pixels.shape[1] == 1654
        assert (pixels[:10] == 1).all()
        assert 0.005 < (pixels[..., :3].mean(axis=-1) < 0.5).mean() < 0.2

    def test_the_png_has_its_letters(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path / "with.png", SCALES[:1])
        monkeypatch.setattr("polate.notation.engraving._FONTS", ())
        write(tmp_path / "without.png", SCALES[:1])
        ink = [(image.imread(tmp_path / name)[..., 0] < 0.5).sum() for name in ("with.png", "without.png")]
        assert ink[0] > ink[1] + 1_000

    def test_a_piano_roll_has_a_mark_for_each_note_in_its_roles_colour(self, tmp_path: Path) -> None:
        write(tmp_path / "scales.roll.png", [scale("tritone 0 -1 2 8")])
        pixels = (image.imread(tmp_path / "scales.roll.png")[..., :3] * 255).round().astype(int)
        assert pixels.shape[1] == 1200
        places = {}
        for role, colour in {"infra": (58, 143, 196), "inter": (224, 138, 44), "ultra": (191, 63, 102)}.items():
            rows = (abs(pixels[:-40] - colour).max(axis=-1) < 3).any(axis=1).nonzero()[0]  # above the legend
            places[role] = rows.min()
        assert places["ultra"] < places["inter"] < places["infra"]  # the higher note stands higher

    def test_each_roll_has_its_own_compass(self, tmp_path: Path) -> None:
        orange = (224, 138, 44)

        def tallest(scales: list[Scale]) -> int:
            write(tmp_path / "a.roll.png", scales)
            pixels = (image.imread(tmp_path / "a.roll.png")[..., :3] * 255).round().astype(int)
            left = (abs(pixels[:-40, : pixels.shape[1] // 2] - orange).max(axis=-1) < 3).any(axis=1)
            return int(left.sum())

        narrow, wide = scale("12 0 2 4 5 7 9 11"), scale("diatessaron 0 1 3")
        assert tallest([narrow, wide, narrow]) > 0.5 * 120  # not a sixth of the roll

    @pytest.mark.parametrize("by", ["rows", "columns", "diagonals"])
    def test_a_grid_is_drawn_as_its_square(self, tmp_path: Path, by: str) -> None:
        cells = {
            "rows": ((1, 1), (1, 2), (2, 1), (2, 2)),
            "columns": ((1, 1), (2, 1), (1, 2), (2, 2)),
            "diagonals": ((1, 1), (2, 2), (1, 2), (2, 1)),
        }[by]
        texts = {(1, 1): "tritone 0 1", (1, 2): "tritone 0 -1", (2, 1): "tritone 0 8", (2, 2): "tritone 0"}
        write(tmp_path / "g.roll.png", [scale(texts[cell]) for cell in cells], headings=Headings(cells=cells))
        pixels = (image.imread(tmp_path / "g.roll.png")[:-40, :, :3] * 255).round().astype(int)
        quarters = {}
        for role, colour in {"inter": (224, 138, 44), "infra": (58, 143, 196), "ultra": (191, 63, 102)}.items():
            rows, columns = (abs(pixels - colour).max(axis=-1) < 3).nonzero()
            quarters[role] = int(2 * rows.mean() / len(pixels)), int(2 * columns.mean() / pixels.shape[1])
        assert quarters == {"inter": (0, 0), "infra": (0, 1), "ultra": (1, 0)}

    def test_a_caption_says_place_name_and_text_form_as_far_as_there_is_room(self) -> None:
        dorian, names = scale("12 0 2 3 5 7 9 10"), {"12 0 2 3 5 7 9 10": ("dorian", "thaat kafi")}
        grid, morph = Headings(names, cells=((2, 3),)), Headings(names, steps=(7,))
        assert grid.caption(0, dorian, 60) == "row 2, column 3: dorian (12 0 2 3 5 7 9 10)"
        assert grid.caption(0, dorian, 30) == "row 2, column 3: dorian"
        assert morph.caption(0, dorian, 60) == "step 7: dorian (12 0 2 3 5 7 9 10)"
        assert morph.caption(0, scale("tritone 0 1"), 15) == "step 7: triton\u2026"
        assert Headings().caption(0, dorian, 60) == "12 0 2 3 5 7 9 10"

    def test_piano_rolls_have_a_title_and_names_and_a_grid_the_numbers_of_its_rows_and_columns(
        self, tmp_path: Path
    ) -> None:
        write(tmp_path / "grid.roll.pdf", CORNERS, headings=GRID)
        (page,) = PdfReader(tmp_path / "grid.roll.pdf").pages
        text = page.extract_text()
        for word in (TITLE, "giant steps (ditone 0 -2 3)", "tritone 0 1", "column 1", "column 2", "row 1", "row 2"):
            assert word in text
        assert "column 1: " not in text  # the square shows it
        assert not page.images
        write(tmp_path / "morph.roll.pdf", CORNERS, headings=Headings(GRID.names, steps=(1, 3, 4, 9)))
        text = PdfReader(tmp_path / "morph.roll.pdf").pages[0].extract_text()
        assert "step 1: giant steps (ditone 0 -2 3)" in text
        assert "step 9: tritone 0" in text

    def test_piano_rolls_as_svg_are_the_same_picture(self, tmp_path: Path) -> None:
        write(tmp_path / "grid.roll.svg", CORNERS, headings=GRID)
        root = ElementTree.parse(tmp_path / "grid.roll.svg").getroot()
        colours = {word for element in root.iter() for word in element.get("style", "").split("fill: ")}
        assert {"#22304f", "#3a8fc4", "#e08a2c"} <= {colour[:7] for colour in colours}

    def test_a_cell_in_which_the_diagonals_meet_is_drawn_once(self, tmp_path: Path) -> None:
        cells = ((1, 1), (2, 2), (3, 3), (1, 3), (2, 2), (3, 1))
        scales = [scale(text) for text in ("tritone 0", "ditone 0 1", "tritone 0 2", "tritone 0 3")]
        write(tmp_path / "x.roll.pdf", [*scales, scales[1], scales[0]], headings=Headings(cells=cells))
        assert PdfReader(tmp_path / "x.roll.pdf").pages[0].extract_text().count("ditone 0 1") == 1

    def test_there_are_only_so_many_piano_rolls_in_a_picture(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"at most 1000 piano rolls, got 1001 scales"):
            write_all([tmp_path / "scales.json", tmp_path / "scales.roll.png"], SCALES[:1] * 1001)
        assert not list(tmp_path.iterdir())  # nor the file that could be written


class TestFiles:
    def test_a_format_loads_the_libraries_that_it_needs_and_no_others(self, tmp_path: Path) -> None:
        def loaded(statement: str) -> set[str]:
            code = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
            return set(done.stdout.split()) & {
                "mido",
                "numpy",
                "onnxruntime",
                "matplotlib",
                "verovio",
                "resvg_py",
                "typst",
            }

        def writing(suffix: str) -> str:
            path = str(tmp_path / f"scales{suffix}")
            imports = "from pathlib import Path; from polate import Pattern; from polate.theory.scale import Scale; "
            imports += "from polate.notation.writers import write_all"
            return f"{imports}\nwrite_all([Path({path!r})], [Scale.of(Pattern.parse('tritone 0 1 2'))])"

        assert loaded("import polate.notation.writers") == set()
        assert loaded(writing(".json")) == loaded(writing(".musicxml")) == loaded(writing(".ly")) == set()
        assert loaded(writing(".mid")) == {"mido"}
        assert loaded(writing(".svg")) & {"matplotlib", "resvg_py", "typst"} == set()
        assert loaded(writing(".png")) & {"typst"} == loaded(writing(".roll.pdf")) & {"verovio", "typst"} == set()

    def test_the_midi_file_has_a_track_a_scale_one_after_the_other(self, tmp_path: Path) -> None:
        write(tmp_path / "scales.mid", SCALES, 96)
        file = mido.MidiFile(tmp_path / "scales.mid")
        assert played(tmp_path / "scales.mid") == all_notes(SCALES)
        assert [track.name for track in file.tracks[1:]] == [scale.pattern.text for scale in SCALES]
        markers = [message.text for track in file.tracks for message in track if message.type == "marker"]
        assert markers == [scale.pattern.text for scale in SCALES]
        assert file.length == pytest.approx(len(all_notes(SCALES)) * 60 / 96 / 4)

    def test_the_midi_file_has_the_title_in_any_script(self, tmp_path: Path) -> None:
        write(tmp_path / "scales.mid", SCALES[:1], headings=Headings(title="Гаммы № 1"))
        assert mido.MidiFile(tmp_path / "scales.mid", charset="utf-8").tracks[0].name == "Гаммы № 1"

    def test_the_json_file_is_a_list_of_everything_a_scale_is(self, tmp_path: Path) -> None:
        write(tmp_path / "scales.json", [scale("12 0 2 3 down 0 5 4"), scale("tritone symmetric 0 1 2")])
        one, two = json.loads((tmp_path / "scales.json").read_text())
        assert one == {
            "z": [0.0] * 8,
            "interval": 12,
            "cell": [0, 2, 3],
            "symmetric": False,
            "descending": [0, 5, 4],
            "text": "12 0 2 3 down 0 5 4",
            "notes": [60, 62, 63, 72, 64, 65, 60],
        }
        assert (two["symmetric"], two["descending"]) == (True, None)

    @pytest.mark.parametrize("name", ["scales", "scales.wav", "scales.xml", ".mid", "mid", ".pdf", "scales.png.txt"])
    def test_another_suffix_is_refused_with_those_there_are(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"\.ly, \.roll\.svg, \.roll\.png, \.roll\.pdf, \.svg, \.png, \.pdf, got"):
            write(tmp_path / name, SCALES)
        assert list(tmp_path.iterdir()) == []

    def test_capitals_do_not_matter(self, tmp_path: Path) -> None:
        write(tmp_path / "SCALES.MID", SCALES)
        assert played(tmp_path / "SCALES.MID") == all_notes(SCALES)

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_file_of_no_scales_is_refused(self, suffix: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="at least one scale"):
            write(tmp_path / f"none{suffix}", [])

    def test_what_cannot_be_written_is_said_and_nothing_is_left_behind(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"cannot write .*: No such file or directory"):
            write(tmp_path / "nowhere" / "scales.json", SCALES)
        (tmp_path / "folder.json").mkdir()
        with pytest.raises(ConfigError, match=r"cannot write .*: Is a directory"):
            write(tmp_path / "folder.json", SCALES)
        assert [path.name for path in tmp_path.iterdir()] == ["folder.json"]

    def test_an_old_file_stays_whole_when_the_disk_is_full(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "scales.json"
        path.write_text("old")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "replace", full)
        with pytest.raises(ConfigError, match="No space left on device"):
            write(path, SCALES)
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]
