"""Points of the map as scales."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from polate.model.decoder import Decoder
from polate.theory.pattern import Pattern

__all__ = ["Scale", "scales_at"]


@dataclass(frozen=True, slots=True)
class Scale:
    """A latent point, its pattern, and the notes from one tonic."""

    z: tuple[float, ...]
    pattern: Pattern
    notes: tuple[int, ...]  # MIDI notes, up and down

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "z": self.z,
            "interval": self.pattern.interval,
            "cell": self.pattern.cell,
            "symmetric": self.pattern.symmetric,
            "descending": self.pattern.descending,
            "text": self.pattern.text,
            "notes": self.notes,
        }


def scales_at(decoder: Decoder, z: np.ndarray[Any, np.dtype[Any]], tonic: int = 60) -> list[Scale]:
    """The scales at many points, ``z`` (B, latent_size), from one tonic."""
    points = z.astype(np.float32)
    return [
        Scale(tuple(point.tolist()), pattern, pattern.render(tonic))
        for point, pattern in zip(points, decoder.decode_many(points), strict=True)
    ]
