"""What the environment decides: where things are kept, how much runs at once, who may call.

Entry points read the settings once and pass them on; nothing else looks at the environment.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Any, Literal, Self, TypeAlias

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

from forefolio.core.databases import beside
from forefolio.core.errors import BadStudy, InputError
from forefolio.core.logs import LogFormat
from forefolio.core.quantities import words
from forefolio.core.redaction import hide, password_of


def _default_database(fields: dict[str, Any]) -> str:
    return str(fields["home"] / "forefolio.db") if "home" in fields else ""


def _every_core() -> str:
    """One process per core that this program may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return f"processes:{len(affinity(0)) if affinity else os.cpu_count() or 1}"


def _pairs(given: Any) -> Any:
    """Pairs as people write them: "stooq=http://localhost:8080, finnhub=30/minute"."""
    if not isinstance(given, str):
        return given
    parts = [part.partition("=") for part in given.split(",") if part.strip()]
    if wrong := [name for name, mark, value in parts if not (mark and name.strip() and value)]:
        raise ValueError(f"{wrong[0].strip()!r} is no pair; say name=value, name=value")
    return {name.strip(): value.strip() for name, _, value in parts}


Names = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda given: words(given) if isinstance(given, str) else given),
]
Pairs = Annotated[Mapping[str, str], BeforeValidator(_pairs)]

SECRETS = ("api_token", "alpha_vantage_key", "finnhub_key")
"""Settings that are never shown; each may be in a file that FOREFOLIO_..._FILE names."""

ProgressShown: TypeAlias = Literal["auto", "on", "off"]
"""Where calls of the library draw a bar: in IPython alone, in a terminal too, nowhere."""


class Settings(BaseModel):
    """Each field is an environment variable: `home` is FOREFOLIO_HOME, and so on.

    >>> import forefolio as ff
    >>> ff.Settings(home="kept", executor="inline:").executor
    'inline:'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    home: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = (
        Path.home() / ".forefolio"
    )
    database_url: str = Field(default_factory=_default_database, repr=False)  # may hold a password
    database_patience_s: float = Field(default=20, gt=0)  # for one that is locked or restarts
    executor: str = Field(default_factory=_every_core)
    task_timeout_s: float = Field(default=3600, gt=0)
    queue_limit: int = Field(default=100, ge=1)  # runs that may wait in the service
    session_limit: int = Field(default=20, ge=1)  # those of one session
    run_timeout_s: float = Field(default=7200, gt=0)  # of a run, from its start
    memory_mb: int | None = Field(default=None, ge=100)  # all processes; none: most of the machine
    interactive_s: float = Field(default=10, ge=0)  # CPU; what takes longer waits by itself
    keep_days: float = Field(default=30, gt=0)  # what only saves work, after its last use
    keep_gb: float = Field(default=10, gt=0)  # of that
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        BeforeValidator(lambda level: level.upper() if isinstance(level, str) else level),
    ] = "WARNING"
    log_format: Annotated[
        LogFormat,
        BeforeValidator(lambda named: named.lower() if isinstance(named, str) else named),
    ] = "text"
    progress: ProgressShown = "auto"
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=0, le=65535)  # 0: any that is free
    api_token: SecretStr | None = None
    sources: Names = ("yahoo", "stooq")  # providers, in the order in which they are asked
    source_urls: Pairs = Field(default_factory=dict)  # of providers that are asked elsewhere
    source_limits: Pairs = Field(default_factory=dict)  # how often providers may be asked
    alpha_vantage_key: SecretStr | None = None
    finnhub_key: SecretStr | None = None
    api_files: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] | None = (
        None  # the one folder whose files a request may name
    )

    @property
    def prices_url(self) -> str:
        """Where prices are: in a SQLite file of their own, or in the same PostgreSQL."""
        return beside(self.database_url, "prices")

    @model_validator(mode="before")
    @classmethod
    def _with_environment(cls, values: Any) -> Any:
        """The variables that are set and not empty, in any case of letters, where none is given."""
        environment = {name.upper(): value for name, value in os.environ.items() if value}
        named = {name: environment.get(_variable((name,))) for name in cls.model_fields}
        for name, file in {n: environment.get(f"{_variable((n,))}_FILE") for n in SECRETS}.items():
            if file and not named[name]:
                named[name] = _content(file, f"{_variable((name,))}_FILE")
        return {**{name: value for name, value in named.items() if value}, **values}

    @model_validator(mode="after")
    def _hidden(self) -> Self:
        """Secrets are hidden from the log from here on."""
        given = (getattr(self, name) for name in SECRETS)
        hide(secret.get_secret_value() for secret in given if secret is not None)
        hide([password_of(self.database_url)])
        return self

    @classmethod
    def read(cls) -> Self:
        """Read the environment.

        Raises:
            BadStudy: a variable's value is no good; each is named with the reason.
        """
        try:
            return cls()
        except ValidationError as problem:
            problems = [(_variable(error["loc"]), error["msg"]) for error in problem.errors()]
            raise BadStudy(problems, where="environment") from None

    def prepare(self) -> Self:
        """Create the home folder, for its owner only, if there is none.

        Raises:
            InputError: it cannot be created or written to.
        """
        writable(self.home, "FOREFOLIO_HOME", mode=0o700)
        return self


def _content(path: str, called: str) -> str:
    """The one line of a file that holds a secret."""
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "it is not text"
        raise InputError(f"{called}: {path} cannot be read: {reason}") from None


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
