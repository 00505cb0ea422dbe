"""Where the page is served: a port that is free, and the addresses by which this machine can be called."""

import contextlib
import os
import socket

__all__ = ["LOOPBACK", "MOST_PORTS", "lan_addresses", "listen"]

LOOPBACK = ("127.0.0.1", "localhost")

MOST_PORTS = 20
"""Ports that are tried, one after the other, before the system chooses one."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on this port, or on the next that is free. Raises `OSError` if there is none."""
    for candidate in [*(number for number in range(port, port + MOST_PORTS) if number <= 65535), 0]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name == "posix":  # elsewhere it would share a port that another program has
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
    """The IPv4 addresses by which other machines of the network can call this one, the likeliest first."""
    addresses = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # documentation's network (RFC 5737): chooses a way out, sends nothing
        addresses.append(probe.getsockname()[0])
    with contextlib.suppress(OSError):
        addresses += [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [str(address) for address in dict.fromkeys(addresses) if not str(address).startswith("127.")]
