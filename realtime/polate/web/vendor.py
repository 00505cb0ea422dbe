"""Make `static/vendor/`: what the page takes from others, at fixed versions. Run it after a version is changed.

    python realtime/polate/web/vendor.py        needs npm, the network, and fonttools (which matplotlib brings)

npm package --outlines of ten glyphs--> static/vendor/glyphs.js, its licence beside it
"""

import io
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

FONT = "@vexflow-fonts/bravura@1.0.2"
GLYPHS = {
    "treble": 0xE050,
    "bass": 0xE062,
    "notehead": 0xE0A4,
    "flat": 0xE260,
    "natural": 0xE261,
    "sharp": 0xE262,
    "doubleSharp": 0xE263,
    "doubleFlat": 0xE264,
    "ottava": 0xE511,
    "ottavaBassa": 0xE51C,
    "quindicesima": 0xE515,
}
"""SMuFL code points, by the names that the page uses."""

_HEAD = """/**
 * Outlines of music glyphs, made by polate/web/vendor.py: do not edit.
 *
 * From {font}; SIL Open Font License 1.1, see glyphs.licence.txt. 250 units are the space between two lines of a staff;
 * y goes down.
 */

/** @type {{Object<string, {{path: string, width: number}}>}} */
export const GLYPHS = """


def outlines(font: bytes) -> dict[str, dict[str, object]]:
    """An SVG path and the advance width, in units of 1/1000 em, for each of `GLYPHS`."""
    from fontTools.pens.svgPathPen import SVGPathPen
    from fontTools.pens.transformPen import TransformPen
    from fontTools.ttLib import TTFont

    face = TTFont(io.BytesIO(font))
    glyphs, names = face.getGlyphSet(), face.getBestCmap()
    found: dict[str, dict[str, object]] = {}
    for name, code in GLYPHS.items():
        pen = SVGPathPen(glyphs, ntos=lambda number: str(round(number)))
        glyph = glyphs[names[code]]
        glyph.draw(TransformPen(pen, (1, 0, 0, -1, 0, 0)))
        found[name] = {"path": pen.getCommands(), "width": glyph.width}
    return found


def main() -> None:
    folder = Path(__file__).parent / "static" / "vendor"
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(["npm", "pack", "--silent", FONT], cwd=work, check=True)
        (archive,) = Path(work).glob("*.tgz")
        with tarfile.open(archive) as package:
            members = {Path(member.name).name: package.extractfile(member) for member in package}
            files = {name: file.read() for name, file in members.items() if file}
    (folder / "glyphs.licence.txt").write_bytes(files["LICENSE.txt"])
    body = json.dumps(outlines(files["bravura.otf"]), indent=1)
    (folder / "glyphs.js").write_text(f"{_HEAD.format(font=FONT)}{body};\n", encoding="utf-8")


if __name__ == "__main__":
    main()
