"""The process that recognises phrases, with its real table, and its loop in a thread."""

import select
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polate import Decoder, Pattern
from polate.listen.answers import Answers
from polate.listen.messages import CannotRecognise, EndListening, FromListen, Recognise, Recognised
from polate.listen.phrase_table import PhraseTable
from polate.listen.process import ListenProcess
from polate.listen.recognition import Recogniser
from polate.model.contract import corpus_file, encoder_file
from polate.model.shipped import shipped_model
from polate.runtime.child_process import Child
from polate.runtime.line_stream import LineReader, encode_line

MODULE = "polate.listen.process"
TRITONE = (60, 61, 62, 66, 67, 68, 72)


def answers(child: Child, timeout: float = 30) -> list[FromListen]:
    """The messages up to the first pause."""
    reader: LineReader[FromListen] = LineReader(FromListen)
    while select.select([child.socket], [], [], timeout)[0]:
        try:
            data = child.receive(65536)
        except BlockingIOError:
            continue
        if not data:
            return []
        if found := list(reader.feed(data)):
            return found
    return []


@pytest.fixture
def start() -> Iterator[Any]:
    children: list[Child] = []

    def started(model: Path | str | None) -> Child:
        children.append(Child.start(MODULE, {"model": str(model) if model else None, "restarted": False}))
        return children[-1]

    yield started
    for child in children:
        child.close()


def test_a_phrase_is_answered_with_its_pattern_and_the_place_of_it(start: Any) -> None:
    child = start(None)
    child.socket.sendall(encode_line(Recognise(7, TRITONE)))
    (answer,) = answers(child)
    assert isinstance(answer, Recognised)
    assert answer.number == 7
    assert [each.pattern for each in answer.nearest][:1] == ["tritone 0 1 2"]
    assert (answer.nearest[0].tonic, answer.nearest[0].distance) == (60, 0.0)
    assert len(answer.nearest) == 3
    assert Decoder.open().decode(answer.z).text == "tritone 0 1 2"


def test_a_model_without_encoder_and_list_knows_its_landmarks_and_no_places(start: Any, tmp_path: Path) -> None:
    model = Path(shutil.copy(shipped_model(), tmp_path))
    assert not encoder_file(model).exists()
    child = start(model)
    child.socket.sendall(encode_line(Recognise(1, TRITONE)))
    (answer,) = answers(child, 60)
    assert isinstance(answer, Recognised)
    assert answer.nearest[0].pattern == "tritone 0 1 2"
    assert answer.z == ()


def test_a_list_that_cannot_be_read_is_said(start: Any, tmp_path: Path) -> None:
    model = Path(shutil.copy(shipped_model(), tmp_path))
    corpus_file(model).write_text("tritone 0 6\n")
    (answer,) = answers(start(model), 60)
    assert isinstance(answer, CannotRecognise)
    assert "slonimsky.patterns.txt" in answer.why
    assert "line 1" in answer.why


class TestTheLoop:
    @pytest.fixture
    def ends(self) -> Iterator[tuple[socket.socket, threading.Thread, list[str]]]:
        ours, theirs = socket.socketpair()
        placed: list[str] = []

        def place(pattern: Pattern) -> tuple[float, ...]:
            placed.append(pattern.text)
            return (0.5, -1.0)

        patterns = [Pattern.parse(text) for text in ("tritone 0 1 2", "ditone 0 1", "semitone 0")]
        process = ListenProcess(theirs, Answers(Recogniser(PhraseTable.of(patterns)), place).answer)

        def run() -> None:
            try:
                process.loop()
            finally:
                theirs.close()

        thread = threading.Thread(target=run)
        ours.settimeout(10)
        with ours:
            yield ours, thread, placed
        if thread.ident:
            thread.join(10)
            assert not thread.is_alive()

    def test_the_newest_phrase_takes_the_place_of_those_before_it(self, ends: Any) -> None:
        ours, thread, placed = ends
        for number in range(20):
            ours.sendall(encode_line(Recognise(number, TRITONE if number == 19 else tuple(range(60, 73)))))
        thread.start()
        reader: LineReader[FromListen] = LineReader(FromListen)
        found = list(reader.feed(ours.recv(65536)))
        assert [answer.number for answer in found if isinstance(answer, Recognised)] == [19]
        assert placed == ["tritone 0 1 2"]

    def test_too_few_notes_have_an_answer_without_patterns(self, ends: Any) -> None:
        ours, thread, placed = ends
        thread.start()
        ours.sendall(encode_line(Recognise(1, (60, 60))))
        reader: LineReader[FromListen] = LineReader(FromListen)
        assert list(reader.feed(ours.recv(65536))) == [Recognised(1, ())]
        assert placed == []

    @pytest.mark.parametrize("how", ["asked", "hung up"])
    def test_it_ends_when_it_is_asked_to_and_when_the_player_hangs_up(self, ends: Any, how: str) -> None:
        ours, thread, _ = ends
        thread.start()
        if how == "asked":
            ours.sendall(encode_line(Recognise(1, TRITONE)) + encode_line(EndListening()))
            assert ours.recv(65536) == b""
        else:
            ours.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        assert not thread.is_alive()
