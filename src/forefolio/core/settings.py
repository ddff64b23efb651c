"""What the environment decides: where things are kept, how much runs at once, who may call.

Entry points read the settings once and pass them on; nothing else looks at the environment.
"""

import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from forefolio.core.errors import BadStudy, InputError


def _default_database(fields: dict[str, Any]) -> str:
    return f"sqlite+aiosqlite:///{fields['home'] / 'forefolio.db'}" if "home" in fields else ""


def _every_core() -> str:
    """One process per core that this program may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return f"processes:{len(affinity(0)) if affinity else os.cpu_count() or 1}"


class Settings(BaseModel):
    """Each field is an environment variable: `home` is FOREFOLIO_HOME, and so on."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    home: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = (
        Path.home() / ".forefolio"
    )
    database_url: str = Field(default_factory=_default_database, repr=False)  # may hold a password
    executor: str = Field(default_factory=_every_core)
    task_timeout_s: float = Field(default=3600, gt=0)
    queue_limit: int = Field(default=100, ge=1)  # runs that may wait in the service
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        BeforeValidator(lambda level: level.upper() if isinstance(level, str) else level),
    ] = "WARNING"
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=0, le=65535)  # 0: any that is free
    api_token: SecretStr | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_environment(cls, values: Any) -> Any:
        """The variables that are set and not empty, in any case of letters, where none is given."""
        environment = {name.upper(): value for name, value in os.environ.items() if value}
        named = {name: environment.get(_variable((name,))) for name in cls.model_fields}
        return {**{name: value for name, value in named.items() if value}, **values}

    @classmethod
    def read(cls) -> Self:
        """Read the environment.

        Raises:
            BadStudy: a variable's value is no good; each is named with the reason.
        """
        try:
            return cls()
        except ValidationError as problem:
            found = [(_variable(error["loc"]), error["msg"]) for error in problem.errors()]
            raise BadStudy(found, where="environment") from None

    def prepare(self) -> Self:
        """Create the home folder, for its owner only, if there is none.

        Raises:
            InputError: it cannot be created or written to.
        """
        writable(self.home, "FOREFOLIO_HOME", mode=0o700)
        return self


def writable(folder: Path, called: str, mode: int = 0o777) -> Path:
    """Create a folder if there is none, and try whether it can be written to.

    Raises:
        InputError: it cannot be.
    """
    try:
        folder.mkdir(mode, parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return folder
    except FileExistsError:
        reason = "it is not a folder"
    except OSError as problem:
        reason = str(problem.strerror)
    raise InputError(f"{called} {folder} cannot be written to: {reason}; name another folder")


def _variable(location: tuple[str | int, ...]) -> str:
    return "_".join(["FOREFOLIO", *(str(part).upper() for part in location)])
