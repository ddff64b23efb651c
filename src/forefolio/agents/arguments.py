"""What the tools take. Bounds come first: whatever asks may be led by somebody else's text."""

import json
from typing import Annotated, Any, Self, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from forefolio.core.errors import InputError
from forefolio.core.problems import in_plain_words

LONGEST_WAIT_S = 50.0  # clients give up after a minute
WAIT_S = 20.0
DOCUMENT = 200_000  # characters of a study
CSV = 4_000_000  # characters of a table of prices


def _document(given: Any) -> Any:
    """A document, or its JSON as a text, as some clients send it."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            raise ValueError("must be a mapping of settings") from None
    if isinstance(given, dict) and len(json.dumps(given)) > DOCUMENT:
        raise ValueError(f"must have at most {DOCUMENT:,} characters; upload prices by `data`")
    return given


Document: TypeAlias = Annotated[dict[str, Any], BeforeValidator(_document)]
Name: TypeAlias = Annotated[str, Field(max_length=80)]
RunId: TypeAlias = Annotated[str, Field(max_length=40)]
FieldName: TypeAlias = Annotated[str, Field(max_length=200)]
FieldNames: TypeAlias = Annotated[list[FieldName], Field(max_length=50)]
Wait: TypeAlias = Annotated[float, Field(ge=0, le=LONGEST_WAIT_S)]


class Arguments(BaseModel):
    """What a tool takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _in_plain_words(cls, given: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return read(given)
        except ValidationError as error:
            raise in_plain_words(error, cls.model_fields) from None


class DescribeArguments(Arguments):
    """What is to be described."""

    kind: Name = Field("", description="A kind of study; none: all kinds.")
    setting: Name = Field("", description="One of its settings: what it may be.")
    word: Name = Field("", description="Or a word of the field, such as Sharpe.")


class AskArguments(Arguments):
    """A study."""

    kind: Name = Field(description="Such as portfolio, risk, forecast; see describe.")
    study: Document = Field(default_factory=dict, description="Its settings.")
    fields: FieldNames = Field(default_factory=list, description="As in result.")
    wait_s: Wait = WAIT_S


class TodayArguments(Arguments):
    """The main question."""

    capital: float | None = Field(None, gt=0, lt=1e15, description="Money to invest.")
    study: Document = Field(
        default_factory=dict,
        description="More settings: tickers, source, holdings, machine_learning, constraints.",
    )
    fields: FieldNames = Field(default_factory=list, description="As in result.")
    wait_s: Wait = WAIT_S


class RunResultArguments(Arguments):
    """Which values of which run."""

    run: RunId = Field(description="Its id.")
    fields: FieldNames = Field(
        default_factory=list,
        description="Only what is under these, such as weights, assets.AAPL, *.volatility.",
    )
    tables: bool = Field(False, description="With the tables that a person would read.")
    wait_s: Wait = 0


class RunsArguments(Arguments):
    """Which runs."""

    kind: Name = Field("", description="Only of this kind.")
    limit: int = Field(20, ge=1, le=100)
    cancel: RunId = Field("", description="Stop the run of this id instead.")


class PortfoliosArguments(Arguments):
    """Which saved portfolio, and whether to save one."""

    name: Name = Field("", description="None: list all.")
    beside: Name = Field("", description="Another name: compare the two.")
    save_run: RunId = Field("", description="Save the weights of this run under the name.")
    save_weights: dict[Name, float] = Field(
        default_factory=dict, max_length=2000, description="Or these, fractions by ticker."
    )
    note: str | None = Field(None, max_length=200)


class PricesArguments(Arguments):
    """Which prices, or the prices themselves."""

    csv: str = Field("", max_length=CSV, description="Text of a CSV of daily prices to keep.")
    ticker: Name = Field("", description="Of a CSV with one asset and no ticker.")
    source: Document = Field(
        default_factory=dict, description='Or a source, such as {"kind": "sample"}: its quality.'
    )
    wait_s: Wait = WAIT_S


class CheckArguments(Arguments):
    """Values that somebody quoted of a run."""

    run: RunId
    values: dict[FieldName, float | str | bool | None] = Field(
        max_length=200, description="By field, as quoted; rounding is allowed."
    )


def together(arguments: Arguments, *names: str) -> None:
    """Refuse settings that mean different things at once.

    Raises:
        InputError: more than one of them is given.
    """
    given = [name for name in names if getattr(arguments, name)]
    if len(given) > 1:
        raise InputError(f"give one of {' and '.join(given)}, not both")
