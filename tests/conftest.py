"""What every test may ask for: simulated markets, and a network that is closed."""

import gc
import socket
from collections.abc import Iterator

import pytest
from hypothesis import settings

from forefolio.market import Market, simulated_market

# Hypothesis draws anew in every run, but for CI, which draws the same unless `make test-fresh` asks
# it not to. How long an example takes is not what a property is about: machines are shared.
settings.register_profile("fresh", deadline=None, print_blob=True)
if settings.get_current_profile_name() == "default":
    settings.load_profile("fresh")

# Half a million objects of modules and tests stay to the end: the collector looks through them
# seldom while they are imported, and not at all after that.
gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    gc.freeze()


@pytest.fixture
def market() -> Market:
    return simulated_market()


@pytest.fixture
def holed_market() -> Market:
    return simulated_market(seed=1, holes=0.03)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family != socket.AF_UNIX and host not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield
