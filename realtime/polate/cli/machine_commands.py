"""The verbs that look at this machine: its MIDI ports, what is missing to play, how well it keeps time.

Light to import: each verb imports what it needs when it is called.
"""

from pathlib import Path

from polate.errors import printable
from polate.player.config import MidiApi

__all__ = ["bench", "doctor", "ports"]


def ports(*, midi_api: MidiApi = "auto") -> None:
    """List the MIDI ports of this machine.

    Parameters
    ----------
    midi_api
        List only the ports of this MIDI system; auto lists those of all systems.
    """
    from polate.midi.ports import APIS, find_system, what_is_missing
    from polate.runtime.native_stderr import quiet_native_stderr

    quiet_native_stderr()
    systems = [system for name in APIS if midi_api in ("auto", name) and (system := find_system(name))]
    if not systems:
        print(what_is_missing(midi_api))
    for system in systems:
        for kind, names in (("outputs", system.outputs()), ("inputs", system.inputs())):
            print(f"{system.name} {kind}:")
            for name in names or ["none"]:
                print(f"  {printable(name)}")


def doctor(*, config: Path | None = None) -> None:
    """Check that this machine has everything that Polate needs to play.

    Each line begins with ok, note (Polate plays without it) or FAIL (Polate cannot play). The exit status is 1 if a
    line begins with FAIL.

    Parameters
    ----------
    config
        Check this settings file too.
    """
    from polate.cli.doctor import examine
    from polate.runtime.native_stderr import quiet_native_stderr

    quiet_native_stderr()
    findings = examine(config)
    for finding in findings:
        print(f"{'ok  ' if finding.good else 'FAIL' if finding.needed else 'note'}  {printable(finding.text, 1000)}")
    if any(finding.needed and not finding.good for finding in findings):
        raise SystemExit(1)


def bench(*, midi_api: MidiApi = "auto") -> None:
    """Measure for about 20 seconds how well this machine keeps time, and give a verdict in words.

    Very soft notes go to the virtual port 'Polate Out', if the MIDI system has virtual ports.

    Parameters
    ----------
    midi_api
        The MIDI system to use.
    """
    from polate.cli.timing_check import measure
    from polate.runtime.native_stderr import quiet_native_stderr

    quiet_native_stderr()
    for line in measure(midi_api).lines():
        print(printable(line))
