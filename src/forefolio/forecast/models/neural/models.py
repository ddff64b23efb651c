"""Neural forecasters: LSTM, TCN and MLP, pooled over assets and learning all horizons at once."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from forefolio.core.component import Component
from forefolio.core.lazy import lazy
from forefolio.core.units import Days
from forefolio.forecast.base import Dataset, Predictor
from forefolio.forecast.models.neural.fitted import fit_net
from forefolio.forecast.models.neural.settings import (
    Batch,
    Decay,
    Dropout,
    Epochs,
    Patience,
    Rate,
    Seed,
    Units,
    Window,
)

nets: Any = lazy("forefolio.forecast.models.neural.nets")

_WARM_UP = 256  # sessions after which it no longer matters that the state began at zero


class LSTM(Component):
    """Long short-term memory network on the features of each session, one net for all assets.

    Trained by AdamW with dropout on blocks of 128 sessions, one output for each horizon, and
    stopped early on the last fifth of the labelled sessions.
    Source: Hochreiter and Schmidhuber (1997), "Long short-term memory".

    >>> LSTM(units=16).name
    'LSTM'
    """

    kind: Literal["lstm"] = "lstm"
    name: ClassVar[str] = "LSTM"
    layers: Annotated[int, Field(ge=1, le=8)] = Field(
        1, description="Number of stacked LSTM layers."
    )
    units: Units = Field(32, description="Hidden units of each layer.")
    dropout: Dropout = 0.1
    burn_in: Days = Field(
        64, description="Sessions before each training block that only warm up the hidden state."
    )
    epochs: Epochs = 20
    patience: Patience = 4
    learning_rate: Rate = 0.001
    decay: Decay = 0.01
    batch: Batch = 16
    window: Window = 2500
    seed: Seed = 0

    @property
    def training_context(self) -> int:
        """`burn_in`."""
        return self.burn_in

    @property
    def forecast_context(self) -> int:
        """About a year, after which the initial state no longer matters."""
        return max(_WARM_UP, self.burn_in)

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each layer."""
        return (self.units,) * self.layers

    def net(self, features: int, heads: int) -> Any:
        """The untrained net."""
        widths = (features, *self.widths)
        return nets.RecurrentNet(widths, heads, np.random.default_rng(self.seed))

    def fit(self, data: Dataset) -> Predictor:
        """Learn from the known labels of the last `window` sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions are left to learn from.
        """
        return self.fit_jointly((data,))[0]

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """Learn all horizons at once, one output for each.

        Raises:
            NotEnoughHistory: fewer than 126 sessions are left to learn from.
        """
        return fit_net(self, data)


class TCN(Component):
    """Temporal convolutional network: causal, dilated, with residual connections, for all assets.

    Trained like the LSTM. Source: Bai, Kolter and Koltun (2018), "An empirical evaluation of
    generic convolutional and recurrent networks for sequence modeling".

    >>> TCN(dilations=(1, 2, 4), kernel=3).receptive_field  # sessions: 1 + 2 * (1 + 2 + 4)
    15
    """

    kind: Literal["tcn"] = "tcn"
    name: ClassVar[str] = "TCN"
    dilations: Annotated[tuple[Days, ...], Field(min_length=1, max_length=12)] = Field(
        (1, 2, 4, 8, 16),
        description=(
            "Distance in sessions between the inputs of each layer's convolution; one layer each."
        ),
    )
    channels: Units = Field(32, description="Channels of each layer.")
    kernel: Annotated[int, Field(ge=2, le=16, json_schema_extra={"unit": "sessions"})] = Field(
        3, description="Sessions that each convolution combines."
    )
    dropout: Dropout = 0.1
    epochs: Epochs = 20
    patience: Patience = 4
    learning_rate: Rate = 0.001
    decay: Decay = 0.01
    batch: Batch = 16
    window: Window = 2500
    seed: Seed = 0

    @property
    def receptive_field(self) -> int:
        """How many sessions, the present one included, a forecast depends on."""
        return 1 + (self.kernel - 1) * sum(self.dilations)

    @property
    def training_context(self) -> int:
        """The receptive field before the present session."""
        return self.receptive_field - 1

    @property
    def forecast_context(self) -> int:
        """The receptive field before the present session."""
        return self.receptive_field - 1

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of each layer."""
        return (self.channels,) * len(self.dilations)

    def net(self, features: int, heads: int) -> Any:
        """The untrained net."""
        widths = (features, *self.widths)
        taps, rng = (self.kernel, self.dilations), np.random.default_rng(self.seed)
        return nets.ConvolutionalNet(widths, heads, taps, rng)

    def fit(self, data: Dataset) -> Predictor:
        """Learn from the known labels of the last `window` sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions are left to learn from.
        """
        return self.fit_jointly((data,))[0]

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """Learn all horizons at once, one output for each.

        Raises:
            NotEnoughHistory: fewer than 126 sessions are left to learn from.
        """
        return fit_net(self, data)


class MLP(Component):
    """Multilayer perceptron on the features of one session, one net for all assets.

    Trained like the LSTM.

    >>> MLP(layers=(8,)).widths
    (8,)
    """

    kind: Literal["mlp"] = "mlp"
    name: ClassVar[str] = "MLP"
    layers: Annotated[tuple[Units, ...], Field(min_length=1, max_length=8)] = Field(
        (32, 16), description="Hidden units of each layer."
    )
    dropout: Dropout = 0.1
    epochs: Epochs = 20
    patience: Patience = 4
    learning_rate: Rate = 0.001
    decay: Decay = 0.01
    batch: Batch = 16
    window: Window = 2500
    seed: Seed = 0

    @property
    def training_context(self) -> int:
        """None: it reads one session."""
        return 0

    @property
    def forecast_context(self) -> int:
        """None: it reads one session."""
        return 0

    @property
    def widths(self) -> tuple[int, ...]:
        """`layers`."""
        return self.layers

    def net(self, features: int, heads: int) -> Any:
        """The untrained net."""
        rng = np.random.default_rng(self.seed)
        return nets.DenseNet((features, *self.widths), heads, rng)

    def fit(self, data: Dataset) -> Predictor:
        """Learn from the known labels of the last `window` sessions.

        Raises:
            NotEnoughHistory: fewer than 126 sessions are left to learn from.
        """
        return self.fit_jointly((data,))[0]

    def fit_jointly(self, data: Sequence[Dataset]) -> tuple[Predictor, ...]:
        """Learn all horizons at once, one output for each.

        Raises:
            NotEnoughHistory: fewer than 126 sessions are left to learn from.
        """
        return fit_net(self, data)
