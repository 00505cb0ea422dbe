"""Scales as engraved pages: MusicXML through Verovio to SVG, and through resvg to PNG.

The PNG's letters are of the fonts that come with matplotlib, so that it looks the same on every machine, one without
fonts among them.
"""

from collections.abc import Sequence
from pathlib import Path

from polate.notation.musicxml import musicxml
from polate.theory.scale import Scale

__all__ = ["png_pages", "svg_pages"]

_OPTIONS = {
    "breaks": "line",  # the lines as in the MusicXML, the pages as they come
    "adjustPageHeight": True,
    "header": "none",
    "footer": "none",
    "pageMarginLeft": 100,
    "pageMarginRight": 100,
    "pageMarginTop": 100,
    "pageMarginBottom": 100,
    "mmOutput": True,
    "smuflTextFont": "none",
    "xmlIdSeed": 1,  # the same scales give the same file
}
_QUARTER = ("\ueca5", "\u2669")  # in the tempo: from a music font's private character to Unicode's
_DPI = 200
_FONTS = ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "DejaVuSans")


def svg_pages(scales: Sequence[Scale], bpm: float) -> list[str]:
    """Pages of A4's width, each as tall as what is on it and at most A4's height."""
    import verovio

    toolkit = verovio.toolkit()
    toolkit.setOptions(_OPTIONS)
    toolkit.loadData(musicxml(scales, bpm))
    return [toolkit.renderToSVG(page).replace(*_QUARTER) for page in range(1, toolkit.getPageCount() + 1)]


def png_pages(scales: Sequence[Scale], bpm: float) -> list[bytes]:
    """The same pages at 200 dots an inch, on white."""
    import matplotlib
    from resvg_py import svg_to_bytes

    fonts = [str(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")) for name in _FONTS]
    return [
        bytes(
            svg_to_bytes(
                svg_string=page,
                background="white",
                dpi=_DPI,
                skip_system_fonts=True,
                font_files=fonts,
                serif_family="STIXGeneral",
            )
        )
        for page in svg_pages(scales, bpm)
    ]
