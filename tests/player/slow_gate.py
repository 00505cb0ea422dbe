"""A gate whose port takes longer to open than anything else, as after a JACK client that was killed."""

import time

from polate.gate.process import _main

if __name__ == "__main__":
    time.sleep(5.5)
    raise SystemExit(_main())
