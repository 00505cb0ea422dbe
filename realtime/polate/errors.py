"""The errors that Polate raises on purpose.

    PolateError
    ├── PatternError      an invalid pattern, tonic or note name
    ├── ConfigError       a setting that is missing, mistyped or out of range
    ├── ModelError        an exported file that breaks the contract of exported/README.md
    ├── ControlError      a command, by MIDI or OSC, that cannot be carried out
    ├── PortError         a missing MIDI port or network port
    │   └── AmbiguousPortError   a name that fits several MIDI ports: in `polate.midi.ports`
    └── TakeError         a take, a journal or a file of snapshots that cannot be used

A message names what is wrong, what is allowed, and what was given. The place of the mistake is a field of the error.
"""

from collections.abc import Sequence

__all__ = [
    "ConfigError",
    "ControlError",
    "ModelError",
    "PatternError",
    "PolateError",
    "PortError",
    "TakeError",
    "described",
    "listed",
    "message_and_path",
    "printable",
]

_MOST_LISTED = 40
_LONGEST_MESSAGE = 200  # characters of an unexpected error
_LONGEST_SENTENCE = 4000  # characters of an error; the list of all settings has 1,200


class PolateError(Exception):
    """The base of all errors. The command line prints it and exits with status 1.

    If there is a ``path``, it is the subject of the message:
    ``ConfigError("must be 1 or 0, got 2", path="hold", file="studio.toml")`` prints as
    "studio.toml: hold must be 1 or 0, got 2".

    >>> from polate import Pattern, PolateError
    >>> try:
    ...     Pattern.parse("tritone 0 6")
    ... except PolateError as error:
    ...     print(error)
    offset 6 is the next principal tone of interval 6, got 0 6
    """

    def __init__(self, message: str, *, path: str = "", file: object = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.path = path  # the setting or the like: bpm, map[1].channel; empty: the message has a subject of its own
        self.file = str(file)  # the file with the mistake; empty: no file
        self.line = line  # the line of the file, from 1; 0: unknown

    def __str__(self) -> str:
        sentence = f"{self.path} {self.message}" if self.path else self.message
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return printable(f"{place}: {sentence}" if place else sentence, _LONGEST_SENTENCE)


class PatternError(PolateError, ValueError):
    """An invalid pattern, tonic or note name.

    >>> from polate import Pattern
    >>> Pattern.parse("tritone 0 6")
    Traceback (most recent call last):
    polate.errors.PatternError: offset 6 is the next principal tone of interval 6, got 0 6
    """


class ConfigError(PolateError, ValueError):
    """A setting that is missing, mistyped or out of range.

    >>> from polate import load_config
    >>> load_config(osc_port=0)
    Traceback (most recent call last):
    polate.errors.ConfigError: osc-port must be a whole number 1..65535, got 0
    """


class ModelError(PolateError, ValueError):
    """An exported file that breaks the contract. The message names the metadata key.

    >>> from polate import Decoder
    >>> Decoder.open("a")
    Traceback (most recent call last):
    polate.errors.ModelError: a model must be slonimsky, octave, atlas or an .onnx file, got a, which does not exist
    """


class ControlError(PolateError, ValueError):
    """A command, by MIDI or OSC, that cannot be carried out.

    >>> from polate import ControlError
    >>> print(ControlError("must be in 0..127, got 200", path="control"))
    control must be in 0..127, got 200
    """


class PortError(PolateError, OSError):
    """A missing MIDI port or network port.

    >>> from polate import PortError
    >>> isinstance(PortError("there is no MIDI output 'Synth'; there are: none"), OSError)
    True
    """


class TakeError(PolateError, ValueError):
    """A take, a journal or a file of snapshots that cannot be used.

    >>> from polate import TakeError
    >>> print(TakeError("the first line must be an object", file="take.jsonl"))
    take.jsonl: the first line must be an object
    """


def described(error: BaseException) -> str:
    """An unexpected error in one line: its kind, its message and the line of the code that raised it."""
    frame, place = error.__traceback__, ""
    while frame is not None:
        code = frame.tb_frame.f_code
        place = f" ({code.co_filename.rpartition('polate')[2].lstrip('/')}:{frame.tb_lineno}, {code.co_name})"
        frame = frame.tb_next
    message = printable(" ".join(str(error).split()), _LONGEST_MESSAGE)
    return f"{type(error).__name__}: {message}{place}" if message else f"{type(error).__name__}{place}"


def printable(text: str, most: int = 200) -> str:
    r"""The text as it may reach a terminal, a log or the page: on one line, and at most so many characters.

    Names and messages come from files, from the network and from other programs. Control and escape characters, marks
    that change the direction of a text, and halves of surrogate pairs become Python's escapes. A long text loses its
    middle: it begins with the place of what is wrong, and ends with the reason.

    >>> from polate.errors import printable
    >>> printable("bell \x07, red \x1b[31m")
    'bell \\x07, red \\x1b[31m'
    """
    if len(text) > most:
        half = max(1, (most - 5) // 2)
        text = f"{text[:half]} ... {text[-half:]}"
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def listed(names: Sequence[str]) -> str:
    """The names for a message, separated by commas: the first 40, and the number of the others."""
    shown = ", ".join(map(printable, names[:_MOST_LISTED])) or "none"
    return shown if len(names) <= _MOST_LISTED else f"{shown} and {len(names) - _MOST_LISTED} more"


def message_and_path(error: Exception) -> tuple[str, str]:
    """Split the text of a `msgspec.ValidationError` into its message and its path.

    "Expected `int` - at `$.map[1].channel`" becomes "Expected `int`" and "map[1].channel". Without a path, and for any
    other error, the path is empty.
    """
    message, _, place = str(error).rpartition(" - at ")
    if not message:
        return str(error), ""
    part, _, path = place.rpartition(" in ")  # a mistake in a key: "`key` in `$.cc`"
    path = path.strip("`").removeprefix("$").removeprefix(".")
    return (f"{part.strip('`')}: {message}" if part else message), path
