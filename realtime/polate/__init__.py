"""Polate: a learned map of Slonimsky's scales, played live.

    controls (MIDI CC, OSC) -> mapping -> latent point -> decoder -> Pattern
                                                                       |
                    MIDI port <- gate (its own process) <- engine <- scale

The names below are the public ones; the rest of the package is found by its module:
`polate.model.decoder` (the exported model), `polate.sequencer.engine` (what is played when), `polate.gate.process` (the
process that owns the MIDI output), `polate.player.player` (the parts wired together).
"""

from polate.errors import (
    ConfigError,
    ControlError,
    ModelError,
    PatternError,
    PolateError,
    PortError,
    TakeError,
)
from polate.theory.midi_notes import note_name, parse_note
from polate.theory.pattern import PIANO, PROGRESSIONS, Pattern, Register

__all__ = [
    "PIANO",
    "PROGRESSIONS",
    "ConfigError",
    "ControlError",
    "ModelError",
    "Pattern",
    "PatternError",
    "PolateError",
    "PortError",
    "Register",
    "TakeError",
    "note_name",
    "parse_note",
]

__version__ = "0.1.0"
