"""One mapping: what is moved on a controller, what it moves, and how; and lists of mappings.

[cc] table, [[map]] tables, a template --mappings_of--> list of Mapping
"""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Table
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from polate.errors import ConfigError
from polate.mapping.targets import parse_target
from polate.midi.sources import parse_source
from polate.runtime.clamp import clamp

__all__ = ["DEFAULT_CC", "Mapping", "check_axes", "join_maps", "mappings_of"]

DEFAULT_CC = {70 + axis: f"z/{axis + 1}" for axis in range(8)}

Place = Annotated[float, Meta(ge=0, le=1)]


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One ``[[map]]`` table: what is moved, and what it moves. Raises `ConfigError` for what cannot be."""

    source: Annotated[str, Meta(description="what is moved: 'cc 21', 'note 36', 'relative 21 offset' ...")]
    target: Annotated[str, Meta(description="what it moves: 'z/1', 'gate', 'play', 'snapshot' ...")]
    channel: Annotated[
        Annotated[int, Meta(ge=1, le=16)] | None, Meta(description="the source's MIDI channel; left out: any")
    ] = None
    range: Annotated[tuple[Place, Place], Meta(description="the part of the target's range that it covers, 0 to 1")] = (
        0.0,
        1.0,
    )
    invert: Annotated[bool, Meta(description="from high to low")] = False
    curve: Annotated[
        float, Meta(ge=0.1, le=10, description="an exponent: above 1 finer at the low end, below 1 at the high end")
    ] = 1.0
    smoothing: Annotated[
        float, Meta(ge=0, le=60, description="seconds in which the target covers 63 % of the way to the knob")
    ] = 0.0
    takeover: Annotated[
        Literal["none", "pickup", "scale"],
        Meta(description="a knob that does not stand where its target does: jump, wait for it, or close in on it"),
    ] = "none"
    step: Annotated[float, Meta(gt=0, le=1, description="of the range, for a click of an encoder")] = 1 / 127
    mode: Annotated[
        Literal["momentary", "toggle"], Meta(description="of a button: on while it is held, or from press to press")
    ] = "momentary"

    def __post_init__(self) -> None:
        """What the types cannot say."""
        source, target = parse_source(self.source), parse_target(self.target)
        absolute = not source.is_button and source.kind not in ("relative", "program")
        for wrong, why in (
            (
                target.kind == "number" and (source.is_button or source.kind == "relative"),
                "target 'snapshot' needs a source with a value, as 'program' or 'cc 21'; a button takes "
                f"'snapshot/NAME', got source {self.source!r}",
            ),
            (
                source.kind == "relative" and target.kind != "place",
                f"a relative source needs a target with a range, got target {self.target!r}",
            ),
            (
                self.takeover != "none" and not (absolute and target.kind == "place"),
                f"takeover must be none for source {self.source!r} and target {self.target!r}: it is for knobs and "
                f"faders that stand somewhere, and targets with a range; got {self.takeover!r}",
            ),
            (
                self.smoothing > 0 and target.kind != "place",
                f"smoothing must be 0 for target {self.target!r}, which has no range, got {self.smoothing:g}",
            ),
            (
                self.mode == "toggle"
                and not ((source.is_button or source.kind == "cc") and target.kind in ("place", "state")),
                f"mode must be momentary for source {self.source!r} and target {self.target!r}: toggle is for buttons "
                f"(note, cc, program with a number), and targets that can be on and off; got {self.mode!r}",
            ),
        ):
            if wrong:
                raise ConfigError(why)

    def place(self, knob: float) -> float:
        """Where on the target's range 0..1 a knob at 0..1 stands for."""
        bent: float = knob**self.curve
        low, high = self.range
        return clamp(low + (high - low) * (1 - bent if self.invert else bent), 0.0, 1.0)

    def knob(self, place: float) -> float:
        """The way back: where the knob would be, 0..1, for a place on the target's range; the nearest end beyond."""
        low, high = self.range
        bent = clamp((place - low) / (high - low), 0.0, 1.0) if high != low else 0.0
        return float((1 - bent if self.invert else bent) ** (1 / self.curve))


# -- lists of mappings ----------------------------------------------------------------------------


def mappings_of(
    cc: Table[int, str] | None, maps: Iterable[Mapping], controller: Iterable[Mapping] = ()
) -> list[Mapping]:
    """All that a settings file asks for: its ``[cc]`` table, its ``[[map]]`` tables, and its controller's template.

    A template's entry gives way to one of the file with the same source. Where the file says nothing at all,
    `DEFAULT_CC`, and program changes recall snapshots. Raises `ConfigError`.
    """
    own, template = list(maps), list(controller)
    if cc is None and not own and not template:
        cc, own = DEFAULT_CC, [Mapping(source="program", target="snapshot")]
    return join_maps([*own, *(_plain(number, target) for number, target in (cc or {}).items())], template)


def _plain(number: int, target: str) -> Mapping:
    """An entry of the ``[cc]`` table."""
    try:
        return Mapping(source=f"cc {number}", target=target)
    except ConfigError as error:
        raise ConfigError(f"is not valid: {error}", path=f"cc.{number}") from error


def join_maps(own: Sequence[Mapping], template: Sequence[Mapping]) -> list[Mapping]:
    """Own maps, and those of the template whose source is not among them."""
    taken = [(parse_source(mapping.source), mapping.channel) for mapping in own]

    def is_taken(mapping: Mapping) -> bool:
        source, channel = parse_source(mapping.source), mapping.channel
        return any(source == other and (channel == at or None in (channel, at)) for other, at in taken)

    return [*own, *(mapping for mapping in template if not is_taken(mapping))]


def check_axes(mappings: Iterable[Mapping], count: int) -> None:
    """Raises `ConfigError` for an axis that the model does not have."""
    for mapping in mappings:
        axis = parse_target(mapping.target).axis
        if axis is not None and axis >= count:
            raise ConfigError(f"{mapping.source}: the model has axes z/1..z/{count}, got target {mapping.target!r}")
