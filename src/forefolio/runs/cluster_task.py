"""What a Dask worker does for us: one task at a time, on arrays that it was sent once.

Each worker process has a folder of its own for arrays, which goes when it ends.
"""

import threading
from pathlib import Path
from typing import Any, Literal, TypeAlias
from uuid import uuid4

from forefolio.core.lazy import lazy
from forefolio.runs.carried import add_piece, seal, unpacked_call
from forefolio.runs.memo import code_digest
from forefolio.runs.worker import answered
from forefolio.store.arrays import DRAFT

distributed: Any = lazy("distributed")

Outcome: TypeAlias = tuple[Literal["answer", "missing", "other code", "late"], str, bytes]
"""What became of a task, on which worker, and the answer if there is one."""


def perform(
    call: bytes, folders: tuple[str, ...], code: str, timeout_s: float | None = None
) -> Outcome:
    """Answer a packed call, unless arrays are missing here, or the code is another one.

    After `timeout_s` it is late, and goes on until this worker is started anew.
    """
    worker = distributed.get_worker()
    own = _arrays(worker)
    if code_digest() != code:
        return "other code", worker.address, b""
    if not all((own / name).is_dir() for name in folders):
        return "missing", worker.address, b""
    answers: list[bytes] = []

    def work() -> None:
        answers.append(answered(lambda: unpacked_call(call, lambda name: own / name)))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(timeout_s)
    return ("answer", worker.address, answers[0]) if answers else ("late", worker.address, b"")


def code_here() -> str:
    """The name of the code that this worker computes with."""
    return code_digest()


def receive(draft: str, file: str, piece: bytes, dask_worker: Any = None) -> None:
    """Take what comes next of a file."""
    add_piece(_arrays(dask_worker) / draft, file, piece)


def complete(draft: str, name: str, dask_worker: Any = None) -> None:
    """Verify what came, and have it under its name."""
    seal(_arrays(dask_worker) / draft, name)


def new_draft() -> str:
    """A name for a folder that is on its way."""
    return DRAFT + uuid4().hex


def _arrays(worker: Any) -> Path:
    return Path(worker.local_directory) / "forefolio-arrays"
