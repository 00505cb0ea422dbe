"""The models that come with Polate, and how a user names one."""

from pathlib import Path

__all__ = ["SHIPPED", "is_shipped", "model_file", "shipped_model"]

SHIPPED = ("slonimsky", "octave")
"""The patterns of the Thesaurus, and the octave scales that have names. The first is the default."""


def shipped_model(name: str = SHIPPED[0]) -> Path:
    """The file of a model that comes with Polate: inside the package if installed, in exported/ in a checkout."""
    installed = Path(__file__).parents[1] / "models" / f"{name}.onnx"
    return installed if installed.exists() else Path(__file__).parents[3] / "exported" / f"{name}.onnx"


def model_file(chosen: Path | None) -> Path:
    """The file of a path, of the name of a shipped model, or of the default model (None)."""
    if chosen is None:
        return shipped_model()
    return shipped_model(str(chosen)) if str(chosen) in SHIPPED else chosen


def is_shipped(model: Path) -> bool:
    """Whether a file is one of the shipped models."""
    return model.resolve() in {shipped_model(name).resolve() for name in SHIPPED}
