"""Forecasters that take their worker down; they must be importable there."""

import os
import resource
import signal
import time
from importlib import import_module
from typing import ClassVar, Literal

import numpy as np

from forefolio.core.component import Component
from forefolio.forecast import Dataset, PooledMean, Predictor

ROOMY = 2**40  # bytes; no worker here has as much


class Killed(Component):
    kind: Literal["killed"] = "killed"
    name: ClassVar[str] = "killed"

    def fit(self, data: Dataset) -> Predictor:
        os.kill(os.getpid(), signal.SIGKILL)
        return PooledMean().fit(data)


class Hanging(Component):
    kind: Literal["hanging"] = "hanging"
    name: ClassVar[str] = "hanging"

    def fit(self, data: Dataset) -> Predictor:
        time.sleep(60)
        return PooledMean().fit(data)


class Greedy(Component):
    kind: Literal["greedy"] = "greedy"
    name: ClassVar[str] = "greedy"

    def fit(self, data: Dataset) -> Predictor:
        resource.setrlimit(resource.RLIMIT_AS, (ROOMY // 2, resource.RLIM_INFINITY))
        np.ones(ROOMY // 8)
        return PooledMean().fit(data)


class Unequipped(Component):
    kind: Literal["unequipped"] = "unequipped"
    name: ClassVar[str] = "unequipped"

    def fit(self, data: Dataset) -> Predictor:
        import_module("a_library_that_nobody_has")
        return PooledMean().fit(data)
