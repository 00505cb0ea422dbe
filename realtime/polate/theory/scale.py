"""A scale, as played: a pattern rendered from a tonic.

Pattern, tonic --Scale.of--> Scale(z, pattern, notes)
"""

from dataclasses import dataclass
from typing import Any, Self

from polate.theory.pattern import Pattern

__all__ = ["Scale"]


@dataclass(frozen=True, slots=True)
class Scale:
    """A pattern rendered from a tonic, and the point of the map that it comes from.

    >>> from polate import Pattern, Scale
    >>> Scale.of(Pattern.parse("tritone 0 1 2"), tonic=62).notes
    (62, 63, 64, 68, 69, 70, 74, 70, 69, 68, 64, 63, 62)
    """

    z: tuple[float, ...]  # (latent_size,); empty for a pattern that does not come from a map
    pattern: Pattern
    notes: tuple[int, ...]  # MIDI notes, up and down

    @classmethod
    def of(cls, pattern: Pattern, tonic: int = 60, z: tuple[float, ...] = ()) -> Self:
        """A pattern from a tonic, a MIDI note 0..127. Raises `PatternError` for another tonic."""
        return cls(z, pattern, pattern.render(tonic))

    def as_dict(self) -> dict[str, Any]:
        """The scale as a JSON object of the `--json` option and of .json files."""
        return {
            "z": self.z,
            "interval": self.pattern.interval,
            "cell": self.pattern.cell,
            "symmetric": self.pattern.symmetric,
            "descending": self.pattern.descending,
            "text": self.pattern.text,
            "notes": self.notes,
        }
