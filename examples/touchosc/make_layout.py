"""Writes Polate.tosc, a layout for TouchOSC: eight faders, the pad, start and stop, tempo, and the pattern.

    pip install py2tosc && python examples/touchosc/make_layout.py examples/touchosc

The layout sends to Polate's addresses (docs/osc.md), asks for the changes every 30 s, and shows them.
"""

import sys
import uuid
from pathlib import Path

import py2tosc
from py2tosc import ButtonType, Control, OscMessage, ui

KNOBS = 8
RECEIVE_PORT = 9011
"""The receive port of the OSC connection in TouchOSC: Polate sends the changes there."""

SLOWEST, FASTEST = 40.0, 240.0  # of the tempo's fader, in quarter notes a minute
FRAME = (0, 0, 1024, 768)
BLUE, ORANGE, GREEN, GREY = "#457b9d", "#e76f51", "#2a9d8f", "#6c757d"

SUBSCRIBE = f"""local last = -30000

function update()
  if getMillis() - last >= 30000 then
    last = getMillis()
    sendOSC('/polate/subscribe', {RECEIVE_PORT})
  end
end

function onReceiveOSC(message, connections)
  if message[1] == '/polate/confirm' then
    sendOSC({{'/polate/confirm', {{{{tag = 'i', value = message[2][1].value}}}}}})
    return true
  end
  return false
end
"""
"""Asks for the changes, and sends back the number by which Polate makes sure who asks."""


def _number(address: str, low: float = 0.0, high: float = 1.0) -> OscMessage:
    return ui.osc(address, args=[ui.value("x", scale=(low, high))])


def _fader(address: str, name: str, color: str, message: OscMessage | None = None) -> Control:
    return py2tosc.fader(name=name, color=color, messages=[message or _number(address)])


def _button(name: str, color: str, message: OscMessage, kind: ButtonType = ButtonType.MOMENTARY) -> Control:
    return ui.labelled(py2tosc.button(name=name, color=color, button_type=kind, messages=[message]), name, size=20)


def _text(address: str, name: str) -> Control:
    """A label that shows what Polate sends to an address."""
    shown = ui.osc(address, args=[ui.value("text", conversion="STRING")], var="text", send=False)
    return py2tosc.label(name=name, text_size=28, messages=[shown])


def layout() -> py2tosc.Document:
    """The layout, with its places in the frame."""
    knobs = [_fader(f"/polate/z/{number}", f"knob{number}", BLUE) for number in range(1, KNOBS + 1)]
    both = [ui.value("x"), ui.value("y")]
    pad_message = ui.osc("/polate/xy", args=both, triggers=[py2tosc.Trigger("x"), py2tosc.Trigger("y")])
    pad = py2tosc.xy(name="pad", color=ORANGE, messages=[pad_message])
    tempo = _fader("/polate/tempo", "tempo", GREY, _number("/polate/tempo", SLOWEST, FASTEST))
    pressed = py2tosc.TriggerCondition.RISE
    transport = ui.column(
        _button("play", GREEN, _number("/polate/play"), ButtonType.TOGGLE_RELEASE),
        _button("random", GREY, ui.osc("/polate/go", args=[ui.const("random")], on=pressed, receive=False)),
        _button("panic", ORANGE, ui.osc("/polate/panic", args=[], on=pressed, receive=False)),
        gap=8,
        name="transport",
    )
    root = ui.column(
        _text("/polate/pattern", "pattern"),
        ui.row(*knobs, gap=8, name="knobs"),
        ui.row(transport, tempo, pad, sizes=(2, 1, 4), gap=8, name="hands"),
        sizes=(1, 4, 5),
        gap=8,
        pad=8,
        frame=FRAME,
        name="Polate",
    )
    root.script = SUBSCRIBE
    document = py2tosc.Document(root=root).resolve()
    for place, control in enumerate(document.walk()):  # the same in every file that this script writes
        control.id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"polate/{place}"))
    return document


def make(folder: Path) -> None:
    """Write the layout into a folder."""
    layout().save(folder / "Polate.tosc", validate=True)


if __name__ == "__main__":
    make(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
