"""Which child processes the player has, and with which settings each is started."""

from polate.gate.frames import FrameReader
from polate.midi.input_process import Records
from polate.player.config import Config
from polate.runtime.line_stream import LineReader
from polate.runtime.supervisor import Family, Member

__all__ = ["family_of", "members_of", "outputs_of"]


def family_of(config: Config) -> Family:
    """The children that a configuration asks for. None is started yet."""
    return Family(members_of(config))


def outputs_of(config: Config) -> list[str | None]:
    """The gate's MIDI outputs, each once; the line's first. None is the virtual one."""
    extra = (config.bass_output, config.chord_output, config.feedback_output)
    return list(dict.fromkeys([config.output, *(name for name in extra if name is not None)]))


def members_of(config: Config) -> dict[str, Member]:
    """Every child that there should be, by name."""
    family = {
        "gate": Member("polate.gate.process", {"outputs": outputs_of(config), "api": config.midi_api}, FrameReader),
        "midi": Member("polate.midi.input_process", {"input": config.input, "api": config.midi_api}, Records),
    }
    if config.osc:
        family["osc"] = Member(
            "polate.osc.process",
            {
                "host": config.osc_host,
                "port": config.osc_port,
                "aliases": config.osc_alias,
                "honour_timetags": config.osc_timetags == "honour",
            },
            LineReader,
        )
    if config.sync == "link":
        family["link"] = Member("polate.sync.link_process", {"bpm": config.bpm, "quantum": config.quantum}, LineReader)
    return family
