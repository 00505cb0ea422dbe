"""The models that come with Polate, and how a user names a model."""

import os
from pathlib import Path

__all__ = ["FIRST_PLACES", "SHIPPED", "first_place", "is_shipped", "model_file", "shipped_model"]

FIRST_PLACES = dict.fromkeys(("slonimsky", "atlas"), "major triads by minor sixths")
"""Where the music begins in a shipped model if nothing else is asked for; in other models in the middle of the map.

Major triads whose roots divide the octaves: every cell is familiar, and the line stays within two octaves.
"""

SHIPPED = ("slonimsky", "octave", "atlas")
"""The patterns of the Thesaurus, octave scales, and both on one map. The first is the default."""


def shipped_model(name: str = SHIPPED[0]) -> Path:
    """The file of a shipped model: inside the package if Polate is installed, in exported/ in a checkout."""
    installed = Path(__file__).parents[1] / "models" / f"{name}.onnx"
    return installed if installed.exists() else Path(__file__).parents[3] / "exported" / f"{name}.onnx"


def model_file(chosen: Path | str | None) -> Path:
    """The file that a user means by a path or by the name of a shipped model; the default model for None."""
    if chosen is None:
        return shipped_model()
    return shipped_model(str(chosen)) if str(chosen) in SHIPPED else Path(chosen)


def first_place(chosen: Path | str | None) -> str | None:
    """The landmark where the music begins in a model; None: in the middle of the map."""
    model = model_file(chosen)
    return FIRST_PLACES.get(model.stem) if is_shipped(model) else None


def is_shipped(model: Path) -> bool:
    """Whether a file is one of the shipped models."""
    return os.path.realpath(model) in {os.path.realpath(shipped_model(name)) for name in SHIPPED}
