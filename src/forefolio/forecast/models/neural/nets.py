"""The nets: from the features of many sessions to one number per session and horizon.

Each reads one asset's sequence (L, F) of features and which of its sessions are `observed` (L,);
the features of the others are zero. In learning, `kept` multiplies the outputs of each layer, the
same for the whole sequence (Gal and Ghahramani 2016). The head starts at zero and has no bias: an
untrained net adds nothing to the mean.
"""

from itertools import pairwise
from typing import Any, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

Tensor: TypeAlias = Any  # of numpy outside compiled code, of JAX within
Kept: TypeAlias = tuple[Tensor, ...] | None  # (units,) for each layer


class Dense(eqx.Module):
    """An affine map."""

    weight: Tensor  # (inputs, outputs)
    bias: Tensor  # (outputs,)

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator):
        reach = inputs**-0.5
        self.weight = rng.uniform(-reach, reach, (inputs, outputs)).astype(np.float32)
        self.bias = rng.uniform(-reach, reach, outputs).astype(np.float32)

    def __call__(self, x: Tensor) -> Tensor:
        """Apply to (..., inputs)."""
        return x @ self.weight + self.bias


class RecurrentNet(eqx.Module):
    """Long short-term memory; Hochreiter and Schmidhuber (1997).

    A session that is not `observed` leaves the state as it was.
    """

    gates: tuple[
        Dense, ...
    ]  # from input and hidden state to what enters, is forgotten, leaves, is new
    head: Tensor  # (units, heads)

    def __init__(self, widths: tuple[int, ...], heads: int, rng: np.random.Generator):
        self.gates = tuple(
            Dense(before + units, 4 * units, rng) for before, units in pairwise(widths)
        )
        self.head = np.zeros((widths[-1], heads), np.float32)

    def __call__(self, x: Tensor, observed: Tensor, masks: Kept = None) -> Tensor:
        """Outputs (L, heads) at each session, from the sessions up to it."""
        for layer, gates in enumerate(self.gates):
            x = _dropped(_remembered(gates, x, observed), masks, layer)
        return x @ self.head


class ConvolutionalNet(eqx.Module):
    """Dilated causal convolutions with residual connections; Bai, Kolter and Koltun (2018).

    A convolution is one matrix product of the input with itself shifted. A session that is not
    `observed` is zero in every layer, as is what lies before the first one.
    """

    convolutions: tuple[Dense, ...]
    head: Tensor  # (channels, heads)
    dilations: tuple[int, ...] = eqx.field(static=True)
    kernel: int = eqx.field(static=True)

    def __init__(
        self,
        widths: tuple[int, ...],
        heads: int,
        taps: tuple[int, tuple[int, ...]],
        rng: np.random.Generator,
    ):
        self.kernel, self.dilations = taps
        self.convolutions = tuple(
            Dense(self.kernel * before, channels, rng) for before, channels in pairwise(widths)
        )
        self.head = np.zeros((widths[-1], heads), np.float32)

    def __call__(self, x: Tensor, observed: Tensor, masks: Kept = None) -> Tensor:
        """Outputs (L, heads) at each session, from the sessions up to it."""
        parts = zip(self.convolutions, self.dilations, strict=True)
        for layer, (convolution, dilation) in enumerate(parts):
            new = _dropped(jax.nn.relu(convolution(self._shifted(x, dilation))), masks, layer)
            x = jnp.where(observed[:, None], x + new if layer else new, 0)
        return x @ self.head

    def _shifted(self, x: Tensor, dilation: int) -> Tensor:
        before = jnp.pad(x, (((self.kernel - 1) * dilation, 0), (0, 0)))
        taps = [before[tap * dilation :][: len(x)] for tap in range(self.kernel)]
        return jnp.concatenate(taps, axis=-1)


class DenseNet(eqx.Module):
    """A multilayer perceptron on the features of one session."""

    layers: tuple[Dense, ...]
    head: Tensor  # (units, heads)

    def __init__(self, widths: tuple[int, ...], heads: int, rng: np.random.Generator):
        self.layers = tuple(Dense(before, units, rng) for before, units in pairwise(widths))
        self.head = np.zeros((widths[-1], heads), np.float32)

    def __call__(self, x: Tensor, observed: Tensor, masks: Kept = None) -> Tensor:
        """Outputs (L, heads) at each session, from that session alone."""
        del observed  # sessions are independent
        for number, layer in enumerate(self.layers):
            x = _dropped(jax.nn.relu(layer(x)), masks, number)
        return x @ self.head


def _remembered(gates: Dense, x: Tensor, observed: Tensor) -> Tensor:
    """The hidden state (L, units) after each session."""
    units, width = len(gates.bias) // 4, x.shape[-1]
    projected = x @ gates.weight[:width] + gates.bias

    def step(state: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> Any:
        (hidden, cell), (projected, observed) = state, now
        enter, forget, leave, new = jnp.split(projected + hidden @ gates.weight[width:], 4)
        moved = jax.nn.sigmoid(forget) * cell + jax.nn.sigmoid(enter) * jnp.tanh(new)
        output = jax.nn.sigmoid(leave) * jnp.tanh(moved)
        hidden, cell = jnp.where(observed, output, hidden), jnp.where(observed, moved, cell)
        return (hidden, cell), hidden

    rest = jnp.zeros(units, jnp.float32)
    return jax.lax.scan(step, (rest, rest), (projected, observed))[1]


def _dropped(hidden: Tensor, masks: Kept, layer: int) -> Tensor:
    return hidden if masks is None else hidden * masks[layer]
