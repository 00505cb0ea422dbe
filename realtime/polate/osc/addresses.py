"""The table of OSC addresses: their names, their arguments, their documentation, and the commands they make.

    (address, arguments) --to_control--> [command]

The addresses of the settings are made from the table of settings (`polate.control.fields`).
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from polate.control.checks import MOST_BARS_TO_GO
from polate.control.commands import CORNERS, FASTEST, LAST_BEAT, MOST_BARS, PORTS, SLOWEST, Control, PortKind
from polate.control.fields import FIELDS, MOTION_FIELDS, Field
from polate.control.path import MOST_POINTS
from polate.errors import ConfigError, ControlError
from polate.osc.arguments import (
    FARTHEST_COORDINATE,
    Argument,
    Maker,
    capture,
    choose_controller,
    choose_port,
    clear_path,
    delete_snapshot,
    follow_clock,
    follow_playhead,
    forget,
    glide,
    go_to,
    hold_phrase,
    learn,
    make,
    morph,
    move_pad,
    move_pad_x,
    move_pad_y,
    panic,
    pin,
    press_key,
    recall_snapshot,
    record,
    rename_snapshot,
    seek,
    set_axis,
    set_coordinates,
    set_corner,
    set_field,
    set_motion,
    set_path,
    set_playing,
    set_point,
    store_snapshot,
)
from polate.runtime.clamp import clamp

__all__ = [
    "ADDRESSES",
    "CONFIRM",
    "GET",
    "MAX_NOTES",
    "NOTE_ADDRESSES",
    "PLAYHEAD",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "Address",
    "address_of",
    "check_aliases",
    "clamped",
    "find_address",
    "to_control",
    "topic",
]

GET, SUBSCRIBE, UNSUBSCRIBE, CONFIRM = (f"/polate/{name}" for name in ("get", "subscribe", "unsubscribe", "confirm"))

PLAYHEAD = "/polate/playhead"

MAX_NOTES = 64
"""The most notes of a pattern that one message holds. The longest pattern has 61 ascending notes."""

LINE, BASS, CHORD, KEYS = range(1, 5)  # as in `polate.sequencer.voices`
NOTE_ADDRESSES = {
    LINE: "/polate/note/line",
    BASS: "/polate/note/bass",
    CHORD: "/polate/note/chord",
    KEYS: "/polate/note/keys",
}
"""The address of the notes of each voice, which subscribers get as they sound."""

_KEY = "/polate/key"
_NUMBERED = re.compile(r"(/polate/(?:z|motion|axis)/)([1-9][0-9]?)(/.+)?")


@dataclass(frozen=True, slots=True)
class Address:
    """A row of the table."""

    address: str  # for axis 1 if the address has the number of an axis
    arguments: str  # what it takes, in words
    doc: str  # what it does
    maker: Maker | None = None  # makes the commands; None: the address cannot be set
    has_value: bool = True  # whether it has a value, which subscribers get and which can be asked for
    types: str = "s"  # the type of each argument: i, f or s; a star repeats the one before it

    @property
    def first_position(self) -> int | None:
        """The index of the first argument that is a position 0..1, as all that follow; None: none is."""
        return _POSITIONS.get(self.address)


def address_of(field: Field) -> str:
    """The address of a setting."""
    return "/polate/tempo" if field.name == "bpm" else f"/polate/{field.key}"


# -- the table ------------------------------------------------------------------------------------


def _table() -> Iterator[Address]:
    yield from map(_typed, chain(_place_addresses(), _playing_addresses()))
    for field in FIELDS.values():
        yield Address(address_of(field), field.arguments, field.doc, set_field(field), types=_type_of(field))
    for field in MOTION_FIELDS.values():
        address = f"/polate/motion/1/{field.key}"
        yield Address(address, field.arguments, field.doc, set_motion(field), types=_type_of(field))
    yield from map(
        _typed, chain(_port_addresses(), _mapping_addresses(), _read_only_addresses(), _question_addresses())
    )


_POSITIONS = dict.fromkeys((f"/polate/{name}" for name in ("z/1", "z", "morph", "xy", "x", "y")), 0)
_POSITIONS["/polate/path"] = 2

_TYPES = {
    "f": "z/1 morph x y axis/1 seek",
    "f*": "z point",
    "ff": "xy",
    "ffif*": "playhead",
    "iif*": "path",
    "fs": "glide",
    "i": "path/clear play capture record panic phrase note played beat subscribe unsubscribe confirm",
    "ii": "key",
    "i*": "notes",
    "iif": "note/line note/bass note/chord note/keys",
    "sifis": "heard",
    "ss": "snapshot/rename",
    "s*": "axes",
    "s*i": "get",
}
"""The types of the addresses that are no settings, without ``/polate/``. The others take a text."""

_TYPE_OF = {f"/polate/{name}": types for types, names in _TYPES.items() for name in names.split()}


def _typed(spec: Address) -> Address:
    return replace(spec, types=_TYPE_OF.get(spec.address, "s"))


def _type_of(field: Field) -> str:
    """The type of a setting's value. A text is also accepted where the value is a note or a word of a list."""
    if field.choices or (field.plain is str and field.number is None):
        return "s"
    return "f" if field.number is float else "i"


def _place_addresses() -> Iterator[Address]:
    """Where the point is in the map."""
    one = "one number 0..1"
    named = "a landmark's name, a pattern's text form, notes, a snapshot's name, coordinates"
    place, corner_place = f"{named}, or random", f"{named}, random, or here"
    pattern = "a pattern's text form, or an empty text"
    yield Address("/polate/z/1", one, "position of one axis, over its useful range", set_axis)
    yield Address(
        "/polate/z", "a number 0..1 for each axis, or coordinates as one text", "positions of all axes", set_point
    )
    coordinates = f"a coordinate -{FARTHEST_COORDINATE:.0f}..{FARTHEST_COORDINATE:.0f} for each axis"
    doc = "the point by its coordinates, which may be beyond the ends of the knobs"
    yield Address("/polate/point", coordinates, doc, set_coordinates)
    yield Address("/polate/go", place, "go to a place; 'polate landmarks' lists the landmarks", go_to, has_value=False)
    yield Address("/polate/landmark", place, "the same as /polate/go", go_to, has_value=False)
    bars = f"a number of bars 0..{MOST_BARS_TO_GO}, then a name or another place as for /polate/go"
    yield Address("/polate/glide", bars, "go to a place on a straight line in so many bars", glide, has_value=False)
    doc = "the pattern that is pinned: played at this place instead of the map's; empty: none"
    yield Address("/polate/pinned", pattern, doc, pin)
    yield Address("/polate/morph", one, "go to a place between corner A (0) and corner B (1)", morph)
    yield Address("/polate/xy", "two numbers 0..1", "go to a place between the four corners", move_pad)
    yield Address("/polate/x", one, "x between the corners: 0 is A and C, 1 is B and D", move_pad_x)
    yield Address("/polate/y", one, "y between the corners: 0 is A and B, 1 is C and D", move_pad_y)
    for corner in CORNERS:
        doc = f"place of corner {corner.upper()}; here: the present place"
        yield Address(f"/polate/corner/{corner}", corner_place, doc, set_corner(corner))
    points = f"two axes from 1, then x and y of 2 to {MOST_POINTS} points, numbers 0..1; or 0"
    doc = "the closed path of the point through two axes, travelled in path-bars; 0: no path"
    yield Address("/polate/path", points, doc, set_path)
    yield Address("/polate/path/clear", "nothing, or 1", "end the path", clear_path, has_value=False)


def _playing_addresses() -> Iterator[Address]:
    """What is played."""
    bars, note = f"a number of bars 1..{MOST_BARS}", "a note 0..127 and a velocity 0..127"
    yield Address(
        "/polate/snapshot/store",
        "a name without spaces, or a number",
        "store the present place, motion and settings as a snapshot",
        store_snapshot,
        has_value=False,
    )
    yield Address(
        "/polate/snapshot/recall", "a name or a number", "go back to a snapshot", recall_snapshot, has_value=False
    )
    yield Address(
        "/polate/snapshot/rename",
        "the old name and the new name",
        "give a snapshot another name, in the sequence too",
        rename_snapshot,
        has_value=False,
    )
    yield Address("/polate/snapshot/delete", "a name or a number", "delete a snapshot", delete_snapshot, False)
    yield Address("/polate/play", "1 or 0", "1: start at the tonic; 0: stop", set_playing)
    doc = "go to this place in the song, while it plays; a clock that is followed moves it back"
    yield Address("/polate/seek", f"a number of quarter notes 0..{LAST_BEAT}", doc, seek, has_value=False)
    song = (
        f"a number of quarter notes, a tempo {SLOWEST:g}..{FASTEST:g}, 1 or 0, and begin and end of a loop or nothing"
    )
    doc = "with sync = osc: where a DAW is in its song, and whether it plays; 10 to 70 times a second"
    yield Address(PLAYHEAD, song, doc, follow_playhead, has_value=False)
    yield Address(
        "/polate/capture", bars, "write the last bars to a file; see /polate/captured", capture, has_value=False
    )
    yield Address("/polate/record", "1 or 0", "1: begin a take with this bar; 0: end it; see /polate/recording", record)
    yield Address("/polate/panic", "nothing, or 1", "stop all sounding notes now; the line goes on", panic, False)
    doc = "pedal of listen: 1 begins a phrase, 0 ends it"
    yield Address("/polate/phrase", "1 or 0", doc, hold_phrase, has_value=False)
    yield Address(_KEY, note, "press a key; velocity 0 releases it (see the setting keys)", press_key, has_value=False)


_PORT_DOCS: Mapping[PortKind, str] = {
    "output": "MIDI output of the line; empty: the virtual port 'Polate Out'",
    "bass-output": "MIDI output of the bass; empty: the line's output",
    "chord-output": "MIDI output of the chord; empty: the line's output",
    "input": "MIDI input; empty: the virtual port 'Polate In'",
    "feedback-output": "MIDI output for controller feedback; empty: off",
}


def _port_addresses() -> Iterator[Address]:
    """The MIDI ports, and the clock."""
    for kind in PORTS:
        yield Address(f"/polate/{kind}", "a port's name, or an empty text", _PORT_DOCS[kind], choose_port(kind))
    yield Address("/polate/sync", "internal, midi, link or osc", "the clock that gives tempo and beat", follow_clock)


def _mapping_addresses() -> Iterator[Address]:
    """What the controls of the MIDI controller are bound to."""
    yield Address(
        "/polate/learn",
        "a target such as z/1, or an empty text",
        "bind the next MIDI control that is moved to the target; empty when it is bound, or to stop",
        learn,
    )
    yield Address("/polate/forget", "a target such as z/1", "undo the bindings of a target", forget, has_value=False)
    yield Address(
        "/polate/controller",
        "a template's name, or an empty text",
        "template for the controller on the MIDI input; empty: none",
        choose_controller,
    )


def _read_only_addresses() -> Iterator[Address]:
    yield Address("/polate/pattern", "text", "the pattern that plays, in its text form")
    yield Address("/polate/pinned-corners", "text", "the corners that have a pinned pattern, such as 'a c'")
    yield Address("/polate/notes", f"up to {MAX_NOTES} MIDI notes", "the ascending notes of the pattern")
    yield Address("/polate/note", "a MIDI note", "the latest note of the line")
    what = "a MIDI note, a velocity and a number"
    for voice, address in NOTE_ADDRESSES.items():
        name = "notes played through the keys" if voice == KEYS else f"the {address.rpartition('/')[2]}"
        doc = f"{name}: a note begins, or ends with velocity 0; how many milliseconds ago it was due"
        yield Address(address, what, doc, None, False)
    yield Address("/polate/played", "a whole number", "the number of notes played so far, in all voices")
    yield Address("/polate/beat", "a whole number", "the number of beats since the start")
    heard = "text, a MIDI note, a number, a whole number and text"
    doc = "the last phrase played in: its nearest pattern or an empty text, its tonic, errors, notes, and a remark"
    yield Address("/polate/heard", heard, doc)
    yield Address("/polate/axis/1", "a number 0..1", "position of one axis at this step, with its motion")
    yield Address("/polate/axes", "one word per axis", "the names of the axes")
    yield Address("/polate/model", "text", "the name of the model")
    yield Address("/polate/captured", "text", "the file of the last capture, or why there is none")
    yield Address("/polate/recording", "text", "the file of the take that is being recorded; empty: none")
    yield Address("/polate/trouble", "text", "the last problem; empty if there is none")


def _question_addresses() -> Iterator[Address]:
    """What the OSC process answers itself."""
    yield Address(
        GET, "addresses, a port, both, or nothing", "send these values once; without addresses, all values", None, False
    )
    yield Address(SUBSCRIBE, "a port, or nothing", "send all values now, and all changes for 60 s", None, False)
    doc = "confirm a subscription from another machine: send back the number that it was answered with"
    yield Address(CONFIRM, "a number", doc, None, False)
    yield Address(UNSUBSCRIBE, "a port, or nothing", "end the subscription", None, False)


ADDRESSES = tuple(_table())
"""Every address of Polate. The code, the tests and the documentation use this table."""

_BY_ADDRESS = {spec.address: spec for spec in ADDRESSES}


# -- looking up addresses -------------------------------------------------------------------------


class _UnknownAddressError(ControlError):
    """The search for similar addresses takes 1 ms, so it waits until the text is read: most texts never are."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self._address = address[:64]

    def __str__(self) -> str:
        near = difflib.get_close_matches(self._address, _BY_ADDRESS, cutoff=0.5)
        similar = f"similar: {', '.join(near)}; " if near else ""
        return f"no OSC address {self._address!r}; {similar}'polate osc' lists all addresses"


def find_address(address: str) -> Address:
    """The row of the table for an address, with any number of an axis. Raises `ControlError` if there is none."""
    return _find(address)[0]


def to_control(address: str, arguments: Sequence[Argument]) -> list[Control]:
    """The commands of a message; none if it is the release of a button.

    Raises `ControlError` for an address that does not exist or cannot be set, and for wrong arguments.
    """
    spec, axis = _find(address)
    if spec.maker is None:
        raise ControlError(f"{address} cannot be set. Its value: {spec.doc}")
    return make(spec.maker, address, spec.arguments, arguments, axis)


def clamped(address: str, arguments: Sequence[Argument]) -> Sequence[Argument]:
    """The arguments with every position moved into 0..1. An address that does not exist is left to `to_control`."""
    match = _NUMBERED.fullmatch(address)
    first = _POSITIONS.get("/polate/z/1" if match and match[1] == "/polate/z/" else address)
    if first is None:
        return arguments
    return [
        argument if place < first or isinstance(argument, str) else clamp(argument, 0, 1)
        for place, argument in enumerate(arguments)
    ]


def topic(address: str, arguments: Sequence[Argument]) -> tuple[str, int]:
    """What a message changes. A later message with the same topic replaces an earlier one; each key is a topic."""
    if address == _KEY and arguments and not isinstance(arguments[0], str):
        return address, round(arguments[0])
    return address, 0


def check_aliases(aliases: Mapping[str, str]) -> None:
    """Check other names for addresses: {alias: address}. Raises `ConfigError`."""
    for alias, address in aliases.items():
        if not re.fullmatch(r"/[^\x00-\x20#*,?\[\]{}\x7f]{1,63}", alias) or alias.startswith("/polate/"):
            raise ConfigError(
                "is not valid: an OSC alias must begin with '/' but not with '/polate/', and have at most 64 "
                f"characters, none of them a space or one of #*,?[]{{}}, got {alias[:80]!r}",
                path="osc-alias",
            )
        try:
            find_address(address)
        except ControlError as error:
            raise ConfigError(f"is not valid: {error}", path="osc-alias") from error


def _find(address: str) -> tuple[Address, int]:
    """The row of the table, and the number of the axis in the address; 0 if there is none."""
    match = _NUMBERED.fullmatch(address)
    spec = _BY_ADDRESS.get(f"{match[1]}1{match[3] or ''}" if match else address)
    if spec is None:
        raise _UnknownAddressError(address)
    return spec, int(match[2]) if match else 0
