"""The estimator of tempo and beat from a MIDI clock's ticks.

times that ticks came at --TickLoop--> which of all each one is, when it really was, the period
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["TickLoop"]

_DOUBLED_NS = 3_000_000  # two ticks nearer than this are one: at 400 bpm and 20 % of jitter they are 3.75 ms apart
_MOST_TICKS = 96  # the memory of the loop; docs/sync.md has what other lengths give
_LEAST_TICKS = 4  # and while the tempo moves
_SURE_TICKS = 8  # after so many the period is known well enough to see that one was lost or doubled
_DOUBT_TICKS = 6  # and after so many more, whether it was
_SMOOTH = 0.01  # of a period: as good as a straight line
_SMOOTHING, _BIASED = 0.1, 0.7  # of the errors' running means; from where on they are one-sided


class TickLoop:
    """When the ticks really are, and which of all each one is, from the times they came at.

    A second-order loop: each tick corrects the predicted time and the period by fractions of how far it was off
    (Adriaensen, Using a DLL to filter time, Linux Audio Conference 2005). The fractions are those of the least-squares
    line through the last n ticks (Brookner, Tracking and Kalman Filtering Made Easy, 1998: growing-memory g-h filter),
    and n grows with each tick up to the memory: so the second tick gives the tempo, and the hundredth a quiet one.
    While the errors fall to one side, the tempo is moving and n is halved (Trigg and Leach, Exponential smoothing with
    an adaptive response rate, Operational Research Quarterly 18, 1967).

    Each tick counts for one, until a gap is about half a period or shorter, or half as long again. Then two readings
    are kept for a few ticks: the tempo is the same and ticks were lost or doubled; or the tempo has jumped and each
    still counts for one. The one that the times fit better holds.
    """

    def __init__(self, period_ns: float) -> None:
        self.tick = 0  # the number of the last tick
        self.time_ns = 0.0  # when it was, without the jitter
        self.period_ns = period_ns
        self.latest_ns = 0  # when the last one came
        self._ticks = 0  # since the beginning, up to `_SURE_TICKS`
        self._memory = 0
        self._error = self._bias = self._jitter = 0.0  # the last error; running means of the errors, and of their size
        self._doubt: list[int] = []  # when the ticks came, from the last before an odd gap on
        self._undoubted = (0, 0.0, 0.0, 0)  # tick, time, period and memory at the first of them

    def seed(self, at_ns: int, ticks: int = 1) -> None:
        """Begin anew with this tick, ``ticks`` after the last; the period stands until the next one."""
        self.tick += ticks
        self.time_ns, self.latest_ns = float(at_ns), at_ns
        self._ticks = self._memory = 1
        self._error = self._bias = self._jitter = 0.0
        self._doubt.clear()

    def feed(self, at_ns: int, *, restart: bool = False) -> bool:
        """Take a tick in; False if it was only another one's double.

        ``restart``: the sender begins something here, and may have moved its ticks for it; the tempo stands.
        """
        gap = at_ns - self.latest_ns
        if restart and _odd(gap, self.period_ns):
            self.seed(at_ns)
            self._memory = _LEAST_TICKS
            return True
        if gap < _DOUBLED_NS:
            return False
        if not self._doubt and self._ticks >= _SURE_TICKS and _odd(gap, self.period_ns):
            self._doubt.append(self.latest_ns)
            self._undoubted = self.tick, self.time_ns, self.period_ns, self._memory
        self.latest_ns = at_ns
        if self._doubt:
            return self._weigh(at_ns)
        self._correct(at_ns)
        return True

    def _weigh(self, at_ns: int) -> bool:
        """Go on with the better of the two readings."""
        self._doubt.append(at_ns)
        before, (tick, time_ns, period_ns, memory) = self.tick, self._undoubted
        # If the tempo is the same, which ticks are these, how far is each from its time, and how many are wrong?
        errors = {0: 0.0}
        for arrival in self._doubt[1:]:
            number = round((arrival - time_ns) / period_ns)
            error = abs(arrival - time_ns - number * period_ns)
            errors[number] = min(error, errors.get(number, error))
        last = max(errors)
        wrong = len(self._doubt) - len(errors) + last + 1 - len(errors)  # doubled, and lost
        roughness = math.sqrt(sum(error * error for error in errors.values()) / max(1, len(errors) - 1))
        # If it has jumped, the first gap may be a part of the old tempo and a part of the new one.
        line = _Line.through(self._doubt[1:])
        if line.slope == 0 or not _odd(line.slope, period_ns):
            line = _Line.through(self._doubt)
        if line.roughness_ns <= max(roughness * wrong, _SMOOTH * period_ns):
            last = len(self._doubt) - 1
            self.tick, self.time_ns, self.period_ns = tick + last, line.last_ns, line.slope
            self._memory = last
        else:
            self.tick, self.time_ns, self.period_ns = tick + last, time_ns + last * period_ns, period_ns
            self._memory = memory
        if len(self._doubt) > _DOUBT_TICKS:
            self._doubt.clear()
        return self.tick != before

    def _correct(self, at_ns: int) -> None:
        predicted = self.time_ns + self.period_ns
        error = at_ns - predicted
        self._bias += _SMOOTHING * (error - self._bias)
        self._jitter += _SMOOTHING * (abs(error) - self._jitter)
        # One tick that is far off is none of the tempo's business: the next errors are on the other side.
        limit = max(_BIASED * self._jitter, _SMOOTH * self.period_ns)
        one_sided = error * self._error > 0 and error * self._bias > 0 and abs(self._bias) > limit
        self._error = error
        if one_sided and self._memory > _LEAST_TICKS:
            self._memory = max(_LEAST_TICKS, self._memory // 2)
        else:
            self._memory = min(_MOST_TICKS, self._memory + 1)
        self._ticks = min(_SURE_TICKS, self._ticks + 1)
        n = self._memory
        self.tick += 1
        self.time_ns = predicted + error * 2 * (2 * n - 1) / (n * (n + 1))
        self.period_ns = max(_DOUBLED_NS, self.period_ns + error * 6 / (n * (n + 1)))  # what overshoots stays a tempo


def _odd(gap_ns: float, period_ns: float) -> bool:
    """Is a gap more likely something else than one period with its jitter?"""
    return not 0.55 < gap_ns / period_ns < 1.5


@dataclass(frozen=True, slots=True)
class _Line:
    """The least-squares line through times."""

    slope: float
    last_ns: float  # where it ends
    roughness_ns: float  # standard error of a point

    @classmethod
    def through(cls, times: Sequence[int]) -> "_Line":
        n = len(times)
        if n < 3:
            return cls(0.0, times[-1], math.inf)
        middle, mean = (n - 1) / 2, sum(times) / n
        slope = sum((i - middle) * (t - mean) for i, t in enumerate(times)) * 12 / (n * (n * n - 1))
        square = sum((t - mean - slope * (i - middle)) ** 2 for i, t in enumerate(times))
        return cls(slope, mean + slope * middle, math.sqrt(square / (n - 2)))
