"""OSC datagrams as other programs send them, and a state to tell."""

import struct

from rig import osc_message

from polate.control.commands import Control
from polate.control.path import Path
from polate.control.player_state import PlayerState
from polate.control.settings import Motion, PlaySettings
from polate.osc.addresses import to_control
from polate.osc.packets import messages

STATE = PlayerState(
    settings=PlaySettings(tonic="Eb3", hold=True, sequence="verse chorus"),
    motions=(Motion(kind="lfo", hz=0.5), Motion()),
    positions=(0.25, 0.5),
    z=(-0.5, 0.0),
    moved_positions=(0.3, 0.5),
    path=Path(axes=(2, 1), points=((0.25, 0.5), (0.75, 1.0))),
    morph=0.5,
    pad=(0.25, 0.75),
    corners={"a": "tritone 0 1 2", "b": "giant steps", "c": "here", "d": "random"},
    playing=True,
    pattern="tritone 0 1 2",
    notes=(60, 61, 62, 66, 67, 68, 72, 68, 67, 66, 62, 61),
    top=6,
    sounding=66,
    played=11,
    beat=3.75,
    axes=("interval", "density"),
    model="slonimsky.onnx",
    trouble="",
    captured="/home/me/polate-20260102-030405.mid",
)


def message(address: str, *arguments: object) -> bytes:
    """A datagram that is one message."""
    return osc_message(address, *arguments).dgram


def bundle(*elements: bytes, timetag: int = 1) -> bytes:
    sized = b"".join(struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\x00" + struct.pack(">Q", timetag) + sized


def timetag(unix_seconds: float) -> int:
    return int((unix_seconds + 2_208_988_800) * 2**32)


def controls(datagram: bytes) -> list[Control]:
    """The commands of a datagram."""
    return [control for _, address, arguments in messages(datagram) for control in to_control(address, arguments)]
