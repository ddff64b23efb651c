"""A small job with everything a big one has: tasks, a fold with checkpoints, notes, arrays."""

import sys
import time
from concurrent.futures import wait
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forefolio.core.component import Component
from forefolio.core.errors import NotEnoughHistory
from forefolio.core.events import Checkpoint, Job, Note, Progress, Started
from forefolio.core.units import Array
from forefolio.runs.jobs import Kind
from forefolio.runs.local import run_here
from forefolio.runs.opening import Opening
from forefolio.studies.place import Place


class Toy(Component):
    steps: int = 5
    tasks: int = 3
    seed: int = 0
    pause_s: float = 0.0
    needed: int = 0  # sessions of history; more than 30 are too many
    broken: bool = False
    nan: bool = False


@dataclass(frozen=True)
class Draw:
    seed: int
    log: Path

    @property
    def digest(self) -> str:
        return f"draw {self.seed}"


def draw(task: Draw) -> Array:
    with task.log.open("a") as log:
        log.write(f"{task.seed}\n")
    return np.random.default_rng(task.seed).standard_normal(4)


def toy(study: Toy, place: Place) -> Job[dict[str, Array]]:
    executor, home = place.executor, place.arrays.home
    yield Note(code="hello", message=f"{study.steps} steps")
    if study.needed > 30:
        raise NotEnoughHistory(study.needed, 30)
    if study.broken:
        raise ZeroDivisionError("a bug\nin two lines")
    yield Started(stage="draw", total=study.tasks)
    draws = [executor.submit(draw, Draw(study.seed + n, home / "log")) for n in range(study.tasks)]
    wait(draws)
    yield Progress(stage="draw", done=study.tasks, total=study.tasks)
    start = place.resumed("fold") or {"step": 0, "level": 1.0, "path": np.empty(0)}
    level, path = start["level"], start["path"]
    yield Note(code="from", message=str(start["step"]))
    yield Started(stage="fold", total=study.steps)
    for step in range(start["step"], study.steps):
        time.sleep(study.pause_s)
        shock = float(np.sum([d.result()[step % 4] for d in draws]))
        level = np.nan if study.nan else level * (1 + shock / 100) / 1.0001
        path = np.append(path, level)
        yield Checkpoint(stage="fold", state={"step": step + 1, "level": level, "path": path})
        yield Progress(stage="fold", done=step + 1, total=study.steps)
    return {"path": path, "draws": np.array([d.result() for d in draws])}


KINDS = {
    "toy": Kind(
        study=Toy,
        job=toy,
        version=lambda _: "",
        code=lambda: "fixed, though sources may change",
    )
}


def opening(home: Path, executor_url: str = "inline:") -> Opening:
    return Opening(
        home=home,
        database_url=f"sqlite:///{home}/forefolio.db",
        executor_url=executor_url,
        kinds=KINDS,
    )


def main(home: str, executor_url: str, study: str) -> None:
    job = run_here(opening(Path(home), executor_url), "toy", Toy.model_validate_json(study))
    while True:
        try:
            event = next(job)
        except StopIteration as stop:
            sys.stdout.write(f"result {stop.value['path'].tobytes().hex()}\n")
            return
        sys.stdout.write(f"{event.kind}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
