import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.runs.toy_jobs import opening  # noqa: E402

from forefolio.api.app import create_app  # noqa: E402


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(opening(tmp_path))
    with TestClient(app, "http://localhost", raise_server_exceptions=False) as client:
        yield client
