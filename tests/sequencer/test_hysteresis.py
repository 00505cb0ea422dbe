from studio import PATTERNS

from polate.sequencer.hysteresis import Hysteresis

TRITONE, OTHER_TRITONE, DITONE, _ = PATTERNS


class TestHysteresis:
    SPAN = 0.125

    def settled(self, *decoded: tuple[str, float]) -> list[str]:
        """The patterns that are played, when these (t: tritone 0 1 2, o: 0 1 3, d: ditone) are decoded at these
        positions of the first axis."""
        patterns = {"t": TRITONE, "o": OTHER_TRITONE, "d": DITONE}
        letters = {pattern: letter for letter, pattern in patterns.items()}
        hysteresis, pattern, played = Hysteresis(), TRITONE, []
        for letter, position in decoded:
            pattern = hysteresis.settle(pattern, patterns[letter], (position, 0.5), self.SPAN)
            played.append(letters[pattern])
        return played

    def test_a_new_pattern_is_taken_at_once(self) -> None:
        assert self.settled(("o", 0.5), ("d", 0.501)) == ["o", "d"]

    def test_one_that_was_left_comes_back_beyond_the_span_and_not_before(self) -> None:
        assert self.settled(("o", 0.5), ("t", 0.45), ("t", 0.35)) == ["o", "o", "t"]

    def test_the_span_itself_still_holds(self) -> None:
        assert self.settled(("o", 0.5), ("t", 0.5 - self.SPAN)) == ["o", "o"]

    def test_any_one_axis_may_go_beyond(self) -> None:
        hysteresis = Hysteresis()
        assert hysteresis.settle(TRITONE, OTHER_TRITONE, (0.5, 0.5), self.SPAN) == OTHER_TRITONE
        assert hysteresis.settle(OTHER_TRITONE, TRITONE, (0.5, 0.9), self.SPAN) == TRITONE

    def test_a_jump_takes_what_is_there(self) -> None:
        hysteresis = Hysteresis()
        hysteresis.settle(TRITONE, OTHER_TRITONE, (0.5,), self.SPAN)
        hysteresis.forget()
        assert hysteresis.settle(OTHER_TRITONE, TRITONE, (0.5,), self.SPAN) == TRITONE
