"""What a study came to: a document whose every number has a unit.

A result renders nothing: tables and pictures of it are made in `forefolio.views`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from math import isfinite
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field

from forefolio.core.component import Component
from forefolio.core.kinds import kind_of
from forefolio.core.lazy import lazy

views: Any = lazy(
    "forefolio.views.catalog"
)  # above this room: a result is shown by what stands there

Reason: TypeAlias = Literal["repaired", "left_out", "fell_back", "noted", "caveat"]


class Remark(Component):
    """Something a reader of a result should know: what was repaired, fell back or was left out."""

    reason: Reason = Field(description="What kind of remark it is.")
    stage: str = Field("", description="Where it comes from, such as data or forecast.")
    about: str = Field("", description="The tickers, the feature or the strategy it is about.")
    message: str = Field(description="One sentence.")
    times: int = Field(1, description="How often it happened.")
    detail: bool = Field(False, description="Whether it is evidence behind another remark.")
    code: str = Field("", description="A stable name for programs, such as survivors.")
    clause: str = Field("", description="The same as a part of a sentence, if it has to be one.")


class RunFacts(Component):
    """The stored run that a result is of."""

    id: str = Field(description="The run's id.")
    kind: str = Field(description="The kind of study that was asked.")
    created: datetime = Field(description="When it was asked for, UTC.")
    version: str = Field(description="The version of this package that answered.")


class DataFacts(Component):
    """Which prices a result rests on."""

    name: str = Field(description="The source in words: `sample data`, or a path.")
    source: Mapping[str, Any] = Field(description="The source as a document.")
    version: str = Field(description="A digest of the source's content.")
    tickers: tuple[str, ...] = Field(description="The assets, in the order of all vectors.")
    sectors: Mapping[str, str] = Field(default_factory=dict, description="Sector by ticker.")
    columns: tuple[str, ...] = Field((), description="What is there beside the close.")
    sessions: int | None = Field(
        None, description="How many trading sessions there are; none: no prices were loaded."
    )
    first: date | None = Field(None, description="The first session.")
    last: date | None = Field(None, description="The last session.")
    start: date | None = Field(None, description="The first session that was asked for, if any.")
    end: date | None = Field(None, description="The last session that was asked for, if any.")
    minimum_sessions: int = Field(504, description="Tickers with fewer sessions were refused.")
    refused: Mapping[str, str] = Field(
        default_factory=dict, description="Tickers that could not be used, with the reason."
    )

    @classmethod
    def without_prices(cls, name: str, tickers: Iterable[str], version: str) -> Self:
        """What a result says that rests on given numbers and on no source."""
        return cls(name=name, source={"kind": "given"}, version=version, tickers=tuple(tickers))

    @property
    def has_prices(self) -> bool:
        """Whether prices of a source were loaded."""
        return self.sessions is not None


class Result(Component):
    """What a study came to: a document whose every number has a unit; `None` is not known.

    A bare number is a fraction. It prints short, shows itself as tables in a notebook, and
    `plot()` draws it. `schema_version` is raised when what stands in the document changes its
    meaning: earlier ones are then said to be of an older version, and asked for again.
    """

    schema_version: ClassVar[int] = 1

    run: RunFacts | None = Field(None, description="The stored run; none if answered at once.")
    as_of: date | None = Field(
        None, description="The last session whose close was known; none: no prices were needed."
    )
    data: DataFacts = Field(description="Which prices it rests on.")
    remarks: tuple[Remark, ...] = Field(
        (), description="What was repaired, fell back, was left out or should be noted."
    )

    @property
    def described(self) -> str:
        """What it is, in words: "portfolio by minimum variance"."""
        return kind_of(self).replace("_", " ")

    @property
    def refutes(self) -> bool:
        """Whether it says that what was checked does not hold; its command then ends with 3."""
        return False

    def __repr__(self) -> str:
        return str(views.short(self))

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return str(views.html(self))

    def to_frame(self) -> Any:
        """The main table as a pandas frame."""
        return views.frame(self)

    def plot(self, picture: str = "") -> Any:
        """Draw the main picture, or the one of that name; nothing is shown.

        Returns:
            A matplotlib figure and its axes.

        Raises:
            InputError: there is no such picture of this result.
        """
        return views.plot(self, picture)


def _finite(given: Any) -> Any:
    return None if isinstance(given, float) and not isfinite(given) else given


Number = Annotated[float | None, BeforeValidator(_finite)]
"""A number, None where it is not known: what is not finite is not known."""

R = TypeVar("R", bound=Result)
R_co = TypeVar("R_co", bound=Result, covariant=True)


def notes(messages: Iterable[str], stage: str = "", about: str = "") -> tuple[Remark, ...]:
    """Messages as remarks."""
    return tuple(Remark(reason="noted", stage=stage, about=about, message=m) for m in messages)
