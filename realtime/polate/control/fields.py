"""The settings as a table, to set one of them by its name: from a knob, an OSC message or an option.

    PlaySettings, Motion --fields_of--> table of Field
    knob position 0..1 --Field.at--> value --Field.position--> knob position
    value from OSC or a file --Field.convert--> value of the setting's type

A field's type and limits are read from the annotation, as `msgspec.inspect` describes it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec.inspect import BoolType, FloatType, IntType, LiteralType, Metadata, StrType, Type, UnionType

from polate.control.settings import Motion, PlaySettings
from polate.errors import ControlError, PatternError, message_and_path
from polate.theory.midi_notes import parse_note

__all__ = ["FIELDS", "MOTION_FIELDS", "Field", "fields_of"]


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of the table."""

    name: str  # the name in Python: euclid_pulses
    annotation: Any  # the type with its limits
    default: Any
    doc: str
    plain: type  # float, int or bool; str for a word or text
    number: type | None  # float or int if it takes numbers, as the tonic does besides words
    above: float | None  # an excluded lower limit of a number
    range: tuple[float, float] | None  # the limits of a number
    choices: tuple[str, ...]  # the words it takes, in the order in which a knob goes through them

    @property
    def key(self) -> str:
        """The name in files, on the command line and in OSC addresses: euclid-pulses."""
        return self.name.replace("_", "-")

    @property
    def arguments(self) -> str:
        """The values it takes, in words: "a number 20..400"."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.range:
            kind = "a number" if self.number is float else "a whole number"
            return f"{kind} {self.range[0]:g}..{self.range[1]:.10g}" + (
                " or a note's name" if self.plain is str else ""
            )
        if self.above is not None:
            return f"a number above {self.above:g}"
        return "1 or 0" if self.plain is bool else "text"

    @property
    def has_range(self) -> bool:
        """Whether a knob can cover it: a number with two limits, a choice, or yes and no."""
        return bool(self.choices or self.range or self.plain is bool)

    def convert(self, value: object) -> Any:
        """Convert a value from OSC, a file or a knob to the setting's type.

        Integers and floats are converted to each other. A positive number is yes, any other is no. A number chooses a
        word by its place in the list, from 0. Raises `ControlError`, which names the allowed values and the given one.
        """
        given = value
        if isinstance(value, str) and self.choices:
            value = value.strip().lower()
        elif isinstance(value, int | float) and math.isfinite(value):
            if self.choices and 0 <= round(value) < len(self.choices):
                value = self.choices[round(value)]
            elif self.plain is bool:
                value = value > 0
            elif self.number is not None:
                value = float(value) if self.number is float else round(value)
        try:
            value = msgspec.convert(value, self.annotation, strict=True)
            return parse_note(str(value)) if self.name == "tonic" else value
        except (msgspec.ValidationError, PatternError) as error:
            raise ControlError(self.complaint(given, error), path=self.key) from None

    def complaint(self, value: object, error: Exception) -> str:
        """The message for a value that the setting does not take: what is allowed, and what was given."""
        why = "" if self.has_range else f" ({message_and_path(error)[0]})"
        return f"must be {self.arguments}{why}, got {repr(value)[:64]}"

    def at(self, position: float) -> Any:
        """The value at a knob position 0..1. Only for a setting that `has_range`."""
        if self.choices:
            return self.choices[min(len(self.choices) - 1, int(position * len(self.choices)))]
        if self.range is None:
            return position >= 0.5
        value = self.range[0] + (self.range[1] - self.range[0]) * position
        return value if self.number is float else round(value)

    def position(self, value: Any) -> float:
        """The knob position 0..1 of a value: the inverse of `at`."""
        if self.choices:
            return (self.choices.index(value) + 0.5) / len(self.choices)
        if self.range is None:
            return float(value)
        number = parse_note(value) if isinstance(value, str) else value
        return float((number - self.range[0]) / (self.range[1] - self.range[0]))


def fields_of(settings: type[msgspec.Struct], leave_out: Sequence[str] = ()) -> dict[str, Field]:
    """The table of a settings struct, by key. The fields named in ``leave_out`` are not in it."""
    specs = [spec for spec in msgspec.structs.fields(settings) if spec.name not in leave_out]
    hints = get_type_hints(settings, include_extras=True)
    kinds = msgspec.inspect.multi_type_info([hints[spec.name] for spec in specs])
    fields = [_field(spec, hints[spec.name], kind) for spec, kind in zip(specs, kinds, strict=True)]
    return {field.key: field for field in fields}


def _field(spec: msgspec.structs.FieldInfo, annotation: Any, kind: Type) -> Field:
    assert isinstance(kind, Metadata), f"{spec.name} has no description"
    types = kind.type.types if isinstance(kind.type, UnionType) else (kind.type,)
    number = next((each for each in types if isinstance(each, FloatType | IntType)), None)
    low, high = (number.ge, number.le) if number else (None, None)
    return Field(
        spec.name,
        annotation,
        None if spec.default is msgspec.NODEFAULT else spec.default,
        doc=(kind.extra_json_schema or {})["description"],
        plain=_plain(types),
        number=None if number is None else float if isinstance(number, FloatType) else int,
        above=number.gt if number else None,
        range=None if low is None or high is None else (float(low), float(high)),
        # read from the annotation, because msgspec sorts the words
        choices=get_args(get_args(annotation)[0]) if isinstance(kind.type, LiteralType) else (),
    )


def _plain(types: Sequence[Type]) -> type:
    if not any(isinstance(each, StrType) for each in types):
        for kind, plain in ((FloatType, float), (IntType, int), (BoolType, bool)):
            if any(isinstance(each, kind) for each in types):
                return plain
    return str


FIELDS = fields_of(PlaySettings)
MOTION_FIELDS = fields_of(Motion)
