"""Writes Polate.amxd, a MIDI effect of Max for Live, and Polate.maxpat, the same for Max alone.

    pip install py2max && python examples/max/make_devices.py examples/max

Both turn Polate's knobs and play its notes (docs/note-output.md). The device also follows Live's transport.
"""

import sys
from itertools import pairwise
from pathlib import Path

from py2max import Box, Patcher
from py2max.core.common import Rect

KNOBS = 8
KNOB_WIDTH, LEFT, TOP = 52, 12, 12
ROWS = 20  # of boxes in a column

GONE_MS = 500
"""Without a sign of life for so long, all notes end."""


class Device:
    """Builds one patch. Each part is a method: knobs, transport, keys, notes."""

    def __init__(self, patcher: Patcher) -> None:
        self._patcher = patcher
        self._row = 0
        self.to_polate = self._object("udpsend 127.0.0.1 9010")

    def _object(self, text: str, **kwds: object) -> Box:
        """An object box below the others. What is behind the presentation needs no beauty."""
        self._row += 1
        column, row = divmod(self._row, ROWS)
        place = Rect(LEFT + 300 * column, 100 + 30 * row, 280, 22)
        return self._patcher.add_textbox(text, patching_rect=place, **kwds)

    def _link(self, source: Box, destination: Box, outlet: int = 0, inlet: int = 0) -> None:
        self._patcher.add_line(source, destination, outlet=outlet, inlet=inlet)

    def _chain(self, *boxes: Box) -> None:
        for source, destination in pairwise(boxes):
            self._link(source, destination)

    def knobs(self) -> None:
        """Eight dials, which Live maps and automates."""
        for number in range(1, KNOBS + 1):
            place = [LEFT + (number - 1) * KNOB_WIDTH, TOP, KNOB_WIDTH - 6, 48]
            dial = self._patcher.add_box(
                Box(
                    id=f"dial-{number}",
                    maxclass="live.dial",
                    numinlets=1,
                    numoutlets=2,
                    outlettype=["", "float"],
                    parameter_enable=1,
                    patching_rect=place,
                    presentation=1,
                    presentation_rect=place,
                    varname=f"knob{number}",
                    saved_attribute_attributes={
                        "valueof": {
                            "parameter_longname": f"Knob {number}",
                            "parameter_shortname": str(number),
                            "parameter_type": 0,
                            "parameter_mmin": 0.0,
                            "parameter_mmax": 1.0,
                            "parameter_initial_enable": 1,
                            "parameter_initial": [0.5],
                            "parameter_unitstyle": 1,
                        }
                    },
                )
            )
            self._chain(dial, self._object(f"prepend /polate/z/{number}"), self.to_polate)

    def transport(self) -> None:
        """Live's tempo, start and stop, and its place in the song at a start and where it jumps back."""
        clock = self._object("transport")
        self._chain(self._object("live.thisdevice"), self._object("metro 20 @active 1"), clock)
        tempo = self._object("change 0.")
        self._link(clock, tempo, outlet=4)
        self._chain(tempo, self._object("prepend /polate/tempo"), self.to_polate)
        beat = self._object("/ 480.")
        self._link(clock, beat, outlet=7)
        kept = self._object("f")
        self._link(beat, kept, inlet=1)
        state = self._object("change")
        self._link(clock, state, outlet=6)
        started = self._object("trigger b i")
        self._link(state, started)
        play = self._object("prepend /polate/play")
        self._link(started, play, outlet=1)
        self._link(play, self.to_polate)
        seek = self._object("prepend /polate/seek")
        self._link(started, kept)
        self._chain(kept, seek, self.to_polate)
        back = self._object("trigger f f")
        self._link(beat, back)
        difference = self._object("expr $f1 - $f2")
        self._link(back, difference, outlet=1)
        self._link(back, difference, outlet=0, inlet=1)
        is_back = self._object("< -0.01")
        jumped = self._object("select 1")
        self._chain(difference, is_back, jumped, kept)

    def keys(self) -> None:
        """Notes on the track are Polate's keys."""
        parsed = self._object("midiparse")
        self._chain(self._object("midiin"), parsed)
        self._chain(parsed, self._object("prepend /polate/key"), self.to_polate)

    def notes(self) -> None:
        """Notes from Polate. Each waits until it is due; all end when Polate is gone."""
        routed = self._object("route /polate/out/note /polate/out/alive /polate/out/midi")
        self._chain(self._object("udpreceive 9012"), routed)
        parts = self._object("unpack 0 0 0 0. 0.")
        self._link(routed, parts)
        waiting = self._object("pipe 0 0 0 0.")
        for place in range(4):
            self._link(parts, waiting, outlet=place, inlet=place)
        pair, midi, flush = self._object("pack 0 0"), self._object("midiformat"), self._object("midiflush")
        self._link(waiting, pair)
        self._link(waiting, pair, outlet=1, inlet=1)
        self._link(waiting, midi, outlet=2, inlet=6)
        self._chain(pair, midi, flush, self._object("midiout"))

        alive = self._object("trigger b l")
        self._link(routed, alive, outlet=1)
        gone = self._object(f"delay {GONE_MS}")
        self._link(alive, gone)
        nothing_sounds = self._object("select 1")
        length = self._object("zl.len")
        self._link(alive, length, outlet=1)
        self._link(length, nothing_sounds)
        control = self._object("unpack 0 0")
        self._link(routed, control, outlet=2)
        all_off = self._object("select 120 123")
        self._link(control, all_off, outlet=1)
        end_all = self._object("trigger b clear")
        for source, outlet in ((gone, 0), (nothing_sounds, 0), (all_off, 0), (all_off, 1)):
            self._link(source, end_all, outlet=outlet)
        self._link(end_all, waiting, outlet=1)
        self._link(end_all, flush)


def make(folder: Path) -> list[Path]:
    """Write both files into this folder."""
    paths = [folder / "Polate.amxd", folder / "Polate.maxpat"]
    for path in paths:
        patcher = Patcher(path, title="Polate", openinpresentation=1, device_type="midi_effect")
        patcher.rect = Rect(40, 60, 1240, 760)
        device = Device(patcher)
        device.knobs()
        device.notes()
        device.keys()
        if path.suffix == ".amxd":
            device.transport()
        patcher.save()
    return paths


if __name__ == "__main__":
    for written in make(Path(sys.argv[1])):
        print(f"wrote {written}")
