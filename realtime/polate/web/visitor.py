"""One page that is connected: what is still to be sent to it, and how often.

    put_state, put_notes, put_answer --> [pending] --frames--> websocket

A page that reads slowly gets the newest value of each address; of notes it gets the newest. Nothing here waits.
"""

import asyncio
from collections import deque
from typing import Any

import msgspec

from polate.web.guard import Allowance

__all__ = ["MESSAGES_A_SECOND", "STATE_SECONDS", "Visitor"]

MESSAGES_A_SECOND = 200
STATE_SECONDS = 0.02
"""Between two frames of state."""

_MOST_NOTES = 256
_MOST_ANSWERS = 64
_ENCODE = msgspec.json.Encoder().encode


class Visitor:
    """What one page has asked for, and what waits for it. Times in seconds of one clock."""

    def __init__(self, now: float) -> None:
        self.allowance = Allowance(MESSAGES_A_SECOND, now)
        self.wake = asyncio.Event()
        """Set by each put: something is to be sent."""
        self.wants_strips = False
        self.wants_pad = False
        self.plane: tuple[int, int] | None = None  # the axes of the map that it shows
        self._state: dict[str, Any] = {}  # by address
        self._more: dict[str, Any] = {}
        self._notes: deque[list[Any]] = deque(maxlen=_MOST_NOTES)
        self._answers: deque[dict[str, Any]] = deque(maxlen=_MOST_ANSWERS)
        self._pictures: dict[str, dict[str, Any]] = {}  # the newest of each kind
        self._state_seconds = 0.0  # when the next state may be sent

    def put_state(self, state: dict[str, Any]) -> None:
        """What has changed, by OSC address."""
        self._state |= state
        self.wake.set()

    def put_more(self, more: dict[str, Any]) -> None:
        """What has changed, of what has no address."""
        self._more |= more
        self.wake.set()

    def put_note(self, event: list[Any]) -> None:
        """One note event as the protocol has it."""
        self._notes.append(event)
        self.wake.set()

    def put_answer(self, message: dict[str, Any]) -> None:
        """A message of its own."""
        self._answers.append(message)
        self.wake.set()

    def put_picture(self, message: dict[str, Any]) -> None:
        """A picture, which takes the place of an older one of its kind."""
        self._pictures[message["t"]] = message
        self.wake.set()

    def due_seconds(self, now: float) -> float | None:
        """In how many seconds something is to be sent; None while nothing waits."""
        if self._notes or self._answers or self._pictures:
            return 0.0
        if self._state or self._more:
            return max(0.0, self._state_seconds - now)
        return None

    def frames(self, now: float) -> list[str]:
        """What is to be sent now: notes first, since they are in time."""
        messages: list[dict[str, Any]] = []
        if self._notes:
            messages.append({"t": "notes", "e": list(self._notes)})
            self._notes.clear()
        messages += self._answers
        self._answers.clear()
        if (self._state or self._more) and now >= self._state_seconds:
            self._state_seconds = now + STATE_SECONDS
            if self._state:
                messages.append({"t": "state", "set": self._state})
            if self._more:
                messages.append({"t": "more", "set": self._more})
            self._state, self._more = {}, {}
        messages += self._pictures.values()
        self._pictures.clear()
        return [_ENCODE(message).decode() for message in messages]
