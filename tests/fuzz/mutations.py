"""Bytes that are nearly right: seeds, changed a little at random. The same number makes the same bytes."""

import os
import random
from collections.abc import Callable, Iterator, Sequence

from polate import PolateError

_NUMBERS = (b"\x00", b"\xff", b"\x7f", b"\xff" * 4, b"\x7f\xff\xff\xff", b"-1", b"1e308", b"NaN", b"9" * 30)
_WORDS = (b"null", *(bytes([each]) for each in b'{}[]"\\\n\r.,=\x00'), b"\xed\xa0\x80", b"\x1b[2J")


def rounds(short: int, long: int) -> int:
    """How many: ``short``, or with POLATE_FUZZ=0.1 a tenth of ``long``, with POLATE_FUZZ=1 all of it."""
    share = os.environ.get("POLATE_FUZZ")
    return max(short, round(float(share) * long)) if share else short


def mutated(dice: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds after one to eight changes."""
    data = bytearray(dice.choice(seeds))
    for _ in range(dice.randint(1, 8)):
        at = dice.randint(0, len(data))
        end = min(len(data), at + dice.choice((1, 2, 4, 16, 200)))
        match dice.randrange(8):
            case 0 if at < len(data):
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                data[at:end] = dice.randbytes(end - at)
            case 2:
                del data[at:end]
            case 3:
                data[at:at] = data[at:end] * dice.choice((1, 2, 30))
            case 4:
                data[at:at] = dice.choice(_NUMBERS)
            case 5:
                data[at:end] = dice.choice(_WORDS)
            case 6:
                other = dice.choice(seeds)
                place = dice.randint(0, len(other))
                data[at:end] = other[place : place + dice.choice((1, 4, 50))]
            case _:
                data[at:at] = dice.choice(_NUMBERS)
    return bytes(data[:200_000])


def mutations(name: str, count: int, seeds: Sequence[bytes]) -> Iterator[bytes]:
    for number in range(count):
        yield mutated(random.Random(f"{name}/{number}"), seeds)


def survives(use: Callable[[], object], data: bytes) -> None:
    """Whatever happens, it is nothing, or an error that Polate raises on purpose, in one printable line."""
    try:
        use()
    except PolateError as error:
        if not str(error).isprintable():
            raise AssertionError(f"not printable: {error!a}; of {data!r}") from error
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}; of {data!r}") from error
