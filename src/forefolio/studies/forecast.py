"""Forecasts of every asset, and how good such forecasts were."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field

from forefolio.core.errors import NotEnoughHistory
from forefolio.core.units import Days
from forefolio.forecast import Forecasts, Recipe
from forefolio.strategy.baselines import HISTORY
from forefolio.studies.base import Remark, StudyDocument
from forefolio.studies.data import Data


def _numbers(given: Any) -> Any:
    """Whole numbers with commas or spaces between, or one alone."""
    if isinstance(given, int) and not isinstance(given, bool):
        return (given,)
    if not isinstance(given, str):
        return given
    words = given.replace(",", " ").split()
    return tuple(int(w) if w.isascii() and w.isdecimal() else w for w in words)


Horizons = Annotated[tuple[Days, ...], Field(min_length=1), BeforeValidator(_numbers)]
"""Sessions ahead: one number, several, or text such as "5,21"."""


class ForecastStudy(StudyDocument):
    """Forecast every asset: mean, interval, and how far the models are believed."""

    path: ClassVar[str] = "forecast"
    command: ClassVar[str] = "forecast"

    kind: Literal["forecast"] = "forecast"
    data: Data = Data()
    horizons: Horizons = Field((1, 5, 21, 63), description="Sessions ahead, such as 5,21.")
    recipe: Recipe = Field(
        Recipe(),
        description="Features, models, and how they are trained and combined.",
        json_schema_extra={"advanced": True},
    )

    def version(self) -> str:
        """Name the content of the data."""
        return self.data.version()

    def within(self, sessions: int) -> Self:
        """This study where there are only so many sessions: without models, if they are too few.

        Raises:
            NotEnoughHistory: they are too few for the baselines as well.
        """
        if sessions > self.recipe.walk.first:
            return self
        half = sessions // 2
        if half <= HISTORY:
            raise NotEnoughHistory(2 * (HISTORY + 1), sessions, "a first forecast")
        walk = self.recipe.walk.model_copy(update={"first": half})
        recipe = self.recipe.model_copy(update={"models": (), "walk": walk})
        return self.model_copy(update={"recipe": recipe})


def left_out(forecasts: Forecasts) -> tuple[Remark, ...]:
    """What fell back in forecasts, and which features were switched off."""
    fell_back = [
        Remark(reason="fell_back", stage="forecast", about=n.about, message=n.message)
        for n in forecasts.notes
    ]
    off = [
        Remark(reason="left_out", stage="features", about=name, message=f"switched off: {reason}")
        for name, reason in forecasts.skipped
    ]
    return (*fell_back, *off)
