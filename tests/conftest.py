"""What every test may ask for: simulated markets, and a network that is closed."""

import socket
from collections.abc import Iterator

import pytest

from forefolio.market import Market, simulated_market


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
