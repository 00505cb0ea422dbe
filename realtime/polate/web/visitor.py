"""One connected page, and the messages that wait to be sent to it.

    put_state, put_more, put_note, put_answer, put_picture --> [pending] --frames--> websocket

Nothing waits for a slow page. It gets the newest value of each address, the newest picture of each kind, and the newest
notes; the older ones are dropped.
"""

import asyncio
from collections import deque
from typing import Any

import msgspec

from polate.web.guard import Allowance

__all__ = ["MESSAGES_A_SECOND", "STATE_SECONDS", "Visitor"]

MESSAGES_A_SECOND = 200
STATE_SECONDS = 0.02
"""The shortest time between two frames of state."""

_MOST_NOTES = 256
_MOST_ANSWERS = 64
_ENCODE = msgspec.json.Encoder().encode


class Visitor:
    """``now`` in every method: seconds of one monotonic clock."""

    def __init__(self, now: float) -> None:
        self.allowance = Allowance(MESSAGES_A_SECOND, now)
        self.wake = asyncio.Event()
        """Set when a message waits."""
        self.wants_strips = False
        self.wants_pad = False
        self.plane: tuple[int, int] | None = None  # the axes of the visible map; None: no map is visible
        self._state: dict[str, Any] = {}  # by address
        self._more: dict[str, Any] = {}
        self._notes: deque[list[Any]] = deque(maxlen=_MOST_NOTES)
        self._is_silenced = False  # the page must end every note before it takes the waiting ones
        self._answers: deque[dict[str, Any]] = deque(maxlen=_MOST_ANSWERS)
        self._pictures: dict[str, dict[str, Any]] = {}  # the newest of each kind
        self._state_seconds = 0.0  # when the next state may be sent

    def put_state(self, state: dict[str, Any]) -> None:
        """Values that have changed, by OSC address."""
        self._state |= state
        self.wake.set()

    def put_more(self, more: dict[str, Any]) -> None:
        """Values that have changed and have no OSC address."""
        self._more |= more
        self.wake.set()

    def put_note(self, event: list[Any]) -> None:
        """One note event, as in PROTOCOL.md. If an older one must be dropped, the page first ends every note."""
        self._is_silenced |= len(self._notes) == _MOST_NOTES
        self._notes.append(event)
        self.wake.set()

    def put_silence(self) -> None:
        """End every note on the page."""
        self._notes.clear()
        self._is_silenced = True
        self.wake.set()

    def put_answer(self, message: dict[str, Any]) -> None:
        """A message of any other kind. It is never merged with another."""
        self._answers.append(message)
        self.wake.set()

    def put_picture(self, message: dict[str, Any]) -> None:
        """A picture. It replaces a waiting picture of the same kind."""
        self._pictures[message["t"]] = message
        self.wake.set()

    def due_seconds(self, now: float) -> float | None:
        """Seconds until the next message may be sent; None while no message waits."""
        if self._is_silenced or self._notes or self._answers or self._pictures:
            return 0.0
        if self._state or self._more:
            return max(0.0, self._state_seconds - now)
        return None

    def take_state(self, now: float) -> dict[str, Any]:
        """The values to send now, by OSC address; none before the shortest time between two has passed."""
        if now < self._state_seconds:
            return {}
        self._state_seconds = now + STATE_SECONDS
        state, self._state = self._state, {}
        return state

    def frames(self, now: float) -> list[str]:
        """The frames to send now. Notes come first, because they must arrive in time."""
        messages: list[dict[str, Any]] = []
        if self._is_silenced:
            messages.append({"t": "silence"})
            self._is_silenced = False
        if self._notes:
            messages.append({"t": "notes", "e": list(self._notes)})
            self._notes.clear()
        messages += self._answers
        self._answers.clear()
        if (self._state or self._more) and now >= self._state_seconds:
            if state := self.take_state(now):
                messages.append({"t": "state", "set": state})
            if self._more:
                messages.append({"t": "more", "set": self._more})
                self._more = {}
        messages += self._pictures.values()
        self._pictures.clear()
        return [_ENCODE(message).decode() for message in messages]
