"""What every net is told: its size, its schedule, and the history that it reads."""

from typing import Annotated, Any, Protocol, TypeAlias

from pydantic import Field

Units: TypeAlias = Annotated[int, Field(ge=1, le=1024, json_schema_extra={"unit": "units"})]
Dropout: TypeAlias = Annotated[float, Field(ge=0, lt=1, json_schema_extra={"unit": "fraction"})]
Epochs: TypeAlias = Annotated[int, Field(ge=1, le=1000, json_schema_extra={"unit": "epochs"})]
Rate: TypeAlias = Annotated[float, Field(gt=0, le=1)]
Decay: TypeAlias = Annotated[float, Field(ge=0, le=10)]
Batch: TypeAlias = Annotated[int, Field(ge=1, le=4096)]
Seed: TypeAlias = Annotated[int, Field(ge=0)]


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
    def learns_after(self) -> int:
        """Sessions that a net reads before the block that it learns from."""

    @property
    def speaks_after(self) -> int:
        """Sessions that a net reads before the block that it speaks of."""

    @property
    def widths(self) -> tuple[int, ...]:
        """How many outputs each layer has."""

    def net(self, features: int, heads: int) -> Any:
        """The untrained net."""
