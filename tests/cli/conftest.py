import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from forefolio import __version__
from forefolio.cli import main
from forefolio.core.settings import Settings

TINY: Mapping[str, Any] = {
    "source": {"kind": "synthetic", "sessions": 400, "assets": 3},
    "minimum_sessions": 100,
    "horizons": [5],
    "strategy": {
        "kind": "forecast_driven",
        "horizon": 5,
        "recipe": {
            "features": [{"kind": "momentum", "window": 21}, {"kind": "volatility", "window": 21}],
            "models": [{"kind": "bayesian_ridge"}],
            "baselines": [{"kind": "zero"}],
            "volatility": [{"kind": "ewma"}],
            "walk": {"first": 260, "refit": 25},
        },
    },
    "baselines": [{"kind": "equal_weight"}],
    "trading": {"warmup": 261},
}


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def envelope(self) -> Any:
        """What `--json` prints, whatever the command."""
        envelope = json.loads(self.out)
        assert list(envelope) == ["run", "created", "kind", "version", "data"]
        assert datetime.fromisoformat(envelope["created"]).tzinfo == UTC
        assert envelope["version"] == __version__ and "run" not in envelope["data"]
        return envelope

    @property
    def document(self) -> Any:
        """What is in the envelope."""
        return self.envelope["data"]


Forefolio: TypeAlias = Callable[..., Said]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, and one for everything that is kept."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FOREFOLIO_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "inline:")
    return tmp_path / "home"


@pytest.fixture
def rastered() -> None:
    """For tests that look into the files of pictures."""


@pytest.fixture(autouse=True)
def _pictures_are_drawn_but_not_rastered(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To make their dots takes most of the time of a run, and few tests look at them."""
    if "rastered" not in request.fixturenames:
        monkeypatch.setattr("forefolio.views.catalog.encoded", lambda _: b"drawn")


@pytest.fixture
def forefolio(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """The command, without a process of its own."""

    def call(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["forefolio", *arguments])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture
def study(tmp_path: Path) -> str:
    return written(tmp_path / "study.yaml", TINY)


def written(path: Path, document: Mapping[str, Any]) -> str:
    path.write_text(json.dumps(document))  # JSON is YAML
    return str(path)


def prices(path: Path, sessions: int = 400, seed: int = 0) -> Path:
    """A CSV file of closes from 2015 on."""
    days = np.busday_offset("2015-01-01", range(sessions), roll="forward")
    steps = np.random.default_rng(seed).normal(0.0003, 0.01, sessions)
    closes = 100 * np.exp(np.cumsum(steps))
    rows = [f"{day},{close:.4f}" for day, close in zip(days, closes, strict=True)]
    path.write_text("\n".join(["Date,Close", *rows]))
    return path


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "forefolio", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], timeout: float = 60) -> Said:
    out, err = process.communicate(timeout=timeout)
    return Said(process.returncode, out, err)
