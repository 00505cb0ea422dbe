"""Ardour 7 without a screen, on a JACK server of the tests: a new session, told what to do by OSC."""

import contextlib
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from rig import JackServer, osc_message

__all__ = ["ardour_plays", "tell_ardour"]

PROGRAMS = Path("/usr/lib/ardour7")  # as Debian 12 has it
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<Ardour><Config><Option name="send-midi-clock" value="1"/></Config></Ardour>
"""
EMPTY = """create_session("{session}", "song", 48000):save_state("")
close_session()
quit()
"""


@contextlib.contextmanager
def ardour_plays(jack: JackServer, folder: Path, bpm: int, script: str = EMPTY) -> Iterator[Path]:
    """A session that sends MIDI clock and listens to OSC. ``script``: the Lua that makes it. Gives its folder."""
    env = jack.env | {
        "HOME": str(folder),
        "LD_LIBRARY_PATH": str(PROGRAMS),
        "ARDOUR_DLL_PATH": str(PROGRAMS),
        "ARDOUR_DATA_PATH": "/usr/share/ardour7",
        "ARDOUR_CONFIG_PATH": "/etc/ardour7",
    }
    settings = folder / ".config/ardour7/config"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS)
    lua = folder / "new.lua"
    lua.write_text(script.format(session=folder / "song"))
    subprocess.run([PROGRAMS / "luasession", lua], env=env, check=True, capture_output=True, timeout=60)
    session = folder / "song/song.ardour"
    text = session.read_text()
    text = re.sub(r'npm="120" enpm="120"', f'npm="{bpm}" enpm="{bpm}"', text)
    text = re.sub(r'(Open Sound Control \(OSC\)" active=)"0"', r'\1"1"', text)
    session.write_text(text)
    [program] = PROGRAMS.glob("hardour-*")
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([program, folder / "song", "song"], env=env, stdout=quiet, stderr=quiet)
    try:
        yield folder / "song"
    finally:
        process.terminate()
        process.wait()


def tell_ardour(address: str, *arguments: object) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as osc:
        osc.sendto(osc_message(address, *arguments).dgram, ("127.0.0.1", 3819))
