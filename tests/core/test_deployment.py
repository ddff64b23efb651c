"""The image, the compose file, the workflow and the bill of materials, as far as text can be read.

No container is built here: what they say is held to what they must say.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from forefolio.cli import SUMMARIES
from forefolio.core.settings import Settings

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile with its arguments."""
    lines = [
        line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")
    ]
    whole = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in whole) if word]


def test_the_image_runs_as_a_user_of_its_own() -> None:
    told = instructions()
    stages = [n for n, (word, _) in enumerate(told) if word == "FROM"]
    assert len(stages) == 3  # the page, the wheel, and what runs
    last = told[stages[-1] :]
    assert ("USER", "forefolio") in last and ("VOLUME", "/data") in last
    assert [rest for word, rest in last if word == "ENTRYPOINT"] == ['["forefolio"]']
    assert any(word == "HEALTHCHECK" and "/health/ready" not in rest for word, rest in told) or (
        "/health/ready" in (ROOT / "Dockerfile").read_text()
    )
    assert not any("pip" in rest for word, rest in last if word == "RUN")


def test_everything_that_is_installed_is_pinned() -> None:
    installs = re.findall(r"pip install [^&]*", " ".join(rest for _, rest in instructions()))
    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)


def test_only_what_the_image_is_built_from_is_sent() -> None:
    copied = {
        name.partition("/")[0]
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for name in rest.split()[:-1]
    }
    allowed = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_every_command_can_be_read_by_what_runs_it() -> None:
    """By the shell, or as a list of words; what is copied from a stage was made or put there."""
    stages: dict[str, list[str]] = {}
    name = ""
    for word, rest in instructions():
        match word:
            case "FROM":
                name = rest.partition(" AS ")[2]
                stages[name] = []
                assert re.search(r":\d", rest), f"{rest} names no version"
            case "RUN":
                subprocess.run(["sh", "-n", "-c", rest], check=True)
                stages[name].append(rest)
            case "ENTRYPOINT" | "CMD":
                assert all(isinstance(each, str) for each in json.loads(rest))
            case "HEALTHCHECK":
                command = json.loads(rest.partition("CMD ")[2])
                assert command[:2] == ["python", "-c"]
                compile(command[2], "healthcheck", "exec")
            case "COPY" if rest.startswith("--from="):
                stage, source, _ = rest.removeprefix("--from=").split()
                made = " ".join(stages[stage])
                assert source in made or (source.endswith("api/built") and "npm run build" in made)
            case _:
                assert word in {"WORKDIR", "ENV", "COPY", "USER", "VOLUME", "EXPOSE"}
    assert (ROOT / "web/vite.config.ts").read_text().count("src/forefolio/api/built") == 1


def test_the_tool_that_builds_the_wheel_is_taken_from_the_lock_with_its_hashes() -> None:
    (command,) = (rest for word, rest in instructions() if word == "RUN" and "sed -n" in rest)
    script = re.search(r"sed -n '(.*?)'", command)
    assert script
    picked = subprocess.run(
        ["sed", "-n", script[1], ROOT / "requirements.lock"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert re.match(r"poetry-core==[\d.]+", picked) and picked.count("==") == 1
    assert picked.count("--hash=sha256:") >= 2 and not picked.rstrip().endswith("\\")


def test_what_is_set_in_the_image_and_the_services_are_settings() -> None:
    known = {f"FOREFOLIO_{name.upper()}" for name in Settings.model_fields}
    text = (ROOT / "Dockerfile").read_text() + (ROOT / "compose.yaml").read_text()
    named = set(re.findall(r"\bFOREFOLIO_[A-Z_]+", text))
    assert named and {name.removesuffix("_FILE") for name in named} <= known


def test_the_services_start_commands_that_there_are() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = {name: each for name, each in services.items() if each["image"] == "forefolio"}
    for each in ours.values():
        begun = each["command"][:1] or each["entrypoint"][:1]
        assert begun[0] in {*SUMMARIES, "dask"}
    for each in services.values():
        needed = each.get("depends_on", [])
        assert set(needed) <= set(services)
        assert set(each["networks"]) <= {"outside", "inside"}


def test_the_services_keep_to_themselves() -> None:
    text = (ROOT / "compose.yaml").read_text()
    document: dict[str, Any] = yaml.safe_load(text)
    services = document["services"]
    assert set(services) == {"serve", "scheduler", "worker", "database"}
    assert document["networks"]["inside"]["internal"] is True
    published = {name for name, service in services.items() if "ports" in service}
    assert published == {"serve"} and services["serve"]["ports"] == ["127.0.0.1:8000:8000"]
    assert all("outside" not in services[n]["networks"] for n in set(services) - {"serve"})
    for name in ("serve", "scheduler", "worker"):
        assert services[name]["read_only"] and services[name]["cap_drop"] == ["ALL"]
    assert not re.search(r"(?i)(password|token|key): *[\w]{6,}$", text, re.MULTILINE)


def test_the_workflow_runs_what_a_submission_must_pass() -> None:
    text = (ROOT / ".github/workflows/ci.yaml").read_text()
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["fast"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert ".ci/run" in [step.get("run") for step in jobs["all"]["steps"]]
    assert not re.search(r"https?://", text)


def test_the_bill_of_materials_names_every_library() -> None:
    lock = ROOT / "requirements-runtime.lock"
    made = subprocess.run(
        [sys.executable, ROOT / "tools" / "sbom.py", lock], check=True, capture_output=True
    )
    bill = json.loads(made.stdout)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "forefolio"
    components = {each["purl"]: each for each in bill["components"]}
    assert len(components) == len(re.findall(r"^[a-z].*==", lock.read_text(), re.MULTILINE))
    for each in components.values():
        assert each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}"
        hashes = [h for file in each["externalReferences"] for h in file["hashes"]]
        assert hashes and all(re.fullmatch("[0-9a-f]{64}", h["content"]) for h in hashes)
    assert {"numpy", "fastapi", "distributed", "asyncpg"} <= {
        each["name"] for each in components.values()
    }
    assert not {"pytest", "mypy"} & {each["name"] for each in components.values()}
