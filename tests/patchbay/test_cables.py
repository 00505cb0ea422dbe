"""Which connections are restored: those that a port took along, not those that a user has ended."""

from hypothesis import given
from hypothesis import strategies as st

from polate.patchbay.cables import SETTLE_NS, Cable, Look, Patchbay

OUT, IN, ENDS = "Polate Out:Polate Out", "Polate In:Polate In", "Polate Ends:Polate Ends"


def look(*ports: str, cables: set[Cable] | None = None, ends: str = "") -> Look:
    return Look(
        frozenset(ports),
        frozenset(port for port in ports if port.endswith(":Polate Out")),
        frozenset(port for port in ports if port.endswith(":Polate In")),
        frozenset(cables or set()),
        ends,
    )


CONNECTED = look(OUT, IN, "daw:a", "knobs:a", cables={(OUT, "daw:a"), ("knobs:a", IN)})


def connected() -> Patchbay:
    patchbay = Patchbay()
    assert patchbay.see(CONNECTED, 0) == []
    return patchbay


class TestRestoring:
    def test_an_output_that_comes_again_is_connected_to_what_it_was_connected_to(self) -> None:
        patchbay = connected()
        assert patchbay.see(look(IN, "daw:a", "knobs:a", cables={("knobs:a", IN)}), 1, gone=True) == []
        assert patchbay.see(look(OUT, IN, "daw:a", "knobs:a", cables={("knobs:a", IN)}), 2) == [(OUT, "daw:a")]

    def test_a_receiver_and_a_controller_that_come_again_are_connected(self) -> None:
        patchbay = connected()
        assert patchbay.see(look(OUT, IN), 1, gone=True) == []
        assert patchbay.see(look(OUT, IN, "daw:a"), 2) == [(OUT, "daw:a")]
        assert patchbay.see(look(OUT, IN, "daw:a", "knobs:a", cables={(OUT, "daw:a")}), 3) == [("knobs:a", IN)]

    def test_a_port_that_was_away_between_two_looks_is_connected(self) -> None:
        assert connected().see(look(OUT, IN, "daw:a", "knobs:a", cables={("knobs:a", IN)}), 1, gone=True) == [
            (OUT, "daw:a")
        ]

    def test_a_connection_that_is_listed_longer_than_its_port_is_restored_too(self) -> None:
        patchbay = connected()
        patchbay.see(look(OUT, IN, "knobs:a", cables={(OUT, "daw:a"), ("knobs:a", IN)}), 1, gone=True)
        assert patchbay.see(look(OUT, IN, "daw:a", "knobs:a", cables={("knobs:a", IN)}), 2) == [(OUT, "daw:a")]

    def test_a_connection_that_is_refused_is_tried_again(self) -> None:
        patchbay = connected()
        without = look(OUT, IN, "daw:a", "knobs:a", cables={("knobs:a", IN)})
        assert patchbay.see(without, 1, gone=True) == [(OUT, "daw:a")]
        assert patchbay.see(without, 10 * SETTLE_NS) == [(OUT, "daw:a")]

    def test_the_next_gate_has_the_connections_of_the_dead_one_under_another_name_too(self) -> None:
        patchbay = connected()
        patchbay.see(look(IN, "daw:a"), 1, gone=True)
        assert patchbay.see(look("Polate Out-01:Polate Out", IN, "daw:a"), 2) == [("Polate Out-01:Polate Out", "daw:a")]

    def test_a_named_port_that_comes_again_keeps_only_what_its_process_has_connected(self) -> None:
        patchbay = Patchbay(virtual_outputs=False)
        patchbay.see(CONNECTED, 0)
        patchbay.see(look(IN, "daw-01:a", "knobs:a", cables={("knobs:a", IN)}), 1, gone=True)
        assert patchbay.receivers == ["daw:a"]
        there = look(OUT, IN, "daw-01:a", "knobs:a", cables={("knobs:a", IN), (OUT, "daw-01:a")})
        assert patchbay.see(there, 2) == []
        back = look(OUT, IN, "daw:a", "daw-01:a", "knobs:a", cables={("knobs:a", IN), (OUT, "daw-01:a")})
        assert patchbay.see(back, 3) == []
        assert patchbay.receivers == ["daw-01:a"]


class TestLeavingAlone:
    def test_a_connection_that_a_user_ends_is_not_restored(self) -> None:
        patchbay = connected()
        without = look(OUT, IN, "daw:a", "knobs:a", cables={("knobs:a", IN)})
        assert patchbay.see(without, 1) == []
        assert patchbay.deadline_ns == 1 + SETTLE_NS
        assert patchbay.see(without, 1 + SETTLE_NS) == []
        assert patchbay.deadline_ns is None
        assert patchbay.see(without, 2 + SETTLE_NS, gone=True) == []
        assert patchbay.receivers == []

    def test_a_connection_whose_end_is_reported_before_that_of_its_port_is_restored(self) -> None:
        patchbay = connected()
        assert patchbay.see(look(OUT, IN, "daw:a", "knobs:a", cables={("knobs:a", IN)}), 1) == []
        assert patchbay.see(look(OUT, IN, "knobs:a", cables={("knobs:a", IN)}), 2, gone=True) == []
        assert patchbay.see(look(OUT, IN, "daw:a", "knobs:a", cables={("knobs:a", IN)}), 3) == [(OUT, "daw:a")]

    def test_connections_of_others_are_no_concern(self) -> None:
        patchbay = Patchbay()
        patchbay.see(look(OUT, "a:a", "b:b", cables={("a:a", "b:b")}), 0)
        assert patchbay.see(look(OUT, "a:a", "b:b"), 1, gone=True) == []

    def test_another_port_that_was_chosen_is_not_connected_to_the_last_choice(self) -> None:
        patchbay = connected()
        patchbay.forget(frozenset({IN}))
        assert patchbay.see(CONNECTED, 1) == []  # it is still open
        patchbay.see(look(OUT, "daw:a", "knobs:a", "pads:a", cables={(OUT, "daw:a")}), 2, gone=True)
        chosen = look(OUT, IN, "daw:a", "knobs:a", "pads:a", cables={(OUT, "daw:a"), ("pads:a", IN)})
        assert patchbay.see(chosen, 3) == []
        patchbay.see(look(OUT, IN, "daw:a", "knobs:a", cables={(OUT, "daw:a")}), 4, gone=True)
        assert patchbay.see(chosen, 5) == []
        lost = look(OUT, IN, "daw:a", "knobs:a", "pads:a", cables={(OUT, "daw:a")})
        assert patchbay.see(lost, 6, gone=True) == [("pads:a", IN)]

    def test_a_port_that_is_renamed_keeps_its_connection_under_the_new_name(self) -> None:
        patchbay = connected()
        patchbay.rename("daw:a", "daw:b")
        renamed = look(OUT, IN, "daw:b", "knobs:a", cables={(OUT, "daw:b"), ("knobs:a", IN)})
        assert patchbay.see(renamed, 1) == []
        assert patchbay.receivers == ["daw:b"]


class TestMirror:
    def test_the_port_that_ends_notes_is_connected_as_the_output_is(self) -> None:
        patchbay = connected()
        there = look(OUT, IN, "daw:a", "knobs:a", ENDS, cables={(OUT, "daw:a"), ("knobs:a", IN)}, ends=ENDS)
        patchbay.see(there, 1)
        assert patchbay.mirror(there) == ([(ENDS, "daw:a")], [])

    def test_it_stays_connected_while_the_output_is_gone(self) -> None:
        patchbay = connected()
        gone = look("daw:a", ENDS, cables={(ENDS, "daw:a")}, ends=ENDS)
        patchbay.see(gone, 1, gone=True)
        assert patchbay.mirror(gone) == ([], [])

    def test_it_leaves_a_receiver_that_the_user_has_disconnected(self) -> None:
        patchbay = connected()
        without = look(OUT, IN, "daw:a", ENDS, cables={(ENDS, "daw:a")}, ends=ENDS)
        patchbay.see(without, 1)
        patchbay.see(without, 1 + SETTLE_NS)
        assert patchbay.mirror(without) == ([], [(ENDS, "daw:a")])


PORTS = [OUT, IN, "Polate Out-01:Polate Out", "daw:a", "daw:b", "knobs:a"]
looks = st.builds(
    lambda ports, cables: look(*ports, cables={cable for cable in cables if cable[0] != cable[1]}),
    st.sets(st.sampled_from(PORTS)),
    st.sets(st.tuples(st.sampled_from(PORTS), st.sampled_from(PORTS)), max_size=4),
)


@given(st.lists(st.tuples(looks, st.booleans()), max_size=12))
def test_whatever_is_seen_only_ports_that_are_there_are_connected_and_none_twice(
    seen: list[tuple[Look, bool]],
) -> None:
    patchbay = Patchbay()
    for number, (now, gone) in enumerate(seen):
        for cable in patchbay.see(now, number * SETTLE_NS // 2, gone=gone):
            assert now.ports.issuperset(cable)
            assert cable not in now.cables
