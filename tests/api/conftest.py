import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.runs.toy_jobs import opening  # noqa: E402

from forefolio.api.app import create_app  # noqa: E402
from forefolio.core.settings import Settings  # noqa: E402
from forefolio.runs.opening import opening as real_opening  # noqa: E402

SMALL: dict[str, Any] = {"source": {"kind": "synthetic", "sessions": 400, "assets": 4}}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(opening(tmp_path))
    with TestClient(app, "http://localhost", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service that tests share keeps its things."""
    return tmp_path_factory.mktemp("service")


@contextmanager
def serving(home: Path) -> Iterator[TestClient]:
    """A service with the real studies."""
    settings = Settings(
        home=home, database_url=f"sqlite:///{home}/forefolio.db", executor="inline:"
    )
    app = create_app(real_opening(settings.prepare()))
    with TestClient(app, "http://localhost", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def service(home: Path) -> Iterator[TestClient]:
    """One service for all tests that leave it as they found it."""
    with serving(home) as client:
        yield client


@pytest.fixture
def new_service(tmp_path: Path) -> Iterator[TestClient]:
    """A service that was asked nothing yet."""
    with serving(tmp_path) as client:
        yield client
