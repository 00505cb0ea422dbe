"""The process that serves the page in the browser.

    player <--lines of JSON--> PageProcess <--HTTP, websockets--> pages

It gives way to the gate before it imports the server's libraries, which take half a second of processor time.
"""

import contextlib

from polate.runtime.child_process import child_side


def _main() -> int:
    player, settings = child_side()

    import asyncio

    from polate.control.front_messages import Listening
    from polate.errors import PolateError
    from polate.runtime.line_stream import encode_line
    from polate.web.page_process import PageProcess

    try:
        asyncio.run(PageProcess(player, settings).run())
    except (PolateError, OSError) as error:
        with contextlib.suppress(OSError):
            player.setblocking(True)
            player.sendall(encode_line(Listening([], str(error))))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(_main())
