"""The settings by which patterns are played, with their types, ranges, defaults and help texts.

    settings file, command line --polate.player.config.load--> Config(PlaySettings)
    OSC, MIDI --Set(key, value)--> engine

This is the only place that defines them. `polate.control.fields` reads it for everything that sets one by its name.
"""

from fractions import Fraction
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from polate.errors import ControlError, PatternError
from polate.theory.midi_notes import parse_note

__all__ = ["LEAST_BARS", "Motion", "PlaySettings", "parse_rate"]

Order = Literal["thesaurus", "up", "down", "converge", "diverge", "pendulum", "random", "walk", "chord", "as-played"]
Dynamics = Literal["fixed", "rising", "falling", "accents"]
Change = Literal["now", "step", "beat", "bar", "turn"]
Keys = Literal["off", "chromatic", "scale", "through"]
Listen = Literal["off", "rest", "bar", "pedal"]
ListenAnswer = Literal["jump", "morph", "corner-a", "corner-b", "corner-c", "corner-d", "show"]
ListenTonic = Literal["off", "class", "note"]

Rate = Literal[
    "1/1.", "1/1", "1/1t", "1/2.", "1/2", "1/2t", "1/4.", "1/4", "1/4t", "1/8.", "1/8", "1/8t",
    "1/16.", "1/16", "1/16t", "1/32.", "1/32", "1/32t", "1/64.", "1/64", "1/64t",
]  # fmt: skip
Percent = Annotated[float, Meta(ge=0, le=100)]
Velocity = Annotated[int, Meta(ge=1, le=127)]
VoiceChannel = Annotated[int, Meta(ge=0, le=16)]
Note = Annotated[int, Meta(ge=0, le=127)]
Steps = Annotated[str, Meta(pattern=r"^[xX.]{0,64}$(?!\n)")]  # in Python, $ also matches before a final line feed

_RATES = {
    f"1/{2**power}{kind}": Fraction(4, 2**power) * factor
    for power in range(7)
    for kind, factor in ((".", Fraction(3, 2)), ("", Fraction(1)), ("t", Fraction(2, 3)))
}


def parse_rate(text: str) -> Fraction:
    """The length in beats (quarter notes) of a rate: ``1/16``, dotted ``1/8.`` or triplet ``1/8t``; 1/1 to 1/64.

    Raises `ControlError` for any other text.
    """
    try:
        return _RATES[text.strip().lower()]
    except KeyError:
        raise ControlError(
            "rate must be 1/1, 1/2, 1/4, 1/8, 1/16, 1/32 or 1/64, with '.' for dotted or 't' for triplet, "
            f"got {text[:32]!r}"
        ) from None


LEAST_BARS = 1 / 16
"""The shortest time that a motion of the morph, the pad or the path may take. With fewer bars there is no motion."""


class PlaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Every setting that can change while the music plays."""

    # -- time
    bpm: Annotated[float, Meta(ge=20, le=400, description="tempo in quarter notes a minute")] = 120.0
    rate: Annotated[Rate, Meta(description="length of a step, 1/1 to 1/64: '.' means dotted, 't' means triplet")] = (
        "1/16"
    )
    swing: Annotated[
        float, Meta(ge=50, le=75, description="percent of each pair of steps that the first step takes: 50 is straight")
    ] = 50.0
    nudge: Annotated[
        float, Meta(ge=-250, le=250, description="delay of all notes in milliseconds; negative is earlier")
    ] = 0.0
    bar: Annotated[int, Meta(ge=1, le=16, description="beats in a bar")] = 4
    # -- notes
    tonic: Annotated[str | Note, Meta(description="tonic, as a note name (C4 is middle C) or a MIDI note number")] = (
        "C4"
    )
    order: Annotated[Order, Meta(description="order in which the notes of a pattern are played")] = "thesaurus"
    octaves: Annotated[
        int, Meta(ge=1, le=6, description="how many times the phrase goes up the pattern before it turns")
    ] = 1
    lowest: Annotated[Note, Meta(description="lowest MIDI note; lower notes are moved up by octaves")] = 21
    highest: Annotated[
        Note, Meta(description="highest MIDI note, at least 11 above lowest; higher notes are moved down by octaves")
    ] = 108
    change: Annotated[
        Change,
        Meta(description="when a new scale is heard: now, or from the next step, beat, bar or turn of the phrase"),
    ] = "now"
    hysteresis: Annotated[
        float,
        Meta(
            ge=0,
            le=0.5,
            description="how far a knob must turn back, as a fraction of its range, before a scale change is undone",
        ),
    ] = 0.012
    seed: Annotated[
        int,
        Meta(
            ge=0,
            le=2**31 - 1,
            description="seed for everything random: the orders random and walk, the chances, and axes that walk",
        ),
    ] = 0
    # -- rhythm
    gate: Annotated[float, Meta(ge=1, le=200, description="note length in percent of a step; above 100 is legato")] = (
        90.0
    )
    probability: Annotated[Percent, Meta(description="chance that a step sounds, in percent")] = 100.0
    rhythm: Annotated[
        Steps, Meta(description="mask over the steps, repeated: x sounds, . rests; empty: every step sounds")
    ] = ""
    euclid_pulses: Annotated[
        int,
        Meta(
            ge=0,
            le=64,
            description="sounding steps of the Euclidean rhythm, spread evenly over euclid-steps; 0: every step sounds",
        ),
    ] = 0
    euclid_steps: Annotated[int, Meta(ge=1, le=64, description="length of the Euclidean rhythm in steps")] = 16
    euclid_rotation: Annotated[
        int, Meta(ge=0, le=63, description="number of steps by which the Euclidean rhythm begins later")
    ] = 0
    ratchets: Annotated[int, Meta(ge=1, le=8, description="number of strokes in a ratcheted step")] = 1
    ratchet_chance: Annotated[Percent, Meta(description="chance that a step is ratcheted, in percent")] = 100.0
    # -- loudness
    velocity: Annotated[Velocity, Meta(description="velocity of the notes; with dynamics, of the loudest notes")] = 100
    soft: Annotated[Velocity, Meta(description="velocity of the softest notes, with dynamics")] = 60
    dynamics: Annotated[
        Dynamics,
        Meta(
            description="velocity of each note: fixed, higher for higher notes (rising), higher for lower notes "
            "(falling), or by accents"
        ),
    ] = "fixed"
    accents: Annotated[
        Steps,
        Meta(
            description="accents of the steps, repeated, when dynamics is accents: X is loud, x is between, . is soft"
        ),
    ] = "X..."
    # -- voices
    channel: Annotated[int, Meta(ge=1, le=16, description="MIDI channel of the line")] = 1
    bass: Annotated[
        VoiceChannel, Meta(description="MIDI channel of the bass, which plays only the principal tones; 0: no bass")
    ] = 0
    bass_octave: Annotated[
        int, Meta(ge=-4, le=4, description="octaves from the line's principal tones to the bass; negative is below")
    ] = -2
    bass_velocity: Annotated[Velocity, Meta(description="velocity of the bass")] = 90
    chord: Annotated[
        VoiceChannel,
        Meta(description="MIDI channel of the chord, which plays the notes of a cell at once; 0: no chord"),
    ] = 0
    chord_octave: Annotated[
        int, Meta(ge=-4, le=4, description="octaves from the line's cell to the chord; negative is below")
    ] = 0
    chord_velocity: Annotated[Velocity, Meta(description="velocity of the chord")] = 70
    # -- keys
    keys: Annotated[
        Keys,
        Meta(
            description="what incoming notes do: nothing (off), set the tonic (chromatic), set it to the nearest "
            "note of the scale (scale), or sound as that note (through)"
        ),
    ] = "off"
    hold: Annotated[bool, Meta(description="play only while a key is held")] = False
    latch: Annotated[bool, Meta(description="keep released keys held until other keys are played")] = False
    keys_channel: Annotated[
        VoiceChannel, Meta(description="MIDI channel of the notes played with keys through; 0: the line's channel")
    ] = 0
    # -- listening
    listen: Annotated[
        Listen,
        Meta(
            description="listen to the notes played in and answer each phrase (off: do not): a phrase ends with a "
            "rest, with a bar, or when the pedal is released"
        ),
    ] = "off"
    listen_answer: Annotated[
        ListenAnswer,
        Meta(
            description="answer to a phrase: go to its pattern at once (jump) or in listen-morph-bars (morph), put a "
            "corner there, or only show it"
        ),
    ] = "jump"
    listen_tonic: Annotated[
        ListenTonic,
        Meta(
            description="tonic after a phrase: as it was (off), moved to the phrase's pitch class (class), or the "
            "phrase's own (note)"
        ),
    ] = "class"
    listen_gap: Annotated[
        int, Meta(ge=50, le=5000, description="length of the rest that ends a phrase, in milliseconds")
    ] = 500
    listen_bars: Annotated[int, Meta(ge=1, le=16, description="bars that a phrase lasts when listen is bar")] = 1
    listen_notes: Annotated[int, Meta(ge=3, le=128, description="most notes of a phrase: a longer one ends there")] = 64
    listen_morph_bars: Annotated[
        float, Meta(ge=0, le=256, description="bars that a morph to a phrase's pattern lasts; below 1/16: none")
    ] = 1.0
    listen_channel: Annotated[VoiceChannel, Meta(description="MIDI channel that is listened to; 0: all channels")] = 0
    # -- motion
    morph_bars: Annotated[
        float,
        Meta(
            ge=0,
            le=256,
            description="bars in which the morph moves by itself from A to B; below 1/16: it moves only by hand",
        ),
    ] = 0.0
    pad_bars: Annotated[
        float,
        Meta(
            ge=0,
            le=256,
            description="bars in which the pad moves by itself round its four corners; below 1/16: it moves only "
            "by hand",
        ),
    ] = 0.0
    path_bars: Annotated[
        float,
        Meta(
            ge=0,
            le=256,
            description="bars in which the point travels along its path once; below 1/16: it stays at its knobs",
        ),
    ] = 4.0
    sequence: Annotated[
        str,
        Meta(
            max_length=256,
            description="names of snapshots, with spaces between them, to recall one after the other, or any places, "
            "with semicolons between them; empty: none",
        ),
    ] = ""
    sequence_bars: Annotated[int, Meta(ge=1, le=256, description="bars that each snapshot of the sequence lasts")] = 4

    @property
    def tonic_note(self) -> int:
        """The tonic as a MIDI note 0..127. Raises `PatternError` if it is not a note name."""
        return parse_note(str(self.tonic))

    @property
    def step_beats(self) -> Fraction:
        """The length of a step in beats (quarter notes)."""
        return parse_rate(self.rate)

    def check(self) -> None:
        """Check what the types cannot express. Raises `ControlError` with the setting as its ``path``."""
        try:
            parse_note(str(self.tonic))
        except PatternError as error:
            raise ControlError(f"is not valid: {error}", path="tonic") from error
        if self.highest < self.lowest + 11:
            raise ControlError(f"must be at least 11 above lowest ({self.lowest}), got {self.highest}", path="highest")


class Motion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The motion of an axis by itself, around the position of its knob."""

    kind: Annotated[
        Literal["off", "lfo", "orbit", "walk"],
        Meta(
            description="motion of the axis: none (off), a waveform in hz (lfo), a waveform in bars (orbit), or "
            "random (walk)"
        ),
    ] = "off"
    shape: Annotated[
        Literal["sine", "triangle", "saw", "square"], Meta(description="waveform of an lfo or an orbit")
    ] = "sine"
    depth: Annotated[
        float, Meta(ge=0, le=1, description="size of the motion from end to end, as a fraction of the axis's range")
    ] = 0.5
    hz: Annotated[float, Meta(ge=0.001, le=20, description="frequency of an lfo in cycles a second")] = 0.1
    bars: Annotated[
        float, Meta(ge=0.0625, le=256, description="bars that one cycle of an orbit, or one span of a walk, lasts")
    ] = 4.0
    phase: Annotated[
        float, Meta(ge=0, le=1, description="where an lfo or an orbit begins, as a fraction of its cycle")
    ] = 0.0
