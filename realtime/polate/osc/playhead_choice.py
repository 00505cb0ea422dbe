"""Whose playhead is passed on if several programs send one: that of one sender, because a song is at one place."""

from polate.errors import ControlError
from polate.osc.subscribers import HostPort, name_of

__all__ = ["PlayheadChoice"]

_SILENT_NS = 1_000_000_000  # without a message: then another sender's playhead is passed on


class PlayheadChoice:
    """Stays with the first sender, a host and a port, until it has been silent for a second."""

    def __init__(self) -> None:
        self._followed: HostPort | None = None
        self._heard_ns = 0
        self._is_told = False  # that there is another sender

    def is_followed(self, sender: HostPort, at_ns: int) -> bool:
        """Whether a message that arrived at ``at_ns`` is from the sender to follow.

        Raises `ControlError` once for the messages of others.
        """
        if sender != self._followed and (self._followed is None or at_ns - self._heard_ns >= _SILENT_NS):
            self._followed, self._is_told = sender, False
        if sender == self._followed:
            self._heard_ns = at_ns
            return True
        if not self._is_told:
            self._is_told = True
            raise ControlError(
                f"the song position of {name_of(self._followed)} is followed, that of {name_of(sender)} is not"
            )
        return False
