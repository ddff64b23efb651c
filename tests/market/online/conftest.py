"""What the tests of providers share: time that passes only when it is told to, and no waiting."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import stamina

from forefolio.market.online.limits import Limits
from forefolio.market.online.request import Requests

ROOT = str(Path(__file__).parents[3])
if ROOT not in sys.path:  # processes that a test starts find it as tests.market.online
    sys.path.insert(0, ROOT)

CANARY = "CANARY0KEY7"


@dataclass
class Time:
    """Seconds since 1970; sleeping makes them pass."""

    now: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def limits(tmp_path: Path, clock: Time) -> Limits:
    return Limits(path=tmp_path / "sources.db", clock=clock, sleep=clock.sleep)


@pytest.fixture
def requests(limits: Limits, clock: Time) -> Requests:
    return Requests(limits=limits, secrets=(CANARY,), clock=clock)


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=5, cap=True):
        yield
