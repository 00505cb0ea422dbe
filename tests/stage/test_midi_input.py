"""A MIDI input of a real JACK server: what arrives while it is paused, and when."""

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from rig import PLAYER_IN, Controller, JackServer, hear, wait_until

from polate.midi.input_process import PORT_IS_THERE, RecordReader
from polate.midi.ports import open_input
from polate.runtime.child_process import Child

pytestmark = pytest.mark.jack

COUNTER = """
import sys, threading, time
import rtmidi

port, over = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="counter"), threading.Event()
port.open_virtual_port("counter")
threading.Thread(target=lambda: (sys.stdin.read(), over.set())).start()
number = 0
while not over.wait(0.0015):
    for number in range(number, number + 4):
        port.send_message([0x90, number >> 7 & 127, number & 127])
    number += 1
port.close_port()
port.delete()
"""


@pytest.fixture
def counter(jack: JackServer) -> Iterator[str]:
    """The port of a program that sends the numbers from 0, 14 bits in the data bytes of a note."""
    process = subprocess.Popen([sys.executable, "-c", COUNTER], stdin=subprocess.PIPE, env=jack.env)
    try:
        wait_until(lambda: "counter:counter" in jack.ports(), 10, "the counter")
        yield "counter:counter"
    finally:
        process.communicate(timeout=10)


def number_of(message: list[int]) -> int:
    return message[1] << 7 | message[2]


def for_seconds(seconds: float, act: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        act()


def test_in_thousands_of_pauses_no_message_is_late_or_lost(jack: JackServer, counter: str) -> None:
    port, numbers = open_input(None, "jack"), list[int]()
    try:
        port.hear(lambda message, *_: numbers.append(number_of(message)))
        jack.connect(counter, PLAYER_IN)

        def pause() -> None:
            port.pause()
            time.sleep(0.0002)
            port.go_on()
            time.sleep(0.0002)

        for_seconds(4, pause)
    finally:
        port.close()
    assert len(numbers) > 1000
    steps = {(after - before) % 2**14 for before, after in itertools.pairwise(numbers)}
    assert steps == {1}


def test_an_absent_controller_is_looked_for_without_a_jack_client_and_heard_when_it_comes(
    jack: JackServer, counter: str
) -> None:
    import jack as libjack

    opened, reader, heard = list[str](), RecordReader(), list[bytes]()
    child = Child.start("polate.midi.input_process", {"inputs": [counter, "pads"], "api": "jack"})
    watch = libjack.Client("watch", no_start_server=True, servername=jack.name)
    watch.set_client_registration_callback(lambda name, is_there: opened.append(name) if is_there else None)
    try:

        def listen() -> None:
            heard.extend(record.message for record in hear(child, reader))

        def hears(message: bytes) -> bool:
            listen()
            return any(each.startswith(message) for each in heard)

        wait_until(lambda: hears(b"\x90"), 10, "the counter to be heard")
        with watch:
            for_seconds(3, listen)
        assert opened == []
        del heard[:]
        pads = Controller("pads")
        try:
            wait_until(lambda: hears(PORT_IS_THERE), 3, "the pads to be found")
            pads.send((0xB0, 1, 127))
            wait_until(lambda: hears(b"\xb0\1\x7f"), 3, "the pads to be heard")
        finally:
            pads.close()
    finally:
        watch.close()
        child.close()
