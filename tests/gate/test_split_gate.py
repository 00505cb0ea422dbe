"""A gate whose early outputs get messages ahead of their time."""

from hypothesis import given
from hypothesis import strategies as st

from polate.gate.frames import MONO, Frame, Kind
from polate.gate.gate import Gate, Outgoing
from polate.gate.split_gate import SplitGate

MS = 1_000_000
LEAD = 3 * MS
MIDI, EARLY, COPY = 0, 1, 2


def gate(*, copy: bool = False) -> SplitGate:
    return SplitGate([EARLY, COPY], COPY if copy else None, LEAD)


def note(step: int, due_ms: int, off_ms: int, *, port: int = MIDI, pitch: int = 60, voice: int = MONO) -> Frame:
    return Frame(Kind.NOTE, step, 0, pitch, 100, due_ms * MS, off_ms * MS, port, voice)


def sent(messages: list[Outgoing]) -> list[tuple[int, bool, int, int]]:
    """(port, is a note-on, note, milliseconds at which it is due)"""
    return [(each.port, each.data[0] >= 0x90, each.data[1], each.due_ns // MS) for each in messages]


def test_an_early_output_gets_a_note_and_its_end_before_their_time() -> None:
    split = gate()
    split.take(note(1, 100, 150, port=EARLY))
    assert split.deadline_ns == 97 * MS
    assert split.advance(97 * MS - 1) == []
    assert sent(split.advance(97 * MS)) == [(EARLY, True, 60, 100)]
    assert split.sounding == [(EARLY, 0, 60)]
    assert split.deadline_ns == 147 * MS
    assert sent(split.advance(147 * MS)) == [(EARLY, False, 60, 150)]
    assert split.sounding == []


def test_reports_have_the_time_at_which_the_note_is_due() -> None:
    split = gate()
    split.take(note(1, 100, 150, port=EARLY))
    reports = [message.report for message in split.advance(97 * MS) + split.advance(147 * MS)]
    assert [(each.kind, each.due_ns) for each in reports if each] == [(Kind.ON, 100 * MS), (Kind.OFF, 150 * MS)]


def test_other_outputs_are_as_in_a_gate_of_their_own() -> None:
    split, plain = gate(), Gate()
    for each in (split, plain):
        each.take(note(1, 100, 150))
        each.take(note(2, 140, 200, pitch=64))
    for now_ms in (99, 100, 139, 140, 150, 200):
        assert split.advance(now_ms * MS) == plain.advance(now_ms * MS)


def test_the_copy_gets_the_notes_of_all_outputs_and_reports_nothing() -> None:
    split = gate(copy=True)
    split.take(note(1, 100, 150))
    split.take(note(1, 100, 150, port=EARLY, pitch=48, voice=1))
    early = split.advance(97 * MS)
    assert sorted(sent(early)) == [(EARLY, True, 48, 100), (COPY, True, 48, 100), (COPY, True, 60, 100)]
    assert {each.port for each in early if each.report} == {EARLY}
    assert sent(split.advance(100 * MS)) == [(MIDI, True, 60, 100)]


def test_the_copy_gets_no_clock() -> None:
    split = gate(copy=True)
    split.take(Frame(Kind.SEND, 0, 0xF8, 0, 0, 10 * MS))
    assert [each.port for each in split.advance(10 * MS)] == [MIDI]


def test_the_ends_of_a_release_are_due_after_the_notes_that_were_sent_before() -> None:
    split = gate(copy=True)
    split.take(note(1, 100, 150))
    on_ns = {each.port: each.due_ns for each in split.advance(97 * MS)}
    ends = split.take(Frame(Kind.RELEASE, due_ns=98 * MS))
    assert [(each.port, each.due_ns >= on_ns[each.port]) for each in ends] == [(COPY, True)]
    assert split.sounding == []
    assert split.advance(1000 * MS) == []  # what waited is forgotten


def test_a_recall_leaves_what_an_early_output_has() -> None:
    split = gate()
    split.take(note(1, 100, 150, port=EARLY))
    split.advance(97 * MS)
    split.take(Frame(Kind.RECALL, 1))
    split.take(note(1, 100, 150, port=EARLY, pitch=67))  # the step has sounded
    assert sent(split.advance(100 * MS)) == []
    assert sent(split.advance(150 * MS)) == [(EARLY, False, 60, 150)]


def test_a_note_that_was_missed_is_counted_once() -> None:
    split = gate(copy=True)
    split.take(note(1, 100, 150))
    assert split.advance(160 * MS) == []
    assert [(frame.kind, frame.port) for frame in split.failed] == [(Kind.MISSED, MIDI)]


@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 200), st.integers(0, 127), st.sampled_from([MIDI, EARLY])),
        max_size=30,
    ),
    st.lists(st.integers(0, 600), max_size=20),
    st.booleans(),
)
def test_every_note_on_has_its_end_whenever_it_is_asked(
    notes: list[tuple[int, int, int, int]], times: list[int], copy: bool
) -> None:
    split = gate(copy=copy)
    for step, (due, length, pitch, port) in enumerate(notes, 1):
        split.take(note(step, due, due + length, port=port, pitch=pitch, voice=0))
    messages = [message for now in sorted(times) for message in split.advance(now * MS)]
    messages += split.release(1000 * MS)
    sounding: dict[tuple[int, int], int] = {}
    for message in messages:
        key, is_on = (message.port, message.data[1]), message.data[0] >= 0x90
        assert is_on != (key in sounding)
        if is_on:
            sounding[key] = message.due_ns
        else:
            assert message.due_ns >= sounding.pop(key)
    assert sounding == {}
