"""What the page says about a pattern and about a place of the map.

of_pattern: text form, tonic -> notes, class, note names
of_place:   positions        -> nearest landmarks, certainty, second choices
"""

from collections.abc import Sequence
from typing import Any

from polate.errors import ModelError, PatternError
from polate.model.decoder import Decoder
from polate.model.latent_map import LatentMap
from polate.notation.spelling import spell
from polate.theory.pattern import Pattern

__all__ = ["Facts"]

_NEAREST = 4
_ACCIDENTALS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}


class Facts:
    """The facts of one model."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._map = LatentMap(decoder)

    def of_pattern(self, text: str, tonic: int) -> dict[str, Any]:
        """``text``: a text form. ``tonic``: a MIDI note 0..127. Empty if the text is not a pattern."""
        try:
            pattern = Pattern.parse(text)
        except PatternError:
            return {}
        return {
            "text": pattern.text,
            "notes": list(pattern.render(tonic)),
            "class": pattern.classification,
            "spelled": {
                str(key): f"{name.step}{_ACCIDENTALS[name.alter]}" for key, name in spell(pattern, tonic).items()
            },
        }

    def of_place(self, positions: Sequence[float]) -> dict[str, Any]:
        """``positions``: one an axis, 0..1. The certainty is 0..1, or None where the model has no answer."""
        z = [axis.at(position) for axis, position in zip(self._decoder.axes, positions, strict=True)]
        try:
            certainty = self._decoder.consider(z)
        except ModelError:
            return {"nearest": [], "certainty": None, "second": []}
        landmarks = self._map.neighbourhood(z).landmarks[:_NEAREST]
        return {
            "nearest": [
                {"name": mark.name, "text": mark.text, "distance": round(distance, 2)} for mark, distance in landmarks
            ],
            "certainty": round(certainty.confidence, 3),
            "second": list(certainty.runner_up),
        }
