"""Who may import whom (docs/architecture.md), held by looking at what is really loaded."""

import subprocess
import sys

import pytest

import polate


def modules_after(statement: str) -> set[str]:
    """The top-level modules that are loaded after a statement, in a fresh interpreter."""
    code = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def submodules_after(statement: str, package: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*(name for name in sys.modules if name.startswith('{package}.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


LIVE = "import polate.cli.main, polate.cli.display, polate.cli.doctor, polate.player.player, polate.gate.process"
LIVE += ", polate.osc.process, polate.osc.client, polate.midi.input_process, polate.midi.ports, polate.model.decoder"
LIVE += ", polate.model.scales, polate.model.latent_map, polate.model.interpolation, polate.notation.writers"
LIVE += ", polate.takes.recorder, polate.takes.archive, polate.takes.replay"


def test_torch_never_enters_the_live_process() -> None:
    loaded = modules_after(LIVE)
    assert "onnxruntime" in loaded  # so the statement did load what it names
    assert not loaded & {"torch", "onnx", "onnxscript", "safetensors", "scipy", "skimage", "polate_training"}
    assert not loaded & {"matplotlib", "verovio", "resvg_py"}


def test_a_played_second_loads_no_torch_either() -> None:
    options = ["--seconds", "0.5", "--no-display", "--no-osc", "--midi-api", "jack"]
    code = f"import sys; sys.argv = ['polate', 'play', *{options}]; import polate.cli.main\n"
    code += "try: polate.cli.main.main()\nexcept SystemExit: pass"
    assert not modules_after(code) & {"torch", "onnx", "matplotlib", "verovio"}


@pytest.mark.train
def test_the_training_side_takes_from_the_instrument_only_what_a_pattern_is_and_how_it_is_identified() -> None:
    everything = "import polate_training.export, polate_training.fit, polate_training.vae, polate_training.corpus"
    everything += ", polate_training.verbs, polate_training.plots, polate_training.evaluation.pictures"
    assert submodules_after(everything, "polate") <= {
        "polate.theory",
        "polate.theory.pattern",
        "polate.theory.identification",
        "polate.theory.midi_notes",
        "polate.model",
        "polate.model.contract",
        "polate.errors",
    }


def test_the_gate_imports_next_to_nothing() -> None:
    loaded = modules_after("import polate.gate.process, polate.midi.ports")
    assert not loaded & {"numpy", "onnxruntime", "mido", "msgspec", "pythonosc", "rich", "cyclopts", "asyncio"}


def test_the_gate_loads_no_library_and_the_engine_only_that_of_its_settings() -> None:
    heavy = {"numpy", "onnxruntime", "mido", "rtmidi", "pythonosc", "rich"}
    assert not modules_after("import polate.gate.process, polate.sequencer.transport, polate.theory.pattern") & {
        *heavy,
        "msgspec",
    }
    assert (
        not modules_after(
            "import polate.sequencer.engine, polate.sync.clock_follower, polate.player.scheduled_commands"
        )
        & heavy
    )


def test_the_player_knows_what_an_osc_message_means_without_the_library_that_reads_it() -> None:
    assert "pythonosc" in modules_after("import polate.osc.process")
    assert "pythonosc" not in modules_after("import polate.osc.addresses, polate.player.player")


def test_the_public_names_are_there() -> None:
    for name in polate.__all__:
        assert getattr(polate, name) is not None
    assert len(polate.__all__) == len(set(polate.__all__))
