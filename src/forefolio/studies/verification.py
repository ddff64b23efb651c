"""A report verified: what it states is computed anew from its question, and compared."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, ClassVar, Literal

from pydantic import Field, ValidationError

from forefolio import __version__
from forefolio.core.component import Component
from forefolio.core.errors import InputError
from forefolio.core.events import Job
from forefolio.studies.base import StudyDocument
from forefolio.studies.follow_ups import Account
from forefolio.studies.place import Place
from forefolio.studies.result import Remark, Result, RunFacts
from forefolio.studies.stated import (
    Difference,
    Stated,
    differing_fields,
    differing_texts,
    numbers_in,
    read_stated,
    without_moving,
)
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.strategy_result import StrategyResult

NAMED = 50  # differences that a result names


class AlteredStatement(Component):
    """A statement that is another one when it is computed anew."""

    where: str = Field(description="The field, or the heading that it stands under.")
    stated: str = Field(description="In the report.")
    computed: str = Field(description="Computed anew.")


class ReportVerification(Result):
    """Whether a report states what follows from its question and its prices."""

    kind: Literal["verification"] = "verification"
    strategy: str = Field(description="The strategy that the report is about.")
    run_stated: str = Field(description="The run that it says it is of; this is not verified.")
    numbers: int = Field(description="Numbers that the report states.")
    altered: int = Field(description="Statements that are other ones when they are computed anew.")
    rounding: int = Field(
        description="Of its other numbers, those that differ by less than 1e-9 of their size."
    )
    differences: tuple[AlteredStatement, ...] = Field(
        (), description="The first fifty of the altered statements."
    )

    @property
    def holds(self) -> bool:
        """Whether nothing is altered."""
        return self.altered == 0

    @property
    def refutes(self) -> bool:
        """Whether something is."""
        return not self.holds


class VerifyStudy(StudyDocument):
    """Compute anew what a report states, and name every number that is another one.

    A report is the report.html of `forefolio run`, or its result as JSON: both carry the question.
    Forecasts that this home has computed before are read; another FOREFOLIO_HOME computes all.

    >>> import forefolio as ff
    >>> study = ff.VerifyStudy(report="{}")  # the text of report.html; ff.ask(study) answers
    >>> study.path
    'verify'
    """

    path: ClassVar[str] = "verify"
    command: ClassVar[str] = "verify"
    result: ClassVar[type[ReportVerification]] = ReportVerification
    stages: ClassVar[Mapping[str, float]] = StrategyStudy.stages
    stored: ClassVar[bool] = False  # a report may be long, and is nothing to keep

    kind: Literal["verify"] = "verify"
    report: str = Field(
        description="The report: in a shell the name of its file, elsewhere its text.",
        json_schema_extra={"positional": True, "file": ".html,.json"},
    )

    def questions_within(self) -> tuple[StudyDocument, ...]:
        """The report's question: what it names is read when it is asked again."""
        return (_question(read_stated(self.report)),)

    def job(self, place: Place) -> Job[ReportVerification]:
        """Ask the report's question again, render the answer as it was, and compare."""
        stated = read_stated(self.report)
        asked = _question(stated)
        computed = yield from asked.job(place)
        computed = _as_asked(computed, stated)
        still, moving = _as_page(stated, computed, place)
        found = _differences(stated, computed, still) + _another_script(stated, moving)
        altered = [one for one in found if not one.rounding]
        return ReportVerification(
            as_of=computed.as_of,
            data=computed.data,
            strategy=computed.strategy,
            run_stated=str((stated.run or {}).get("id", "")),
            numbers=numbers_in(stated),
            altered=len(altered),
            rounding=len(found) - len(altered),
            differences=tuple(
                AlteredStatement(where=one.where, stated=one.stated, computed=one.computed)
                for one in altered[:NAMED]
            ),
            remarks=tuple(_remarks(stated, computed, bool(moving))),
        )


def _question(stated: Stated) -> StrategyStudy:
    """The question of a report, of prices up to its last session.

    Raises:
        InputError: this version cannot ask it.
    """
    try:
        study = StrategyStudy.model_validate(stated.document["study"])
        until = study.data.model_validate({**study.data.model_dump(), "end": _as_of(stated)})
    except (ValidationError, ValueError, InputError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"this version cannot ask the question of this report: {reason}") from None
    return study if study.data.end else study.model_copy(update={"data": until})


def _as_of(stated: Stated) -> Any:
    return stated.document.get("as_of")


def _as_asked(computed: StrategyResult, stated: Stated) -> StrategyResult:
    """The answer as if the question had been asked when the prices ended."""
    asked = stated.document["study"].get("data", {})
    study = {**computed.study, "data": {**computed.study["data"], "end": asked.get("end")}}
    data = computed.data
    if not asked.get("end"):
        data = data.model_copy(update={"end": None})
    run = None if stated.run is None else RunFacts.model_validate(stated.run)
    return computed.model_copy(update={"study": study, "data": data, "run": run})


def _as_page(stated: Stated, computed: StrategyResult, place: Place) -> tuple[str, str]:
    """What was computed as the report that was stated, and the script that makes it move."""
    if not stated.page:
        return "", ""
    return without_moving(place.report(computed, Account.model_validate(stated.account)))


def _differences(stated: Stated, computed: StrategyResult, still: str) -> list[Difference]:
    """Of the page where the report is one, without what moves; else of the document."""
    if stated.page:
        return differing_texts(stated.page, still)
    return differing_fields(stated.document, computed.model_dump(mode="json", exclude={"run"}))


def _another_script(stated: Stated, own: str) -> list[Difference]:
    """The script of the report where it is not the one of this package."""
    if not stated.moving or not own or stated.moving == own:
        return []
    names = [f"sha256 {sha256(one.encode()).hexdigest()[:16]}" for one in (stated.moving, own)]
    return [Difference(where="the script that moves the pictures", stated=names[0],
                       computed=names[1])]  # fmt: skip


def _remarks(stated: Stated, computed: StrategyResult, moves: bool) -> list[Remark]:
    """What a reader should know of how far the two can be compared."""
    made_by = (stated.run or {}).get("version", __version__)
    version = (stated.document.get("data") or {}).get("version")
    messages = ["the id and the time of the run are taken from the report"]
    if made_by != __version__:
        messages.append(f"the report is of version {made_by}, this is {__version__}")
    if version != computed.data.version:
        messages.append("the prices are not those that the report names: they have changed, or it "
                        "is altered")  # fmt: skip
    if stated.moving and not moves:
        messages.append("the script that makes its pictures move is not verified, since this "
                        "package is built without one; its print, and what it shows without "
                        "scripts, is")  # fmt: skip
    return [Remark(reason="noted", stage="report", message=message) for message in messages]
