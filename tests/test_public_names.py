"""What `from polate import ...` offers: these names, each with an example that runs, and loaded when first used."""

import ast
import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import polate

NAMES = """
PIANO PROGRESSIONS ConfigError ControlError Decoder Encoder Identity LatentMap ModelError Pattern PatternError
Player PolateError PortError Register Scale TakeError __version__ generate grid identify load_config morph
note_name parse_note pattern_of render
""".split()  # noqa: SIM905

CONSTANTS = {"PIANO", "PROGRESSIONS", "__version__"}  # the docstring of the package has their examples
SOURCE = Path(polate.__file__)


def examples_of(named: object, name: str) -> list[doctest.DocTest]:
    return [test for test in doctest.DocTestFinder(exclude_empty=True).find(named, name, globs={}) if test.examples]


def run(tests: list[doctest.DocTest]) -> str:
    """The report of the examples that fail."""
    runner, report = doctest.DocTestRunner(verbose=False), []
    for test in tests:
        runner.run(test, out=report.append)
    return "".join(report)


def test_the_public_names_are_these_and_no_others() -> None:
    assert polate.__all__ == NAMES
    assert set(NAMES) <= set(dir(polate))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in CONSTANTS])
def test_a_public_name_has_a_docstring_with_an_example_that_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # examples may write files
    tests = examples_of(getattr(polate, name), name)
    assert tests, f"{name} has no example"
    assert run(tests) == ""


def test_the_examples_of_the_package_run() -> None:
    (test,) = doctest.DocTestFinder(recurse=False).find(polate, "polate", globs={})
    assert {f"polate.{name}" in example.source for example in test.examples for name in ("PIANO",)} == {True, False}
    assert run([test]) == ""


def test_an_example_that_is_wrong_is_reported() -> None:
    def wrong() -> None:
        """
        >>> 1 + 1
        3
        """

    assert "Expected:" in run(examples_of(wrong, "wrong"))


def test_type_checkers_see_each_name_in_the_module_that_it_is_loaded_from() -> None:
    """The names are loaded by `__getattr__`; a type checker reads the imports under `if TYPE_CHECKING`."""
    guarded = next(node for node in ast.parse(SOURCE.read_text()).body if isinstance(node, ast.If))
    assert ast.unparse(guarded.test) == "TYPE_CHECKING"
    seen = {alias.name: node.module for node in guarded.body for alias in node.names}
    loaded = {name: f"polate.{module}" for module, names in polate._MODULES.items() for name in names.split()}
    assert seen == loaded
    assert sorted([*seen, "__version__"]) == sorted(NAMES)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'polate' has no attribute 'engine'"):
        polate.engine  # noqa: B018


def test_importing_polate_loads_nothing_until_a_name_is_used() -> None:
    code = """
import sys
before = set(sys.modules)
import polate
print(*set(sys.modules) - before)
polate.Pattern
print(*set(sys.modules) - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    at_import, at_use = (line.split() for line in done.stdout.splitlines())
    assert at_import == ["polate"]
    assert "polate.theory.pattern" in at_use
