"""Tasks for worker processes: they must be importable there."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Array


@dataclass(frozen=True)
class Sum:
    numbers: tuple[float, ...]
    log: Path  # one line for each time it is really computed

    @property
    def digest(self) -> str:
        return repr(self.numbers)


class Scale(Component):
    factor: float


class Odd(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def total(task: Sum) -> Array:
    with task.log.open("a") as log:
        log.write("x\n")
    return np.cumsum(task.numbers)


def scaled(task: Scale) -> float:
    return 2 * task.factor


def unpackable(task: Scale) -> object:
    return {"not": object(), "from": task.digest}


def square(number: int) -> int:
    return number * number


def mixed(number: int) -> int:
    """What tasks do on a bad day."""
    match number % 20:
        case 3:
            os.kill(os.getpid(), signal.SIGKILL)
        case 7:
            raise ValueError(f"bad data in {number}")
        case 11:
            time.sleep(60)
    return number * number


def dies_once(marker: Path) -> str:
    if not marker.exists():
        marker.touch()
        os._exit(9)
    return "second time"


def domain_error(needed: int) -> None:
    raise NotEnoughHistory(needed, 30, "momentum")


def unpackable_result(_: int) -> object:
    return lambda: 1


def odd_error(_: int) -> None:
    raise Odd(1, 2)


def threads_of_linear_algebra(_: int) -> list[int]:
    np.linalg.inv(np.eye(3))
    return [library["num_threads"] for library in threadpool_info()]
