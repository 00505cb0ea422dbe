"""Two maps joined into one: each half is the map that it was made from."""

import contextlib

import numpy as np
import pytest

from polate import ConfigError, Decoder, LatentMap, Pattern
from polate.model.interpolation import path
from polate_training.corpus import Corpus, thesaurus
from polate_training.octave import octave

pytestmark = pytest.mark.train

with contextlib.suppress(ImportError):
    import torch

    from polate_training.atlas import AXES, SHARE, columns, seam, stretches
    from polate_training.encoding import Vocabulary
    from polate_training.export import Exportable
    from polate_training.fit import Settings, Training


@pytest.fixture(scope="module")
def places() -> LatentMap:
    return LatentMap.open("atlas")


def interpolated(x: "np.ndarray", knots: "tuple[torch.Tensor, torch.Tensor]") -> "np.ndarray":
    return np.interp(x, *(knot.numpy() for knot in knots))


def test_each_half_decodes_as_the_map_that_it_was_made_from(places: LatentMap) -> None:
    z = np.random.default_rng(3).standard_normal((4_000, 8)).astype(np.float32)
    below, above = stretches()
    is_scale = z[:, 0] > seam()
    assert is_scale.mean() == pytest.approx(SHARE, abs=0.02)
    patterns, scales = z[~is_scale], z[is_scale]
    first = interpolated(patterns[:, :1], below)
    last = interpolated(scales[:, :1], above)
    of_patterns = Decoder.open("slonimsky").decode_many(np.concatenate([first, patterns[:, 1:]], axis=1))
    signs = np.array([1, 1, -1, 1, -1, 1, 1])  # low flat and high sharp is a rising direction, a small span a high note
    of_scales = Decoder.open("octave").decode_many(np.concatenate([scales[:, 1:] * signs, last], axis=1))
    ours = places.decoder.decode_many(np.concatenate([patterns, scales]))
    # On a border between two patterns, rounding may decide otherwise.
    assert np.mean([a != b for a, b in zip(ours, [*of_patterns, *of_scales], strict=True)]) <= 0.001


def test_the_prior_of_each_half_is_the_prior_of_its_map() -> None:
    draws = np.random.default_rng(4).standard_normal(100_000)
    below, above = stretches()
    for half, knots in ((draws[draws < seam()], below), (draws[draws > seam()], above)):
        inside = interpolated(half, knots)
        assert inside.mean() == pytest.approx(0, abs=0.03)
        assert inside.std() == pytest.approx(1, abs=0.08)  # the octave part is straight where the knob ends


def test_the_octave_part_ends_where_the_knob_ends() -> None:
    _, above = stretches()
    assert interpolated(np.array([3.0]), above) == pytest.approx(3.0, abs=1e-3)


def test_a_morph_leads_from_lydian_to_a_pattern_of_the_thesaurus(places: LatentMap) -> None:
    start, end = places.point("lydian"), places.point("ditone 0 -2 3")
    met = places.decoder.decode_many(path(start.z, end.z, 128))
    assert (met[0].text, met[-1].text) == ("12 0 2 4 6 7 9 11", "ditone 0 -2 3")
    intervals = [pattern.interval for pattern in met]
    at = intervals.index(14)
    assert set(intervals[:at]) == {12}
    assert intervals[at:] == sorted(intervals[at:], reverse=True)  # one border only between the halves
    assert len(set(met)) > 20


def test_a_joined_encoder_reads_the_columns_of_both() -> None:
    first, second = thesaurus(), octave()
    whole = Vocabulary.of(first.joined(second).patterns)
    for corpus in (first, second):
        part = Vocabulary.of(corpus.patterns)
        joined, alone = (each.one_hot(each.encode(corpus.patterns)) for each in (whole, part))
        assert torch.equal(joined[:, columns(whole, part)], alone)


def trained(texts: list[str]) -> "Training":
    patterns = tuple(map(Pattern.parse, texts))
    corpus = Corpus("few", patterns, {texts[0]: texts[0]})
    training = Training(corpus, Settings.of(len(patterns), epochs=2, hidden=8))
    training.run(lambda _: None)
    return training


def test_two_small_models_are_joined_and_others_refused() -> None:
    patterns = trained(["tritone 0 1", "ditone 0", "ditone 0 -1 2"])
    scales = trained(["12 0 2 4 6 7 9 11", "12 0 2 3 5 7 9 11 down 0 2 3 5 7 8 10"])
    both = Exportable.joined(patterns, scales)
    assert both.vocabulary.intervals == (4, 6, 12)
    assert both.axes == AXES
    corpus = both.corpus.patterns
    with torch.no_grad():
        mu, logvar = both.encoder(both.vocabulary.one_hot(both.vocabulary.encode(corpus)))
        assembled = both.instrument.assembled(torch.cat([mu, torch.eye(8) * 3]))
    assert (mu[:, 0] > seam()).tolist() == [pattern.interval == 12 for pattern in corpus]
    assert torch.isfinite(logvar).all()
    found = assembled.patterns()  # raises for a pattern that is not legal
    assert [pattern.interval == 12 for pattern in found[: len(corpus)]] == [
        pattern.interval == 12 for pattern in corpus
    ]
    cheapest = assembled.interval_cost.argmin(1)
    assert [both.vocabulary.intervals[at] for at in cheapest.tolist()] == assembled.interval.tolist()
    for first, second in ((patterns, patterns), (scales, scales), (scales, patterns)):
        with pytest.raises(ConfigError, match="--join must join a model without interval 12"):
            Exportable.joined(first, second)
