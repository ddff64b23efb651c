"""What a worker process does: one task after another, until its parent says stop or is gone."""

import os
import pickle
import signal
import threading
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import parent_process

from forefolio.numerics import one_thread


def work(calls: Connection) -> None:
    """Answer each pickled (function, arguments) with a pickled (succeeded, result or error)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to handle
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with suppress(EOFError):  # the parent has closed its end
        while True:
            calls.send_bytes(_answer(calls.recv_bytes()))


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # the main thread may be deep in native code and cannot be asked


def _answer(call: bytes) -> bytes:
    try:
        function, args, kwargs = pickle.loads(call)
        with one_thread():  # after the import of the task, so that its libraries are limited too
            return pickle.dumps((True, function(*args, **kwargs)), protocol=5)
    except BaseException as error:  # noqa: BLE001 (it is sent to whoever asked)
        return pickle.dumps((False, _portable(error)), protocol=5)


def _portable(error: BaseException) -> BaseException:
    """The error itself if it survives the journey, else one that says the same."""
    error.add_note("in a worker process:\n" + "".join(traceback.format_exception(error)))
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):
            return error
    except Exception:  # noqa: BLE001 (a foreign exception's constructor may raise anything)
        pass
    return RuntimeError(f"{type(error).__name__}: {error}")
