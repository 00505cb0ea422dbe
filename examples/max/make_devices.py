"""Writes Polate.amxd, a MIDI effect of Max for Live, and Polate.maxpat, the same for Max alone.

    pip install py2max && python examples/max/make_devices.py examples/max

Both turn Polate's knobs and play its notes (docs/note-output.md). Polate also follows the song of
Live, which the device sends.
"""

import sys
from itertools import pairwise
from pathlib import Path

from py2max import Box, Patcher
from py2max.core.common import Rect

KNOBS = 8
KNOB_WIDTH, LEFT, TOP = 52, 12, 12
ROWS = 20  # of boxes in a column

PLAYHEAD_MS = 15
"""The interval, in milliseconds, at which the device sends Live's place in its song."""

GONE_MS = 500
"""Without a sign of life for so long, all notes end."""


class Device:
    """Builds one patch. Each part is a method: knobs, transport, keys, notes."""

    def __init__(self, patcher: Patcher) -> None:
        self._patcher = patcher
        self._row = 0
        self.to_polate = self._object("udpsend 127.0.0.1 9010")

    def _object(self, text: str, **kwds: object) -> Box:
        """An object box below the others. Live shows only the presentation, so its place does not matter."""
        return self._patcher.add_textbox(text, patching_rect=self._next_place(), **kwds)

    def _message(self, text: str) -> Box:
        return self._patcher.add_message(text, patching_rect=self._next_place())

    def _next_place(self) -> Rect:
        self._row += 1
        column, row = divmod(self._row, ROWS)
        return Rect(LEFT + 300 * column, 100 + 30 * row, 280, 22)

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
        """Where Live is in its song, its tempo, whether it plays, and its loop: Polate follows with sync = osc."""
        loaded = self._object("live.thisdevice")
        clock = self._object(f"metro {PLAYHEAD_MS} @active 1")
        song = self._object("transport")
        self._chain(loaded, clock, song)
        beat, kept, said = self._object("/ 480."), self._object("f"), self._object("pack 0. 120. 0 0. 0.")
        self._link(song, beat, outlet=7)
        self._link(beat, kept, inlet=1)
        self._link(song, said, outlet=6, inlet=2)
        self._link(song, said, outlet=4, inlet=1)
        say = self._object("trigger b b b")  # the first outlet of transport is the last to speak
        self._link(song, say)
        begin, end = self._object("expr $i1 * $f2"), self._object("expr $i1 * ($f2 + $f3)")  # 0 and 0 without a loop
        self._link(say, end, outlet=2)
        self._link(say, begin, outlet=1)
        self._chain(say, kept, said)
        self._link(begin, said, inlet=3)
        self._link(end, said, inlet=4)
        self._chain(said, self._object("prepend /polate/playhead"), self.to_polate)
        # Properties of Live's song.
        path = self._object("live.path", numinlets=1, numoutlets=3, outlettype=["", "", ""])
        self._chain(loaded, self._message("path live_set"), path)
        for place, name in enumerate(("loop", "loop_start", "loop_length")):
            observer = self._object(f"live.observer {name}", numinlets=2, numoutlets=2, outlettype=["", ""])
            self._link(path, observer, outlet=1, inlet=1)
            self._link(observer, end, inlet=place)
            if name != "loop_length":
                self._link(observer, begin, inlet=place)

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
