"""What a worker process does: one task after another, until its parent says stop or is gone."""

import os
import pickle
import resource
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import parent_process
from types import ModuleType
from typing import Any

from forefolio.core.logs import install_as_asked
from forefolio.core.numerics import load_compiler, one_thread


def work(calls: Connection, script: str | None = None, memory: int | None = None) -> None:
    """Answer each pickled (function, arguments) with a pickled (succeeded, result or error).

    `script` is the caller's program: it is run here, as `__mp_main__`, when something that is
    defined in it arrives, and not before. What takes more than `memory` bytes is a `MemoryError`.
    """
    if memory is not None:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        allowed = memory if most == resource.RLIM_INFINITY else min(memory, most)
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, most))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to handle
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    install_as_asked(os.environ)
    load_compiler()
    calls.send_bytes(b"ready")
    with suppress(EOFError):  # the parent has closed its end
        while True:
            calls.send_bytes(_answer(calls.recv_bytes(), script))


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # the main thread may be deep in native code and cannot be asked


def _answer(call: bytes, script: str | None) -> bytes:
    return answered(lambda: _read(call, script))


def answered(read: Callable[[], Any]) -> bytes:
    """Do the call that `read` returns: a pickled (succeeded, result or error)."""
    try:
        function, args, kwargs = read()
        with one_thread():  # after the import of the task, so that its libraries are limited too
            return pickle.dumps((True, function(*args, **kwargs)), protocol=5)
    except BaseException as error:  # noqa: BLE001 (it is sent to whoever asked)
        return pickle.dumps((False, _portable(error)), protocol=5)


def _read(call: bytes, script: str | None) -> Any:
    try:
        return pickle.loads(call)
    except AttributeError:
        if script is None or hasattr(sys.modules["__main__"], "__file__"):
            raise  # there is no script, or it has been run and does not have it
        main = ModuleType("__mp_main__")
        main.__dict__.update(runpy.run_path(script, run_name="__mp_main__"))
        sys.modules["__main__"] = sys.modules["__mp_main__"] = main
        return pickle.loads(call)


def _portable(error: BaseException) -> BaseException:
    """The error itself if it survives the journey, else one that says the same."""
    error.add_note("in a worker process:\n" + "".join(traceback.format_exception(error)))
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):
            return error
    except Exception:  # noqa: BLE001 (a foreign exception's constructor may raise anything)
        pass
    return RuntimeError(f"{type(error).__name__}: {error}")
