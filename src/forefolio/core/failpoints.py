"""Named points where a test makes the program crash, fail, stall or run out of space.

`FOREFOLIO_FAIL=store.append:3:kill` kills the process the third time it passes
`failpoint("store.append")`. Without that variable a failpoint costs one look-up and does nothing.
"""

import errno
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

Clock: TypeAlias = Callable[[], float]

_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Do what `FOREFOLIO_FAIL=name:N:action` says at the N-th pass."""
    order = os.environ.get("FOREFOLIO_FAIL")
    if not order:
        return
    target, nth, action = order.split(":")
    if target != name:
        return
    _passed[name] += 1
    if _passed[name] == int(nth):
        _act(name, action)


def _act(name: str, action: str) -> None:
    match action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise RuntimeError(f"failpoint {name}")
        case "enospc":
            raise OSError(errno.ENOSPC, f"failpoint {name}: no space left on device")
        case "hang":
            time.sleep(3600)
        case _:
            raise ValueError(f"FOREFOLIO_FAIL: no action {action!r}; kill, raise, enospc or hang")
