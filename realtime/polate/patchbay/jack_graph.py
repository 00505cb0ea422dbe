"""JACK's ports and connections through libjack: a client without ports that is called when they change.

libjack calls from a thread of its own, in which its other functions must not be called (jack/jack.h): the thread only
notes what has happened and wakes the reader of `JackGraph.fileno`.
"""

import contextlib
import ctypes
import socket
import threading
from typing import Any, Literal, Self

from polate.midi.port_names import VIRTUAL_INPUT, VIRTUAL_OUTPUT
from polate.patchbay.cables import Cable, Look
from polate.patchbay.port_news import News

__all__ = ["JackGraph"]

_NO_START_SERVER = 1  # jack_options_t
_IS_INPUT, _IS_OUTPUT = 1, 2  # JackPortFlags
_MIDI = b"8 bit raw midi"  # JACK_DEFAULT_MIDI_TYPE

_REGISTERED = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_int, ctypes.c_void_p)
_CONNECTED = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_int, ctypes.c_void_p)
_RENAMED = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)
_SHUT_DOWN = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class JackGraph:
    """An open client.

    libjack does not tell which process has a port. So beside another Polate, this one restores the other's connections
    too, and what it cannot end any more it ends on the other's receivers too.
    """

    poll_seconds = None  # it has callbacks

    def __init__(self, library: ctypes.CDLL, client: Any) -> None:
        self._library, self._client = library, client
        self._news, self._lock = News(), threading.Lock()
        self._frames = 0  # at the start of the last period that was looked at
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._callbacks = (  # libjack has their addresses: they must stay
            _REGISTERED(lambda port, there, argument: self._note("come" if there else "gone")),
            _CONNECTED(lambda source, destination, there, argument: self._note("cabled")),
            _RENAMED(lambda port, old, new, argument: self._note_name(old, new)),
            _SHUT_DOWN(lambda argument: self._note("died")),
        )

    @classmethod
    def open(cls) -> Self:
        """Raises `OSError` if libjack or the server is not there."""
        library = _library()
        client = library.jack_client_open(b"Polate Patchbay", _NO_START_SERVER, None)
        if not client:
            raise OSError("no JACK server answers")
        graph = cls(library, client)
        registered, connected, renamed, shut_down = graph._callbacks
        library.jack_set_port_registration_callback(client, registered, None)
        library.jack_set_port_connect_callback(client, connected, None)
        library.jack_set_port_rename_callback(client, renamed, None)
        library.jack_on_shutdown(client, shut_down, None)
        if library.jack_activate(client):
            graph.abandon()
            raise OSError("JACK does not activate a client")
        return graph

    @property
    def period_seconds(self) -> float:
        """The length of the buffer, which JACK may change while it runs; 0 if the server is dead."""
        rate = self._library.jack_get_sample_rate(self._client)
        return float(self._library.jack_get_buffer_size(self._client) / rate) if rate else 0.0

    def fileno(self) -> int:
        """Readable when there is news."""
        return self._reader.fileno()

    def news(self) -> News:
        """What has happened since the last call."""
        with contextlib.suppress(BlockingIOError):
            while self._reader.recv(4096):
                pass
        with self._lock:
            news, self._news = self._news, News()
        return news

    def look(self, ends: str = "") -> Look:
        """All MIDI ports, and the connections of Polate's and of ``ends``."""
        ports = self._ports(0)
        own = {port for port in ports if port.partition(":")[2] in (VIRTUAL_OUTPUT, VIRTUAL_INPUT)}
        outputs, inputs = own & self._ports(_IS_OUTPUT), own & self._ports(_IS_INPUT)
        sources = [*outputs, ends] if ends else outputs
        cables: set[Cable] = {(source, destination) for source in sources for destination in self._cables_of(source)}
        cables |= {(source, destination) for destination in inputs for source in self._cables_of(destination)}
        return Look(frozenset(ports), frozenset(outputs), frozenset(inputs), frozenset(cables), ends)

    def connect(self, cable: Cable) -> bool:
        """Connect two ports. False if the server refuses."""
        source, destination = (name.encode() for name in cable)
        return self._library.jack_connect(self._client, source, destination) in (0, 17)  # EEXIST

    def disconnect(self, cable: Cable) -> None:
        source, destination = (name.encode() for name in cable)
        self._library.jack_disconnect(self._client, source, destination)

    def runs(self) -> bool:
        """Whether a period has begun since the last call. With ``-S`` none does for 5 s after a client was killed."""
        before, self._frames = self._frames, self._library.jack_last_frame_time(self._client)
        return self._frames != before

    def abandon(self) -> None:
        """Close the client; of a dead server only what is ours, because libjack would wait for an answer."""
        if not self._news.died:
            self._library.jack_client_close(self._client)
        self._reader.close()
        self._writer.close()

    def _note(self, what: Literal["come", "gone", "cabled", "died"]) -> None:
        with self._lock:
            self._news = self._news.and_then(what)
        with contextlib.suppress(OSError):
            self._writer.send(b"\0")

    def _note_name(self, old: bytes, new: bytes) -> None:
        with self._lock:
            self._news = self._news.and_renamed(old.decode(errors="replace"), new.decode(errors="replace"))
        self._note("come")

    def _ports(self, flags: int) -> set[str]:
        found = self._library.jack_get_ports(self._client, None, _MIDI, flags)
        return self._names(found)

    def _cables_of(self, port: str) -> set[str]:
        handle = self._library.jack_port_by_name(self._client, port.encode())
        return self._names(self._library.jack_port_get_all_connections(self._client, handle)) if handle else set()

    def _names(self, found: Any) -> set[str]:
        """The strings of an array that ends with a null pointer. The array is freed."""
        if not found:
            return set()
        names = set()
        for name in found:
            if name is None:
                break
            names.add(name.decode(errors="replace"))
        self._library.jack_free(found)
        return names


def _library() -> ctypes.CDLL:
    """libjack, with the types of the functions that are used. Raises `OSError`."""
    library = ctypes.CDLL("libjack.so.0")
    strings = ctypes.POINTER(ctypes.c_char_p)
    for name, result, arguments in (
        ("jack_client_open", ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)),
        ("jack_get_ports", strings, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong)),
        ("jack_port_by_name", ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_char_p)),
        ("jack_port_get_all_connections", strings, (ctypes.c_void_p, ctypes.c_void_p)),
        ("jack_connect", ctypes.c_int, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)),
        ("jack_disconnect", ctypes.c_int, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)),
        ("jack_activate", ctypes.c_int, (ctypes.c_void_p,)),
        ("jack_client_close", ctypes.c_int, (ctypes.c_void_p,)),
        ("jack_get_buffer_size", ctypes.c_uint32, (ctypes.c_void_p,)),
        ("jack_get_sample_rate", ctypes.c_uint32, (ctypes.c_void_p,)),
        ("jack_last_frame_time", ctypes.c_uint32, (ctypes.c_void_p,)),
        ("jack_free", None, (ctypes.c_void_p,)),
        ("jack_set_port_registration_callback", ctypes.c_int, (ctypes.c_void_p, _REGISTERED, ctypes.c_void_p)),
        ("jack_set_port_connect_callback", ctypes.c_int, (ctypes.c_void_p, _CONNECTED, ctypes.c_void_p)),
        ("jack_set_port_rename_callback", ctypes.c_int, (ctypes.c_void_p, _RENAMED, ctypes.c_void_p)),
        ("jack_on_shutdown", None, (ctypes.c_void_p, _SHUT_DOWN, ctypes.c_void_p)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
