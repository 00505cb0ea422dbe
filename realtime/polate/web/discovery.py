"""Tells other programs where Polate is, by DNS-SD (zeroconf): `_osc._udp`, and `_oscjson._tcp` for OSCQuery.

On loopback only programs of this machine are told. Sources: RFC 6762 and 6763, the OSCQuery proposal.
"""

import asyncio
import contextlib
import socket
from typing import Any

from polate.web.sockets import lan_addresses

__all__ = ["advertise"]

_NAME = "Polate"
_EVERYWHERE = ("0.0.0.0", "::")
_LATER_SECONDS = 1.0  # the import takes a quarter of a second, which the first page should not wait for


async def advertise(host: str, osc_port: int, query_port: int) -> None:
    """Be found until the task is cancelled. ``host``: where Polate listens for OSC."""
    await asyncio.sleep(_LATER_SECONDS)
    try:
        from zeroconf import IPVersion
        from zeroconf.asyncio import AsyncZeroconf
    except ImportError:  # the optional dependency is missing: Polate can still be named by hand
        return
    addresses = lan_addresses() if host in _EVERYWHERE else [socket.gethostbyname(host)]
    with contextlib.suppress(OSError):  # no network interface for multicast
        zeroconf = AsyncZeroconf(interfaces=addresses, ip_version=IPVersion.V4Only)
        try:
            for kind, port in (("_osc._udp", osc_port), ("_oscjson._tcp", query_port)):
                await (await zeroconf.async_register_service(_service(kind, port, addresses), allow_name_change=True))
            await asyncio.Event().wait()
        finally:
            await zeroconf.async_close()


def _service(kind: str, port: int, addresses: list[str]) -> Any:
    from zeroconf import ServiceInfo

    return ServiceInfo(
        f"{kind}.local.",
        f"{_NAME}.{kind}.local.",
        port=port,
        parsed_addresses=addresses,
        properties={"txtvers": "1"},
        server=f"polate-{socket.gethostname().split('.')[0]}.local.",
    )
