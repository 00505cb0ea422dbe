"""`polate doctor`: check what Polate needs to play on this machine, one finding for each thing."""

import os
import platform
import socket
import time
from pathlib import Path

from polate.cli.finding import Finding
from polate.cli.machine_facts import read_facts
from polate.cli.midi_advice import advice
from polate.errors import PolateError
from polate.midi.ports import find_system, what_is_missing
from polate.model.decoder import Decoder
from polate.model.shipped import model_file
from polate.player.config import Config, load
from polate.runtime.user_data import NO_HOME
from polate.takes.snapshot_file import read_snapshots, snapshots_path

__all__ = ["examine"]

_DECODES = 200
_SLEEPS = 50


def examine(config_path: Path | None = None) -> list[Finding]:
    """Check everything. Plays nothing and leaves nothing open."""
    findings = [Finding(True, True, f"Python {platform.python_version()} on {platform.platform()}")]
    config = Config()
    try:
        config = load(config_path, {})
        findings.append(Finding(True, True, f"settings: {config_path or 'defaults'}"))
    except PolateError as error:
        findings.append(Finding(False, True, str(error)))
    findings += [_model(config), _snapshots(config), *_midi(config), _osc(config), _timer()]
    return findings


def _model(config: Config) -> Finding:
    try:
        decoder = Decoder.open(config.model_path)
    except PolateError as error:
        return Finding(False, True, str(error))
    points = [[index / _DECODES] * decoder.metadata.latent_size for index in range(_DECODES)]
    began = time.perf_counter()
    for point in points:
        decoder.decode(point)
    micros = (time.perf_counter() - began) / _DECODES * 1e6
    axes = ", ".join(axis.name for axis in decoder.axes)
    return Finding(True, True, f"model {decoder.name}: {micros:.0f} us per point; axes {axes}")


def _snapshots(config: Config) -> Finding:
    path = snapshots_path(config.snapshots, model_file(config.model_path))
    if path is None:
        return Finding(False, False, f"snapshots: {NO_HOME}")
    folder = next(folder for folder in path.absolute().parents if folder.exists())
    try:
        count = len(read_snapshots(path, Decoder.open(config.model_path).metadata.latent_size))
    except PolateError as error:
        return Finding(False, True, str(error))
    if not os.access(folder, os.W_OK):
        return Finding(False, False, f"snapshots: cannot write {path}")
    return Finding(True, False, f"snapshots: {count} in {path}")


def _midi(config: Config) -> list[Finding]:
    """The MIDI system that answers, and what to do about its ports, permissions and limits."""
    system = find_system(config.midi_api)
    if system is None:
        return [Finding(False, False, what_is_missing(config.midi_api)), *advice(read_facts(None))]
    facts = read_facts(system)
    virtual = "virtual ports" if system.has_virtual_ports else "no virtual ports: choose a port with --output"
    text = f"MIDI by {system.name}, {virtual}; outputs: {', '.join(facts.outputs) or 'none'}"
    return [Finding(True, False, text), *advice(facts)]


def _osc(config: Config) -> Finding:
    place = f"{config.osc_host}:{config.osc_port}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((config.osc_host, config.osc_port))
        except (OSError, UnicodeError, TypeError) as error:  # the last two: no name of a host
            return Finding(False, False, f"OSC: cannot listen on {place}: {getattr(error, 'strerror', None) or error}")
    return Finding(True, False, f"OSC: {place} is free")


def _timer() -> Finding:
    late = []
    for _ in range(_SLEEPS):
        due = time.perf_counter() + 0.002
        time.sleep(0.002)
        late.append(time.perf_counter() - due)
    late.sort()
    median, worst = late[_SLEEPS // 2] * 1e6, late[-1] * 1e6
    return Finding(
        worst < 5000, False, f"timer: {_SLEEPS} sleeps end {median:.0f} us late (median), at worst {worst:.0f} us"
    )
