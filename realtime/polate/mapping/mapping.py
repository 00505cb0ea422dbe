"""One mapping from a control of a MIDI controller to a target, and lists of mappings.

[cc] table, [[map]] tables, template of the controller --mappings_of--> list of Mapping
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

__all__ = ["DEFAULT_CC", "Mapping", "check_axes", "fits", "joined", "mappings_of"]

DEFAULT_CC = {70 + axis: f"z/{axis + 1}" for axis in range(8)}
"""The ``[cc]`` table of a file without any mapping: control change number -> target."""

Position = Annotated[float, Meta(ge=0, le=1)]


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One ``[[map]]`` table. Raises `ConfigError` for an unknown source or target, or if they do not fit together."""

    source: Annotated[str, Meta(description="the control that moves: 'cc 21', 'note 36', 'relative 21 offset' ...")]
    target: Annotated[str, Meta(description="what it controls: 'z/1', 'gate', 'play', 'snapshot' ...")]
    input: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(description="MIDI input of the source: its name or a part of it (default: any input)"),
    ] = None
    channel: Annotated[
        Annotated[int, Meta(ge=1, le=16)] | None, Meta(description="MIDI channel of the source (default: any channel)")
    ] = None
    range: Annotated[
        tuple[Position, Position], Meta(description="the part of the target's range that the control covers, in 0..1")
    ] = (0.0, 1.0)
    invert: Annotated[bool, Meta(description="reverse the direction")] = False
    curve: Annotated[
        float,
        Meta(ge=0.1, le=10, description="exponent: above 1 is finer at the low end, below 1 is finer at the high end"),
    ] = 1.0
    smoothing: Annotated[
        float, Meta(ge=0, le=60, description="time constant in seconds: the target covers 63 % of the way in this time")
    ] = 0.0
    takeover: Annotated[
        Literal["none", "pickup", "scale"],
        Meta(
            description="how a knob takes over a target that is at another position: at once (none), when it reaches "
            "the target's position (pickup), or little by little (scale)"
        ),
    ] = "none"
    step: Annotated[
        float, Meta(gt=0, le=1, description="the part of the range that one click of an encoder covers")
    ] = 1 / 127
    mode: Annotated[
        Literal["momentary", "toggle"],
        Meta(description="mode of a button: on while it is held (momentary), or switched by each press (toggle)"),
    ] = "momentary"

    def __post_init__(self) -> None:
        """Check what the types cannot express."""
        source, target = parse_source(self.source), parse_target(self.target)
        has_position = not source.is_button and source.kind not in ("relative", "program")
        can_toggle = (source.is_button or source.kind == "cc") and target.kind in ("range", "switch")
        for is_wrong, path, message in (
            (
                target.kind == "number" and (source.is_button or source.kind == "relative"),
                "",
                "target 'snapshot' needs a source with a value, such as 'program' or 'cc 21'. For a button, use "
                f"'snapshot/NAME'. Got source {self.source!r}",
            ),
            (
                source.kind == "relative" and target.kind != "range",
                "",
                f"a relative source needs a target with a range, got target {self.target!r}",
            ),
            (
                self.takeover != "none" and not (has_position and target.kind == "range"),
                "takeover",
                f"must be none for source {self.source!r} and target {self.target!r}, got {self.takeover!r}: takeover "
                "is for knobs and faders with a position, and targets with a range",
            ),
            (
                self.smoothing > 0 and target.kind != "range",
                "smoothing",
                f"must be 0 for target {self.target!r}, which has no range, got {self.smoothing:g}",
            ),
            (
                self.mode == "toggle" and not can_toggle,
                "mode",
                f"must be momentary for source {self.source!r} and target {self.target!r}, got {self.mode!r}: toggle "
                "is for buttons (note, cc, program with a number), and targets that can be on and off",
            ),
        ):
            if is_wrong:
                raise ConfigError(message, path=path)

    def target_position(self, knob: float) -> float:
        """The position 0..1 on the target's range for a knob position 0..1."""
        bent: float = knob**self.curve
        low, high = self.range
        return clamp(low + (high - low) * (1 - bent if self.invert else bent), 0.0, 1.0)

    def knob_position(self, target: float) -> float:
        """The inverse of `target_position`. For a position outside of `range`, the nearer end of the knob."""
        low, high = self.range
        bent = clamp((target - low) / (high - low), 0.0, 1.0) if high != low else 0.0
        return float((1 - bent if self.invert else bent) ** (1 / self.curve))


def fits(wanted: str | None, name: str) -> bool:
    """Whether a setting means the MIDI input with this name. It has a part of the name, or None for every input."""
    return wanted is None or wanted.lower() in name.lower()


# -- lists of mappings ----------------------------------------------------------------------------


def mappings_of(
    cc: Table[int, str] | None, mappings: Iterable[Mapping], controller: Iterable[Mapping] = ()
) -> list[Mapping]:
    """All mappings of a settings file: its ``[cc]`` table, its ``[[map]]`` tables, and its controller's template.

    A mapping of the file replaces those of the template with the same source. If there is none of the three, the
    mappings are `DEFAULT_CC`, and program changes recall snapshots. Raises `ConfigError`.
    """
    own, template = list(mappings), list(controller)
    if cc is None and not own and not template:
        cc, own = DEFAULT_CC, [Mapping(source="program", target="snapshot")]
    return joined([*own, *(_plain(number, target) for number, target in (cc or {}).items())], template)


def _plain(number: int, target: str) -> Mapping:
    """An entry of the ``[cc]`` table."""
    try:
        return Mapping(source=f"cc {number}", target=target)
    except ConfigError as error:
        raise ConfigError(f"is not valid: {error}", path=f"cc.{number}") from error


def joined(own: Sequence[Mapping], template: Sequence[Mapping]) -> list[Mapping]:
    """The own mappings, and those of the template whose source has no own mapping."""
    taken = [(parse_source(mapping.source), mapping) for mapping in own]

    def is_taken(mapping: Mapping) -> bool:
        source = parse_source(mapping.source)
        return any(
            source == other
            and (mapping.channel == by.channel or None in (mapping.channel, by.channel))
            and (mapping.input == by.input or None in (mapping.input, by.input))
            for other, by in taken
        )

    return [*own, *(mapping for mapping in template if not is_taken(mapping))]


def check_axes(mappings: Iterable[Mapping], count: int) -> None:
    """Raises `ConfigError` if a target is an axis that the model, with ``count`` axes, does not have."""
    for mapping in mappings:
        axis = parse_target(mapping.target).axis
        if axis is not None and axis >= count:
            raise ConfigError(f"{mapping.source}: the model has axes z/1..z/{count}, got target {mapping.target!r}")
