"""The answer to a phrase: the nearest patterns of a model's corpus, and the place of the nearest on its map.

Recognise --Recogniser--> candidates --Encoder--> Recognised
"""

import contextlib
from collections.abc import Callable
from pathlib import Path

from polate.errors import ModelError, PolateError
from polate.listen.messages import Recognise, Recognised, Resemblance
from polate.listen.phrase_table import PhraseTable
from polate.listen.recognition import Recogniser
from polate.model.corpus_file import read_corpus
from polate.model.latent_map import LatentMap
from polate.theory.pattern import Pattern

__all__ = ["Answers", "open_answers"]


class Answers:
    """Answers phrases with the patterns of one corpus."""

    def __init__(self, recogniser: Recogniser, place_of: Callable[[Pattern], tuple[float, ...]]) -> None:
        """``place_of`` gives the coordinates of a pattern on the map; empty if it cannot."""
        self._recogniser, self._place_of = recogniser, place_of

    def answer(self, phrase: Recognise) -> Recognised:
        """What a phrase is most like."""
        nearest = self._recogniser.nearest(phrase.notes)
        return Recognised(
            phrase.number,
            tuple(Resemblance(each.pattern.text, each.tonic, each.distance) for each in nearest),
            self._place_of(nearest[0].pattern) if nearest else (),
        )


def open_answers(model: Path | None) -> Answers:
    """Load a model and its corpus, and make the table. Raises `PolateError`."""
    latent_map = LatentMap.open(model)
    patterns = read_corpus(model, latent_map.decoder.metadata)
    with contextlib.suppress(ModelError):
        _ = latent_map.encoder  # loaded now, and not at the first phrase
    recogniser = Recogniser(PhraseTable.of(patterns))
    recogniser.nearest(range(60, 73))  # the first comparison is slower
    return Answers(recogniser, _place_on(latent_map))


def _place_on(latent_map: LatentMap) -> Callable[[Pattern], tuple[float, ...]]:
    """The encoder's mean: a pattern of the corpus decodes from there, with few exceptions."""

    def place(pattern: Pattern) -> tuple[float, ...]:
        try:
            mean, _ = latent_map.encoder.encode(pattern)
        except PolateError:  # no encoder, or a list of other patterns than the model's
            return ()
        return tuple(mean.tolist())

    return place
