"""What `polate doctor` has to know of a machine: read in one place, so that the findings are a pure function of it."""

import getpass
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from polate.midi.ports import MidiSystem

__all__ = ["MachineFacts", "read_facts"]

_SEQUENCER = "/dev/snd/seq"
_UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """MIDI, permissions and limits of a machine. The defaults are those of a machine that has nothing."""

    platform: str  # as sys.platform
    midi: str | None = None  # the MIDI system that answers: alsa, jack, coremidi, winmm
    outputs: Sequence[str] = ()  # the names of its ports
    sequencer: Literal["missing", "forbidden", "open"] = "missing"  # Linux: /dev/snd/seq
    groups: Sequence[str] = ()  # Linux: of the user
    user: str = "$USER"
    pipewire: bool = False  # Linux: PipeWire runs for this user
    jack: Literal["none", "jackd", "pipewire"] = "none"  # Linux: whose libjack this process has loaded
    real_time: bool = False  # Linux: a process of this user may run under SCHED_FIFO
    real_time_limit: int = 0  # Linux: the highest priority that the user's limits allow
    locked_limit: int = _UNLIMITED  # Linux: bytes of memory that may be locked; -1: no limit


def read_facts(system: MidiSystem | None) -> MachineFacts:
    """Of this machine. ``system``: the MIDI system that answers."""
    midi, outputs = (system.name, tuple(system.outputs())) if system else (None, ())
    if sys.platform != "linux":
        return MachineFacts(sys.platform, midi, outputs)
    import resource

    real_time_limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
    return MachineFacts(
        sys.platform,
        midi,
        outputs,
        sequencer=_sequencer(Path(_SEQUENCER)),
        groups=_groups(),
        user=_user(),
        pipewire=_pipewire_runs(),
        jack=_jack_of(_mapped_files()),
        real_time=_may_run_first(),
        real_time_limit=99 if real_time_limit == resource.RLIM_INFINITY else real_time_limit,
        locked_limit=resource.getrlimit(resource.RLIMIT_MEMLOCK)[0],
    )


def _sequencer(path: Path) -> Literal["missing", "forbidden", "open"]:
    if not path.exists():
        return "missing"
    return "open" if os.access(path, os.R_OK | os.W_OK) else "forbidden"


def _groups() -> list[str]:
    import grp

    names = {group.gr_gid: group.gr_name for group in grp.getgrall()}
    return [names[number] for number in os.getgroups() if number in names]


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "$USER"


def _pipewire_runs() -> bool:
    folder = os.environ.get("PIPEWIRE_RUNTIME_DIR") or os.environ.get("XDG_RUNTIME_DIR")
    return bool(folder) and Path(folder or "", "pipewire-0").exists()


def _mapped_files() -> str:
    """The files that are mapped into this process: its libraries."""
    try:
        return Path("/proc/self/maps").read_text("utf-8", "replace")
    except OSError:
        return ""


def _jack_of(mapped: str) -> Literal["none", "jackd", "pipewire"]:
    """Whose libjack is loaded. PipeWire has one of its own, in a folder of its own."""
    libraries = [line for line in mapped.splitlines() if "libjack" in line]
    if any("pipewire" in line for line in libraries):
        return "pipewire"
    return "jackd" if libraries else "none"


def _may_run_first() -> bool:
    """Whether this process may run under SCHED_FIFO. It is as before afterwards."""
    if sys.platform != "linux":
        return False
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(20))
        os.sched_setscheduler(0, *before)
    except OSError:
        return False
    return True
