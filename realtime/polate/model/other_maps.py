"""Which other shipped map has a landmark of a name. It reads the metadata of the files, and loads no model."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from polate.model import onnx_file
from polate.model.contract import METADATA_PREFIX
from polate.model.onnx_fields import stored_metadata
from polate.model.shipped import SHIPPED, shipped_model

__all__ = ["names_on_other_maps", "not_on_this_map"]


class _Name(msgspec.Struct, frozen=True):
    name: str


def names_on_other_maps(here: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The names of landmarks, in small letters, that a map lacks: name -> the shipped models that have it.

    ``here``: the names of its own landmarks. Raises `ModelError` for a file that cannot be read, `ValueError` for one
    that is no model.
    """
    known = {name.lower() for name in here}
    models: dict[str, tuple[str, ...]] = {}
    for model in SHIPPED:
        texts = stored_metadata(onnx_file.read(shipped_model(model)))
        marks = msgspec.json.decode(texts.get(f"{METADATA_PREFIX}landmarks", "[]"), type=list[_Name])
        for name in dict.fromkeys(mark.name.lower() for mark in marks):
            if name not in known:
                models[name] = (*models.get(name, ()), model)
    return models


def not_on_this_map(name: str, elsewhere: Mapping[str, Sequence[str]]) -> str | None:
    """The sentence that names the models that have a landmark; None if none has it.

    ``elsewhere``: as `names_on_other_maps`. The model to begin with is the last one: it has the patterns of the others.
    """
    if not (models := elsewhere.get(" ".join(name.lower().split()))):
        return None
    have = "model {} has it" if len(models) == 1 else "models {} have it"
    named = have.format(" and ".join(models))
    return f"{name.strip()[:64]!r} is not on this map; {named}: polate play --model {models[-1]}"
