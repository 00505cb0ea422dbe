"""Feedback to the controller: LED rings, motor faders and lights show the positions of their targets.

position_of(target) --Feedback.update--> messages --> the controller's input
the controller's messages --Feedback.heard--> whether each is only the echo of a message that was sent
"""

from collections.abc import Sequence
from dataclasses import dataclass

from polate.mapping.mapping import Mapping
from polate.mapping.targets import PositionOf, parse_target
from polate.midi.messages import CHANNEL_MASK, CONTROL_CHANGE, KIND_MASK, NRPN_LSB, NRPN_MSB
from polate.midi.source_reader import SourceReader
from polate.midi.sources import Source, parse_source

__all__ = ["ECHO_NS", "REST_NS", "Feedback"]

REST_NS = 300_000_000
"""A control that was moved by hand is not written to before it has rested for this time."""
ECHO_NS = 50_000_000
"""A message that comes back within this time after it was sent is an echo."""
_MOST_SENT = 1024


@dataclass(slots=True)
class _Light:
    """A control that shows the position of one target."""

    mapping: Mapping
    source: Source
    channel: int  # 0..15
    shown: int | None = None  # the value that it shows; None: unknown
    quiet_ns: int = 0  # nothing is sent to it before this time


class Feedback:
    """Computes the messages to the controller from the positions of the targets and from its own messages.

    If two mappings share a source, the first one is shown. A source without a channel gets its messages on the channel
    that it was heard on last; before that, on the first.
    """

    def __init__(self, mappings: Sequence[Mapping]) -> None:
        self._lights: list[_Light] = []
        sources: list[tuple[Source, int | None]] = []
        for mapping in mappings:
            source = parse_source(mapping.source)
            can_show = source.steps is not None and parse_target(mapping.target).kind in ("range", "switch")
            if can_show and (source, mapping.channel) not in sources:
                sources.append((source, mapping.channel))
                self._lights.append(_Light(mapping, source, (mapping.channel or 1) - 1))
        self._reader = SourceReader(sources)
        self._sent: dict[bytes, int] = {}  # the last messages, with the time at which each was sent

    def heard(self, message: bytes, now_ns: int) -> bool:
        """Take a message of the controller. Returns True if it is an echo, which must move nothing."""
        movements, sent_ns = self._reader.read(message), self._sent.get(message)
        # clicks can have the bytes of a position that was sent, but they are never its echo
        is_clicks = any(moved.relative for moved in movements)
        if sent_ns is not None and now_ns - sent_ns <= ECHO_NS and not is_clicks:
            return True
        for moved in movements:
            light = self._lights[moved.which]
            light.channel, light.quiet_ns = message[0] & CHANNEL_MASK, now_ns + REST_NS
            light.shown = None if moved.relative else light.source.value(moved.amount)
        return False

    def update(self, position_of: PositionOf, now_ns: int) -> list[bytes]:
        """The messages for all positions that have changed, except on controls that a hand is moving."""
        messages: list[bytes] = []
        for light in self._lights:
            if now_ns < light.quiet_ns:
                continue
            position = position_of(light.mapping.target)
            if position is None:
                continue
            value = light.source.value(light.mapping.knob_position(position))
            if value != light.shown:
                light.shown = value
                messages += light.source.messages(value, light.channel)
        if len(self._sent) > _MOST_SENT:
            self._sent = {sent: at for sent, at in self._sent.items() if now_ns - at <= ECHO_NS}
        for message in messages:
            if not _selects_parameter(message):
                self._sent[message] = now_ns
        return messages

    def forget(self) -> None:
        """Send all positions again at the next `update`: the controller was disconnected."""
        for light in self._lights:
            light.shown = None


def _selects_parameter(message: bytes) -> bool:
    """Whether it selects an NRPN. It is never taken for an echo: if it were dropped, the data after it would go to
    another parameter."""
    return message[0] & KIND_MASK == CONTROL_CHANGE and message[1] in (NRPN_LSB, NRPN_MSB)
