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
    Rate,
    Seed,
    Units,
)

nets: Any = lazy("forefolio.forecast.models.neural.nets")

_WARM_UP = 256  # sessions after which it no longer matters that the state began at zero


class LSTM(Component):
    """Pooled long short-term memory on the features of each session.

    `layers` of `units` cells; in learning, a share `dropout` of the outputs of each layer is left
    out. It learns from blocks of 128 sessions, each after `burn_in` that only warm it up,
    `batch` blocks a step, with steps of `learning_rate` (Adam) that also shrink the parameters
    by `decay` of it, for up to `epochs`; it stops when no horizon has gained on the validation
    rows for `patience` epochs. `seed` decides what is random. Hochreiter and Schmidhuber (1997).
    """

    kind: Literal["lstm"] = "lstm"
    name: ClassVar[str] = "LSTM"
    layers: Annotated[int, Field(ge=1, le=8)] = 1
    units: Units = 32
    dropout: Dropout = 0.1
    burn_in: Days = 64
    epochs: Epochs = 20
    patience: Epochs = 4
    learning_rate: Rate = 0.001
    decay: Decay = 0.01
    batch: Batch = 16
    window: Days = 2500
    seed: Seed = 0

    @property
    def learns_after(self) -> int:
        """`burn_in`."""
        return self.burn_in

    @property
    def speaks_after(self) -> int:
        """About a year: the state does not depend on where it began."""
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
    """Pooled temporal convolution: causal, dilated, residual.

    One layer of `channels` for each of `dilations`, each looking at `kernel` sessions that are so
    far apart; in learning, a share `dropout` of each layer's channels is left out. It learns from
    blocks of 128 sessions, `batch` blocks a step, with steps of `learning_rate` (Adam) that also
    shrink the parameters by `decay` of it, for up to `epochs`; it stops when no horizon has
    gained on the validation rows for `patience` epochs. `seed` decides what is random. Bai,
    Kolter and Koltun (2018).
    """

    kind: Literal["tcn"] = "tcn"
    name: ClassVar[str] = "TCN"
    dilations: Annotated[tuple[Days, ...], Field(min_length=1, max_length=12)] = (1, 2, 4, 8, 16)
    channels: Units = 32
    kernel: Annotated[int, Field(ge=2, le=16, json_schema_extra={"unit": "sessions"})] = 3
    dropout: Dropout = 0.1
    epochs: Epochs = 20
    patience: Epochs = 4
    learning_rate: Rate = 0.001
    decay: Decay = 0.01
    batch: Batch = 16
    window: Days = 2500
    seed: Seed = 0

    @property
    def receptive_field(self) -> int:
        """How many sessions, the present one included, a forecast depends on."""
        return 1 + (self.kernel - 1) * sum(self.dilations)

    @property
    def learns_after(self) -> int:
        """All that a forecast depends on."""
        return self.receptive_field - 1

    @property
    def speaks_after(self) -> int:
        """All that a forecast depends on."""
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
    """Pooled multilayer perceptron on the features of one session.

    `layers` are the units of each layer; in learning, a share `dropout` of them is left out. It
    learns from blocks of 128 sessions, `batch` blocks a step, with steps of `learning_rate`
    (Adam) that also shrink the parameters by `decay` of it, for up to `epochs`; it stops when no
    horizon has gained on the validation rows for `patience` epochs. `seed` decides what is random.
    """

    kind: Literal["mlp"] = "mlp"
    name: ClassVar[str] = "MLP"
    layers: Annotated[tuple[Units, ...], Field(min_length=1, max_length=8)] = (32, 16)
    dropout: Dropout = 0.1
    epochs: Epochs = 20
    patience: Epochs = 4
    learning_rate: Rate = 0.001
    decay: Decay = 0.01
    batch: Batch = 16
    window: Days = 2500
    seed: Seed = 0

    @property
    def learns_after(self) -> int:
        """Nothing: it reads one session."""
        return 0

    @property
    def speaks_after(self) -> int:
        """Nothing: it reads one session."""
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
