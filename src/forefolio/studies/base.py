"""What can be asked: a study is a document, its job computes, its result is a document too.

1. A face reads a document into a `Study` and asks for it; nothing is computed in any other way.
2. `Study.job(place)` yields events and returns a typed `Result`.
3. A `Result` renders nothing: tables and pictures of it are made in `forefolio.views`.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
)

from pydantic import (
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from forefolio.core.component import Component, Document
from forefolio.core.errors import InputError
from forefolio.core.events import Checkpoint, Job
from forefolio.core.failpoints import Clock
from forefolio.core.kinds import kind_of
from forefolio.core.lazy import lazy
from forefolio.market.online.supply import Supply
from forefolio.store.model_shelf import ModelShelf
from forefolio.store.paper_shelf import PaperShelf
from forefolio.studies.cost import ComputingCost, market_cost, market_sizes
from forefolio.studies.magnitude import too_large

if TYPE_CHECKING:
    from forefolio.features import FeaturePanel
    from forefolio.market import Market

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

Recall: TypeAlias = Callable[[Sequence[str], str], Result]
"""The result of a stored run: of one of these kinds, whose id begins so; "last" is the latest."""


Earlier: TypeAlias = Callable[[str], Sequence[Result]]
"""The results of all stored runs of a kind, newest first."""


Rendered: TypeAlias = Callable[[Any, Any], bytes]
"""The report.html of a result, in the money of an account."""


def _nothing(_: str) -> Sequence[Result]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayFolder:
    """Where arrays lie that every worker maps: written once, and named by their content."""

    home: Path

    def market(self, market: "Market") -> "Market":
        """The market as it is mapped from there."""
        return market.save(self.home / "markets")

    def features(self, panel: "FeaturePanel") -> "FeaturePanel":
        """The features as they are mapped from there."""
        return panel.save(self.home / "features")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job runs, and all that it may use there.

    `executor` takes tasks, `arrays` has them mapped, `keep` stores bytes and returns the name of
    their content, `recall` reads the result of an earlier run, `clock` says the time in seconds
    since 1970, `supply` has providers and stored prices, `models` the trained models and `papers`
    the paper accounts. `run` is the id of the run that is worked on, if it is one, and `code` names
    what computes. `checkpoints`
    are the last ones of each stage of a run that is gone on with. A study that is answered at once
    may read all `earlier` results of a kind; a stored run, whose answer may depend on nothing else,
    has none. `rendered` writes the report of a result in the money of an account.
    """

    executor: Executor
    arrays: ArrayFolder
    keep: Callable[[bytes], str]
    recall: Recall
    earlier: Earlier = _nothing
    rendered: Rendered | None = None
    clock: Clock = time.time
    supply: Supply | None = None
    models: ModelShelf | None = None
    papers: PaperShelf | None = None
    run: str = ""
    code: str = ""
    checkpoints: Mapping[str, Checkpoint] = field(default_factory=dict)

    def supplied(self) -> Supply:
        """The providers and the stored prices, for those that cannot do without.

        Raises:
            InputError: this place has none.
        """
        if self.supply is None:
            raise InputError("prices cannot be fetched here: this place has no providers")
        return self.supply

    def shelf(self) -> ModelShelf:
        """The trained models, for those that cannot do without.

        Raises:
            InputError: this place has none.
        """
        if self.models is None:
            raise InputError("trained models cannot be kept here: this place has no registry")
        return self.models

    def accounts(self) -> PaperShelf:
        """The paper accounts, for those that cannot do without.

        Raises:
            InputError: this place has none.
        """
        if self.papers is None:
            raise InputError("paper accounts cannot be kept here: this place has none")
        return self.papers

    def report(self, result: Result, account: Component) -> str:
        """The report of a result as one HTML page, in the money of an account.

        Raises:
            InputError: none is written here.
        """
        if self.rendered is None:
            raise InputError("reports cannot be written here")
        return self.rendered(result, account).decode()

    def resumed(self, stage: str, made_from: str = "") -> dict[str, Any] | None:
        """The state of a stage at its last checkpoint, if it was made from the same.

        `made_from` names what the stage is computed from, as that of a `Checkpoint` does: a stage
        whose input is another one now begins anew.
        """
        last = self.checkpoints.get(stage)
        return None if last is None or last.made_from != made_from else last.state


class Study(Protocol[R_co]):
    """A question that Python, a file, a shell, a request or a form can ask."""

    @property
    def kind(self) -> str:
        """The name of this kind of question, such as "portfolio"."""

    def version(self) -> str:
        """Name what the answer depends on beside this document, such as the data's content."""

    def settled(self, recall: Recall) -> Self:
        """The same question with everything named that it leaves open, such as the last run."""

    def job(self, place: Place) -> Job[R_co]:
        """Compute the answer, step by step."""


class Noun(Component):
    """Settings that several studies share; in a document they may stand at its top."""

    def version(self) -> str:
        """Name the content that these settings point to, such as that of files; none, if none."""
        return ""


class StudyDocument(Document):
    """What all studies have in common as documents.

    Settings of their nouns may stand at the top: `tickers` is read as `data.tickers`.
    """

    path: ClassVar[str]  # where the service and the page have it
    command: ClassVar[str]  # the words that ask for it in a shell
    result: ClassVar[type[Result]]
    stages: ClassVar[Mapping[str, float]] = {}  # share of the work, percent, by stage
    stored: ClassVar[bool] = True  # as a run; otherwise it is answered at once

    @classmethod
    def part_of(cls, strategy: Any) -> dict[str, Any]:
        """The settings that this question shares with a strategy study, as a document."""
        return {"data": strategy.data}

    @classmethod
    def setting_names(cls) -> tuple[str, ...]:
        """What may stand at the top of the document, settings of nouns in their noun's place."""
        shared = nouns(cls)
        inner = [name for noun in shared.values() for name in noun.model_fields]
        return (*(name for name in cls.model_fields if name not in shared), *inner)

    def version(self) -> str:
        """Name what the answer depends on beside this document: what its nouns point to."""
        return "".join(getattr(self, name).version() for name in nouns(type(self)))

    def sizes(self) -> Mapping[str, int]:
        """What the cost grows with, by the name of the setting."""
        data = getattr(self, "data", None)
        return {} if data is None else market_sizes(data)

    def cost(self, sizes: Mapping[str, int] | None = None) -> ComputingCost:
        """What the answer costs at least, with these settings or with other sizes."""
        return market_cost(self.sizes() if sizes is None else sizes)

    def settled(self, recall: Recall) -> Self:  # noqa: ARG002 (for those that leave something open)
        """The same question with everything named that it leaves open, such as the last run."""
        return self

    def questions_within(self) -> "tuple[StudyDocument, ...]":
        """Questions that it asks but holds as text, such as that of a report."""
        return ()

    def on_models(self, models: ModelShelf) -> Self:  # noqa: ARG002 (for those that name some)
        """The same question about the models that its aliases name just now."""
        return self

    def on_papers(self, papers: PaperShelf) -> Self:  # noqa: ARG002 (for those about an account)
        """The same question as its paper account asks it, which is opened where there is none."""
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _of_sizes_that_may_be(cls, given: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Refuse numbers that nothing can be computed with, wherever they stand."""
        made = validate(given)
        if wrong := too_large(made):
            raise ValidationError.from_exception_data(cls.__name__, wrong)
        return made

    @model_validator(mode="before")
    @classmethod
    def _nested(cls, document: Any) -> Any:
        """Put settings that stand at the top into the nouns that have them."""
        if not isinstance(document, Mapping):
            return document
        nested = dict(document)
        for name, noun in nouns(cls).items():
            own = [
                key for key in noun.model_fields if key in nested and key not in cls.model_fields
            ]
            if own:
                nested[name] = _joined(name, nested.get(name, {}), {k: nested.pop(k) for k in own})
        return nested


def _joined(name: str, noun: Any, top: Mapping[str, Any]) -> dict[str, Any]:
    """A noun with the settings that stand at the top of its document."""
    if isinstance(noun, Noun):
        return {**dict(noun), **top}
    if not isinstance(noun, Mapping):
        raise ValueError(f"{name} must be a mapping")
    if twice := [key for key in top if key in noun]:
        raise ValueError(f"{twice[0]} stands at the top and in {name}: say it once")
    return {**noun, **top}


def nouns(study: type[Component]) -> dict[str, type[Noun]]:
    """The fields of a study that are shared nouns."""
    return {
        name: one.annotation
        for name, one in study.model_fields.items()
        if isinstance(one.annotation, type) and issubclass(one.annotation, Noun)
    }


def summary_of(documented: type[Component]) -> str:
    """What a study or a result is, in one line."""
    return (documented.__doc__ or "").strip().partition("\n")[0]


def notes(messages: Iterable[str], stage: str = "", about: str = "") -> tuple[Remark, ...]:
    """Messages as remarks."""
    return tuple(Remark(reason="noted", stage=stage, about=about, message=m) for m in messages)
