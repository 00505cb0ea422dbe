"""Polate: a learned map of Slonimsky's scales, played live.

    controls (MIDI, OSC) -> mapping -> latent point -> decoder -> Pattern
                                                                    |
                   MIDI ports <- gate (its own process) <- sequencer

This package exports what a person scripts with; `polate.scripting` describes it. Each name is loaded when it is first
used, so `import polate` itself loads nothing.

>>> import polate
>>> [scale.pattern.text for scale in polate.morph("dorian", "lydian", steps=33, distinct=True, model="octave")]
['12 0 2 3 5 7 9 10', '12 0 2 3 6 7 9 10', '12 0 2 4 6 7 9 11']
>>> polate.PIANO  # the register of the 88 keys
Register(lowest=21, highest=108)
>>> polate.PROGRESSIONS["ditone"]  # semitones between principal tones
4
"""

TYPE_CHECKING = False  # type checkers take it for True; to import it from typing would load 20 modules
if TYPE_CHECKING:
    from polate.errors import (
        ConfigError,
        ControlError,
        ModelError,
        PatternError,
        PolateError,
        PortError,
        TakeError,
    )
    from polate.model.decoder import Decoder
    from polate.model.encoder import Encoder
    from polate.model.latent_map import Identity, LatentMap
    from polate.player.player import Player
    from polate.scripting import generate, grid, identify, load_config, morph, render
    from polate.theory.identification import pattern_of
    from polate.theory.midi_notes import note_name, parse_note
    from polate.theory.pattern import PIANO, PROGRESSIONS, Pattern, Register
    from polate.theory.scale import Scale

__all__ = [
    "PIANO",
    "PROGRESSIONS",
    "ConfigError",
    "ControlError",
    "Decoder",
    "Encoder",
    "Identity",
    "LatentMap",
    "ModelError",
    "Pattern",
    "PatternError",
    "Player",
    "PolateError",
    "PortError",
    "Register",
    "Scale",
    "TakeError",
    "__version__",
    "generate",
    "grid",
    "identify",
    "load_config",
    "morph",
    "note_name",
    "parse_note",
    "pattern_of",
    "render",
]

__version__ = "0.1.0"

_MODULES = {
    "errors": "ConfigError ControlError ModelError PatternError PolateError PortError TakeError",
    "model.decoder": "Decoder",
    "model.encoder": "Encoder",
    "model.latent_map": "Identity LatentMap",
    "player.player": "Player",
    "scripting": "generate grid identify load_config morph render",
    "theory.identification": "pattern_of",
    "theory.midi_notes": "note_name parse_note",
    "theory.pattern": "PIANO PROGRESSIONS Pattern Register",
    "theory.scale": "Scale",
}
"""Module -> its public names. Child processes import `polate` too, so nothing is loaded before it is used."""


if not TYPE_CHECKING:  # so that a type checker reports a name that does not exist

    def __getattr__(name: str) -> object:
        for module, names in _MODULES.items():
            if name in names.split():
                value = getattr(__import__(f"polate.{module}", fromlist=[name]), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module 'polate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
