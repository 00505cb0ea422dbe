"""The filter that finds tempo and beat in the arrival times of a MIDI clock's ticks.

    arrival time of each tick --TickLoop--> number of the tick, its time without jitter, period

The loop is pure: it gets the times and reads no clock itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from polate.sync.packets import PacketLine

__all__ = ["TickLoop"]

MEMORY_TICKS = 96  # the longest memory of the loop; docs/sync.md gives the errors with other lengths
_SHORTEST_MEMORY_TICKS = 4  # the memory while the tempo changes

_DOUBLED_NS = 3_000_000  # a shorter gap is a doubled tick: at 400 bpm with 20 % of jitter, ticks are 3.75 ms apart
_SHORTEST_GAP, _LONGEST_GAP = 0.55, 1.5  # periods: a gap outside this range can have two causes
_SURE_TICKS = 8  # after this many ticks the period is known well enough to doubt a gap
_DOUBT_TICKS = 6  # the number of further ticks after which the doubt ends
_SMOOTH = 0.01  # periods: ticks that are this close to a straight line count as steady
_SMOOTHING = 0.1  # weight of the newest error in the running means
_BIASED = 0.7  # mean error / mean size of the errors: above this ratio the errors have one sign


class TickLoop:
    """Numbers the ticks of a MIDI clock, removes the jitter from their times, and estimates their period.

    A second-order loop: each tick corrects the predicted time and the period by fractions of the prediction error
    (F. Adriaensen, Using a DLL to filter time, Linux Audio Conference 2005). The fractions are those of the
    least-squares line through the last n ticks (E. Brookner, Tracking and Kalman Filtering Made Easy, 1998: the
    growing-memory g-h filter). n grows by one with each tick, up to `MEMORY_TICKS`. So the second tick already gives
    the tempo, and later ticks make the estimate steadier. Errors that keep one sign mean that the tempo is changing:
    then n is halved (D. W. Trigg and A. G. Leach, Exponential smoothing with an adaptive response rate, Operational
    Research Quarterly 18, 1967).

    Normally each arrival is one tick. A gap below 0.55 or above 1.5 periods has two possible causes: ticks were lost or
    doubled at the same tempo, or the tempo has jumped. The loop compares both readings over the next few ticks and
    uses the one that fits the arrival times better. Such gaps at regular intervals have a third cause: ticks that
    arrive in packets. Then a line through all arrivals takes the place of the loop (`polate.sync.packets`).
    """

    def __init__(self, period_ns: float) -> None:
        """``period_ns`` is the period until two ticks have arrived."""
        self.tick = 0  # number of the last tick
        self.time_ns = 0.0  # its time without jitter
        self.period_ns = period_ns
        self.latest_ns = 0  # arrival time of the last tick
        self._ticks = 0  # since the first tick, at most `_SURE_TICKS`
        self._memory = 0  # n
        self._error = 0.0  # last prediction error
        self._bias = 0.0  # running mean of the errors
        self._jitter = 0.0  # running mean of their absolute values
        self._doubted: list[int] = []  # arrival times, from the last tick before the doubtful gap
        self._before_doubt = (0, 0.0, 0.0, 0)  # tick, time, period and memory at the first of these
        self._packets = PacketLine()

    def seed(self, at_ns: int, ticks: int = 1) -> None:
        """Start again from this tick, numbered ``ticks`` after the last one. The period stays until the next tick."""
        self.tick += ticks
        self.time_ns, self.latest_ns = float(at_ns), at_ns
        self._ticks = self._memory = 1
        self._error = self._bias = self._jitter = 0.0
        self._doubted.clear()
        self._packets.restart(at_ns, self.tick)

    def feed(self, at_ns: int, *, restart: bool = False) -> bool:
        """Process the arrival of a tick. False if the tick was counted already, because it is a double.

        ``restart``: the sender starts here and may have moved its ticks. The loop then takes over the new phase and
        keeps the tempo.
        """
        gap = at_ns - self.latest_ns
        if self._packets.feed(at_ns, self.tick):
            self._follow_packets(at_ns)
            return True
        if restart and _is_doubtful(gap, self.period_ns):
            self.seed(at_ns)
            self._memory = _SHORTEST_MEMORY_TICKS
            return True
        if gap < _DOUBLED_NS:
            return False
        if not self._doubted and self._ticks >= _SURE_TICKS and _is_doubtful(gap, self.period_ns):
            self._doubted.append(self.latest_ns)
            self._before_doubt = self.tick, self.time_ns, self.period_ns, self._memory
        self.latest_ns = at_ns
        if self._doubted:
            return self._choose_reading(at_ns)
        self._correct(at_ns)
        return True

    def _follow_packets(self, at_ns: int) -> None:
        """Continue with the line through the arrivals. When the packets end, the loop goes on from there."""
        line = self._packets
        self.tick, self.time_ns, self.period_ns = line.tick, line.time_ns, line.period_ns
        self.latest_ns, self._ticks, self._memory = at_ns, _SURE_TICKS, MEMORY_TICKS
        self._error = self._bias = self._jitter = 0.0
        self._doubted.clear()

    def _choose_reading(self, at_ns: int) -> bool:
        """Continue with the reading that fits the arrivals better. False if that does not change the tick's number."""
        self._doubted.append(at_ns)
        before, (tick, time_ns, period_ns, memory) = self.tick, self._before_doubt
        # Reading 1, the same tempo: the number of each arrival, its error, and how many ticks were lost or doubled.
        errors = {0: 0.0}
        for arrival in self._doubted[1:]:
            number = round((arrival - time_ns) / period_ns)
            error = abs(arrival - time_ns - number * period_ns)
            errors[number] = min(error, errors.get(number, error))
        last = max(errors)
        doubled, lost = len(self._doubted) - len(errors), last + 1 - len(errors)
        roughness = math.sqrt(sum(error * error for error in errors.values()) / max(1, len(errors) - 1))
        # Reading 2, a jump of the tempo. The first gap may be partly in the old tempo and partly in the new one.
        line = _Line.through(self._doubted[1:])
        if line.slope == 0 or not _is_doubtful(line.slope, period_ns):
            line = _Line.through(self._doubted)
        if line.roughness_ns <= max(roughness * (doubled + lost), _SMOOTH * period_ns):
            last = len(self._doubted) - 1
            self.tick, self.time_ns, self.period_ns = tick + last, line.last_ns, line.slope
            self._memory = last
        else:
            self.tick, self.time_ns, self.period_ns = tick + last, time_ns + last * period_ns, period_ns
            self._memory = memory
        if len(self._doubted) > _DOUBT_TICKS:
            self._doubted.clear()
        return self.tick != before

    def _correct(self, at_ns: int) -> None:
        """Correct time and period by the error of this tick."""
        predicted = self.time_ns + self.period_ns
        error = at_ns - predicted
        self._bias += _SMOOTHING * (error - self._bias)
        self._jitter += _SMOOTHING * (abs(error) - self._jitter)
        # Two errors in a row must have the sign of the mean: a single late tick does not mean that the tempo changes.
        limit = max(_BIASED * self._jitter, _SMOOTH * self.period_ns)
        one_sided = error * self._error > 0 and error * self._bias > 0 and abs(self._bias) > limit
        self._error = error
        if one_sided and self._memory > _SHORTEST_MEMORY_TICKS:
            self._memory = max(_SHORTEST_MEMORY_TICKS, self._memory // 2)
        else:
            self._memory = min(MEMORY_TICKS, self._memory + 1)
        self._ticks = min(_SURE_TICKS, self._ticks + 1)
        n = self._memory
        self.tick += 1
        self.time_ns = predicted + error * 2 * (2 * n - 1) / (n * (n + 1))
        # A correction that overshoots must not make the period zero or negative.
        self.period_ns = max(_DOUBLED_NS, self.period_ns + error * 6 / (n * (n + 1)))


def _is_doubtful(gap_ns: float, period_ns: float) -> bool:
    """Whether a gap is too short or too long to be one period with jitter."""
    return not _SHORTEST_GAP < gap_ns / period_ns < _LONGEST_GAP


@dataclass(frozen=True, slots=True)
class _Line:
    """The least-squares line through arrival times, one per tick."""

    slope: float  # nanoseconds per tick; 0 if there are fewer than 3 times
    last_ns: float  # value of the line at the last tick
    roughness_ns: float  # standard error of one time

    @classmethod
    def through(cls, times: Sequence[int]) -> "_Line":
        n = len(times)
        if n < 3:
            return cls(0.0, times[-1], math.inf)
        middle, mean = (n - 1) / 2, sum(times) / n
        slope = sum((i - middle) * (t - mean) for i, t in enumerate(times)) * 12 / (n * (n * n - 1))
        square = sum((t - mean - slope * (i - middle)) ** 2 for i, t in enumerate(times))
        return cls(slope, mean + slope * middle, math.sqrt(square / (n - 2)))
