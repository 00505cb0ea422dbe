"""What went wrong: messages that were refused, and troubles of the machine."""

import contextlib
import logging
from collections.abc import Iterator

from polate.errors import PolateError, described, printable
from polate.runtime.clock import clock

__all__ = ["Troubles"]

_SECOND = 1_000_000_000
_LONGEST = 1000  # characters of a text
_SHOWN_NS = 8 * _SECOND  # how long a refusal is shown

_log = logging.getLogger(__name__)


class Troubles:
    """A refusal is shown for 8 s in the place of the last trouble, and refusals are logged at most once a second,
    the latest one always."""

    def __init__(self) -> None:
        self._refused = 0
        self._text = self._standing = ""
        self._unlogged = ""  # the latest refusal, if another was logged less than a second before
        self._refusal_over_ns = self._log_ns = 0
        self._failed = self._fault_log_ns = 0
        self._fault = ""  # the failure that was logged last

    @property
    def text(self) -> str:
        """The trouble to show; empty: none."""
        return self._text

    @property
    def refused(self) -> int:
        """Messages that were refused."""
        return self._refused

    def refuse(self, why: PolateError | str, count: int = 1) -> None:
        """Count messages that asked for what cannot be."""
        now = clock()
        self._refused += count
        self._text = printable(str(why), _LONGEST)
        self._refusal_over_ns = now + _SHOWN_NS
        self._unlogged = self._text
        self._log_refusal(now)

    def report(self, text: str) -> None:
        """A trouble of the machine, or its end. The same one again is not logged."""
        text = printable(text, _LONGEST)
        if text != self._standing:
            _log.warning(text)
            self._standing = self._text = text

    @property
    def failed(self) -> int:
        """Errors in Polate itself that were given up."""
        return self._failed

    def fail(self, what: str, error: Exception) -> None:
        """Something raised an error that no message explains: a mistake in Polate. What raised it is given up, and the
        music goes on. ``what``: the task, as in "reading from the osc process".

        Logged at most once a second, with the place of the error. The same one again is not logged.
        """
        now, text = clock(), printable(f"{what} failed, playing on: {described(error)}", _LONGEST)
        self._failed += 1
        self._text, self._refusal_over_ns = text, now + _SHOWN_NS
        if text != self._fault and now >= self._fault_log_ns:
            self._fault, self._fault_log_ns = text, now + _SECOND
            _log.warning(text)

    @contextlib.contextmanager
    def border(self, what: str) -> Iterator[None]:
        """A ``with`` statement whose body may fail without an effect on anything else: see `fail`."""
        try:
            yield
        except PolateError as error:
            self.refuse(error)
        except Exception as error:
            self.fail(what, error)

    def refresh(self, now_ns: int) -> None:
        """Show the last trouble of the machine again, if the refusal has been shown for long enough.

        Log the latest refusal, if it came within a second of another one and this second is over.
        """
        if self._unlogged:
            self._log_refusal(now_ns)
        if now_ns >= self._refusal_over_ns:
            self._text = self._standing

    def _log_refusal(self, now_ns: int) -> None:
        if now_ns >= self._log_ns:
            self._log_ns = now_ns + _SECOND
            _log.warning(self._unlogged)
            self._unlogged = ""
