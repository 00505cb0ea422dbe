"""What waits while a reader does not read: whatever comes, the newest values and every end of a note are kept."""

from hypothesis import given
from hypothesis import strategies as st

from polate.midi.backlog import MOST_WAITING, Backlog
from polate.midi.input_process import PORT_IS_GONE, PORT_IS_THERE, Record, RecordReader


def kept(messages: list[bytes]) -> list[bytes]:
    backlog = Backlog()
    for message in messages:
        backlog.add(message, message)
    return [packed for _, packed in backlog.take()]


def test_the_newest_value_is_in_force_after_any_number_of_messages() -> None:
    flood = [bytes([0xB0, 70 + number % 3, number % 128]) for number in range(50_000)]
    assert kept(flood) == [flood[-3], flood[-2], flood[-1]]


def test_the_end_of_a_key_is_kept_however_much_comes_after_it() -> None:
    keys = [bytes([0x90, 60, 100]), bytes([0x80, 60, 0]), bytes([0x90, 62, 100]), bytes([0x90, 62, 0])]
    flood = [bytes([0xF8])] * 20_000 + [bytes([0xB0, 98, number % 128]) for number in range(20_000)]
    found = kept([*keys, *flood])
    assert keys[1] in found
    assert keys[3] in found
    assert len(found) <= 2 * MOST_WAITING


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 15), st.integers(0, 127)), min_size=1, max_size=50))
def test_the_last_message_of_every_key_is_kept(presses: list[tuple[bool, int, int]]) -> None:
    notes = [bytes([0x90 | channel, key, 100 * down]) for down, channel, key in presses]
    found = kept([*notes, *[bytes([0xF8])] * (MOST_WAITING + 1)])
    state = {note[:2]: note for note in notes}
    assert {note[:2]: note for note in found if note != b"\xf8"} == state


def test_values_and_keys_of_two_sources_are_kept_apart() -> None:
    backlog = Backlog()
    messages = [b"\xb0\x46\x01", b"\x90\x3c\x64", b"\x80\x3c\x00"]
    for source, message in [(0, messages[0]), (1, messages[0]), (0, messages[1]), (1, messages[2])]:
        backlog.add(message, message, source)
    for _ in range(MOST_WAITING):
        backlog.add(b"\xf8", b"\xf8")
    found = [each for each in backlog.take() if each[1] != b"\xf8"]
    assert found == [(0, messages[0]), (1, messages[0]), (0, messages[1]), (1, messages[2])]


def test_a_release_of_a_whole_channel_is_kept_in_its_place() -> None:
    assert kept([b"\x90\x3c\x64", b"\xb0\x7b\x00", b"\x90\x3c\x64", b"\xb0\x7b\x00"])[1::2] == [b"\xb0\x7b\x00"] * 2


def test_a_report_on_a_source_is_kept_in_its_place_however_much_comes_after_it() -> None:
    waiting = [b"\x90\x3c\x64", PORT_IS_GONE, PORT_IS_THERE, PORT_IS_GONE]
    assert kept(waiting) == waiting
    assert kept([*waiting, *[b"\xf8"] * (2 * MOST_WAITING)])[:4] == waiting


@given(st.binary(min_size=1, max_size=300))
def test_every_sequence_of_bytes_is_survived(message: bytes) -> None:
    backlog = Backlog()
    for length in (1, 2, 3, len(message)):
        backlog.add(message[:length], message)
        backlog.add(message[:length], message)
    assert (0, message) in backlog.take()


@given(st.binary(min_size=1, max_size=300))
def test_a_record_reader_survives_every_sequence_of_bytes(data: bytes) -> None:
    reader = RecordReader()
    records = [record for cut in range(0, len(data), 7) for record in reader.feed(data[cut : cut + 7])]
    assert all(isinstance(record, Record) and len(record.message) <= 3 for record in records)
