"""Reads the player's state together: from the engine, what the clients found out, the troubles and the archive."""

from polate.control.player_state import PlayerState
from polate.errors import printable
from polate.player.client import Desk

__all__ = ["read_state"]

_LONGEST_PATH = 1000  # characters


def read_state(desk: Desk, now_ns: int) -> PlayerState:
    """The state at this instant."""
    engine, facts = desk.session.engine, desk.facts
    point = engine.point
    return PlayerState(
        at_ns=now_ns,
        settings=engine.settings,
        motions=tuple(point.motions),
        path=point.path,
        axes=tuple(axis.name for axis in point.axes),
        positions=tuple(point.positions),
        moved_positions=tuple(point.moved_positions),
        z=tuple(point.z),
        pinned=point.pin.pattern.text if point.pin else "",
        morph=point.morph,
        pad=point.pad,
        corners={corner: printable(name) for corner, name in point.corner_names.items()},
        corner_points=dict(point.corners),
        corner_pins={corner: pattern.text for corner, pattern in point.corner_pins.items()},
        snapshots={name: snapshot.z for name, snapshot in engine.snapshots.items()},
        snapshot_pins={name: snapshot.pinned for name, snapshot in engine.snapshots.items() if snapshot.pinned},
        playing=engine.playing,
        tempo=engine.transport.bpm,
        beat=engine.transport.beat_at(now_ns) if engine.playing else 0.0,
        tonic=engine.tonic,
        pattern=engine.pattern.text,
        notes=engine.cycle,
        top=engine.top,
        sounding=facts.sounding,
        played=facts.played,
        late=facts.late,
        dropped=facts.missed + engine.dropped,
        controls=facts.controls,
        refused=desk.troubles.refused,
        model=printable(desk.model),
        sync=facts.sync,
        chosen_sync=desk.connections.config.sync,
        ports={kind: printable(name) for kind, name in facts.ports.items()},
        chosen_ports={kind: printable(name) for kind, name in desk.connections.names.items()},
        controller=facts.bound.controller,
        mappings=facts.bound.mappings,
        learning=facts.bound.learning,
        midi_inputs=tuple(map(printable, facts.midi_inputs)),
        midi_outputs=tuple(map(printable, facts.midi_outputs)),
        heard=facts.heard,
        recording=printable(desk.archive.recording, _LONGEST_PATH),
        recorded=printable(desk.archive.recorded, _LONGEST_PATH),
        captured=printable(desk.archive.captured, _LONGEST_PATH),
        trouble=desk.troubles.text,
    )
