"""The settings as a table, for those that set one of them by name: a knob, an OSC message, an option.

PlaySettings, Motion --fields_of--> Field: what it takes, its default, its documentation, a value <-> a place 0..1
"""

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from polate.control.settings import Motion, PlaySettings
from polate.errors import ControlError, PatternError
from polate.theory.midi_notes import parse_note

__all__ = ["FIELDS", "MOTION_FIELDS", "Field", "fields_of"]


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as the table has it."""

    name: str  # as in Python: euclid_pulses
    annotation: Any  # the type, with its limits
    default: Any
    doc: str
    choices: tuple[str, ...]  # of a word that must be one of these
    range: tuple[float, float] | None  # of a number

    @property
    def key(self) -> str:
        """As in files, on the command line and in OSC addresses: euclid-pulses."""
        return self.name.replace("_", "-")

    @property
    def arguments(self) -> str:
        """What it takes, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.range:
            kind = "a number" if float in _types(self.annotation) else "a whole number"
            return f"{kind} {self.range[0]:g}..{self.range[1]:.10g}" + (
                " or a note's name" if self.name == "tonic" else ""
            )
        if self.plain is float:
            return "a number above 0"
        return "1 or 0" if bool in _types(self.annotation) else "text"

    @property
    def plain(self) -> type:
        """float, int or bool; str for all that is written as a word."""
        types = _types(self.annotation)
        return next((kind for kind in (float, int, bool) if kind in types and str not in types), str)

    @property
    def has_range(self) -> bool:
        """Can a knob cover it?"""
        return bool(self.choices or self.range or bool in _types(self.annotation))

    def convert(self, value: object) -> Any:
        """A value from a wire: numbers are taken for each other, 1 and 0 for yes and no, a place for a word.

        Raises `ControlError` with what is allowed and what came.
        """
        given, types = value, _types(self.annotation)
        if isinstance(value, str) and self.choices:
            value = value.strip().lower()
        elif isinstance(value, int | float) and math.isfinite(value):
            if self.choices and 0 <= round(value) < len(self.choices):
                value = self.choices[round(value)]
            elif bool in types:
                value = value > 0
            elif float in types:
                value = float(value)
            elif int in types:
                value = round(value)
        try:
            value = msgspec.convert(value, self.annotation, strict=True)
            return parse_note(str(value)) if self.name == "tonic" else value
        except (msgspec.ValidationError, PatternError) as error:
            allowed = f"must be {self.arguments}" if self.has_range else str(error)
            raise ControlError(f"{self.key} {allowed}, got {repr(given)[:64]}") from None

    def at(self, position: float) -> Any:
        """The value at a place 0..1 of the range, for a knob; `has_range` tells whether there is one."""
        if self.choices:
            return self.choices[min(len(self.choices) - 1, int(position * len(self.choices)))]
        if self.range is None:
            return position >= 0.5
        value = self.range[0] + (self.range[1] - self.range[0]) * position
        return value if float in _types(self.annotation) else round(value)

    def position(self, value: Any) -> float:
        """The place 0..1 of a value: the way back from `at`."""
        if self.choices:
            return (self.choices.index(value) + 0.5) / len(self.choices)
        if self.range is None:
            return float(value)
        number = parse_note(value) if isinstance(value, str) else value
        return float((number - self.range[0]) / (self.range[1] - self.range[0]))


def fields_of(settings: type[msgspec.Struct]) -> dict[str, Field]:
    """The table of a settings struct, by key."""
    hints = get_type_hints(settings, include_extras=True)
    table = {}
    for spec in msgspec.structs.fields(settings):
        annotated = hints[spec.name]
        metas = [meta for meta in _metas(annotated) if isinstance(meta, Meta)]
        low = next((meta.ge for meta in metas if meta.ge is not None), None)
        high = next((meta.le for meta in metas if meta.le is not None), None)
        if spec.name == "tonic":  # a name is a number too
            low, high = 0, 127
        field = Field(
            spec.name,
            annotated,
            None if spec.default is msgspec.NODEFAULT else spec.default,
            next(meta.description for meta in metas if meta.description),
            _choices(annotated),
            None if low is None or high is None else (float(low), float(high)),
        )
        table[field.key] = field
    return table


def _metas(annotated: Any) -> tuple[Any, ...]:
    return get_args(annotated)[1:]


def _types(annotated: Any) -> tuple[Any, ...]:
    """The plain types: (float,), or (str, int) of a union."""
    bare = get_args(annotated)[0] if get_origin(annotated) is Annotated else annotated
    members = get_args(bare)
    return tuple(kind for member in members for kind in _types(member)) if members else (bare,)


def _choices(annotated: Any) -> tuple[str, ...]:
    bare = get_args(annotated)[0]
    return get_args(bare) if get_origin(bare) is Literal else ()


FIELDS = fields_of(PlaySettings)
MOTION_FIELDS = fields_of(Motion)
