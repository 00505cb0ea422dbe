"""Datagrams as TouchDesigner's OSC Out CHOP sends them: one bundle in each frame, with every channel as a float.

TouchDesigner is not here: the bundles are made by hand. Its time tags count from its own start.
"""

import socket
import struct
import time

from osc_messages import bundle, message
from rig import free_udp_port, no_midi, osc_values, playing, wait_until

FRAME_SECONDS = 1 / 60
FRAMES = 90


def float_message(address: str, number: float) -> bytes:
    """A float of 32 bits, also where the number is whole."""
    datagram = message(address, float(number))
    assert datagram[-4:] == struct.pack(">f", number)
    return datagram


def test_a_bundle_in_each_frame_turns_the_knobs_and_stops_nothing() -> None:
    port = free_udp_port()
    with (
        playing("--osc-port", str(port), "--bpm", "120", "--rate", "1/16", env=no_midi()),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as chop,
    ):
        wait_until(lambda: osc_values(port, "/polate/play") == ["1"], 30, "Polate")
        before = int(osc_values(port, "/polate/played")[0])
        began = time.monotonic()
        for frame in range(FRAMES):
            last = frame / (FRAMES - 1)
            channels = {f"/polate/z/{number}": last * number / 8 for number in range(1, 9)}
            channels |= {"/polate/tempo": 120, "/polate/play": 1, "/polate/order": 2, "/polate/octaves": 2}
            elements = [float_message(address, number) for address, number in channels.items()]
            started = int((3 + frame * FRAME_SECONDS) * 2**32)  # seconds since TouchDesigner was started
            chop.sendto(bundle(*elements, timetag=started), ("127.0.0.1", port))
            time.sleep(max(0.0, began + (frame + 1) * FRAME_SECONDS - time.monotonic()))
        seconds = time.monotonic() - began
        wait_until(lambda: osc_values(port, "/polate/z/8") == ["1"], 5, "the last frame")
        axes = osc_values(port, *(f"/polate/z/{number}" for number in range(1, 9)))
        assert axes == [f"{number / 8:g}" for number in range(1, 9)]
        assert osc_values(port, "/polate/order", "/polate/octaves", "/polate/play") == ["down", "2", "1"]
        assert osc_values(port, "/polate/trouble")[0].startswith("no MIDI")  # and nothing was refused
        played = int(osc_values(port, "/polate/played")[0]) - before
        assert played >= seconds * 8 - 2  # eight steps in a second: 1 in every bundle starts nothing anew
