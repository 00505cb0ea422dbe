"""Everything that the player shares with its clients, opened from the configuration.

config --> Decoder, Session, Recorder, Archive --> Desk
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from polate import __version__
from polate.control.commands import GoTo
from polate.control.settings import PlaySettings
from polate.control.snapshot import Snapshot
from polate.mapping.mapping import check_axes
from polate.model.decoder import Decoder
from polate.model.shipped import first_place, model_file
from polate.player.client import Desk
from polate.player.config import Config
from polate.player.connections import Connections
from polate.player.facts import Facts
from polate.player.note_stream import NoteStream
from polate.player.output import Output, output_index
from polate.player.troubles import Troubles
from polate.runtime.clock import clock
from polate.runtime.supervisor import Member
from polate.sequencer.engine import LOOKAHEAD_NS
from polate.sequencer.voices import BASS, CHORD
from polate.takes.archive import Archive
from polate.takes.journal import Start
from polate.takes.recorder import Recorder
from polate.takes.session import Session
from polate.takes.snapshot_file import SnapshotFile, read_snapshots, snapshots_path

__all__ = ["open_desk"]


@contextlib.contextmanager
def open_desk(config: Config, gate: Member) -> Iterator[Desk]:
    """Load the model and open the files; at the end write the take.

    Raises `PolateError` for a model or a file that cannot be had.
    """
    decoder = Decoder.open(config.model_path)
    check_axes(config.mappings(), len(decoder.axes))
    snapshots = snapshots_path(config.snapshots, model_file(config.model_path))
    start = _start(config, decoder, read_snapshots(snapshots, len(decoder.axes)))
    troubles = Troubles()
    session = Session(start, decoder.decode, decoder.axes, decoder.metadata.landmarks, trouble=troubles.refuse)
    recorder = Recorder.open(Path(config.record)) if config.record else None
    if recorder:
        session.write_journal(recorder.journal)
    if config.place is None and (place := first_place(config.model_path)):
        session.apply(GoTo(place), clock())
    archive = Archive(session, SnapshotFile(snapshots, decoder.name), Path(config.captures or "."), recorder)
    try:
        yield Desk(
            config=config,
            model=decoder.name,
            session=session,
            archive=archive,
            output=Output(gate),
            connections=Connections(config),
            notes=NoteStream(),
            facts=Facts(config.sync),
            troubles=troubles,
        )
    finally:
        archive.close(clock())


def _start(config: Config, decoder: Decoder, snapshots: dict[str, Snapshot]) -> Start:
    """What a session begins with."""
    return Start(
        polate=__version__,
        model=config.model or decoder.name.removesuffix(".onnx"),
        sha256=decoder.sha256,
        settings=msgspec.convert(config, PlaySettings, from_attributes=True),
        motions=config.motion,
        path=config.path,
        snapshots=snapshots,
        ports={
            str(BASS): output_index(config, config.bass_output),
            str(CHORD): output_index(config, config.chord_output),
        },
        following=config.sync != "internal",
        lookahead_ns=LOOKAHEAD_NS,
    )
