"""Attacks on what SECURITY.md says. What one part alone refuses is tested with that part."""

import ast
import re
from pathlib import Path

import pytest

import polate
from polate import ControlError
from polate.control.commands import Control
from polate.control.fields import FIELDS
from polate.osc.addresses import ADDRESSES, to_control
from polate.player.config import Config, load
from polate.web.page_messages import Message, read

SOURCES = [*Path(polate.__file__).parent.rglob("*.py")]
TRAINING = [*(Path(__file__).parents[1] / "training").rglob("*.py")]
PATHS = ("../../etc/passwd", "/etc/passwd", "C:\\windows\\win.ini", "\\\\host\\share", "~/.ssh/id_rsa", "a/b", "..")
LOCAL_ONLY = {"model", "record", "snapshots", "captures", "osc-host", "osc-port", "web-port", "lan", "open"}


def test_only_this_machine_is_listened_to_unless_it_is_asked_for() -> None:
    config = load(None, {})
    assert (config.osc_host, config.lan) == ("127.0.0.1", False)


def test_no_address_and_no_message_of_the_page_reaches_a_file_a_model_or_the_end() -> None:
    for key in LOCAL_ONLY:
        assert key in {field.replace("_", "-") for field in Config.__struct_fields__}
        assert key not in FIELDS
        for address in (f"/polate/{key}", f"/polate/{key}/1", f"/polate/set/{key}"):
            if address == "/polate/record":  # begins a take, and takes no name
                continue
            with pytest.raises(ControlError):
                to_control(address, ["/tmp/x.mid"])
    words = {word for spec in ADDRESSES for word in re.split(r"\W", spec.address)}
    assert not words & {"quit", "exit", "load", "open", "save", "file", "path_of", "eval", "run", "import", "exec"}
    kinds = {kind.__struct_config__.tag for kind in Message.__args__}
    assert kinds == {"hello", "set", "ping", "strips", "map", "pad", "describe", "find", "undo", "redo"}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_no_argument_of_a_capture_a_take_or_a_snapshot(path: str) -> None:
    for address in ("/polate/capture", "/polate/record"):
        with pytest.raises(ControlError):
            to_control(address, [path])
    for command in to_control("/polate/snapshot/store", [path]):  # a name, which is a key in one file
        assert isinstance(command, Control)


def test_captures_and_takes_have_a_total(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from polate import TakeError
    from polate.takes import archive

    monkeypatch.setattr(archive, "_MOST_FILES", 3)
    kept = archive.Archive.__new__(archive.Archive)
    kept._files = 0
    for _ in range(3):
        kept._count_file()
    with pytest.raises(TakeError, match="at most 3 captures and takes can be written"):
        kept._count_file()


def test_nothing_is_unpickled_evaluated_or_given_to_a_shell() -> None:
    forbidden = {"pickle", "marshal", "shelve", "dill", "joblib", "yaml", "cloudpickle"}
    for file in [*SOURCES, *TRAINING]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                assert not {name.split(".")[0] for name in names} & forbidden, file
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"eval", "exec", "os.system", "os.popen", "torch.load", "np.load", "numpy.load"}, (
                    file
                )
                assert not any(each.arg == "shell" for each in node.keywords), file


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "[]",
        "{}",
        '{"t":"load","path":"/etc/passwd"}',
        '{"t":"set","a":5}',
        '{"t":"set","a":"/polate/z/1","v":[[[]]]}',
        '{"t":"set","a":"/polate/z/1","v":' + "[" * 30_000 + "]" * 30_000 + "}",
        '{"t":"hello","v":1e400,"token":""}',
        '{"t":"ping","id":-1}',
        '{"t":"find","q":"' + "x" * 300 + '","id":1}',
        "\ud800",
    ],
    ids=range(11),
)
def test_a_frame_of_a_page_that_is_no_message_is_refused_with_a_reason(frame: str) -> None:
    with pytest.raises(ControlError, match="a page must send one of the messages") as caught:
        read(frame)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()
