"""What one MIDI message costs from its bytes to a control, beside mido's parsing of it. Needs nothing but Polate.

    python benchmarks/mapping.py [--rounds 40]

128 knobs (CC 0 to 127), each with an axis, turned one after the other; the same with takeover, which looks where the
target stands; 14-bit pairs; encoders; and notes that are keys. mido makes a message object of the same bytes, and does
nothing with it. In every round all take their turns in shuffled order; medians over the rounds, and of the rounds'
ratios.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable

import mido

from polate.mapping.mapper import Mapper
from polate.mapping.mapping import Mapping
from polate.midi.messages import CONTROL_CHANGE, NOTE_ON

BLOCK = 1280  # messages


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--rounds", type=int, default=40)
    options = arguments.parse_args()
    turns = [bytes([CONTROL_CHANGE, number % 128, number // 10 % 128]) for number in range(BLOCK)]
    contestants: dict[str, Callable[[], None]] = {
        "mido: bytes to a message": lambda: [mido.Message.from_bytes(turn) for turn in turns] and None,
        "128 knobs": feeding(turns, [Mapping(source=f"cc {n}", target=f"z/{n % 8 + 1}") for n in range(128)]),
        "128 knobs, to a setting": feeding(turns, [Mapping(source=f"cc {n}", target="gate") for n in range(128)]),
        "128 knobs, takeover scale": feeding(
            turns, [Mapping(source=f"cc {n}", target=f"z/{n % 8 + 1}", takeover="scale") for n in range(128)]
        ),
        "32 pairs": feeding(
            [bytes([CONTROL_CHANGE, n % 32 + 32 * (n // 32 % 2), n % 128]) for n in range(BLOCK)],
            [Mapping(source=f"cc14 {n}", target=f"z/{n % 8 + 1}") for n in range(32)],
        ),
        "128 encoders": feeding(
            turns, [Mapping(source=f"relative {n} offset", target=f"z/{n % 8 + 1}") for n in range(128)]
        ),
        "keys": feeding([bytes([NOTE_ON, n % 128, n % 128]) for n in range(BLOCK)], []),
    }
    took: dict[str, list[float]] = {name: [] for name in contestants}
    dice = random.Random(0)
    for _ in range(options.rounds):
        for name in dice.sample(list(contestants), len(contestants)):
            began = time.perf_counter_ns()
            contestants[name]()
            took[name].append((time.perf_counter_ns() - began) / BLOCK / 1000)
    base = took["mido: bytes to a message"]
    for name, microseconds in took.items():
        ratio = statistics.median(ours / theirs for ours, theirs in zip(microseconds, base, strict=True))
        print(f"{name:28} {statistics.median(microseconds):7.2f} us  {ratio:5.2f} x")


def feeding(messages: list[bytes], mappings: list[Mapping]) -> Callable[[], None]:
    places: dict[str, float] = {f"z/{axis}": 0.5 for axis in range(1, 9)}
    mapper = Mapper(mappings, places.get)

    def feed() -> None:
        for message in messages:
            mapper.feed(message, 0)

    return feed


if __name__ == "__main__":
    main()
