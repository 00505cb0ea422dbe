"""The names of Polate's own MIDI ports."""

__all__ = ["VIRTUAL_ENDS", "VIRTUAL_INPUT", "VIRTUAL_OUTPUT"]

VIRTUAL_OUTPUT, VIRTUAL_INPUT = "Polate Out", "Polate In"

VIRTUAL_ENDS = "Polate Ends"
"""The port of the process that ends notes when the gate cannot: it is connected as the output is."""
