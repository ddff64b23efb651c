"""The settings that all nets share: size, training schedule, history."""

from typing import Annotated, Any, Protocol, TypeAlias

from pydantic import Field

from forefolio.core.units import PER_CENT, Days

Units: TypeAlias = Annotated[int, Field(ge=1, le=1024, json_schema_extra={"unit": "units"})]
Dropout: TypeAlias = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        json_schema_extra={"unit": "fraction"},
        description="Share of each layer's outputs that is set to zero in a training step.",
    ),
    PER_CENT,
]
Epochs: TypeAlias = Annotated[
    int,
    Field(
        ge=1,
        le=1000,
        json_schema_extra={"unit": "epochs"},
        description="Largest number of passes over the training blocks.",
    ),
]
Patience: TypeAlias = Annotated[
    int,
    Field(
        ge=1,
        le=1000,
        json_schema_extra={"unit": "epochs"},
        description=(
            "Epochs without an improvement on the validation sessions after which training stops."
        ),
    ),
]
Rate: TypeAlias = Annotated[
    float, Field(gt=0, le=1, description="Step size of the Adam optimiser.")
]
Decay: TypeAlias = Annotated[
    float,
    Field(
        ge=0,
        le=10,
        description=(
            "Weight decay of AdamW: each step shrinks the parameters by this times the "
            "learning rate."
        ),
    ),
]
Batch: TypeAlias = Annotated[
    int,
    Field(
        ge=1,
        le=4096,
        description=(
            "Number of training blocks (128 sessions of one asset each) in a gradient step."
        ),
    ),
]
Window: TypeAlias = Annotated[
    Days,
    Field(
        description="Sessions of history that the model is fitted on, up to the last known label."
    ),
]
Seed: TypeAlias = Annotated[
    int,
    Field(
        ge=0, description="Seed of the initial parameters, the dropout and the order of the blocks."
    ),
]


class Neural(Protocol):
    """Settings of a net: what it is, and how it learns."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def window(self) -> int:
        """How many sessions, to the last one with a label, are learnt from."""

    @property
    def epochs(self) -> int:
        """How often, at most, all of them are gone through."""

    @property
    def patience(self) -> int:
        """How many epochs may pass without a gain on the validation rows."""

    @property
    def learning_rate(self) -> float:
        """Size of a step."""

    @property
    def decay(self) -> float:
        """By how much, in units of `learning_rate`, a step shrinks every parameter."""

    @property
    def batch(self) -> int:
        """How many blocks go through the net at once."""

    @property
    def dropout(self) -> float:
        """Share of the outputs of each layer that is left out in a step."""

    @property
    def seed(self) -> int:
        """Decides where the parameters begin, what is dropped, and the order of the blocks."""

    @property
    def training_context(self) -> int:
        """Sessions that a net reads before the block that it learns from."""

    @property
    def forecast_context(self) -> int:
        """Sessions that a net reads before the block that it forecasts."""

    @property
    def widths(self) -> tuple[int, ...]:
        """How many outputs each layer has."""

    def net(self, features: int, heads: int) -> Any:
        """The untrained net."""
