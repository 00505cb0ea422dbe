"""The names of Polate's own MIDI ports."""

__all__ = ["VIRTUAL_INPUT", "VIRTUAL_OUTPUT"]

VIRTUAL_OUTPUT, VIRTUAL_INPUT = "Polate Out", "Polate In"
