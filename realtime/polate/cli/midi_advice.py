"""`polate doctor` on MIDI, permissions and limits: for each fact of the machine, one line with what to do.

MachineFacts --> Findings
"""

import re

from polate.cli.finding import Finding
from polate.cli.machine_facts import MachineFacts

__all__ = ["advice"]

_PRIORITY = 20  # that the gate asks for
_JACK_BYTES = 100_000_000  # that a JACK client locks in memory
_LIMITS = (
    "write '@audio - rtprio 95' and '@audio - memlock unlimited' into /etc/security/limits.d/audio.conf, "
    "'sudo usermod -aG audio {user}', and log in again"
)


def advice(facts: MachineFacts) -> list[Finding]:
    """What there is to say of this machine's MIDI, permissions and limits beyond what answers or does not."""
    match facts.platform:
        case "win32":
            return _windows(facts)
        case "darwin":
            return [_iac(facts)]
        case "linux":
            return [*_linux_midi(facts), *_limits(facts)]
        case _:
            return [Finding(True, False, "real-time priority: only used on Linux")]


# -- Windows -------------------------------------------------------------------------------------


def _windows(facts: MachineFacts) -> list[Finding]:
    cables = [name for name in facts.outputs if "loopmidi" in name.lower()]
    loopbacks = [name for name in facts.outputs if "loopback" in name.lower()]
    found = []
    if loopbacks:
        here, there = _two_ends(loopbacks)
        text = f"Windows MIDI Services: polate play --output {here!r}, and in the DAW choose the input {there!r}"
        found.append(Finding(True, False, text))
    if cables:
        text = f"loopMIDI: polate play --output {_unnumbered(cables[0])!r}, and choose the same name in the DAW"
        if len(cables) < 2:
            text += "; make a second port in loopMIDI for the way back (--input)"
        found.append(Finding(True, False, text))
    if cables and loopbacks:
        text = (
            "loopMIDI and the loopback endpoints of Windows are both here: ports of one can then hide those of the "
            "other. If a port does not open, keep one of the two"
        )
        found.append(Finding(False, False, text))
    if not found:
        text = (
            "no port that leads to a DAW: switch on the loopback endpoints in the settings of Windows MIDI Services "
            "(Windows 11), or install loopMIDI and make two ports, and name them with --output and --input"
        )
        found.append(Finding(False, False, text))
    return found


def _two_ends(names: list[str]) -> tuple[str, str]:
    """A loopback endpoint and its other end, which has B where the first has A; or twice the same name."""
    bare = [_unnumbered(name) for name in names]
    for name in bare:
        other = name.replace("(A)", "(B)")
        if other != name and other in bare:
            return name, other
    return bare[0], bare[0]


def _unnumbered(name: str) -> str:
    """Without the number that RtMidi appends: it changes when ports come and go."""
    return re.sub(r" \d+$", "", name)


# -- macOS ---------------------------------------------------------------------------------------


def _iac(facts: MachineFacts) -> Finding:
    if buses := [name for name in facts.outputs if "iac" in name.lower()]:
        return Finding(True, False, f"the IAC bus is on ({buses[0]}): a way into programs that do not list Polate Out")
    text = (
        "the IAC bus is off: Polate does not need it, it has ports of its own. For a program that does not list "
        "Polate Out: Audio MIDI Setup, Window, MIDI Studio, IAC Driver, Device is online"
    )
    return Finding(True, False, text)


# -- Linux ---------------------------------------------------------------------------------------


def _linux_midi(facts: MachineFacts) -> list[Finding]:
    found = []
    if facts.sequencer == "forbidden":
        text = f"/dev/snd/seq may not be opened: 'sudo usermod -aG audio {facts.user}', and log in again"
        if "audio" in facts.groups:
            text = "/dev/snd/seq may not be opened, although this user is in the group audio: see 'ls -l /dev/snd/seq'"
        found.append(Finding(False, False, text))
    if facts.jack == "pipewire":
        text = "JACK by PipeWire: its ports are those that qpwgraph and pw-link show"
        found.append(Finding(True, False, text))
    elif facts.pipewire and facts.midi is None:
        text = "PipeWire runs, but not as JACK for Polate: 'sudo apt install pipewire-jack', then 'pw-jack polate play'"
        found.append(Finding(False, False, text))
    if facts.midi == "jack" and facts.jack == "jackd" and 0 <= facts.locked_limit < _JACK_BYTES:
        millions = facts.locked_limit // 1_000_000
        text = f"memory that may be locked: {millions} MB, and JACK wants {_JACK_BYTES // 1_000_000}: " + _LIMITS
        found.append(Finding(False, False, text.format(user=facts.user)))
    return found


def _limits(facts: MachineFacts) -> list[Finding]:
    if facts.real_time:
        return [Finding(True, False, "real-time priority: allowed; the gate will use it")]
    begin = "real-time priority: not allowed; with it, notes would be sent closer to their time: "
    if facts.real_time_limit >= _PRIORITY:
        return [Finding(False, False, begin + "the limits allow it, the system refuses it (in a container?)")]
    return [Finding(False, False, begin + _LIMITS.format(user=facts.user))]
