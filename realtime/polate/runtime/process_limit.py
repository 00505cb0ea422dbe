"""Where the system gives no more processes or threads: a user may have only so many (``ulimit -u``)."""

import errno
import threading

__all__ = ["start_thread", "why_not_started"]


def why_not_started(error: OSError | None = None) -> str:
    """Why no process or thread could be started, for a message. ``error``: from starting a process."""
    if error and error.errno != errno.EAGAIN:
        return error.strerror or str(error)
    try:
        import resource
    except ImportError:  # Windows
        return "the system gives no more processes or threads"
    most, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    allowed = "" if most == resource.RLIM_INFINITY else f"; this user may have {most} (ulimit -u)"
    return f"the system gives no more processes or threads{allowed}"


def start_thread(thread: threading.Thread) -> bool:
    """Start a thread. False if the system gives no more threads."""
    try:
        thread.start()
    except RuntimeError:
        return False
    return True
