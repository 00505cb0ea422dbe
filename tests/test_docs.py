"""What the documentation lists is what there is."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from polate.control.fields import MOTION_FIELDS
from polate.osc.addresses import ADDRESSES, Address
from polate.player.config import OPTIONS, Config

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("spec", ADDRESSES, ids=lambda spec: spec.address)
def test_every_osc_address_is_documented_with_its_arguments(spec: Address) -> None:
    rows = [line for line in (ROOT / "docs/osc.md").read_text().splitlines() if line.startswith(f"| `{spec.address}`")]
    assert len(rows) == 1
    assert spec.arguments in rows[0]
    assert spec.doc in rows[0]


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/settings.md").read_text()
    for field in (*OPTIONS.values(), *MOTION_FIELDS.values()):
        assert f"\n| `{field.key}` | {field.arguments} | {_default(field.default)} | {field.doc} |\n" in text
    tables = {field.encode_name for field in msgspec.structs.fields(Config)} - set(OPTIONS)
    for table in tables:
        assert re.search(rf"^(\[+{table}\b|{table} = \[)", text, re.MULTILINE), table


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value) or "empty"


@pytest.mark.parametrize(
    ("command", "output"),
    re.findall(r"```\n\$ (polate .*)\n((?:.*\n)*?)```", (ROOT / "docs/offline.md").read_text()),
)
def test_the_examples_of_the_offline_verbs_print_what_they_are_said_to(command: str, output: str) -> None:
    script = f'polate() {{ {sys.executable} -m polate "$@"; }}; {command}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == output


def test_the_python_of_the_readme_prints_what_the_readme_shows(tmp_path: Path) -> None:
    section = (ROOT / "README.md").read_text().partition("\n## From Python\n")[2]
    code, output = re.findall(r"```(?:python)?\n(.*?)```", section, re.DOTALL)[:2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.stdout, done.stderr) == (output, "")
    assert {path.name for path in tmp_path.iterdir()} == {"dorian-to-marwa.mid", "dorian-to-marwa.musicxml"}


def test_the_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / target).exists(), target


def test_the_two_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("play", "test"):
        assert f"make {target}" in (ROOT / "README.md").read_text()
        assert f"\n{target}:" in makefile


def named_in_the_architecture() -> list[str]:
    """The packages and modules in the text, the table and the picture of docs/architecture.md."""
    text = (ROOT / "docs/architecture.md").read_text()
    picture = (ROOT / "docs/architecture.svg").read_text()
    return sorted({*re.findall(r"`([a-z_]+/[a-z_/.0-9]*)`", text), *re.findall(r">([a-z_]+/[a-z_]*)[<,]", picture)})


@pytest.mark.parametrize("name", named_in_the_architecture())
def test_what_the_architecture_names_is_there(name: str) -> None:
    places = [ROOT / "realtime/polate" / name, ROOT / "realtime/polate" / f"{name}.py", ROOT / name]
    assert any(place.exists() for place in places)
