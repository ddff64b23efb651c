"""How much may wait, for how long a run may work, and how much memory it may take."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from forefolio.core.errors import TooMuchWork
from forefolio.core.settings import Settings
from forefolio.store.run import UNLIMITED, Lane, Room
from forefolio.store.sweeping import Keeping
from forefolio.studies.cost import USUAL, ComputingCost, Costed

_SHARE_OF_MEMORY = 0.8  # of the machine; what is left keeps it alive
_LEAST_FOR_A_WORKER = 2 * 2**30  # bytes: the libraries alone take a part of it
_ELSEWHERE = {"tcp": 64, "tls": 64}  # workers that a cluster may have; nobody knows beforehand
_GROUP = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """What the settings allow; None: as much as there is.

    `room` says how many runs may wait. A run may take `run_s` seconds and `memory` bytes on
    `workers` processes. What takes less than `interactive_s` seconds of CPU has a queue of its own.
    `keeping` says for how long what only saves work stays.
    """

    room: Room = UNLIMITED
    run_s: float | None = None
    memory: int | None = None
    interactive_s: float = 10.0
    workers: int = 1
    keeping: Keeping = field(default_factory=Keeping)

    def lane(self, cost: ComputingCost) -> Lane:
        """In which queue a study of that cost waits."""
        return "interactive" if cost.cpu_s <= self.interactive_s else "batch"

    def fits(self, cost: ComputingCost) -> bool:
        """Whether a study of that cost can be done at all."""
        memory = self.memory is None or cost.bytes <= self.memory
        return memory and (self.run_s is None or cost.cpu_s <= self.run_s * self.workers)

    def admit(self, study: Costed) -> ComputingCost:
        """What a study costs.

        Raises:
            TooMuchWork: it cannot fit; the error says which setting, and what would.
        """
        sizes = study.sizes()
        cost = study.cost(sizes)
        if self.fits(cost):
            return cost
        name, most, beside = self._largest(study, sizes)
        raise TooMuchWork(
            {"setting": name, "value": sizes[name], "most": most, "beside": beside},
            cpu_s=cost.cpu_s,
            memory=cost.bytes,
        )

    def _largest(self, study: Costed, sizes: Mapping[str, int]) -> tuple[str, int, dict[str, int]]:
        """The setting that exceeds the usual most, and the largest value of it that fits.

        The others are taken as they are; if nothing fits then, those that exceed the usual as well
        are taken as it, and returned.
        """
        name = max(sizes, key=lambda one: sizes[one] / _usual(one))
        beside: dict[str, int] = {}
        most = self._most(study, sizes, name)
        if not most:
            larger = {one: _usual(one) for one, size in sizes.items() if size > _usual(one)}
            beside = {one: size for one, size in larger.items() if one != name}
            most = self._most(study, {**sizes, **beside}, name)
        return name, most, beside

    def _most(self, study: Costed, sizes: Mapping[str, int], name: str) -> int:
        low, high = 0, sizes[name]  # the first fits, the last does not
        while high - low > 1:
            middle = (low + high) // 2
            if self.fits(study.cost({**sizes, name: middle})):
                low = middle
            else:
                high = middle
        return low


def limits_of(settings: Settings) -> RunLimits:
    """The limits that the settings say, the machine's where they say none."""
    kind, _, number = settings.executor.partition(":")
    workers = max(int(number), 1) if number.isdecimal() else _ELSEWHERE.get(kind, 1)
    memory = settings.memory_mb * 2**20 if settings.memory_mb else usable_memory()
    return RunLimits(
        room=Room(queue=settings.queue_limit, session=settings.session_limit),
        run_s=settings.run_timeout_s,
        memory=memory,
        interactive_s=settings.interactive_s,
        workers=workers,
        keeping=keeping(settings),
    )


def keeping(settings: Settings) -> Keeping:
    """How long, and how much, the settings keep of what only saves work."""
    return Keeping(days=settings.keep_days, limit_bytes=settings.keep_gb * 1e9)


def for_each_worker(limits: RunLimits) -> int | None:
    """How many bytes each of several workers may take."""
    if limits.memory is None:
        return None
    return max(limits.memory // limits.workers, min(limits.memory, _LEAST_FOR_A_WORKER))


def usable_memory() -> int | None:
    """The part of this machine's memory, or of this container's, that runs may take, bytes."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):  # not on every system
        return None
    with suppress(OSError, ValueError):  # there is no group, or it may take all
        whole = min(whole, int(_GROUP.read_text()))
    return int(whole * _SHARE_OF_MEMORY)


def resident_memory() -> int:
    """How many bytes of memory this process holds; 0 where that cannot be told."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _usual(name: str) -> int:
    return USUAL.get(name.rpartition(".")[2], 1)
