"""Trained models on their way into the registry: where each comes from, and which is promoted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forefolio.core.component import Component
from forefolio.forecast.training import TrainedModel
from forefolio.forecast.walk import model_digest, names_of
from forefolio.store.model_files import ModelFile
from forefolio.store.model_records import ModelUse, NewModel, Promotion
from forefolio.store.model_shelf import ModelShelf
from forefolio.studies.forecast_rows import ModelScore, model_scores
from forefolio.studies.gathering import Gathered
from forefolio.studies.place import Place
from forefolio.studies.result import DataFacts

if TYPE_CHECKING:
    from forefolio.store.models import Models

SCORES = (
    "sessions",
    "years",
    "rmse",
    "r2_zero",
    "r2_mean",
    "r2_mean_se",
    "direction",
    "rank_ic",
    "rank_ic_se",
    "qlike",
    "qlike_se",
    "coverage",
)
"""What the registry keeps of a model's walk-forward scores, where they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptModel:
    """A fitted model that is kept, and what the registry should know of it."""

    id: str
    fitted: TrainedModel
    use: ModelUse
    file: ModelFile
    score: ModelScore | None
    seconds: float  # of the fit


def walk_forward_scores(gathered: Gathered) -> dict[tuple[str, int], ModelScore]:
    """The scores of each model of the recipe, by the model's digest and the horizon."""
    everything = gathered.study.recipe.everything
    digests = dict(zip(names_of(everything), map(model_digest, everything), strict=True))
    return {
        (digests[row.model], horizon): row
        for horizon, evidence in gathered.forecasts.horizons.items()
        for row in model_scores(evidence)
        if row.model in digests
    }


def register(kept: Iterable[KeptModel], data: DataFacts, place: Place) -> None:
    """Register models with the prices, the run and the code that they come from."""
    new = [_new(one, data, place) for one in kept]
    place.shelf().registered(lambda models: models.register(new))


def promote_best(alias: str, kept: Sequence[KeptModel], shelf: ModelShelf) -> tuple[Promotion, ...]:
    """Give an alias to the most skilled model of returns at each horizon, if it is as good.

    As good as the model that has the alias, by the walk-forward skill that the registry has of
    both.
    """
    best: dict[int, KeptModel] = {}
    for one in sorted(kept, key=_skill):
        if one.use == "model":
            best[one.fitted.horizon] = one
    chosen = [best[horizon] for horizon in sorted(best)]

    async def promote(models: "Models") -> tuple[Promotion, ...]:
        return tuple([await models.promote_if_as_good(one.id, alias) for one in chosen])

    return shelf.registered(promote)


def _skill(one: KeptModel) -> float:
    skill = None if one.score is None else one.score.r2_mean
    return float("-inf") if skill is None else skill


def _new(one: KeptModel, data: DataFacts, place: Place) -> NewModel:
    fitted = one.fitted
    return NewModel(
        id=one.id,
        name=fitted.name,
        use=one.use,
        horizon=fitted.horizon,
        trained=data.last,  # type: ignore[arg-type]
        run=place.run,
        data=data.model_dump(mode="json", exclude={"version", "sectors", "columns", "refused"}),
        data_version=data.version,
        features=fitted.names,
        settings=_settings(fitted.model),
        scores=_known(one.score),
        code_digest=place.code,
        libraries=one.file.libraries,
        form=one.file.form,
        bytes=len(one.file.raw),
        seconds=one.seconds,
    )


def _settings(model: Any) -> Mapping[str, Any]:
    """The settings of a model as a document; of one that has none, as it shows itself."""
    return model.model_dump(mode="json") if isinstance(model, Component) else {"own": repr(model)}


def _known(score: ModelScore | None) -> dict[str, float]:
    values = {} if score is None else {name: getattr(score, name) for name in SCORES}
    return {name: float(value) for name, value in values.items() if value is not None}
