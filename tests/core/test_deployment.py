"""The image, the compose file, the workflow and the bill of materials, as far as text can be read.

No container is built here: what they say is held to what they must say.
"""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
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
    assert ["/health/ready" in rest for word, rest in last if word == "HEALTHCHECK"] == [True]
    assert not any("pip" in rest for word, rest in last if word == "RUN")


def test_everything_that_is_installed_is_pinned() -> None:
    installs = re.findall(r"pip install [^&]*", " ".join(rest for _, rest in instructions()))
    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)


def test_only_what_the_image_is_built_from_is_sent() -> None:
    sent = {source.partition("/")[0] for source, _ in copied()}
    allowed = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert sent == allowed
    assert all((ROOT / source).exists() for source, _ in copied())


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
                assert source in made or (source.endswith("/built") and "npm run build" in made)
            case _:
                assert word in {"WORKDIR", "ENV", "COPY", "USER", "VOLUME", "EXPOSE"}


def copied(*words: str) -> list[tuple[str, str]]:
    """What is copied by the instructions that begin so, each with where to."""
    told = [rest.split() for word, rest in instructions() if word == "COPY"]
    return [
        (source, parts[-1])
        for parts in told
        if parts[: len(words)] == list(words) and ("--from" in parts[0]) == bool(words)
        for source in parts[len(words) : -1]
    ]


def test_the_page_is_built_from_all_that_it_takes_from_the_package() -> None:
    sources = [
        file
        for file in (ROOT / "web/src").rglob("*")
        if file.suffix in {".ts", ".tsx", ".css"} and not file.name.endswith(".d.ts")
    ]
    taken = {
        match[1]
        for file in sources
        for match in re.finditer(r'import[^"]*"(?:\.\./)+(src/forefolio/[^"]+)"', file.read_text())
    }
    assert taken and taken == {
        source for source, place in copied() if place.startswith("../src/forefolio/")
    }
    for source, place in copied():
        if place.startswith("../"):  # of the stage's folder, /build/web
            assert place == f"../{source.rpartition('/')[0]}/"


def test_everything_that_the_page_is_built_into_goes_into_the_wheel() -> None:
    built = {
        match[1]
        for file in (ROOT / "web").glob("vite*.config.ts")
        for match in re.finditer(r'outDir: "\.\./(.*?)"', file.read_text())
    }
    assert len(built) == 2
    assert {(f"/build/{place}", place) for place in built} == set(copied("--from=page"))
    # What lies in the folder of whoever builds is not taken for what the image was built from.
    assert built <= set((ROOT / ".dockerignore").read_text().splitlines())
    for place in built:
        assert f'"{place}/**/*"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("missing", ["", "api/built/index.html", "views/built/answer.js"])
def test_a_wheel_is_not_built_with_a_part_of_the_page(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = runpy.run_path(str(ROOT / "tools/backend.py"))
    for name in set(backend["BUILT"]) - {missing}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    known = backend["build_wheel"].__globals__
    done: list[str] = []
    monkeypatch.setitem(known, "PACKAGE", tmp_path)
    monkeypatch.setitem(known, "_build_page", lambda: done.append("page"))
    monkeypatch.setattr(backend["api"], "build_wheel", lambda *_: done.append("wheel"))
    backend["build_wheel"](str(tmp_path))
    assert done == (["page", "wheel"] if missing else ["wheel"])
    assert {place for _, place in copied("--from=page")} == {
        f"src/forefolio/{name.rpartition('/')[0]}" for name in backend["BUILT"]
    }


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


def test_the_trial_has_a_stand_in_for_every_image_that_is_asked_for() -> None:
    script = (ROOT / "tools/try_image.sh").read_text()
    subprocess.run(["bash", "-n", ROOT / "tools/try_image.sh"], check=True)
    bases = {rest.partition(" ")[0] for word, rest in instructions() if word == "FROM"}
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    asked = bases | {each["image"] for each in services.values()}
    assert asked == {*re.findall(r"stand_in (\S+:\S+)", script), "forefolio"}
    (stopped,) = re.findall(r"for one in (.*?); do", script)
    assert set(stopped.split()) == set(services)
    assert not re.search(r"https?://(?!127\.0\.0\.1)", script)


def test_every_service_says_when_it_is_well() -> None:
    """`docker compose up --wait` refuses a service whose check is switched off."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert "HEALTHCHECK" in {word for word, _ in instructions()}  # that of `serve`
    checks = {
        name: each["healthcheck"]["test"] for name, each in services.items() if name != "serve"
    }
    assert set(checks) == {"scheduler", "worker", "database"}
    compile(checks["scheduler"][3], "healthcheck", "exec")
    port = int(services["worker"]["command"][1].rpartition(":")[2])
    assert f":{port:04X} 01 " in checks["worker"] and f"{port})" in checks["scheduler"][3]
    # The socket answers while the image still sets the database up.
    assert checks["database"][:3] == ["CMD", "pg_isready", "-h"]


def test_a_services_time_to_end_is_more_than_it_needs() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = [each for each in services.values() if each["image"] == "forefolio"]
    assert all(int(each["stop_grace_period"].removesuffix("s")) > 10 for each in ours)


def test_the_token_can_be_read_by_the_images_user() -> None:
    """Whatever the umask of whoever follows the head of the file."""
    head = (ROOT / "compose.yaml").read_text().partition("x-forefolio")[0]
    assert "chmod 700 secrets\n" in head and "chmod 644 secrets/api_token" in head


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
