"""Scales as source for LilyPond 2.20 and later (https://lilypond.org): one staff, a new line for each scale."""

from collections.abc import Sequence

from polate.notation.headings import CAPTION, PLAIN, Headings
from polate.notation.layout import Staff, WrittenNote, lay_out
from polate.theory.scale import Scale

__all__ = ["lilypond"]

_SOURCE = r"""\version "2.20.0"

\header {{{title}
  tagline = ##f
}}

\score {{
  \new Staff {{
    \override Score.RehearsalMark.self-alignment-X = #LEFT
    \override Score.RehearsalMark.font-size = #1
    \numericTimeSignature
    \time 4/4
    \tempo 4 = {bpm}
{music}
  }}
  \layout {{
    indent = 0
    ragged-right = ##t
  }}
  \midi {{ }}
}}
"""
_ALTERS = {-2: "eses", -1: "es", 0: "", 1: "is", 2: "isis"}  # endings of the Dutch note names, LilyPond's default
_LENGTHS = {1: "16", 2: "8", 3: "8.", 4: "4"}  # by sixteenths
_RESTS = {1: "r4", 2: "r2"}


def lilypond(scales: Sequence[Scale], bpm: float, headings: Headings = PLAIN) -> str:
    """The source. ``bpm``: quarter notes a minute, rounded to a whole number because LilyPond takes no other."""
    captions = [headings.caption(index, scale, CAPTION) for index, scale in enumerate(scales)]
    music = '    \\bar "||" \\break\n'.join(map(_scale, scales, captions)) + '    \\bar "|."'
    title = headings.heading
    return _SOURCE.format(bpm=round(bpm), music=music, title=f"\n  title = {_string(title)}" if title else "")


def _string(text: str) -> str:
    """A string in LilyPond's quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _scale(scale: Scale, caption: str) -> str:
    lines = [f"    \\mark \\markup \\bold {_string(caption)}"]
    staff = Staff("", 0)
    for bar in lay_out(scale):
        words = []
        for note, beam in ((note, beam) for beat in bar.beats for note, beam in zip(beat, _beams(beat), strict=True)):
            if note.staff.clef != staff.clef:
                words.append(f"\\clef {note.staff.clef}")
            if note.staff.octaves != staff.octaves:
                words.append(f"\\ottava #{note.staff.octaves}")
            words.append(_note(note) + beam)
            staff = note.staff
        words += [_RESTS[rest] for rest in bar.rests]
        lines.append(f"    {' '.join(words)} |")
    if staff.octaves:
        lines.append("    \\ottava #0")
    return "\n".join(lines) + "\n"


def _beams(beat: Sequence[WrittenNote]) -> list[str]:
    """What follows each note of a beat for its beam: nothing, unless the clef changes in the beat."""
    clefs = [note.staff.clef for note in beat]
    if len(set(clefs)) == 1:
        return [""] * len(beat)
    begins = [place == 0 or clefs[place - 1] != clef for place, clef in enumerate(clefs)]
    ends = [*begins[1:], True]
    return [
        "\\noBeam" if first and last else "[" if first else "]" if last else ""
        for first, last in zip(begins, ends, strict=True)
    ]


def _note(note: WrittenNote) -> str:
    octave = "'" * (note.octave - 3) + "," * (3 - note.octave)
    return f"{note.name.step.lower()}{_ALTERS[note.name.alter]}{octave}{_LENGTHS[note.sixteenths]}"
