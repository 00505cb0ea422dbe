"""The process that serves the page in the browser.

    player <--lines of JSON--> PageProcess <--HTTP, websockets--> pages

It gives way to the gate, and tells the player the links, before it imports the server's libraries. These take half a
second of processor time.
"""

import contextlib

from polate.runtime.child_process import child_side


def _main() -> int:
    player, settings = child_side()

    from polate.control.front_messages import Listening
    from polate.errors import PolateError
    from polate.runtime.line_stream import encode_line
    from polate.web.address import PageAddress

    def tell(message: Listening) -> None:
        player.setblocking(True)
        player.sendall(encode_line(message))

    try:
        address = PageAddress.open(settings)
        tell(Listening(address.links))

        import asyncio

        from polate.web.page_process import PageProcess

        asyncio.run(PageProcess(player, address, settings).run())
    except (PolateError, OSError) as error:
        with contextlib.suppress(OSError):
            tell(Listening([], str(error)))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
