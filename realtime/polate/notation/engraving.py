"""Scales as engraved pages.

    Scale --musicxml--> MusicXML --Verovio--> SVG --title, page number--> SVG --resvg--> PNG
                                                                           '--typst--> PDF

The text in a PNG and in a PDF uses fonts that are installed with matplotlib. So it looks the same on every machine,
even on one without fonts.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from polate.notation.headings import PLAIN, Headings
from polate.notation.musicxml import musicxml
from polate.theory.scale import Scale

__all__ = ["pdf", "png_pages", "svg_pages"]

_WIDTH = 210  # mm, of A4
_MARGIN, _TITLE_MARGIN = 10, 26  # mm above the music, without a title and with one
_UNITS = 100  # of the view box, in a millimetre
_OPTIONS = {
    "breaks": "line",  # lines as in the MusicXML, pages as they fill up
    "adjustPageHeight": True,
    # A system is as wide as its notes need. Verovio spaces the notes of a short system more widely even so, up to the
    # width of the page, and never more densely than on a page that is too narrow. So it is given such a page.
    "noJustification": True,
    "pageWidth": 300,  # tenths of a millimetre, margins included
    "spacingLinear": 0.3,  # so that the longest lines, two bars and a short one, fill A4
    "header": "none",
    "footer": "none",
    "pageMarginLeft": 100,
    "pageMarginRight": 100,
    "pageMarginBottom": 100,
    "mmOutput": True,
    "octaveAlternativeSymbols": True,
    "smuflTextFont": "none",
    "xmlIdSeed": 1,  # the same scales give the same bytes
}
_QUARTER = ("\ueca5", "\u2669")  # the note in the tempo: a music font's private character, and Unicode's
_FAMILY = 'font-family="Times, serif"'  # without a second choice a browser may take letters without serifs
_DOTS_PER_INCH = 200
_FONTS = ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "DejaVuSans")
_LARGEST, _SMALL = 6.5, 3.5  # mm, sizes of letters: of the title, of what is above the later pages
_LETTER = 0.6  # the usual width of a letter, in its size
_DOCUMENT = """
#set document(title: sys.inputs.title, date: none)
#set page(width: 210mm, height: 297mm, margin: 0mm)
#set text(font: "STIXGeneral")
#for number in range(int(sys.inputs.pages)) {
  if number > 0 { pagebreak() }
  image(bytes(sys.inputs.at(str(number))), format: "svg", width: 210mm, alt: sys.inputs.title)
}
"""


def svg_pages(scales: Sequence[Scale], bpm: float, headings: Headings = PLAIN) -> list[str]:
    """Pages as SVG. A page is as wide as A4, as high as its content, and at most as high as A4.

    ``bpm``: quarter notes a minute.
    """
    import verovio

    verovio.enableLog(verovio.LOG_ERROR)  # it warns of a score of one line
    toolkit = verovio.toolkit()
    margin = _TITLE_MARGIN if headings.heading else _MARGIN
    toolkit.setOptions({**_OPTIONS, "pageMarginTop": 10 * margin})
    toolkit.loadData(musicxml(scales, bpm, headings))
    pages = range(1, toolkit.getPageCount() + 1)
    return [_page(toolkit.renderToSVG(page).replace(*_QUARTER), page, headings.heading) for page in pages]


def png_pages(scales: Sequence[Scale], bpm: float, headings: Headings = PLAIN) -> list[bytes]:
    """The same pages as PNG, at 200 dots an inch, on white."""
    from resvg_py import svg_to_bytes

    fonts = [str(_font_folder() / f"{name}.ttf") for name in _FONTS]
    return [
        bytes(
            svg_to_bytes(
                svg_string=page,
                background="white",
                dpi=_DOTS_PER_INCH,
                skip_system_fonts=True,
                font_files=fonts,
                serif_family="STIXGeneral",
            )
        )
        for page in svg_pages(scales, bpm, headings)
    ]


def pdf(scales: Sequence[Scale], bpm: float, headings: Headings = PLAIN) -> bytes:
    """The same pages as one PDF of A4 pages, of lines and letters."""
    import typst

    pages = svg_pages(scales, bpm, headings)
    inputs = {"title": headings.heading, "pages": str(len(pages)), **{str(n): page for n, page in enumerate(pages)}}
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[_font_folder()])
    return typst.compile(_DOCUMENT.encode(), sys_inputs=inputs, font_paths=fonts)


def _page(svg: str, number: int, title: str) -> str:
    """A page of Verovio's at the width of A4, with the title on the first page, and its number on the others."""
    svg = svg.replace('font-family="Times"', _FAMILY)
    svg = re.sub(r'width="[0-9.]+mm"', f'width="{_WIDTH}mm"', svg, count=1)
    svg = re.sub(r'viewBox="0 0 \d+ ', f'viewBox="0 0 {_WIDTH * _UNITS} ', svg, count=1)
    if number == 1:
        size = min(_LARGEST, (_WIDTH - 2 * _MARGIN) / (_LETTER * max(1, len(title))))
        texts = _text(_WIDTH / 2, 18, size, "middle", title)
    else:
        texts = _text(_MARGIN, _MARGIN, _SMALL, "start", title)
        texts += _text(_WIDTH - _MARGIN, _MARGIN, _SMALL, "end", str(number))
    return re.sub(r'(<svg class="definition-scale"[^>]*>)', lambda match: match[1] + texts, svg, count=1)


def _text(x: float, y: float, size: float, anchor: str, text: str) -> str:
    """An element of text at a place in millimetres from the upper left corner of the page."""
    x, y, size = (round(at * _UNITS) for at in (x, y, size))
    place = f'x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}"'
    return f"\n<text {place} {_FAMILY}>{escape(text)}</text>" if text else ""


def _font_folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path(), "fonts", "ttf")
