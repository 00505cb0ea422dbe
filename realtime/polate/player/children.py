"""Which child processes the player has, and with which settings each is started."""

from functools import partial

from polate.gate.frames import FrameReader
from polate.midi.input_process import Records
from polate.osc import messages as osc
from polate.player.config import Config
from polate.runtime.line_stream import LineReader
from polate.runtime.supervisor import Member, Supervisor
from polate.sync import messages as link

__all__ = ["children_of", "outputs_of"]


def outputs_of(config: Config) -> list[str | None]:
    """The gate's MIDI outputs, each once; the line's first. None is the virtual one."""
    extra = (config.bass_output, config.chord_output, config.feedback_output)
    return list(dict.fromkeys([config.output, *(name for name in extra if name is not None)]))


def children_of(config: Config) -> Supervisor:
    """Every child process that a configuration asks for. None is started yet."""
    gate = {"outputs": outputs_of(config), "api": config.midi_api}
    midi = {"input": config.input, "api": config.midi_api}
    members = [
        Member("gate", "polate.gate.process", gate, FrameReader),
        Member("midi", "polate.midi.input_process", midi, Records),
    ]
    if config.osc:
        settings = {
            "host": config.osc_host,
            "port": config.osc_port,
            "aliases": config.osc_alias,
            "honour_timetags": config.osc_timetags == "honour",
        }
        members.append(Member("osc", "polate.osc.process", settings, partial(LineReader, osc.ToPlayer)))
    if config.sync == "link":
        settings = {"bpm": config.bpm, "quantum": config.quantum}
        members.append(Member("link", "polate.sync.link_process", settings, partial(LineReader, link.ToPlayer)))
    return Supervisor(members)
