"""The atlas: two trained maps as one, so that one can morph from an octave scale to a pattern of the Thesaurus.

                    ┌─ below the seam: coordinates of the one map ──> its decoder ─┐
    z ─ first axis ─┤                                                              ├─ choose ─> Assembled
                    └─ above the seam: coordinates of the other ────> its decoder ─┘

The two are trained apart, because one frame for both measures worse (docs/model.md). The first axis has the intervals
of the Thesaurus below the *seam*, and above it the last axis of the octave map. Each part is stretched so that the
standard normal prior gives the prior of its map. All other axes are shared: each moves what is most alike in both.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from polate_training.assemble import HARD, Assembled
from polate_training.attributes import Axis
from polate_training.encoding import Vocabulary
from polate_training.vae import VAE

__all__ = ["AXES", "SHARE", "Joined", "JoinedEncoder", "joined_precision"]

SHARE = 0.125
"""The share of the prior that is octave scales."""

AXES = (
    Axis("interval", "narrow", "wide, then octave scales"),
    Axis("density", "sparse", "dense"),
    Axis("register", "below; a scale darker", "above; a scale brighter"),
    Axis("direction", "falling; a scale low sharp, high flat", "rising; a scale low flat, high sharp"),
    Axis("third note", "lower; a scale's middle lower", "higher; a scale's middle higher"),
    Axis("first note", "lower; a scale's span larger", "higher; a scale's span smaller"),
    Axis("second note", "lower; a scale's outer notes lower", "higher; a scale's outer notes higher"),
    Axis("fan", "later notes lower; a scale's gap smaller", "later notes higher; a scale's gap larger"),
)
"""The first shares its upper end with the octave map's last axis, the inner notes."""

_SIGNS = (1, 1, -1, 1, -1, 1, 1)  # of the octave map's axes density, brightness, tilt, ... on the axes from density on
_KNOTS = 33
_FAR = 4.0  # deviations: the ends of the stretched parts
_KNOB = 3.0  # the octave part ends with the knob
_STEEP = 6.0  # semitones of cost a deviation, of an interval on the other side of the seam
_SLOPE = 0.25  # deviations, for differences


class Stretch(nn.Module):
    """A rising line of straight pieces, constant outside: (B, 1) -> (B, 1)."""

    start: Tensor  # (pieces,) where each begins
    width: Tensor  # (pieces,)
    rise: Tensor  # (pieces, 1)
    lowest: Tensor  # ()

    def __init__(self, start: Tensor, end: Tensor) -> None:
        """From the knots ``start`` to the knots ``end``, (knots,) each."""
        super().__init__()
        self.register_buffer("start", start[:-1])
        self.register_buffer("width", start.diff())
        self.register_buffer("rise", end.diff()[:, None])
        self.register_buffer("lowest", end[0])

    def forward(self, x: Tensor) -> Tensor:
        return self.lowest + ((x - self.start) / self.width).clamp(0, 1) @ self.rise


def stretches() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """The knots of both parts: on the atlas's first axis, and on the axis of the map. (knots,) each."""
    inner = torch.linspace(-_FAR, _FAR, _KNOTS, dtype=torch.float64)
    below = torch.special.ndtri((1 - SHARE) * torch.special.ndtr(inner))
    above = torch.special.ndtri(1 - SHARE * torch.special.ndtr(-inner))
    bend = inner > _KNOB / 2  # from here on straight to the end of the knob
    corner = above[~bend][-1]
    straight = corner + (_KNOB - corner) / (_KNOB - inner[~bend][-1]) * (inner - inner[~bend][-1])
    above = torch.where(bend, straight, above)
    return (below.float(), inner.float()), (above.float(), inner.float())


def seam() -> float:
    """Where the octave scales begin on the first axis."""
    return float(torch.special.ndtri(torch.tensor(1 - SHARE, dtype=torch.float64)))


class Joined(nn.Module):
    """The decoder of the atlas: z (B, 8) -> the outputs of the contract."""

    ratios: Tensor  # (slots,) of the precisions of the two maps
    signs: Tensor  # (7,)

    def __init__(self, patterns: VAE, scales: VAE, whole: Vocabulary) -> None:
        """``whole``: the vocabulary of the atlas."""
        super().__init__()
        self.patterns, self.scales = patterns, scales
        (outer, inner), (outer_scales, inner_scales) = stretches()
        self.to_patterns, self.to_scales = Stretch(outer, inner), Stretch(outer_scales, inner_scales)
        self.octave = whole.intervals.index(12)
        self.around, self.around_scales = (_missing(vae.decoder.offsets, whole) for vae in (patterns, scales))
        self.slots, self.slots_patterns = scales.assemble.slots, patterns.assemble.slots
        self.register_buffer("signs", torch.tensor(_SIGNS).float())
        ratios = (scales.decoder.log_precision[1:]).exp().detach()
        ratios[: 1 + self.slots_patterns] /= patterns.decoder.log_precision[1:].exp().detach()
        ratios[1 + self.slots_patterns :] = 1
        self.register_buffer("ratios", ratios)

    def coordinates(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The points of the two maps: (B, 8) -> (B, 8), (B, 8)."""
        first, others = z[:, :1], z[:, 1:]
        return (
            torch.cat([self.to_patterns(first), others], 1),
            torch.cat([others * self.signs, self.to_scales(first)], 1),
        )

    def assembled(self, z: Tensor) -> Assembled:
        z = z.clamp(-1e6, 1e6)
        of_patterns, of_scales = self.coordinates(z)
        pattern = self.patterns.assemble(self.patterns.decoder(of_patterns))
        scale = self.scales.assemble(self.scales.decoder(of_scales))
        past = (z[:, :1] - seam()).clamp(-_FAR, _FAR)
        is_scale = past > 0  # (B, 1)
        more, rows = self.slots - self.slots_patterns, is_scale[:, 0]
        costs = pattern.interval_cost + _STEEP * past.clamp(min=0)
        twelve = pattern.interval_cost.amin(1, keepdim=True) + _STEEP * (-past).clamp(min=0)
        sizes = pad(pattern.size_cost, (0, more), value=HARD)
        notes = pad(pattern.offset_cost, (*self.around, 0, more), value=HARD)
        size_ratio, note_ratios = self.ratios[0], self.ratios[1:, None]
        scale_sizes = (scale.size_cost * size_ratio).where(scale.size_cost < HARD / 2, HARD)
        scale_notes = (scale.offset_cost * note_ratios).where(scale.offset_cost < HARD / 2, HARD)
        return Assembled(
            interval=torch.where(rows, 12, pattern.interval),
            size=torch.where(rows, scale.size, pattern.size),
            symmetric=torch.where(rows, 0, pattern.symmetric),
            cell=torch.where(is_scale, scale.cell, pad(pattern.cell, (0, more))),
            descending_size=torch.where(rows, scale.descending_size, 0),
            descending=torch.where(is_scale, scale.descending, 0),
            interval_cost=torch.cat([costs[:, : self.octave], twelve, costs[:, self.octave :]], 1),
            size_cost=torch.where(is_scale, scale_sizes, sizes),
            offset_cost=torch.where(is_scale[..., None], pad(scale_notes, self.around_scales, value=HARD), notes),
        )

    def forward(self, z: Tensor) -> dict[str, Tensor]:
        return self.assembled(z)._asdict()


def _missing(offsets: Tensor, whole: Vocabulary) -> tuple[int, int]:
    """How many offsets of the whole are below and above those of a part."""
    return int(offsets[0]) - whole.lowest_offset, whole.highest_offset - int(offsets[-1])


class JoinedEncoder(nn.Module):
    """The encoder of the atlas: (B, width) one-hot -> mu (B, 8), logvar (B, 8)."""

    of_patterns: Tensor  # (width of the one map,) the columns that its encoder reads
    of_scales: Tensor
    signs: Tensor  # (7,)

    def __init__(self, patterns: VAE, scales: VAE, vocabularies: Sequence[Vocabulary]) -> None:
        """``vocabularies``: of the atlas, of the patterns, of the scales."""
        super().__init__()
        whole, first, second = vocabularies
        self.patterns, self.scales = patterns.encoder, scales.encoder
        (outer, inner), (outer_scales, inner_scales) = stretches()
        self.from_patterns, self.from_scales = Stretch(inner, outer), Stretch(inner_scales, outer_scales)
        self.octave = whole.intervals.index(12)
        self.register_buffer("of_patterns", columns(whole, first))
        self.register_buffer("of_scales", columns(whole, second))
        self.register_buffer("signs", torch.tensor(_SIGNS).float())

    def forward(self, one_hot: Tensor) -> tuple[Tensor, Tensor]:
        mu, logvar = self.patterns(one_hot.index_select(1, self.of_patterns))
        mu_scales, logvar_scales = self.scales(one_hot.index_select(1, self.of_scales))
        first, spread = _through(self.from_patterns, mu[:, :1], logvar[:, :1])
        first_scales, spread_scales = _through(self.from_scales, mu_scales[:, -1:], logvar_scales[:, -1:])
        is_scale = one_hot[:, self.octave : self.octave + 1] > 0
        return (
            torch.where(
                is_scale,
                torch.cat([first_scales, mu_scales[:, :-1] * self.signs], 1),
                torch.cat([first, mu[:, 1:]], 1),
            ),
            torch.where(
                is_scale, torch.cat([spread_scales, logvar_scales[:, :-1]], 1), torch.cat([spread, logvar[:, 1:]], 1)
            ),
        )


def _through(stretch: Stretch, mu: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor]:
    """A normal after a stretch, whose slope is taken at its mean: (B, 1), (B, 1) -> (B, 1), (B, 1)."""
    slope = (stretch(mu + _SLOPE / 2) - stretch(mu - _SLOPE / 2)) / _SLOPE
    return stretch(mu), logvar + 2 * slope.clamp(min=1e-3).log()


def columns(whole: Vocabulary, part: Vocabulary) -> Tensor:
    """Where the columns of a part's one-hot are in that of the whole: (part.width,)."""

    def cell(at: int) -> list[int]:
        sizes = [at + size for size in range(part.slots + 1)]
        flag = at + whole.slots + 1
        notes = [
            flag + 1 + slot * len(whole.offsets) + whole.offsets.index(offset)
            for slot in range(part.slots)
            for offset in part.offsets
        ]
        return [*sizes, flag, *notes]

    at, length = len(whole.intervals), (whole.slots + 1) + 1 + whole.slots * len(whole.offsets)
    found = [whole.intervals.index(interval) for interval in part.intervals] + cell(at)
    return torch.tensor(found + (cell(at + length) if part.descending else []))


def joined_precision(patterns: VAE, scales: VAE) -> Tensor:
    """Nats a unit of cost, of interval, size and each offset: (2 + slots,)."""
    first, second = patterns.decoder.log_precision.exp(), scales.decoder.log_precision.exp()
    return torch.cat([first, second[len(first) :]])
