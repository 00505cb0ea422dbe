"""Random points of the map, as scales."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from polate.decoder import Decoder
from polate.pattern import Pattern

__all__ = ["Scale", "draw"]


@dataclass(frozen=True, slots=True)
class Scale:
    """A latent point, its pattern, and the notes from one tonic."""

    z: tuple[float, ...]
    pattern: Pattern
    notes: tuple[int, ...]  # MIDI notes, up and down

    def as_dict(self) -> dict[str, Any]:
        """What `polate generate --json` prints."""
        return {
            "z": self.z,
            "interval": self.pattern.interval,
            "cell": self.pattern.cell,
            "symmetric": self.pattern.symmetric,
            "descending": self.pattern.descending,
            "text": self.pattern.text,
            "notes": self.notes,
        }


def draw(decoder: Decoder, count: int, seed: int | None = None, tonic: int = 60) -> list[Scale]:
    """``count`` points of the prior, a standard normal in every axis, through the decoder."""
    random = np.random.default_rng(seed)
    z = random.standard_normal((count, decoder.metadata.latent_size), dtype=np.float32)
    patterns = decoder.decode_many(z)
    return [
        Scale(tuple(map(float, point)), pattern, pattern.render(tonic))
        for point, pattern in zip(z, patterns, strict=True)
    ]
