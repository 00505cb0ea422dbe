"""The pictures of the gallery: a piano roll of a take, and what a knob does to the cell. Both are SVG.

The colours are seen on white and on black.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from hearing import Heard

from polate.model.decoder import Decoder
from polate.theory.midi_notes import note_name

__all__ = ["knob_picture", "roll"]

COLOURS = {"line": "#3a8fc4", "bass": "#bf3f66", "chord": "#e08a2c", "keys": "#6aa84f"}
GREY = "#8a8f98"
WIDTH, HEIGHT, LEFT, TOP = 960, 260, 34, 18
FONT = 'font-family="system-ui, sans-serif" font-size="11"'


def roll(heard: Heard, title: str) -> str:
    """Time to the right, pitch upwards, a colour for each voice; the names of the patterns where they begin."""
    lowest, highest = min(note.note for note in heard.notes) - 1, max(note.note for note in heard.notes) + 2
    across, up = (WIDTH - LEFT - 4) / heard.seconds, (HEIGHT - TOP - 4) / (highest - lowest)
    parts = []
    for note in range(lowest, highest + 1):
        if note % 12 == 0:
            y = TOP + (highest - note) * up
            parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 4}" stroke="{GREY}" stroke-opacity=".35"/>')
            parts.append(f'<text x="{LEFT - 5}" y="{y:.1f}" text-anchor="end" fill="{GREY}">{note_name(note)}</text>')
    after = 0.0
    for seconds, pattern in heard.patterns:
        x = LEFT + seconds * across
        if x >= after:  # else the names would be on one another
            parts.append(f'<text x="{x:.1f}" y="11" fill="{GREY}">{escape(pattern)}</text>')
            after = x + 6.6 * len(pattern) + 12
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - 4}" stroke="{GREY}" stroke-opacity=".3"/>')
    for voice, colour in COLOURS.items():
        boxes = [
            f"M{LEFT + note.on * across:.1f} {TOP + (highest - note.note - 1) * up:.1f}"
            f"h{max(1.2, (note.off - note.on) * across - 0.6):.1f}v{max(2.0, up - 0.6):.1f}"
            f"h-{max(1.2, (note.off - note.on) * across - 0.6):.1f}z"
            for note in heard.notes
            if note.voice == voice
        ]
        if boxes:
            opacity = ".45" if voice == "chord" else ".95"
            parts.append(f'<path fill="{colour}" fill-opacity="{opacity}" d="{"".join(boxes)}"/>')
    return _picture(WIDTH, HEIGHT, f"piano roll of {title}", parts)


def knob_picture(model: str, axis: int, columns: int = 65) -> str:
    """The cell that the map has at each position of one knob, the others in the middle: offsets upwards, knob across.

    The line is the next principal tone: what is under it are interpolations, what is above it ultrapolations.
    """
    decoder = Decoder.open(Path(model))
    width, height, left, bottom, lowest, highest = 640, 250, 34, 30, -12, 24
    across, up = (width - left - 6) / columns, (height - bottom - 8) / (highest - lowest)
    parts, line = [], []
    for offset in (-12, 0, 12, 24):
        y = 8 + (highest - offset) * up
        parts.append(f'<path d="M{left} {y:.1f}H{width - 6}" stroke="{GREY}" stroke-opacity=".35"/>')
        parts.append(f'<text x="{left - 5}" y="{y + 4:.1f}" text-anchor="end" fill="{GREY}">{offset}</text>')
    colours = {"infra": COLOURS["line"], "inter": COLOURS["chord"], "ultra": COLOURS["bass"], "": GREY}
    for column in range(columns):
        knobs = [0.5] * len(decoder.axes)
        knobs[axis] = column / (columns - 1)
        z = [each.at(knob) for each, knob in zip(decoder.axes, knobs, strict=True)]
        pattern = decoder.decode(z)
        x = left + (column + 0.15) * across
        for place, offset in enumerate(pattern.cell):
            if lowest <= offset <= highest:
                y, radius = 8 + (highest - offset) * up, across * 0.38
                colour = colours[pattern.role(offset) if offset else ""]
                parts.append(
                    f'<circle cx="{x + across * 0.4:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" '
                    f'fill-opacity="{1 - 0.12 * place:.2f}"/>'
                )
        if pattern.interval <= highest:
            line.append(f"M{x:.1f} {8 + (highest - pattern.interval) * up:.1f}h{across * 0.85:.1f}")
    parts.append(f'<path d="{"".join(line)}" stroke="{GREY}" stroke-width="2"/>')
    low, high = decoder.axes[axis].low, decoder.axes[axis].high
    parts.append(f'<text x="{left}" y="{height - 8}" fill="{GREY}">0: {escape(low)}</text>')
    parts.append(f'<text x="{width - 6}" y="{height - 8}" text-anchor="end" fill="{GREY}">1: {escape(high)}</text>')
    return _picture(width, height, f"the knob {decoder.axes[axis].name}", parts)


def _picture(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    begin = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
    return f'{begin}aria-label="{escape(label)}" {FONT}>\n' + "\n".join(parts) + "\n</svg>\n"
