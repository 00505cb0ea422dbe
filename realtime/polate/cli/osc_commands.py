"""`polate osc`: every OSC address, with the value that a running Polate has there now."""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Annotated

from cyclopts import Parameter

from polate.cli.take_commands import Port
from polate.errors import printable

__all__ = ["osc"]

_WIDEST_VALUE = 32  # characters; longer texts are cut, unless their address is asked for
_FIRST = re.compile(r"/1(?=/|$)")  # the number of the axis in an address of the table


def osc(
    part: Annotated[str, Parameter(negative=())] = "",
    /,
    *,
    osc_host: str = "127.0.0.1",
    osc_port: Port = 9010,
) -> None:
    """List the OSC addresses: type, value now, range, and what each does.

    The values are those of the 'polate play' that runs. A type is i (integer), f (float) or s (text) for each argument;
    a star repeats the one before it.

    Parameters
    ----------
    part
        List only the addresses that have this part.
    osc_host
        The address on which that Polate listens to OSC.
    osc_port
        The UDP port on which it listens.
    """
    from polate.errors import ConfigError, PortError
    from polate.osc.client import running_polate

    values: dict[str, str] = {}
    try:
        with running_polate(osc_host, osc_port) as polate:
            values = dict(polate.values)
    except PortError as error:
        print(f"{error}: no values", file=sys.stderr)
    rows = [row for row in _rows(values, part) if part in row[0]]
    if not rows:
        raise ConfigError(f"no OSC address has {part[:64]!r} in it; 'polate osc' lists all addresses")
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for *columns, takes in rows:
        padded = (text.ljust(width) for text, width in zip(columns, widths, strict=True))
        print("  ".join([*padded, takes]))


def _rows(values: Mapping[str, str], asked: str) -> Iterator[tuple[str, str, str, str]]:
    """Address, types, value now, and range; those with the number of an axis once for each axis that has a value.

    The value at the address ``asked`` is not cut. Its name may be without ``/polate/``.
    """
    from polate.osc.addresses import ADDRESSES

    for spec in ADDRESSES:
        names = [spec.address]
        if _FIRST.search(spec.address):
            numbered = (_FIRST.sub(f"/{axis}", spec.address) for axis in range(1, 100))
            names = [name for name in numbered if name in values] or names
        for name in names:
            value = printable(" ".join(values.get(name, "").split()))
            shown = (
                value
                if len(value) <= _WIDEST_VALUE or name in (asked, f"/polate/{asked}")
                else f"{value[: _WIDEST_VALUE - 3]}..."
            )
            yield name, spec.types, shown, f"{spec.arguments}: {spec.doc}"
