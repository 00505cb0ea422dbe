"""How patterns are played: one table of settings, read by the settings file, the command line, OSC, MIDI maps,
snapshots and the engine.

    [file, options] --load--> Config(PlaySettings)          OSC, MIDI --Set(name, value)--> engine
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from polate.errors import ControlError, PatternError
from polate.theory.pattern import parse_note

__all__ = [
    "FIELDS",
    "LEAST_BARS",
    "MOTION_FIELDS",
    "Field",
    "Motion",
    "PlaySettings",
    "fields_of",
    "parse_rate",
]

Order = Literal["thesaurus", "up", "down", "converge", "diverge", "pendulum", "random", "walk", "chord", "as-played"]
Dynamics = Literal["fixed", "rising", "falling", "accents"]
Change = Literal["now", "step", "beat", "bar", "turn"]
Keys = Literal["off", "chromatic", "scale", "through"]

Rate = Literal[
    "1/1.", "1/1", "1/1t", "1/2.", "1/2", "1/2t", "1/4.", "1/4", "1/4t", "1/8.", "1/8", "1/8t",
    "1/16.", "1/16", "1/16t", "1/32.", "1/32", "1/32t", "1/64.", "1/64", "1/64t",
]  # fmt: skip
Percent = Annotated[float, Meta(ge=0, le=100)]
Velocity = Annotated[int, Meta(ge=1, le=127)]
VoiceChannel = Annotated[int, Meta(ge=0, le=16)]
Note = Annotated[int, Meta(ge=0, le=127)]
Steps = Annotated[str, Meta(pattern=r"^[xX.]{0,64}$(?!\n)")]  # in Python $ is before a last line feed too

_RATES = {
    f"1/{2**power}{kind}": Fraction(4, 2**power) * factor
    for power in range(7)
    for kind, factor in ((".", Fraction(3, 2)), ("", Fraction(1)), ("t", Fraction(2, 3)))
}


def parse_rate(text: str) -> Fraction:
    """A step's length in beats (quarter notes), from ``1/16``, dotted ``1/8.`` or triplet ``1/8t``; 1/1 to 1/64.

    Raises `ControlError`.
    """
    try:
        return _RATES[text.strip().lower()]
    except KeyError:
        raise ControlError(
            "rate must be 1/1, 1/2, 1/4, 1/8, 1/16, 1/32 or 1/64, with '.' for dotted or 't' for triplet, "
            f"got {text[:32]!r}"
        ) from None


LEAST_BARS = 1 / 16
"""What moves by itself takes so long at least; below it stands still."""


class PlaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Every setting that can change while the music plays, with its range, its default and what it does."""

    # -- time
    bpm: Annotated[float, Meta(ge=20, le=400, description="quarter notes a minute")] = 120.0
    rate: Annotated[Rate, Meta(description="a step's length: 1/1 to 1/64, with '.' for dotted or 't' for triplet")] = (
        "1/16"
    )
    swing: Annotated[
        float, Meta(ge=50, le=75, description="percent of a pair of steps that its first one takes: 50 is straight")
    ] = 50.0
    nudge: Annotated[
        float, Meta(ge=-250, le=250, description="milliseconds by which everything sounds later, or earlier")
    ] = 0.0
    bar: Annotated[int, Meta(ge=1, le=16, description="beats in a bar")] = 4
    # -- notes
    tonic: Annotated[str | int, Meta(description="a note's name (C4 is middle C) or MIDI number")] = "C4"
    order: Annotated[Order, Meta(description="in which the notes of a pattern are played")] = "thesaurus"
    octaves: Annotated[int, Meta(ge=1, le=6, description="how many times the way up is climbed before it turns")] = 1
    lowest: Annotated[Note, Meta(description="the lowest MIDI note; what lies below is folded up by octaves")] = 21
    highest: Annotated[
        Note, Meta(description="the highest MIDI note, at least 11 above the lowest; folded down likewise")
    ] = 108
    change: Annotated[
        Change, Meta(description="when a new scale is heard: at once, or at the next step, beat, bar or turn")
    ] = "now"
    hysteresis: Annotated[
        float,
        Meta(ge=0, le=0.5, description="how far a knob must come back, of its range, to take a change of scale back"),
    ] = 0.012
    seed: Annotated[
        int, Meta(ge=0, le=2**31 - 1, description="of the orders random and walk, of chance and of walking axes")
    ] = 0
    # -- rhythm
    gate: Annotated[
        float, Meta(ge=1, le=200, description="how long a note sounds, in percent of a step; above 100, legato")
    ] = 90.0
    probability: Annotated[Percent, Meta(description="percent of the steps that sound")] = 100.0
    rhythm: Annotated[Steps, Meta(description="a mask over the steps, x sounds and . rests; empty: all sound")] = ""
    euclid_pulses: Annotated[
        int, Meta(ge=0, le=64, description="sounding steps, spread evenly over euclid-steps; 0: all sound")
    ] = 0
    euclid_steps: Annotated[int, Meta(ge=1, le=64, description="steps in the Euclidean rhythm")] = 16
    euclid_rotation: Annotated[int, Meta(ge=0, le=63, description="steps by which it begins later")] = 0
    ratchets: Annotated[int, Meta(ge=1, le=8, description="strokes in a step")] = 1
    ratchet_chance: Annotated[Percent, Meta(description="percent of the steps that are ratcheted")] = 100.0
    # -- loudness
    velocity: Annotated[Velocity, Meta(description="of the notes; with dynamics, of the loudest")] = 100
    soft: Annotated[Velocity, Meta(description="with dynamics, the velocity of the softest notes")] = 60
    dynamics: Annotated[
        Dynamics, Meta(description="fixed, louder as the notes rise, louder as they fall, or by accents")
    ] = "fixed"
    accents: Annotated[
        Steps, Meta(description="with dynamics accents: X is loud, x in between, . soft, over and over")
    ] = "X..."
    # -- voices
    channel: Annotated[int, Meta(ge=1, le=16, description="the MIDI channel of the line")] = 1
    bass: Annotated[VoiceChannel, Meta(description="the MIDI channel of the principal tones alone; 0: not played")] = 0
    bass_octave: Annotated[int, Meta(ge=-4, le=4, description="octaves above the line's principal tones")] = -2
    bass_velocity: Annotated[Velocity, Meta(description="of the bass")] = 90
    chord: Annotated[
        VoiceChannel, Meta(description="the MIDI channel of the notes of a cell struck together; 0: not played")
    ] = 0
    chord_octave: Annotated[int, Meta(ge=-4, le=4, description="octaves above the line's cell")] = 0
    chord_velocity: Annotated[Velocity, Meta(description="of the chord")] = 70
    # -- keys
    keys: Annotated[
        Keys,
        Meta(
            description="what notes that come in do: nothing, transpose to the key, transpose by degrees of the scale, "
            "or sound themselves on the nearest note of the scale"
        ),
    ] = "off"
    hold: Annotated[bool, Meta(description="play only while a key is held")] = False
    latch: Annotated[bool, Meta(description="keys count as held until others are played")] = False
    keys_channel: Annotated[
        VoiceChannel, Meta(description="the MIDI channel of notes played through; 0: the line's")
    ] = 0
    # -- motion
    morph_bars: Annotated[
        float, Meta(ge=0, le=256, description="bars in which the morph goes from A to B by itself; below 1/16: by hand")
    ] = 0.0
    pad_bars: Annotated[
        float,
        Meta(ge=0, le=256, description="bars in which the pad goes round its corners by itself; below 1/16: by hand"),
    ] = 0.0
    sequence: Annotated[
        str, Meta(max_length=256, description="names of snapshots, recalled one after the other; empty: none")
    ] = ""
    sequence_bars: Annotated[int, Meta(ge=1, le=256, description="bars that each of them lasts")] = 4

    @property
    def tonic_note(self) -> int:
        """The tonic as a MIDI note 0..127. Raises `PatternError` where the text is none."""
        return parse_note(str(self.tonic))

    @property
    def step_beats(self) -> Fraction:
        """The length of a step in beats (quarter notes). Raises `ControlError` where the text is none."""
        return parse_rate(self.rate)

    def check(self) -> None:
        """What a type cannot say. Raises `ControlError` with the name of the setting."""
        try:
            parse_note(str(self.tonic))
        except PatternError as error:
            raise ControlError(f"{error} - at `$.tonic`") from error
        if self.highest < self.lowest + 11:
            raise ControlError(
                f"highest must be at least 11 above lowest ({self.lowest}), got {self.highest} - at `$.highest`"
            )


class Motion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """What moves an axis by itself, around where its knob stands."""

    kind: Annotated[
        Literal["off", "lfo", "orbit", "walk"],
        Meta(
            description="nothing; free, in hz; locked to the tempo, in bars; or at random, a place in each span of bars"
        ),
    ] = "off"
    shape: Annotated[Literal["sine", "triangle", "saw", "square"], Meta(description="of an lfo or an orbit")] = "sine"
    depth: Annotated[float, Meta(ge=0, le=1, description="of the axis's range, from one end to the other")] = 0.5
    hz: Annotated[float, Meta(ge=0.001, le=20, description="of an lfo: times a second")] = 0.1
    bars: Annotated[float, Meta(ge=0.0625, le=256, description="of an orbit or a walk: how long it takes")] = 4.0
    phase: Annotated[float, Meta(ge=0, le=1, description="where an lfo or an orbit begins, of a turn")] = 0.0


# -- the table, for those that set one of them by name --------------------------------------------


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
