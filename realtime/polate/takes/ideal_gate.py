"""What the gate would report if it were never late, and how its reports deviate from that.

    frames --IdealGate--> ideal reports --\
                                           > DeviationCounter --> (count, report), for the journal
                          real reports ---/

Only the deviations are in the journal: a gate that was killed, a recall that came too late.
"""

from collections import Counter
from collections.abc import Iterable

from polate.gate.frames import Frame
from polate.gate.gate import Gate, Outgoing

__all__ = ["DeviationCounter", "IdealGate"]

_OVERDUE_NS = 2_000_000_000  # a report that is later than this will not arrive


class IdealGate:
    """A `Gate` on a virtual clock: everything happens at its due time."""

    def __init__(self) -> None:
        self._gate = Gate()
        self._now_ns = 0

    def take(self, frames: Iterable[Frame], now_ns: int) -> list[Frame]:
        """The reports up to now, and those of what these frames end at once."""
        reports = self.advance(now_ns)
        for frame in frames:
            reports += _reports(self._gate.take(frame))
        return reports

    def advance(self, now_ns: int) -> list[Frame]:
        """The reports since the last call, up to now."""
        reports: list[Frame] = []
        while (deadline := self._gate.deadline_ns) is not None and deadline <= now_ns:
            self._now_ns = max(self._now_ns, deadline)
            reports += _reports(self._gate.advance(self._now_ns))
        self._now_ns = now_ns
        self._gate.failed.clear()
        return reports


class DeviationCounter:
    """Counts how many times more often than the ideal gate the real gate reports something."""

    def __init__(self) -> None:
        self._ideal_gate = IdealGate()
        self._missing: Counter[Frame] = Counter()  # ideal report -> how often it has not arrived yet; below 0: surplus

    def expect(self, frames: Iterable[Frame], now_ns: int) -> None:
        """The real gate gets these frames now."""
        self._missing.update(self._ideal_gate.take(frames, now_ns))

    def report(self, frame: Frame) -> None:
        """The real gate has reported this."""
        self._missing[frame] -= 1
        if not self._missing[frame]:
            del self._missing[frame]

    def overdue(self, now_ns: int) -> list[tuple[int, Frame]]:
        """The deviations that are certain by now: (count, report). Each is returned once."""
        return self._deviations([frame for frame in self._missing if frame.due_ns < now_ns - _OVERDUE_NS])

    def finish(self, now_ns: int) -> list[tuple[int, Frame]]:
        """The deviations that are left when no report will arrive any more."""
        self._missing.update(self._ideal_gate.advance(now_ns))
        return self._deviations(list(self._missing))

    def _deviations(self, frames: list[Frame]) -> list[tuple[int, Frame]]:
        return [(-count, frame) for frame in frames if (count := self._missing.pop(frame))]


def _reports(messages: Iterable[Outgoing]) -> list[Frame]:
    return [message.report for message in messages if message.report]
