"""Ticks that arrive in packets: recognise them, and find the tempo in their number.

    arrival times --PacketLine--> are there packets? then: tick, time and period of a line through all arrivals

JACK delivers the ticks of a period together, and wireless MIDI those of an interval. Each arrival is then one tick,
although some gaps are zero, or twice as long as others: in the long run the number of ticks is the tempo.

The line is pure: it gets the times and reads no clock itself.
"""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["PacketLine"]

LINE_TICKS = 384  # the longest memory of the line
_FEWEST_TICKS = 8  # the memory after the tempo has changed
_GAPS = 32  # that are looked at for what is usual
_TOGETHER_NS = 250_000  # ticks of one packet are this close; a clock that comes by two ways is farther apart
_DOUBLED_NS = 3_000_000  # a shorter gap that is not of one packet is a doubled tick
_ODD = 0.12  # of the usual gap: a gap that differs by more is odd
_EVENTS, _FAR_EVENTS, _FAR = 5, 4, 100  # so many odd gaps show packets; fewer, if they are as far apart as this
_FEW = 8  # ticks: the intervals between odd gaps that come so often may differ by 2, because of jitter
_RECENT = 512  # arrivals: if the clock began so recently, all of them are counted anew when packets are recognised
_EXACT = 0.1  # of a packet: so exactly
_ENVELOPE = 1.3  # packets: an arrival this far from the line means that the tempo has changed


class PacketLine:
    """Recognises packets by odd gaps at regular intervals, and fits the least-squares line through the arrivals.

    Ticks that are lost or doubled make odd gaps too, but not at regular intervals: those of packets are spread as
    evenly as whole numbers allow (a Sturmian word), so the numbers of ticks between them differ by at most one.
    """

    def __init__(self) -> None:
        self.is_sure = False  # the arrivals are packets
        self.tick = 0  # number of the last arrival, if they are
        self.period_ns = 0.0
        self.time_ns = 0.0  # of the last tick, by the line
        self._number = 0  # of the last arrival
        self._first_tick = 0
        self._away = 0  # how many of the last packets were far away from the line
        self._arrivals: deque[int] = deque()
        self._begin_ns = 0  # of the first arrival
        self._sum = self._moment = 0  # of the arrivals since then, and of these times their numbers: whole, so exact
        self._gaps: deque[int] = deque(maxlen=_GAPS)
        # Odd gaps: the number of the arrival after it, and of the tick before it.
        self._short: deque[tuple[int, int]] = deque(maxlen=_EVENTS)
        self._long: deque[tuple[int, int]] = deque(maxlen=_EVENTS)

    def restart(self, at_ns: int, tick: int) -> None:
        """The clock begins with this arrival, which is the tick of this number."""
        self.is_sure, self.tick, self.period_ns = False, tick, 0.0
        self._number, self._first_tick, self._away = 0, tick, 0
        for kept in (self._arrivals, self._gaps, self._short, self._long):
            kept.clear()
        self._begin_ns, self._sum, self._moment = at_ns, 0, 0
        self._remember(at_ns)

    def feed(self, at_ns: int, tick: int) -> bool:
        """Process an arrival. True if it is one of a clock in packets.

        ``tick``: the number of the last tick, as it is known without packets.
        """
        gap = at_ns - self._arrivals[-1]
        self._number += 1
        self._remember(at_ns)
        self._gaps.append(gap)
        if self.is_sure:
            tick = self.tick
            self.tick += 1
            self._fit(at_ns)
        usual = sorted(self._gaps)[len(self._gaps) // 2]
        if gap < _TOGETHER_NS or (gap > _DOUBLED_NS and abs(gap - usual) > _ODD * usual):
            odd = self._long if gap > max(usual, _TOGETHER_NS) else self._short
            if not self._are_packets(gap, usual):
                odd.clear()
            odd.append((self._number, tick))
            if not self.is_sure and self._is_regular(odd):
                self.is_sure, self.tick = True, self._counted(*odd[0])
                self._fit(at_ns)
        elif self.is_sure:
            self.is_sure = self._goes_on()
        return self.is_sure

    def _counted(self, number: int, before: int) -> int:
        """The number of the last tick, counted from the beginning, or if that is long ago, from an odd gap.

        ``number``: of the arrival after that gap, ``before``: of the tick before it.
        """
        return self._first_tick + self._number if self._number <= _RECENT else before + self._number - number + 1

    def _is_regular(self, odd: Sequence[tuple[int, int]]) -> bool:
        """Whether there are enough odd gaps, the last one of which is just over, and as packets make them."""
        between = [after - before for (before, _), (after, _) in pairwise(odd)]
        if len(odd) < (_FAR_EVENTS if between and min(between) > _FAR else _EVENTS):
            return False
        if self._gaps[-1] < _TOGETHER_NS and max(between) <= _FEW:
            return True
        if min(between) == 1:  # the tempo has changed
            return False
        return max(between) - min(between) <= (2 if max(between) <= _FEW else 1)

    def _are_packets(self, gap: int, usual: int) -> bool:
        """Whether the last gaps are whole numbers of packets. ``gap``: an odd one."""
        packet = abs(gap - usual)
        if packet < _TOGETHER_NS:  # most ticks come together
            packet = min((gap for gap in self._gaps if gap >= _TOGETHER_NS), default=1)
        parts = [gap / packet for gap in self._gaps]
        return all(abs(part - round(part)) < _EXACT for part in parts)

    def _goes_on(self) -> bool:
        """Whether the last gaps that show packets are not too long ago."""
        last = max((events for events in (self._short, self._long) if events), key=lambda events: events[-1][0])
        usual = (last[-1][0] - last[0][0]) / (len(last) - 1) if len(last) > 1 else 1.0
        return self._number - last[-1][0] < 4 * usual + 64

    def _fit(self, at_ns: int) -> None:
        """Fit the line to the arrivals. If the last ones are too far away from it, forget those before."""
        arrivals = self._arrivals
        between = sorted(gap for gap in self._gaps if gap >= _TOGETHER_NS)
        packet_ns = between[len(between) // 2] if between else 0
        late_ns = at_ns - (self.time_ns + self.period_ns)
        is_away = self.period_ns > 0 and abs(late_ns) > _ENVELOPE * packet_ns + self.period_ns / 4
        self._away = self._away + (self._gaps[-1] >= _TOGETHER_NS) if is_away else 0
        if self._away > 1:  # not only one packet that was late
            few = max(_FEWEST_TICKS, round(2 * packet_ns / self.period_ns))
            while len(arrivals) > few:
                self._forget()
        n = len(arrivals)
        twice_middle = 2 * self._number - (n - 1)
        slope = (2 * self._moment - twice_middle * self._sum) * 6 / (n * (n * n - 1))
        self.period_ns = max(slope, packet_ns / n, 1.0)
        self.time_ns = self._begin_ns + self._sum / n + self.period_ns * (n - 1) / 2

    def _remember(self, at_ns: int) -> None:
        self._arrivals.append(at_ns)
        self._sum += at_ns - self._begin_ns
        self._moment += (at_ns - self._begin_ns) * self._number
        if len(self._arrivals) > LINE_TICKS:
            self._forget()

    def _forget(self) -> None:
        number = self._number - len(self._arrivals) + 1
        at_ns = self._arrivals.popleft() - self._begin_ns
        self._sum -= at_ns
        self._moment -= at_ns * number
