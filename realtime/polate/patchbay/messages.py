"""The messages between the player and `polate.patchbay.process`, each a line of JSON.

    player --EndNotes, PortsChosen, Leave--> patchbay process --PortsChanged--> player

A change of any message needs a new number in `polate.runtime.protocol.PROTOCOL`.
"""

import msgspec

__all__ = ["EndNotes", "Leave", "PortsChanged", "PortsChosen", "ToPatchbay"]


class EndNotes(msgspec.Struct, frozen=True, tag="end"):
    """The gate cannot end these notes: send their ends to every port that it played to."""

    notes: tuple[tuple[int, int], ...] = ()  # (channel 0..15, note 0..127)
    everything: bool = False  # and all others: a gate may have sent notes that it has not reported


class PortsChosen(msgspec.Struct, frozen=True, tag="chosen"):
    """Other ports were chosen: do not restore the connections of the present ones."""

    outputs: bool = False  # outputs were
    inputs: bool = False  # inputs were
    virtual_outputs: bool = True  # one of the outputs that are wanted now is a virtual port
    virtual_inputs: bool = True


class Leave(msgspec.Struct, frozen=True, tag="leave"):
    """The player ends in order, and the gate has ended its notes."""


ToPatchbay = EndNotes | PortsChosen | Leave


class PortsChanged(msgspec.Struct, frozen=True, tag="changed"):
    """A MIDI port has come, gone or been renamed."""
