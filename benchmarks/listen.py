"""How well, and how fast, phrases are recognised that were played with errors.

    python benchmarks/listen.py [slonimsky | octave | atlas | ties | likelihood | jack]

2,000 patterns are drawn from the corpus with one seed. Each is played from a tonic drawn from C2..C6, with all of these
errors: one wrong note in eight (another pitch class, at most six semitones away), one note left out, one note played
twice, and everything moved by up to two octaves. Swung timing changes no order, so it changes nothing here. Half a turn
is the first half of the notes, with the same errors.

Right is the pattern that was drawn, or another one that has the same notes as far as the phrase was played: nobody can
tell `semitone 0` and `whole-tone 0 1` apart. "By name" counts only the pattern that was drawn.

With `ties`, it counts for 600 phrases of the octave corpus what is possible: how many other scales, with other notes as
far as the phrase was played, are at the same distance or nearer, in all twelve keys and in the key that was played.

With `likelihood`, it measures a listener that knows how often each error occurs, on 600 phrases of the octave corpus:
one note in eight is another pitch class, and one in so many as the phrase has is left out or played twice. It adds up
the probabilities of all ways to play the phrase, from all tonics, and takes the scale with the largest sum. No listener
with the same knowledge is right more often, because all scales are drawn equally often.

With `jack` (Debian: jackd2), phrases of 13 notes are played to Polate on a JACK server. The measured time is from the
end of the last note to the first note of the answer, without the gap that is set. The line has a step of 9.4 ms, so
half of that is waiting for the next step.
"""

import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from polate import Pattern
from polate.listen.phrase_table import PhraseTable
from polate.listen.recognition import Recogniser
from polate_training.corpus import thesaurus
from polate_training.octave import octave

PHRASES = 2_000
GAP_MS, ANSWERS = 200, 100


def with_errors(notes: list[int], chance: np.random.Generator) -> list[int]:
    played = list(notes)
    for at in chance.choice(len(played), round(len(played) / 8), replace=False):
        away = int(chance.integers(1, 7)) * int(chance.choice((-1, 1)))
        played[at] += away
    del played[int(chance.integers(len(played)))]
    doubled = int(chance.integers(len(played)))
    played.insert(doubled, played[doubled])
    moved = 12 * int(chance.integers(-2, 3))
    return [note + moved + 12 * ((note + moved < 0) - (note + moved > 127)) for note in played]


def same_notes(a: Pattern, b: Pattern, count: int) -> bool:
    """Whether two patterns sound the same over their first ``count`` notes."""
    return a.render(60)[:count] == b.render(60)[:count]


def measure(recogniser: Recogniser, patterns: tuple[Pattern, ...], share: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    first, three, by_name, seconds = [], [], [], []
    for index in chance.integers(len(patterns), size=PHRASES):
        drawn = patterns[int(index)]
        turn = list(drawn.render(int(chance.integers(36, 85))))
        turn = turn[: max(3, round(len(turn) * share))]
        phrase = with_errors(turn, chance)
        start = time.perf_counter()
        found = [each.pattern for each in recogniser.nearest(phrase)]
        seconds.append(time.perf_counter() - start)
        right = [same_notes(each, drawn, len(turn)) for each in found]
        first.append(right[:1] == [True])
        three.append(any(right))
        by_name.append(found[:1] == [drawn])
    p50, p95, most = np.quantile(seconds, (0.5, 0.95, 1)) * 1000
    print(
        f"{'a whole turn' if share == 1 else f'{share:.0%} of a turn':14} first {np.mean(first):6.1%}, "
        f"among three {np.mean(three):6.1%}, first by name {np.mean(by_name):6.1%}; "
        f"ms: {p50:.1f} median, {p95:.1f} p95, {most:.1f} slowest"
    )


def count_ties(patterns: tuple[Pattern, ...], share: float, seed: int) -> None:
    recogniser, chance = Recogniser(PhraseTable.of(patterns)), np.random.default_rng(seed)
    count = len(patterns)
    rows, tonics = np.repeat(np.arange(count), 12), np.tile(np.arange(12), count).astype(np.int8)
    others: dict[str, list[int]] = {"in any key": [], "in the key played": []}
    nearest: dict[str, list[bool]] = {key: [] for key in others}
    for index in chance.integers(count, size=600).tolist():
        drawn, tonic = patterns[index], int(chance.integers(36, 85))
        turn = list(drawn.render(tonic))
        turn = turn[: max(3, round(len(turn) * share))]
        phrase = np.array(with_errors(turn, chance), dtype=np.int16)
        distances = recogniser.distances(phrase, rows, tonics).reshape(count, 12)
        same = np.array([same_notes(each, drawn, len(turn)) for each in patterns])
        for key, each in (("in any key", distances.min(1)), ("in the key played", distances[:, tonic % 12])):
            others[key].append(int((each <= each[index])[~same].sum()))
            nearest[key].append(bool(same[each == each.min()].any()))
    for key, counts in others.items():
        print(
            f"{share:.0%} of a turn, {key}: other scales that fit as well, median {np.median(counts):.0f}, mean "
            f"{np.mean(counts):.1f}; none {np.mean(np.array(counts) == 0):.1%}; right one among the nearest "
            f"{np.mean(nearest[key]):.1%}"
        )


def likelihoods(table: PhraseTable, phrase: NDArray[np.int64]) -> NDArray[np.float64]:
    """How likely each pattern, from any tonic, is to be played as the phrase (L,), up to a common factor: (N,)."""
    count, width = table.pitch_classes.shape
    lengths = table.lengths[:, np.newaxis]
    past = (np.arange(width) >= lengths)[:, np.newaxis]  # (N, 1, W)
    behind = [((np.arange(width) - by) % lengths)[:, np.newaxis] for by in (1, 2)]
    rare = 1 / len(phrase)  # left out, or played twice

    def heard(note: int) -> NDArray[np.float64]:  # (N, 12, W)
        above = (note - np.arange(12)) % 12
        return np.where(table.pitch_classes[:, np.newaxis] == above[:, np.newaxis], 7 / 8, 1 / 8 / 11)

    here = np.zeros((count, 12, width))  # the probability that the phrase so far has been played, and ends here
    here[..., 0], here[..., 1] = 1 - rare, rare
    here *= heard(int(phrase[0])) * ~past
    for note, leap in zip(phrase[1:].tolist(), np.diff(phrase).tolist(), strict=True):
        next_, left_out = (np.take_along_axis(here, np.broadcast_to(by, here.shape), 2) for by in behind)
        here, again = ((1 - 2 * rare) * next_ + rare * left_out) * heard(note), here
        here += (leap == 0) * rare * again
        here *= ~past
        here /= here.max()
    total: NDArray[np.float64] = here.sum((1, 2))
    return total


def measure_likelihood(patterns: tuple[Pattern, ...], share: float, seed: int) -> None:
    table, chance = PhraseTable.of(patterns), np.random.default_rng(seed)
    first, three = [], []
    for index in chance.integers(len(patterns), size=600).tolist():
        turn = list(patterns[index].render(int(chance.integers(36, 85))))
        turn = turn[: max(3, round(len(turn) * share))]
        likely = np.argsort(-likelihoods(table, np.array(with_errors(turn, chance))), kind="stable")[:3]
        right = [same_notes(patterns[at], patterns[index], len(turn)) for at in likely.tolist()]
        first.append(right[0])
        three.append(any(right))
    print(f"likelihood, {share:.0%} of a turn: first {np.mean(first):.1%}, among three {np.mean(three):.1%}")


def measure_on_jack() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from rig import JackServer, Rig, wait_until

    first, second = Pattern.parse("tritone 0 1 2"), Pattern.parse("tritone 0 -1 1")
    phrases = [first.render(60), second.render(64)]  # they have no pitch class in common
    classes = [{note % 12 for note in phrase} for phrase in phrases]
    options = (
        "--bpm",
        "400",
        "--rate",
        "1/64",
        "--no-osc",
        "--no-web",
        "--listen",
        "rest",
        "--listen-gap",
        str(GAP_MS),
    )
    late, missed = [], 0
    with JackServer("polate-benchmark") as jack, Rig(jack) as rig:
        process = rig.play(*options)
        time.sleep(5)  # the table is made
        for number in range(ANSWERS + 1):
            phrase, wanted = phrases[number % 2], classes[number % 2]
            for note in phrase:
                rig.knobs.send([0x90, note, 90])
                time.sleep(0.02)
                ended = time.monotonic()
                rig.knobs.send([0x80, note, 0])
                time.sleep(0.005)

            def answer(ended: float = ended, wanted: set[int] = wanted) -> float | None:
                recent = rig.daw.heard[-400:]
                return next(
                    (h.at for h in recent if h.at > ended and h.data[0] == 0x90 and h.data[1] % 12 in wanted), None
                )

            if number == 0:  # until the first answer, something else plays
                time.sleep(2)
                continue
            try:
                wait_until(answer, 5, "the answer")
                late.append(1000 * ((answer() or 0) - ended) - GAP_MS)
            except AssertionError:  # the machine stood still within the phrase for longer than the gap
                missed += 1
            time.sleep(0.1)
        rig.stop(process)
    p50, p95, most = np.quantile(late, (0.5, 0.95, 1))
    print(f"{len(late)} answers on JACK, {missed} missed")
    print(f"ms after the gap: {p50:.1f} median, {p95:.1f} p95, {most:.1f} slowest")


def main() -> None:
    if sys.argv[1:] == ["jack"]:
        measure_on_jack()
        return
    if sys.argv[1:] in (["ties"], ["likelihood"]):
        count = count_ties if sys.argv[1] == "ties" else measure_likelihood
        for share in (1.0, 0.5):
            count(octave().patterns, share, seed=11)
        return
    corpora = {"octave": octave, "atlas": lambda: thesaurus().joined(octave())}
    corpus = corpora.get(sys.argv[1] if sys.argv[1:] else "", thesaurus)()
    start = time.perf_counter()
    recogniser = Recogniser(PhraseTable.of(corpus.patterns))
    print(f"{len(corpus.patterns)} patterns; the table took {time.perf_counter() - start:.2f} s")
    for share in (1.0, 0.5):
        measure(recogniser, corpus.patterns, share, seed=11)


if __name__ == "__main__":
    main()
