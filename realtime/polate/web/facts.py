"""What the page says of a place: a pattern's class and its notes by name, what lies near, how sure the model is."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from polate.errors import ModelError, PatternError
from polate.model.decoder import Decoder
from polate.notation.spelling import spell
from polate.theory.pattern import Pattern

__all__ = ["Facts"]

_NEAREST = 4
_SHARPS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}


class Facts:
    """Knows the landmarks of one decoder."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._landmarks = decoder.metadata.landmarks
        places = [mark.z for mark in self._landmarks]
        self._places = np.array(places, dtype=np.float64).reshape(-1, decoder.metadata.latent_size)  # (landmarks, axes)

    def of_pattern(self, text: str, tonic: int) -> dict[str, Any]:
        """``text``: a text form. ``tonic``: a MIDI note. Nothing for a text that is no pattern."""
        try:
            pattern = Pattern.parse(text)
        except PatternError:
            return {}
        names = spell(pattern, tonic)
        return {
            "text": pattern.text,
            "notes": list(pattern.render(tonic)),
            "class": pattern.classification,
            "progression": pattern.progression,
            "interval": pattern.interval,
            "parts": pattern.parts,
            "octaves": pattern.octaves,
            "spelled": {str(pitch_class): f"{name.step}{_SHARPS[name.alter]}" for pitch_class, name in names.items()},
        }

    def of_place(self, positions: Sequence[float]) -> dict[str, Any]:
        """``positions``: one for each axis, 0..1. The landmarks that lie nearest, and the model's certainty, 0..1."""
        z = [axis.at(position) for axis, position in zip(self._decoder.axes, positions, strict=True)]
        try:
            certainty = self._decoder.consider(z)
        except ModelError:
            return {"nearest": [], "certainty": None}
        distances = np.linalg.norm(self._places - np.array(z), axis=1)
        order = np.argsort(distances, kind="stable").tolist()
        nearest: list[dict[str, Any]] = []
        for at in order:
            mark = self._landmarks[at]
            if all(mark.text != other["text"] for other in nearest):  # of several names for one pattern the first
                nearest.append({"name": mark.name, "text": mark.text, "distance": round(float(distances[at]), 2)})
            if len(nearest) == _NEAREST:
                break
        return {"nearest": nearest, "certainty": round(certainty.confidence, 3)}
