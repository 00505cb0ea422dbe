"""Make the gallery and the pictures and sounds of the knobs: journals, MIDI files, piano rolls, scores, sounds, page.

python docs/gallery/make.py                 everything (needs Chromium, and pip install soundfile playwright)
python docs/gallery/make.py --no-sound      all but the sound files
python docs/gallery/make.py --check         replay every journal: is each MIDI file the same, byte for byte?
python docs/gallery/make.py --only mirror   the takes whose name has this in it
"""

import argparse
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
from drawings import knob_picture, roll
from hearing import Heard, heard_in, studio
from takes import FIRST, GALLERY, Take, knob_takes, play

from polate.cli.take_commands import play_again
from polate.control.commands import SetCorner
from polate.control.settings import Motion, PlaySettings
from polate.notation.writers import write_all
from polate.theory.midi_notes import parse_note
from polate.theory.pattern import Pattern
from polate.theory.scale import Scale

HERE = Path(__file__).parent
KNOBS = HERE.parent / "knobs"
LABELS = {"epiano": "electric piano"}  # of the page's instruments, where they are not their names
MOST_SCALES, MOST_NOTES = 3, 120  # in a score


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--no-sound", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    if options.check:
        return check()
    KNOBS.mkdir(exist_ok=True)
    with ExitStack() as stack:
        hall = None if options.no_sound else stack.enter_context(studio())
        for take, folder in [*((take, HERE) for take in GALLERY), *((take, KNOBS) for take in (FIRST, *knob_takes()))]:
            if options.only not in take.name:
                continue
            heard = make(take, folder)
            dropped = 0
            if hall:
                dropped = hall.write(folder / f"{take.name}.mp3", heard, *sound_of(take), stereo=folder == HERE)
            print(f"{take.name}: {len(heard.notes)} notes, {heard.seconds:.1f} s, {dropped} dropped")
    for axis, take in enumerate(knob_takes()):
        (KNOBS / f"{take.name}.svg").write_text(knob_picture(take.model, axis))
    (HERE / "index.md").write_text(page_of_the_gallery())
    return 0


def sound_of(take: Take) -> tuple[dict[str, str], dict[str, float], float]:
    return dict(take.instruments), dict(take.levels), take.room


def make(take: Take, folder: Path) -> Heard:
    """Everything of a take but its sound."""
    journal, midi = play(take)
    heard = heard_in(midi)
    (folder / f"{take.name}.mid").write_bytes(midi)
    if folder == HERE:
        (folder / f"{take.name}.jsonl").write_bytes(journal)
        (folder / f"{take.name}.toml").write_text(settings_of(take))
        (folder / f"{take.name}.roll.svg").write_text(roll(heard, take.title))
        write_all([folder / f"{take.name}.svg"], scales_of(take, heard), take.settings.bpm)
    return heard


def settings_of(take: Take) -> str:
    """A settings file with which `polate play` begins as the take does."""
    document = tomlkit.document()
    document.add(tomlkit.comment(f"{take.title}: polate play --config {take.name}.toml"))
    wanted = {"place": take.place} | ({"model": take.model} if take.model != "slonimsky" else {})
    wanted |= _changed(take.settings, PlaySettings())
    for key, value in wanted.items():
        document.add(key, int(value) if isinstance(value, float) and value.is_integer() else value)
    corners = {command.corner: command.place for _, command in take.score if isinstance(command, SetCorner)}
    tables = {"corners": corners, "path": msgspec.to_builtins(take.path) if take.path else {}}
    tables["motion"] = {axis: _changed(motion, Motion()) for axis, motion in take.motions.items()}
    for name, table in tables.items():
        if table:
            document.add(name, table)
    return tomlkit.dumps(document)


def _changed(values: msgspec.Struct, defaults: msgspec.Struct) -> dict[str, Any]:
    """What differs from the defaults."""
    usual = msgspec.to_builtins(defaults)
    return {key: value for key, value in msgspec.to_builtins(values).items() if value != usual[key]}


def scales_of(take: Take, heard: Heard) -> list[Scale]:
    """The first patterns of a take, from its tonic, as many as a short score holds."""
    texts = [text for seconds, text in heard.patterns]
    tonic = parse_note(str(take.settings.tonic))
    scales: list[Scale] = []
    for text in dict.fromkeys(texts):
        scale = Scale.of(Pattern.parse(text), tonic)
        if len(scales) < MOST_SCALES and sum(len(other.notes) for other in [*scales, scale]) <= MOST_NOTES:
            scales.append(scale)
    return scales or [Scale.of(Pattern.parse(texts[0]), tonic)]


def check(folder: Path = HERE) -> int:
    """1 if a take is not replayed byte for byte."""
    wrong = [take.name for take in GALLERY if not is_the_same(folder / f"{take.name}.jsonl")]
    print(f"{len(GALLERY) - len(wrong)} of {len(GALLERY)} takes are the same, byte for byte", *wrong)
    return 1 if wrong else 0


def is_the_same(journal: Path) -> bool:
    return play_again(journal).midi == journal.with_suffix(".mid").read_bytes()


def page_of_the_gallery() -> str:
    return "\n".join(_lines(GALLERY)) + "\n"


def _lines(takes: Iterable[Take]) -> Iterable[str]:
    yield "# Gallery"
    yield ""
    yield "Twelve short takes. Each was played by a script that turns the knobs, with a fixed seed, and sounds as the"
    yield "voices of Polate's [page](../page.md) make it: no samples, nothing recorded elsewhere. Below each are its"
    yield "piano roll, the MIDI file for your DAW, the settings to begin there yourself, the scales that it begins"
    yield "with, and the journal, from which `polate replay NAME.jsonl` writes the same MIDI file again, byte for byte"
    yield "([takes](../takes.md)). `python docs/gallery/make.py` makes all of this."
    for take in takes:
        about = f"{take.settings.bpm:g} bpm" + ("" if take.model == "slonimsky" else f", the map `{take.model}`")
        voices = ", ".join(f"{LABELS.get(name, name)} ({voice})" for voice, name in take.instruments.items())
        yield ""
        yield f"## {take.title}"
        yield ""
        yield take.text
        yield ""
        yield f'<audio controls preload="none" src="{take.name}.mp3"><a href="{take.name}.mp3">sound</a></audio>'
        yield ""
        yield f"![piano roll of {take.title}]({take.name}.roll.svg)"
        yield ""
        yield f"{about}; {voices}. [Sound]({take.name}.mp3), [MIDI]({take.name}.mid), [journal]({take.name}.jsonl),"
        yield f"[settings]({take.name}.toml). To begin there yourself:"
        yield ""
        yield f"    polate play --config {take.name}.toml"
        yield ""
        yield '<details markdown="1"><summary>The scales it begins with</summary>'
        yield ""
        yield f"![the first scales of {take.title}]({take.name}.svg)"
        yield ""
        yield "</details>"


if __name__ == "__main__":
    sys.exit(main())
