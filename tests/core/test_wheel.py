"""The wheel in an empty environment: what it brings and what the lock file names is enough."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import venv
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements-runtime.lock"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the locked libraries and our wheel, nothing else."""
    home = tmp_path_factory.mktemp("wheel")
    source = home / "source"  # without what a developer's folder has beside it
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    build = "import sys; from poetry.core.masonry.api import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(home)], cwd=source, check=True)
    (wheel,) = home.glob("*.whl")
    venv.create(home / "env", with_pip=False, symlinks=True)
    inside = home / "env" / "bin" / "python"
    (packages,) = (home / "env" / "lib").glob("python*/site-packages")
    for name in locked():
        link(name, packages)
    subprocess.run(
        [sys.executable, "-m", "pip", f"--python={inside}", "install", "--no-deps", "--no-index",
         "--quiet", "--disable-pip-version-check", str(wheel)],
        check=True,
    )  # fmt: skip
    return inside


def locked() -> list[str]:
    """The libraries of the lock file that are installed here: those of this platform."""
    pins = re.findall(r"^([a-z0-9-]+)(?:\[[^]]*])?==", LOCK.read_text(), re.MULTILINE)
    return [name for name in pins if is_installed(name)]


def is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def link(name: str, packages: Path) -> None:
    """Have an installed library in another environment as well, without a copy."""
    one = metadata.distribution(name)
    for file in one.files or ():
        top = file.parts[0]
        if top in ("..", "__pycache__") or (packages / top).exists():
            continue
        place = Path(str(one.locate_file(top)))
        if place.exists():
            (packages / top).symlink_to(place)


def forefolio(python: Path, *words: str) -> list[str]:
    return [str(python), "-P", "-m", "forefolio", *words]


def surroundings(home: Path) -> dict[str, str]:
    """Nothing of this process but where programs are."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "FOREFOLIO_HOME": str(home / "kept"),
        "FOREFOLIO_EXECUTOR": "inline:",
    }


def test_it_optimizes_the_sample(python: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [str(python), "-P", "-c", "import forefolio; print(forefolio.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert Path(where.stdout.strip()).is_relative_to(python.parents[1])
    answer = subprocess.run(
        forefolio(python, "optimize", "--tickers", "AAPL,MSFT,KO,JNJ", "--json"),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=surroundings(tmp_path),
    )
    assert answer.returncode == 0, answer.stderr
    weights = json.loads(answer.stdout)["data"]["weights"]
    assert sum(weights.values()) == pytest.approx(1.0, abs=1e-6)


def test_it_serves_until_it_is_told_to_stop(python: Path, tmp_path: Path) -> None:
    port = free_port()
    log = (tmp_path / "log").open("w+b")
    served = subprocess.Popen(
        forefolio(python, "serve", "--port", str(port)),
        stdout=log,
        stderr=log,
        cwd=tmp_path,
        env=surroundings(tmp_path),
    )
    try:
        assert asked(f"http://127.0.0.1:{port}/health/ready", 60.0) == {"status": "ready"}
    finally:
        served.send_signal(signal.SIGTERM)
        code = served.wait(30)
        log.close()
    assert code == 0, (tmp_path / "log").read_text()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def asked(url: str, patience_s: float) -> Any:
    """What an address answers, once somebody listens."""
    ends = time.monotonic() + patience_s
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)
