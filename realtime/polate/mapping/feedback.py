"""Back to the controller: LED rings, motor faders and lights show where their targets stand.

position_of(target) --Feedback.update--> messages --> the controller's input
its messages --Feedback.heard--> is this only the echo of what was sent?
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
"""What was moved by hand is not written to before it has rested for so long."""
ECHO_NS = 50_000_000
"""A message that comes back so soon after it was sent is an echo."""
_MOST_SENT = 1024


@dataclass(slots=True)
class _Light:
    """What shows one target."""

    mapping: Mapping
    source: Source
    channel: int  # 0..15
    shown: int | None = None  # the value that it shows, as far as that is known
    quiet_ns: int = 0  # nothing is sent before


class Feedback:
    """Told what comes from the controller, it answers what to send there. Where two maps share a source, the first
    counts; a source without a channel is answered on the one it was heard on, or on the first."""

    def __init__(self, mappings: Sequence[Mapping]) -> None:
        self._lights: list[_Light] = []
        sources: list[tuple[Source, int | None]] = []
        for mapping in mappings:
            source = parse_source(mapping.source)
            can_show = source.steps is not None and parse_target(mapping.target).kind in ("place", "state")
            if can_show and (source, mapping.channel) not in sources:
                sources.append((source, mapping.channel))
                self._lights.append(_Light(mapping, source, (mapping.channel or 1) - 1))
        self._reader = SourceReader(sources)
        self._sent: dict[bytes, int] = {}  # what was sent last, and when

    def heard(self, message: bytes, now_ns: int) -> bool:
        """Take note of a message from the controller. True if it is an echo, and not to be obeyed."""
        moves, sent_ns = self._reader.read(message), self._sent.get(message)
        is_clicks = any(
            moved.relative for moved in moves
        )  # which may look like a position that was sent, and never are
        if sent_ns is not None and now_ns - sent_ns <= ECHO_NS and not is_clicks:
            return True
        for moved in moves:
            light = self._lights[moved.which]
            light.channel, light.quiet_ns = message[0] & CHANNEL_MASK, now_ns + REST_NS
            light.shown = None if moved.relative else light.source.value(moved.amount)
        return False

    def update(self, position_of: PositionOf, now_ns: int) -> list[bytes]:
        """The messages for all that has changed, and is not just being moved by hand."""
        messages: list[bytes] = []
        for light in self._lights:
            if now_ns < light.quiet_ns:
                continue
            place = position_of(light.mapping.target)
            if place is None:
                continue
            value = light.source.value(light.mapping.knob(place))
            if value != light.shown:
                light.shown = value
                messages += light.source.messages(value, light.channel)
        if len(self._sent) > _MOST_SENT:
            self._sent = {sent: at for sent, at in self._sent.items() if now_ns - at <= ECHO_NS}
        for message in messages:
            if not _chooses_parameter(message):
                self._sent[message] = now_ns
        return messages

    def forget(self) -> None:
        """The controller has been away: it shows nothing of this any more."""
        for light in self._lights:
            light.shown = None


def _chooses_parameter(message: bytes) -> bool:
    """Such a message alone says nothing, and without it the data behind it would go to another parameter."""
    return message[0] & KIND_MASK == CONTROL_CHANGE and message[1] in (NRPN_LSB, NRPN_MSB)
