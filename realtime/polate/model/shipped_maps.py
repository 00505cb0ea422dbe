"""The maps of all shipped models together: which has a pattern, and what the pattern is called.

text --each LatentMap--> the first map that has it: Identity, with its names and its points on the other maps
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from polate.errors import ConfigError, PolateError
from polate.model.latent_map import Identity, LatentMap
from polate.model.shipped import SHIPPED
from polate.theory.pattern import Pattern

__all__ = ["advised", "common_names", "identify", "models_with", "opened"]

_NAMING = SHIPPED[:2]  # the atlas has the names of these two, and takes longer to open


def identify(place: str | Path | Pattern | Sequence[float], seed: int | None = None) -> Identity:
    """What a place is on the first shipped map that has exactly this pattern; the default map, if none has.

    Coordinates and "random" are of the default map. Raises a `PolateError` for a text that names nothing on any map.
    """
    found: list[tuple[str, Identity]] = []
    failure: PolateError | None = None
    for name in SHIPPED:
        try:
            latent_map = opened(name) if seed is None else opened(name).seeded(seed)
            identity = latent_map.identify(place)
        except PolateError as error:
            failure = failure or error
            continue
        found.append((name, identity))
        if identity.point is not None and identity.point.sought is None:  # coordinates
            break
    if not found:
        assert failure is not None
        raise failure
    name, best = min(found, key=lambda each: _rank(each[1]))
    others = [(other, each.point) for other, each in found if other != name and each.point and _rank(each) == 0]
    names = tuple(dict.fromkeys(called for _, each in found for called in each.names))
    names = names or common_names().get(best.pattern.text, ())
    return replace(best, names=names, model=name if best.point else "", elsewhere=tuple(others))


def models_with(places: Iterable[str]) -> list[str]:
    """The shipped models whose maps have all of these places exactly. A text that names nothing is on no map."""
    texts = list(places)
    return [name for name in SHIPPED if all(_is_on(opened(name), text) for text in texts)]


def advised(error: PolateError, latent_map: LatentMap, places: Sequence[object]) -> PolateError:
    """An error of a map that lacks one of the places, or the sentence that names the shipped models that have them all.

    Only texts and patterns are looked for.
    """
    texts = [str(place) for place in places if isinstance(place, str | Pattern)]
    models = models_with(texts) if len(texts) == len(places) else []
    if not models:
        return error
    missing = [text for text in texts if not _is_on(latent_map, text)]
    shown = " and ".join(repr(text) for text in missing)
    have = "has" if len(models) == 1 else "have"
    is_there = "is" if len(missing) == 1 else "are"
    both = "it" if len(texts) == 1 else "both" if len(texts) == 2 else "all of these places"
    return ConfigError(
        f"{shown} {is_there} not on this map; model {' and '.join(models)} {have} {both} (--model {models[0]})"
    )


@cache
def common_names() -> Mapping[str, tuple[str, ...]]:
    """Text form -> the names of the pattern in the shipped models, the best known first."""
    names: dict[str, tuple[str, ...]] = {}
    for model in _NAMING:
        for mark in opened(model).decoder.metadata.landmarks:
            names[mark.text] = (*names.get(mark.text, ()), mark.name)
    return names


def _rank(identity: Identity) -> int:
    """0 for a map that has the pattern, 1 for one that has a similar one, 2 for one that cannot place it."""
    if identity.point is None:
        return 2
    return 0 if identity.point.remark is None else 1


def _is_on(latent_map: LatentMap, text: str) -> bool:
    try:
        return latent_map.point(text).remark is None
    except PolateError:
        return False


@cache
def opened(model: str) -> LatentMap:
    """The map of a shipped model. It is loaded once: that takes 0.1 to 0.2 s."""
    return LatentMap.open(model)
