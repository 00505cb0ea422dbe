"""What docs/playing.md says is what is played."""

import re
from pathlib import Path
from typing import get_args

from polate import Pattern, note_name
from polate.control.fields import FIELDS, MOTION_FIELDS
from polate.control.settings import Order, PlaySettings
from polate.sequencer.phrase import make_phrase
from polate.sequencer.rhythm import euclid

TEXT = (Path(__file__).parents[2] / "docs/playing.md").read_text()
ORDERS = dict(re.findall(r"^\| `([a-z-]+)` \| ((?:[A-G]#?\d[ +]?)+) \|$", TEXT, re.MULTILINE))
RHYTHMS = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \| `([x.]+)` \|$", TEXT, re.MULTILINE)


def test_each_order_is_shown_with_the_notes_that_it_plays() -> None:
    assert list(ORDERS) == list(get_args(Order))
    for order, notes in ORDERS.items():
        phrase = make_phrase(Pattern.parse("tritone 0 1 2"), PlaySettings(order=order), 60, (64, 60, 69))
        assert notes == " ".join("+".join(map(note_name, slot.notes)) for slot in phrase.slots[:12])


def test_each_euclidean_rhythm_is_as_it_is_shown() -> None:
    assert len(RHYTHMS) == 4
    for pulses, steps, rotation, rhythm in RHYTHMS:
        assert rhythm == "".join("x" if sounds else "." for sounds in euclid(int(pulses), int(steps), int(rotation)))


def test_the_settings_that_it_is_about_are_named_with_all_their_words() -> None:
    about = "order octaves lowest highest seed rhythm euclid-pulses euclid-steps euclid-rotation probability ratchets"
    about += " ratchet-chance swing velocity soft dynamics accents keys hold latch morph-bars pad-bars path-bars"
    for field in [*(FIELDS[key] for key in about.split()), *MOTION_FIELDS.values()]:
        for word in (field.key, *field.choices):
            assert f"`{word}`" in TEXT, word
