"""An optimiser that listens to several people, whose views on past sessions need not agree.

1. Each opinion weighs past sessions by its own views (`EntropyPooling`).
2. Their probabilities are averaged, by what each opinion counts: themselves (linear), or their
   logarithms (logarithmic). What the opinions leave of one counts for equally likely sessions.
3. The optimiser decides by the sessions with these probabilities.
"""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from forefolio.core.component import Component
from forefolio.core.units import Array, PositiveShare
from forefolio.optimize.base import Allocation, Outlook
from forefolio.optimize.names import Universe, check_names
from forefolio.optimize.objectives.entropy_pooling import matched, pooled_by
from forefolio.optimize.objectives.mean_variance import MaximumSharpe
from forefolio.optimize.objectives.pooled import Decider, believed, check_decider, weighing
from forefolio.optimize.objectives.scenario_views import AnyScenarioView
from forefolio.optimize.objectives.views import on_held
from forefolio.optimize.program.scenarios import Window
from forefolio.risk.entropy_pooling import PooledScenarios


class Opinion(Component):
    """Views of one person, and how much they count among others.

    >>> print(Opinion(views=("AAPL >= 9% per year",), weight=0.4).views[0])
    AAPL >= 9% per year
    """

    kind: Literal["opinion"] = "opinion"
    views: Annotated[tuple[AnyScenarioView, ...], Field(min_length=1)] = Field(
        description="Views on past sessions, which hold together."
    )
    weight: PositiveShare = Field(0.5, description="How much it counts, of one for all.")

    def check_names(self, universe: Universe) -> None:
        """Refuse views that are about no asset."""
        check_names(self.views, universe)


class OpinionPooling(Component):
    """The portfolio of `optimizer`, once the views of several people are pooled.

    Linear pooling averages the probabilities that each opinion gives to past sessions: whatever
    somebody thinks possible stays so. Logarithmic pooling averages their logarithms, which are the
    probabilities nearest to all of them in relative entropy: what somebody thinks unlikely counts
    more. With a `divergence_penalty` a, an opinion counts exp(-a d) times as much, where d is its
    relative entropy to the linear average, so that few do not carry the others away. Source:
    Genest and Zidek (1986), "Combining probability distributions"; Stone (1961), "The opinion
    pool". A view about an asset that cannot be held is left out, with a note.

    >>> import forefolio as ff
    >>> market = ff.simulated_market(seed=1, sessions=600, assets=3)
    >>> words = (f"{market.assets[0]} >= 20% per year", f"{market.assets[1]} <= 0% per year")
    >>> both = ff.OpinionPooling(opinions=tuple(ff.Opinion(views=(view,)) for view in words))
    >>> round(sum(ff.optimize(market, objective=both).weights.values()), 6)
    1.0
    """

    kind: Literal["opinion_pooling"] = "opinion_pooling"
    opinions: tuple[Opinion, ...] = Field((), description="Who thinks what, and counts how much.")
    pooling: Literal["linear", "logarithmic"] = Field(
        "linear", description="Whether probabilities or their logarithms are averaged."
    )
    divergence_penalty: Annotated[float, Field(ge=0)] = Field(
        0.0, description="How much less an opinion counts that is far from the average."
    )
    optimizer: Decider = Field(
        MaximumSharpe(), description="Objective that chooses the weights from the weighed sessions."
    )
    window: Window = Field(
        500, description="Past sessions that are looked at.", json_schema_extra={"advanced": True}
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_decider(self.optimizer)
        total = sum(opinion.weight for opinion in self.opinions)
        if total > 1.0 + 1e-9:
            raise ValueError(
                f"the weights of the opinions sum to {total:.3g}; let them be at most 1 together, "
                "what they leave counts for equally likely sessions"
            )
        return self

    def allocate(self, outlook: Outlook) -> Allocation:
        """Choose weights as `optimizer` does.

        Raises:
            InputError: no weighing of the sessions satisfies an opinion, the window has no more
                sessions than there are assets, or it is not known how long a year is.
            NotEnoughHistory: fewer than 60 sessions have a return of every asset.
            UnclearName: a view is about no asset of the market.
            Infeasible: no portfolio satisfies the constraints together.
        """
        check_names(self.opinions, outlook.universe)
        each = [on_held(opinion.views, outlook.assets) for opinion in self.opinions]
        notes = list(dict.fromkeys(note for _, notes in each for note in notes))
        if not any(heard for heard, _ in each):
            return self.optimizer.allocate(outlook).noted(*notes)
        scenarios = matched(outlook, self.window)
        opinions = np.array(
            [
                pooled_by(heard, scenarios, outlook.assets, outlook.periods_per_year).probabilities
                for heard, _ in each
            ]
        )
        pooled = opinions_pooled(
            opinions,
            np.array([opinion.weight for opinion in self.opinions]),
            logarithmic=self.pooling == "logarithmic",
            divergence_penalty=self.divergence_penalty,
        )
        notes.append(weighing("opinions", pooled))
        return self.optimizer.allocate(believed(outlook, scenarios, pooled)).noted(*notes)


def opinions_pooled(
    opinions: Array,
    weights: Array,
    *,
    logarithmic: bool = False,
    divergence_penalty: float = 0.0,
) -> PooledScenarios:
    """One set of probabilities (S,) out of those (K, S) of several opinions, each of a weight (K,).

    What the weights leave of one is that of equally likely scenarios.

    >>> halves = np.array([[0.5, 0.5], [0.9, 0.1]])
    >>> opinions_pooled(halves, np.array([0.5, 0.5])).probabilities.round(2).tolist()
    [0.7, 0.3]
    """
    rest = 1.0 - float(weights.sum())
    if rest > 1e-9:
        equal = np.full(opinions.shape[1], 1.0 / opinions.shape[1])
        opinions, weights = np.vstack([opinions, equal]), np.append(weights, rest)
    if divergence_penalty:
        consensus = weights @ opinions / weights.sum()
        divergence = np.array([_relative_entropy(one, consensus) for one in opinions])
        weights = weights * np.exp(-divergence_penalty * (divergence - divergence.min()))
    opinions, weights = opinions[weights > 0], weights[weights > 0] / weights.sum()
    if logarithmic:
        with np.errstate(divide="ignore"):
            logs = weights @ np.log(opinions)
        pooled = np.exp(logs - logs.max())
    else:
        pooled = weights @ opinions
    pooled /= pooled.sum()
    equal = np.full(len(pooled), 1.0 / len(pooled))
    return PooledScenarios(probabilities=pooled, entropy=_relative_entropy(pooled, equal), gap=0.0)


def _relative_entropy(one: Array, other: Array) -> float:
    """The sum of p log(p / q)."""
    likely = one > 0
    return float((one[likely] * np.log(one[likely] / other[likely])).sum())
