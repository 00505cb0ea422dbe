from polate.runtime.clock import Chore

MS = 1_000_000


def test_a_chore_is_done_when_the_process_is_awake_between_75_and_150_ms_after_the_last_time() -> None:
    chore = Chore()
    assert chore.begins(1000 * MS)
    assert chore.deadline_ns == 1150 * MS
    assert not chore.begins(1074 * MS)
    assert chore.begins(1075 * MS)
    assert chore.deadline_ns == 1225 * MS
