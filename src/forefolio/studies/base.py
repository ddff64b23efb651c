"""What can be asked: a study is a document, its job computes, its result is a document too.

1. A face reads a document into a `Study` and asks for it; nothing is computed in any other way.
2. `Study.job(place)` yields events and returns a typed `Result`.
3. A `Result` renders nothing: tables and pictures of it are made in `forefolio.views`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator

from forefolio.core.component import Component, Document
from forefolio.core.events import Job
from forefolio.store.model_shelf import ModelShelf
from forefolio.store.paper_shelf import PaperShelf
from forefolio.studies.cost import ComputingCost, market_cost, market_sizes
from forefolio.studies.magnitude import too_large
from forefolio.studies.place import Place, Recall
from forefolio.studies.result import R_co, Result


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
