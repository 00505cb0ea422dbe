"""Scales as engraved pages.

    Scale --musicxml--> MusicXML --Verovio--> SVG --resvg--> PNG

The text in a PNG uses fonts that are installed with matplotlib. So it looks the same on every machine, even on one
without fonts.
"""

from collections.abc import Sequence
from pathlib import Path

from polate.notation.musicxml import musicxml
from polate.theory.scale import Scale

__all__ = ["png_pages", "svg_pages"]

_OPTIONS = {
    "breaks": "line",  # lines as in the MusicXML, pages as they fill up
    "adjustPageHeight": True,
    "noJustification": True,  # a system of one bar is as wide as a bar
    "spacingLinear": 0.16,  # so that two bars of sixteenths fill a line
    "header": "none",
    "footer": "none",
    "pageMarginLeft": 100,
    "pageMarginRight": 100,
    "pageMarginTop": 100,
    "pageMarginBottom": 100,
    "mmOutput": True,
    "smuflTextFont": "none",
    "xmlIdSeed": 1,  # the same scales give the same bytes
}
_QUARTER = ("\ueca5", "\u2669")  # the note in the tempo: a music font's private character, and Unicode's
_DOTS_PER_INCH = 200
_FONTS = ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "DejaVuSans")


def svg_pages(scales: Sequence[Scale], bpm: float) -> list[str]:
    """Pages as SVG. A page is as wide as A4, as high as its content, and at most as high as A4.

    ``bpm``: quarter notes a minute.
    """
    import verovio

    toolkit = verovio.toolkit()
    toolkit.setOptions(_OPTIONS)
    toolkit.loadData(musicxml(scales, bpm))
    return [toolkit.renderToSVG(page).replace(*_QUARTER) for page in range(1, toolkit.getPageCount() + 1)]


def png_pages(scales: Sequence[Scale], bpm: float) -> list[bytes]:
    """The same pages as PNG, at 200 dots an inch, on white."""
    import matplotlib
    from resvg_py import svg_to_bytes

    fonts = [str(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")) for name in _FONTS]
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
        for page in svg_pages(scales, bpm)
    ]
