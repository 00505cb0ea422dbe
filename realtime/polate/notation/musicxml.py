"""Scales as MusicXML 3.1 (https://www.w3.org/2017/12/musicxml31/): one part, a new line for each scale."""

from collections.abc import Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from polate.notation.headings import CAPTION, PLAIN, Headings
from polate.notation.layout import WrittenNote, lay_out
from polate.theory.scale import Scale

__all__ = ["musicxml"]

_DOCTYPE = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)
_CLEFS = {"treble": ("G", 2), "bass": ("F", 4)}
_TYPES = {1: "16th", 2: "eighth", 3: "eighth", 4: "quarter", 8: "half"}  # by sixteenths; 3 has a dot
_ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}


def musicxml(scales: Sequence[Scale], bpm: float, headings: Headings = PLAIN) -> str:
    """The document. ``bpm``: quarter notes a minute."""
    score = Element("score-partwise", version="3.1")
    title = headings.heading
    if title:
        _add(_add(score, "work"), "work-title", title)
    encoding = _add(_add(score, "identification"), "encoding")
    _add(encoding, "software", "Polate")
    for element in ("accidental", "beam"):  # all are here: without this MuseScore adds beams, across clefs too
        _add(encoding, "supports", element=element, type="yes")
    _add(encoding, "supports", element="print", attribute="new-system", type="yes", value="yes")
    if title:
        credit = _add(score, "credit", page="1")
        _add(credit, "credit-type", "title")
        _add(credit, "credit-words", title, justify="center", valign="top", font_size="22")
    instrument = _add(_add(score, "part-list"), "score-part", id="P1")
    _add(instrument, "part-name", "Piano", print_object="no")
    _add(_add(instrument, "score-instrument", id="P1-I1"), "instrument-name", "Piano")
    part = _add(score, "part", id="P1")
    clef = ""
    for index, scale in enumerate(scales):
        clef = _add_scale(part, scale, headings.caption(index, scale, CAPTION), bpm, clef)
    _add_barline(part[-1], "light-heavy")
    indent(score)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_DOCTYPE}\n{tostring(score, encoding="unicode")}\n'


def _add_scale(part: Element, scale: Scale, caption: str, bpm: float, clef: str) -> str:
    """Add the measures of a scale. ``clef``: in force before it. Returns the clef in force after it."""
    bars = lay_out(scale)
    octaves = 0  # of the octave line in force
    following = iter([note.staff.octaves for bar in bars for beat in bar.beats for note in beat][1:])
    for index, bar in enumerate(bars):
        if len(part) > 0:
            clef = _change_clef(part[-1], bar.beats[0][0], clef)  # a change of clef is printed before the barline
        if index == 0 and len(part) > 0:
            _add_barline(part[-1], "light-light")
        measure = _add(part, "measure", number=str(len(part) + 1))
        if len(part) == 1:
            _begin(measure, bpm)
        elif bar.new_line:
            _add(measure, "print", new_system="yes")
        if index == 0:
            _add(_direction(measure, "above"), "words", caption, font_weight="bold", font_style="normal")
        for beat in bar.beats:
            for note, beams in zip(beat, _beams(beat), strict=True):
                clef = _change_clef(measure, note, clef)
                if note.staff.octaves not in (0, octaves):
                    # "down": the notes are written lower than they sound.
                    _add_octave_line(measure, "down" if note.staff.octaves > 0 else "up", note)
                _add_note(measure, note, beams)
                octaves = note.staff.octaves
                if octaves not in (0, next(following, 0)):
                    _add_octave_line(measure, "stop", note)
        for rest in bar.rests:
            element = _add(measure, "note")
            _add(element, "rest")
            _add_length(element, 4 * rest)
    return clef


def _begin(measure: Element, bpm: float) -> None:
    attributes = _add(measure, "attributes")
    _add(attributes, "divisions", 4)
    time = _add(attributes, "time")
    _add(time, "beats", 4)
    _add(time, "beat-type", 4)
    metronome = _add(_direction(measure, "above"), "metronome")
    _add(metronome, "beat-unit", "quarter")
    _add(metronome, "per-minute", f"{bpm:g}")
    _add(measure[-1], "sound", tempo=f"{bpm:g}")


def _add_barline(measure: Element, style: str) -> None:
    _add(_add(measure, "barline", location="right"), "bar-style", style)


def _change_clef(measure: Element, note: WrittenNote, clef: str) -> str:
    """Add the clef of a note unless it is in force. Returns the clef in force after it."""
    if note.staff.clef != clef:
        sign, line = _CLEFS[note.staff.clef]
        element = _add(_add(measure, "attributes"), "clef")
        _add(element, "sign", sign)
        _add(element, "line", line)
    return note.staff.clef


def _add_octave_line(measure: Element, kind: str, note: WrittenNote) -> None:
    placement = "above" if note.staff.octaves > 0 else "below"
    size = {1: "8", 2: "15"}[abs(note.staff.octaves)]
    _add(_direction(measure, placement), "octave-shift", type=kind, size=size)


def _direction(measure: Element, placement: str) -> Element:
    return _add(_add(measure, "direction", placement=placement), "direction-type")


def _add_note(measure: Element, note: WrittenNote, beams: Sequence[str]) -> None:
    element = _add(measure, "note")
    pitch = _add(element, "pitch")
    _add(pitch, "step", note.name.step)
    if note.name.alter:
        _add(pitch, "alter", note.name.alter)
    _add(pitch, "octave", note.octave)
    _add_length(element, note.sixteenths)
    if note.accidental:
        _add(element, "accidental", _ACCIDENTALS[note.name.alter])
    for number, beam in enumerate(beams, 1):
        _add(element, "beam", beam, number=str(number))


def _add_length(note: Element, sixteenths: int) -> None:
    _add(note, "duration", sixteenths)
    _add(note, "voice", 1)
    _add(note, "type", _TYPES[sixteenths])
    if sixteenths == 3:
        _add(note, "dot")


def _beams(beat: Sequence[WrittenNote]) -> list[list[str]]:
    """The beams of each note: first that of the eighths, then that of the sixteenths. None crosses a change of clef."""
    for place, (before, after) in enumerate(pairwise(beat), 1):
        if after.staff.clef != before.staff.clef:
            return _beams(beat[:place]) + _beams(beat[place:])
    if len(beat) == 1:
        return [[]]
    beams = [[beam] for beam in _beam(len(beat))]
    sixteenths = sum(note.sixteenths == 1 for note in beat)
    for note, beam in zip(beams, _beam(sixteenths), strict=False):
        note.append(beam)
    return beams


def _beam(notes: int) -> list[str]:
    """One beam over this many notes."""
    return ["forward hook"] if notes == 1 else ["begin", *["continue"] * (notes - 2), "end"]


def _add(parent: Element, tag: str, text: object = None, **attributes: str) -> Element:
    """A new child. Underscores in the names of attributes become hyphens."""
    child = SubElement(parent, tag, {name.replace("_", "-"): value for name, value in attributes.items()})
    child.text = None if text is None else str(text)
    return child
