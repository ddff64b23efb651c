"""Penalties on weights, or on their distance from others: ridge (L2) and lasso (L1).

A penalty is a term of a `Utility` or of a ratio's return, and a setting of objectives of least
risk. Its strength is a number beside what the objective counts a year: the variance, or the return.
"""

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from forefolio.core.component import Component, OneOf
from forefolio.core.errors import InputError
from forefolio.optimize import text
from forefolio.optimize.constraints.limits import Weights, benchmark_weights
from forefolio.optimize.names import Universe
from forefolio.optimize.program.affine import Affine, Squares
from forefolio.optimize.program.problem import Piece
from forefolio.optimize.program.symbols import Symbols
from forefolio.optimize.words.reader import Reader
from forefolio.optimize.words.subjects import read_mix

EXAMPLE = "ridge 0.05 to equal weight"
HAVE_THEM = "minimum_variance, minimum_risk, target_return, utility and ratios of return"


class Penalty(Component):
    """What the distance of the weights from others costs."""

    strength: Annotated[float, Field(gt=0)] = Field(
        0.05, description="What a distance of one costs beside a year's variance or return."
    )
    to: Literal["zero", "equal", "held"] = Field(
        "zero",
        description="What distances are from: no weight, equal weights, or the weights held now.",
    )
    target: Weights = Field(
        (), description="Pairs of asset and weight that distances are from, instead of `to`."
    )

    word: ClassVar[str]  # that of a text

    def __str__(self) -> str:
        """Such as "ridge 0.05 to equal weight"."""
        words = {"zero": "", "equal": " to equal weight", "held": " to held weights"}[self.to]
        to = f" to {text.mixed(self.target)}" if self.target else words
        return f"{self.word} {text.plain(self.strength)}{to}"

    def check_names(self, universe: Universe) -> None:
        """Refuse a target of what is no asset."""
        universe.check_assets(dict(self.target), self)

    def expression(self, s: Symbols) -> Piece:
        """As a term: minus the penalty, over the horizon."""
        return (-1.0 / s.horizons_per_year) * self.penalty(s)

    @abstractmethod
    def penalty(self, s: Symbols) -> Piece:
        """What it costs, as a convex formula."""

    def distances(self, s: Symbols) -> Affine:
        """How far each weight (N,) is from where it should be."""
        if self.target or self.to == "equal":
            return s.x - benchmark_weights(self.target, s.outlook) * s.scale
        return s.trades if self.to == "held" else s.x


class RidgePenalty(Penalty):
    """Minus `strength` times the sum of the squares of the weights, or of their distances.

    To zero it spreads the weights, as if the covariance had that much more on its diagonal; towards
    others it keeps near them (DeMiguel, Garlappi, Nogales and Uppal 2009, "A generalized approach
    to portfolio optimization").

    >>> import forefolio as ff
    >>> mu, cov = {'bonds': 0.03, 'stocks': 0.08}, [[0.0025, 0.001], [0.001, 0.0225]]
    >>> spread = ff.MinimumVariance(penalties=("ridge 0.05",))
    >>> best = ff.optimize(mu=mu, cov=cov, objective=spread)
    >>> {name: round(weight, 2) for name, weight in best.weights.items()}
    {'bonds': 0.58, 'stocks': 0.42}
    """

    kind: Literal["ridge_penalty"] = "ridge_penalty"

    word: ClassVar[str] = "ridge"

    def penalty(self, s: Symbols) -> Squares:
        """A sum of squares."""
        return Squares(self.distances(s), self.strength)


class LassoPenalty(Penalty):
    """Minus `strength` times the sum of the sizes of the weights, or of their distances.

    Towards the weights held now, or others, it leaves alone what is not worth a change; to zero it
    takes off short positions (Brodie, Daubechies, De Mol, Giannone and Loris 2009, "Sparse and
    stable Markowitz portfolios"), and says nothing where there are none.

    >>> print(LassoPenalty(strength=0.01, to="held"))
    lasso 0.01 to held weights
    """

    kind: Literal["lasso_penalty"] = "lasso_penalty"

    word: ClassVar[str] = "lasso"

    def penalty(self, s: Symbols) -> Affine:
        """A sum of sizes."""
        return self.strength * s.program.absolute(self.distances(s)).sum()


def parse_penalty(words: str) -> Penalty:
    """Read a penalty: "ridge 0.05", "lasso 0.01 to held weights", "L2 0.1 to 60% A + 40% B".

    Raises:
        BadConstraint: saying where the text is wrong, and what was expected there.

    Example:
        >>> print(parse_penalty("L2 0.05 to equal weight"))
        ridge 0.05 to equal weight
    """
    reader = Reader(words)
    if (made := read_penalty(reader)) is None:
        raise reader.expected("ridge or lasso", EXAMPLE)
    strength = reader.number()
    if strength is None or not strength > 0:
        raise reader.expected("how strong it is, a number above zero", EXAMPLE)
    penalty = made(strength=strength, **_towards(reader))
    if reader.at < reader.end:
        raise reader.expected("the end", EXAMPLE)
    return penalty


def read_penalty(reader: Reader) -> type[Penalty] | None:
    """Which penalty a text begins with; None: with something else."""
    if reader.word("ridge") or reader.word("l2"):
        return RidgePenalty
    return LassoPenalty if reader.word("lasso") or reader.word("l1") else None


PENALTIES = (RidgePenalty, LassoPenalty)
AnyPenalty: TypeAlias = Annotated[Penalty, OneOf(*PENALTIES, words=parse_penalty)]
Penalties: TypeAlias = Annotated[
    tuple[AnyPenalty, ...],
    Field(description='Penalties on the weights: "ridge 0.05", or "lasso 0.01 to held weights".'),
]
"""The setting of the objectives that have penalties."""


def penalized(penalties: tuple[Penalty, ...], s: Symbols) -> list[Piece]:
    """What penalties cost over the horizon."""
    return [-each.expression(s) for each in penalties]


def with_penalties(objective: Any, penalties: tuple[Penalty, ...]) -> Any:
    """An objective with penalties beside its own: in its setting of them, or among its terms.

    Raises:
        InputError: it has no place for them.
    """
    fields = getattr(type(objective), "model_fields", {})
    kind = str(getattr(objective, "kind", type(objective).__name__))
    if "penalties" in fields:
        return objective.model_copy(update={"penalties": (*objective.penalties, *penalties)})
    if "terms" in fields:
        return objective.model_copy(update={"terms": (*objective.terms, *penalties)})
    if "optimizer" in fields:
        inner = with_penalties(objective.optimizer, penalties)
        return objective.model_copy(update={"optimizer": inner})
    raise InputError(f"{kind} has no {penalties[0].word}; {HAVE_THEM} have penalties")


def _towards(reader: Reader) -> dict[str, object]:
    """What distances are from, where it is said."""
    if not reader.word("to"):
        return {}
    if reader.word("held", "weights"):
        return {"to": "held"}
    target = read_mix(reader, EXAMPLE)
    return {"target": target} if target else {"to": "equal"}
