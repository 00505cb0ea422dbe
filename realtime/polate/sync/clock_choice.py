"""Which MIDI input's clock is followed if several are open: one of them, because two clocks give no tempo."""

__all__ = ["ClockChoice"]

_SILENT_NS = 2_000_000_000  # without a message: then another input's clock is followed


class ClockChoice:
    """Stays with the first input that sends a clock, until it is silent for 2 s or gone."""

    def __init__(self, wanted: str | None) -> None:
        """``wanted``: a part of the name of the only input whose clock is followed; None: any input."""
        self._wanted = wanted
        self._followed: int | None = None  # number of the input
        self._heard_ns = 0

    def is_followed(self, number: int, name: str, at_ns: int) -> bool:
        """Whether a message of an input that arrived at ``at_ns`` is from the clock to follow."""
        if self._wanted is not None:
            return self._wanted.lower() in name.lower()
        if self._followed is None or at_ns - self._heard_ns > _SILENT_NS:
            self._followed = number
        if number != self._followed:
            return False
        self._heard_ns = at_ns
        return True

    def lose(self, number: int) -> None:
        """The input is gone."""
        if self._followed == number:
            self._followed = None
