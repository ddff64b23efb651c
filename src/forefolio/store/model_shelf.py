"""Trained models for what does not await: kept as files, read again, found in the registry.

Each look into the registry opens the database, does one thing whole, and closes it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from forefolio.core.errors import StoreError, UnknownModel
from forefolio.core.lazy import lazy
from forefolio.core.settings import Settings
from forefolio.store.artifacts import Artifacts
from forefolio.store.model_files import ModelFile, model_file, read_model
from forefolio.store.waiting import waited

if TYPE_CHECKING:
    from forefolio.store.models import Models

registry: Any = lazy("forefolio.store.models")

T = TypeVar("T")

_SHORT = 16  # characters of an id in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShelf:
    """The models of a home, and their registry in a database."""

    home: Path
    url: str = field(repr=False)

    def keep(self, model: Any, code: str = "") -> tuple[str, ModelFile]:
        """Keep a fitted model and return its id, and what was written.

        Raises:
            TypeError: it cannot be written down.
            StoreError: it cannot be signed.
            OSError: the disk is full.
        """
        written = model_file(model, self.home, code)
        return Artifacts(self.home).put(written.raw), written

    def read(self, name: str) -> Any:
        """The fitted model of an id, or of the beginning of one.

        Raises:
            UnknownModel: its file is not here.
            StoreError: the file is not ours, or needs other versions of libraries.
        """
        artifacts = Artifacts(self.home)
        raw = artifacts.get(artifacts.whole(name) or name)
        if raw is None:
            raise UnknownModel(name)
        try:
            return read_model(raw, self.home)
        except StoreError as problem:
            raise StoreError(f"the trained model {name[:_SHORT]}: {problem}") from problem

    def registered(self, work: "Callable[[Models], Awaitable[T]]") -> T:
        """What `work` on the registry comes to."""

        async def done() -> T:
            async with registry.Models.open(self.url) as models:
                return await work(models)

        return waited(done)


def model_shelf(settings: Settings) -> ModelShelf:
    """The models where the settings say that they are."""
    return ModelShelf(home=settings.home, url=settings.database_url)
