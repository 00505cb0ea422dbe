"""The recipe of docs/daw.md for Ardour, run: it records what Polate plays in time with it, and every note is there."""

import contextlib
import time
from pathlib import Path

import mido
import pytest
from ardour_song import ardour_plays, tell_ardour
from rig import PLAYER_IN, PLAYER_OUT, Rig, start_polate, wait_until

TRACK = "ardour:Polate/midi_in 1"
CLOCK = "ardour:MIDI Clock out"
SCRIPT = """local session = create_session("{session}", "song", 48000)
local midi = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
local group = session:new_route_group("polate")
session:new_midi_track(midi, midi, true, ARDOUR.PluginInfo(), nil, group, 1, "Polate",
  ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, false)
session:save_state("")
close_session()
quit()
"""


def recorded(session: Path) -> list[int]:
    """The notes of the longest MIDI file that Ardour has recorded, in their order."""
    longest: list[int] = []
    for path in session.rglob("*.mid"):
        if path.stat().st_size > 100:
            notes = [
                m.note for track in mido.MidiFile(path).tracks for m in track if m.type == "note_on" and m.velocity
            ]
            longest = max(longest, notes, key=len)
    return longest


def stands_still(rig: Rig) -> None:
    """Stop Ardour, which without a screen plays what it has loaded, until it sends no clock any more."""

    def is_silent() -> bool:
        tell_ardour("/transport_stop")
        time.sleep(0.3)
        since = len(rig.daw.heard)
        time.sleep(0.5)
        return not rig.daw.clock(since)

    wait_until(is_silent, 60, "Ardour to stand still")


@pytest.mark.jack
@pytest.mark.ardour
def test_ardour_records_every_note_that_polate_plays_in_time_with_it(rig: Rig, tmp_path: Path) -> None:
    with ardour_plays(rig.jack, tmp_path, 120, SCRIPT) as session:
        polate = start_polate("--sync", "midi", "--nudge", "20", env=rig.jack.env)
        rig.owns(polate)
        wanted = {PLAYER_IN, PLAYER_OUT, TRACK, CLOCK}
        wait_until(lambda: wanted <= set(rig.jack.ports()), 60, f"the ports {wanted}")
        for source, destination in ((PLAYER_OUT, "daw:daw"), (PLAYER_OUT, TRACK), (CLOCK, "daw:daw")):
            rig.jack.connect(source, destination)
        stands_still(rig)
        rig.jack.connect(CLOCK, PLAYER_IN)
        for address, arguments in (("/goto_start", ()), ("/strip/recenable", (1, 1)), ("/rec_enable_toggle", ())):
            tell_ardour(address, *arguments)
            time.sleep(1)  # a locate ends what is told too soon after it
        rig.daw.heard.clear()
        tell_ardour("/transport_play")
        wait_until(lambda: len(rig.daw.note_ons()) >= 24, 60, "24 notes in time with Ardour")
        tell_ardour("/transport_stop")
        time.sleep(1)  # Ardour ends the take
        tell_ardour("/save_state")
        with contextlib.suppress(AssertionError):
            wait_until(lambda: recorded(session) == rig.daw.note_ons(), 20, "the recording")
        assert recorded(session) == rig.daw.note_ons()
        assert not rig.daw.sounding()
