"""What a strategy with a record goes on from, as plain numbers beside the market."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

import numpy as np
from pydantic import AfterValidator, Field

from forefolio.core.component import Component
from forefolio.core.units import Array


def _numbers(written: str) -> str:
    """The text, if numbers can be read from it.

    Raises:
        ValueError: it is no base64, or holds no whole number of numbers.
    """
    _read(written)
    return written


def _read(written: str) -> Array:
    return np.frombuffer(b64decode(written, validate=True), dtype="<f8")


def _written(values: Array) -> str:
    return b64encode(np.asarray(values, dtype="<f8").tobytes()).decode()


Numbers = Annotated[str, AfterValidator(_numbers)]


class RecordState(Component):
    """The record of a strategy up to its last decision on weights.

    That decision is made again from it, and everything later, to the same bits. It takes 16 bytes a
    session of the record, however many assets there are.
    """

    session: date = Field(description="The session after whose close weights were decided last.")
    before: Mapping[str, float] = Field(
        description="The weights that this decision went by, by ticker."
    )
    expected: Numbers = Field(
        description="Volatility expected at each session before, base64 of 64-bit numbers."
    )
    happened: Numbers = Field(
        description="Return of the session after each of these, base64 of 64-bit numbers."
    )

    @classmethod
    def of(
        cls, session: np.datetime64, before: Mapping[str, float], expected: Array, happened: Array
    ) -> Self:
        """From what is expected and what happened (R,) at the sessions before `session`."""
        return cls(
            session=session.astype(date),
            before=before,
            expected=_written(expected),
            happened=_written(happened),
        )

    @property
    def series(self) -> Array:
        """Expected and happened (2, R).

        Raises:
            ValueError: there are more of one than of the other.
        """
        return np.array([_read(self.expected), _read(self.happened)])

    def weights(self, assets: tuple[str, ...]) -> Array:
        """The weights (N,) that the decision went by, in the order of `assets`."""
        return np.array([self.before.get(asset, 0.0) for asset in assets])
