"""The messages between the player and `polate.midi.port_list_process`, each a line of JSON.

    player --AskEnd--> port list process --PortsThere--> player

A change of any message needs a new number in `polate.runtime.protocol.PROTOCOL`.
"""

import msgspec

__all__ = ["AskEnd", "PortsThere"]


class PortsThere(msgspec.Struct, frozen=True, tag="ports"):
    """The MIDI ports that are there now, by their full names. Sent at first, and after each change."""

    inputs: tuple[str, ...]  # to listen to
    outputs: tuple[str, ...]  # to play to


class AskEnd(msgspec.Struct, frozen=True, tag="ask-end"):
    """Nobody needs the list any more: end."""
