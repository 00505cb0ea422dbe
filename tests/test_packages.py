"""Which package may import which (docs/architecture.md): computed from the source files, and from what is loaded."""

import ast
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from import_graph import circles_of, faults_of, imports_between, imports_of

import polate

ROOT = Path(__file__).parents[1]
POLATE, TRAINING = ROOT / "realtime/polate", ROOT / "training/polate_training"

FLOORS = (
    ("__main__",),
    ("cli",),
    ("scripting",),
    ("player", "web"),
    ("takes",),
    ("mapping", "osc", "sync", "sequencer", "notation", "locate", "listen"),
    ("gate", "control", "model", "patchbay"),
    ("midi", "theory"),
    ("runtime",),
    ("errors",),
    ("__version__",),
)
"""The parts of the package, the highest floor first. Imports go down: not up, not sideways, not in a circle."""

TRAINING_MAY_IMPORT = ("polate.theory", "polate.model.contract", "polate.runtime.file_io", "polate.errors")


class TestImports:
    def test_every_import_goes_down_and_none_in_a_circle(self) -> None:
        faults = faults_of(imports_of(POLATE), FLOORS)
        assert not faults, "\n".join(faults)

    def test_training_imports_theory_the_contract_and_the_errors_only(self) -> None:
        found = imports_between(TRAINING, POLATE)
        assert found
        wrong = [
            str(each)
            for each in found
            if not any(each.imported == part or each.imported.startswith(f"{part}.") for part in TRAINING_MAY_IMPORT)
        ]
        assert not wrong, "\n".join(wrong)

    def test_training_has_no_circle(self) -> None:
        assert not circles_of(imports_of(TRAINING))

    def test_the_instrument_does_not_import_the_training(self) -> None:
        assert not imports_between(POLATE, TRAINING)

    def test_a_module_that_a_string_names_exists(self) -> None:
        """Child processes are started by the name of their module."""
        packages = "|".join(part for floor in FLOORS for part in floor)
        for file in [*POLATE.rglob("*.py"), *TRAINING.rglob("*.py")]:
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and re.fullmatch(rf"polate\.({packages})\.[a-z_.]+", str(node.value)):
                    path = POLATE.parent / node.value.replace(".", "/")
                    assert path.is_dir() or path.with_suffix(".py").is_file(), f"{file}:{node.lineno}: {node.value}"


def package_of(folder: Path, modules: Mapping[str, str]) -> Path:
    """A package ``house`` of modules, each with one line of source."""
    for name, source in modules.items():
        file = folder / "house" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return folder / "house"


@pytest.mark.parametrize(
    ("modules", "faults"),
    [
        ({"roof/a": "import house.wall.b, os", "wall/b": "from house.floor.c import x", "floor/c": ""}, []),
        ({"wall/a": "from house.wall.b import x", "wall/b": ""}, []),
        (
            {"floor/a": "import os\ndef f(): from house.roof.b import x", "roof/b": ""},
            ["a.py:2: house.floor.a imports house.roof.b: up, from floor 1 to floor 3"],
        ),
        (
            {"wall/a": "if TYPE_CHECKING: from house.window import b", "window/b": ""},
            ["a.py:1: house.wall.a imports house.window.b: sideways, on floor 2"],
        ),
        (
            {"wall/a": "import house.wall.b", "wall/b": "import house.wall.c", "wall/c": "from house.wall import a"},
            ["a circle: house.wall.a -> house.wall.b -> house.wall.c -> house.wall.a"],
        ),
        (
            {"wall/a": "import house.cellar.b", "cellar/b": ""},
            [
                "a.py:1: house.wall.a imports house.cellar.b: 'cellar' has no floor; "
                "a public name is imported from its own module"
            ],
        ),
        (
            {"__init__": "from house.floor.b import Door", "wall/a": "from house import Door", "floor/b": ""},
            [
                "a.py:1: house.wall.a imports house.Door: 'Door' has no floor; "
                "a public name is imported from its own module"
            ],
        ),
    ],
)
def test_a_wrong_import_is_named(tmp_path: Path, modules: dict[str, str], faults: list[str]) -> None:
    package = package_of(tmp_path, modules)
    assert faults_of(imports_of(package), (("roof",), ("wall", "window"), ("floor",))) == faults


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
LIVE += ", polate.locate.process, polate.locate.finder, polate.listen.process, polate.listen.answers"


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
        "polate.theory.smf_reader",
        "polate.theory.text_encoding",
        "polate.model",
        "polate.model.contract",
        "polate.runtime",
        "polate.runtime.file_io",
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
