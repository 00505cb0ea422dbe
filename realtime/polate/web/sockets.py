"""The TCP port of the page, and the addresses of this machine."""

import contextlib
import os
import socket

__all__ = ["LOOPBACK", "MOST_PORTS", "lan_addresses", "listen"]

LOOPBACK = ("127.0.0.1", "localhost")

MOST_PORTS = 20
"""The number of ports that are tried in turn before the system chooses one."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on this port, or on the next free one. Raises `OSError` if no port is free."""
    for candidate in [*(number for number in range(port, port + MOST_PORTS) if number <= 65535), 0]:
        # asyncio sets TCP_NODELAY only on sockets whose protocol is named: without it, each answer took 40 ms
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":  # on Windows this option would let two programs share a port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, candidate))
            listener.listen(64)
        except OSError:
            listener.close()
            continue
        listener.setblocking(False)
        return listener
    raise OSError(f"no port of {host} can be listened to")


def lan_addresses() -> list[str]:
    """The IPv4 addresses of this machine that others on the network can reach, the likeliest first."""
    addresses = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # an address for documentation (RFC 5737): the call selects a network interface and sends nothing
        probe.connect(("192.0.2.1", 9))
        addresses.append(probe.getsockname()[0])
    with contextlib.suppress(OSError):
        addresses += [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [str(address) for address in dict.fromkeys(addresses) if not str(address).startswith("127.")]
