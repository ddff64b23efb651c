"""What a lock file pins, as CycloneDX: `python tools/sbom.py requirements-runtime.lock`."""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"([a-z0-9-]+)(?:\[[^]]*])?==([^ ;]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def main(lock: str) -> None:
    """Print the document."""
    print(json.dumps(document(Path(lock).read_text(encoding="utf-8")), indent=1))


def document(lock: str) -> dict[str, Any]:
    """The document for the text of a lock file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = {"name": project["name"], "version": project["version"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", **own, "purl": _purl(**own)}},
        "components": [_component(line) for line in _lines(lock)],
    }


def _lines(lock: str) -> list[str]:
    whole = lock.replace("\\\n", " ").splitlines()
    return [line for line in whole if _PIN.match(line)]


def _component(line: str) -> dict[str, Any]:
    """One pin; a distribution has a hash per file, each of which may be what is installed."""
    pin = _PIN.match(line)
    assert pin is not None
    name, version = pin[1], pin[2]
    purl = _purl(name, version)
    files = [{"alg": "SHA-256", "content": digest} for digest in _HASH.findall(line)]
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "externalReferences": [
            {"type": "distribution", "url": purl, "hashes": [each]} for each in files
        ],
    }


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"


if __name__ == "__main__":
    main(*sys.argv[1:])
