"""Standard normals in two nanoseconds each: xoshiro256++ and a ziggurat of 256 layers.

Blackman and Vigna 2019, "Scrambled linear pseudorandom number generators"; Marsaglia and Tsang
2000, "The ziggurat method for generating random variables". The layer comes from other bits than
the value, so that both are independent (Doornik 2005, "An improved ziggurat method").

The area under the normal density is cut into layers of equal area. A value of a layer that lies
inside the next one is taken at once, 99 in 100; one beside it is judged against the density, and
the lowest layer holds the tail.
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from forefolio.core.numerics import INDICES, OUT_VECTOR, VECTOR, Argument, kernel
from forefolio.core.units import Array, read_only

Words: TypeAlias = NDArray[np.uint64]

LAYERS = 256
TAIL = 3.6541528853610088  # where it begins
AREA = 0.00492867323399  # of each layer, the lowest with the tail

_WORD, _STATE = Argument("uint64"), Argument("uint64", 1, written=True)
_UNIT = 2.0**-53


def _tables() -> tuple[Array, NDArray[np.int64], Array]:
    """Of each layer: its width a bit of the value, the values surely inside, and its height."""
    edge = np.zeros(LAYERS + 1)
    edge[0], edge[1] = AREA / math.exp(-0.5 * TAIL**2), TAIL
    for layer in range(2, LAYERS):
        below = math.exp(-0.5 * edge[layer - 1] ** 2)
        edge[layer] = math.sqrt(-2.0 * math.log(AREA / edge[layer - 1] + below))
    width, height = edge[:LAYERS] / 2.0**52, np.exp(-0.5 * edge**2)
    inside = (edge[1:] / edge[:-1] * 2.0**52).astype(np.int64)
    read_only(width, inside, height)
    return width, inside, height


TABLES = WIDTH, INSIDE, HEIGHT = _tables()


@kernel((_WORD, _WORD, _WORD, _WORD))
def _stepped(
    a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]:
    """The next 64 bits of xoshiro256++, and its state after them; a loop keeps it in registers."""
    total = a + d
    word = ((total << np.uint64(23)) | (total >> np.uint64(41))) + a
    shifted = b << np.uint64(17)
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    return word, a, b, c, (d << np.uint64(45)) | (d >> np.uint64(19))


@kernel((_STATE,))
def next_word(state: Words) -> np.uint64:
    """The next 64 bits of xoshiro256++; its `state` (4,) moves on."""
    word, state[0], state[1], state[2], state[3] = _stepped(state[0], state[1], state[2], state[3])
    return np.uint64(word)


@kernel((_WORD, _STATE, VECTOR, INDICES, VECTOR))
def _beside(
    word: np.uint64, state: Words, width: Array, inside: NDArray[np.int64], height: Array
) -> float:
    """The normal of a word whose value is not surely inside its layer; others where it is none."""
    while True:
        layer = np.int64(word & np.uint64(255))
        signed = np.int64(word) >> np.int64(11)
        value = signed * width[layer]
        if abs(signed) < inside[layer]:
            return float(value)
        if layer == 0:
            break
        share = (next_word(state) >> np.uint64(11)) * _UNIT
        if height[layer] + share * (height[layer + 1] - height[layer]) < math.exp(-0.5 * value**2):
            return float(value)
        word = next_word(state)
    while True:  # the tail (Marsaglia 1964)
        beyond = -math.log1p(-((next_word(state) >> np.uint64(11)) * _UNIT)) / TAIL
        other = -math.log1p(-((next_word(state) >> np.uint64(11)) * _UNIT))
        if 2.0 * other > beyond * beyond:
            return float(TAIL + beyond if signed >= 0 else -(TAIL + beyond))


@kernel((_STATE,))
def one_share(state: Words) -> float:
    """A number evenly between 0 and 1; `state` (4,) moves on."""
    return float((next_word(state) >> np.uint64(11)) * _UNIT)


@kernel((_STATE, OUT_VECTOR))
def fill_shares(state: Words, out: Array) -> None:
    """Fill `out` with numbers evenly between 0 and 1; `state` (4,) moves on."""
    a, b, c, d = state[0], state[1], state[2], state[3]
    for k in range(len(out)):
        word, a, b, c, d = _stepped(a, b, c, d)
        out[k] = (word >> np.uint64(11)) * _UNIT
    state[0], state[1], state[2], state[3] = a, b, c, d


@kernel((_STATE, VECTOR, INDICES, VECTOR))
def one_normal(state: Words, width: Array, inside: NDArray[np.int64], height: Array) -> float:
    """A standard normal; `state` (4,) moves on."""
    word = next_word(state)
    signed = np.int64(word) >> np.int64(11)
    layer = np.int64(word & np.uint64(255))
    if abs(signed) < inside[layer]:
        return float(signed * width[layer])
    return float(_beside(word, state, width, inside, height))


@kernel((_STATE, VECTOR, INDICES, VECTOR, OUT_VECTOR))
def fill(state: Words, width: Array, inside: NDArray[np.int64], height: Array, out: Array) -> None:
    """Fill `out` with standard normals; `state` (4,), which is not all zero, moves on."""
    a, b, c, d = state[0], state[1], state[2], state[3]
    for k in range(len(out)):
        word, a, b, c, d = _stepped(a, b, c, d)
        layer = np.int64(word & np.uint64(255))
        signed = np.int64(word) >> np.int64(11)
        if abs(signed) < inside[layer]:
            out[k] = signed * width[layer]
        else:
            state[0], state[1], state[2], state[3] = a, b, c, d
            out[k] = _beside(word, state, width, inside, height)
            a, b, c, d = state[0], state[1], state[2], state[3]
    state[0], state[1], state[2], state[3] = a, b, c, d


def new_stream(rng: np.random.Generator) -> Words:
    """The state (4,) of a stream of its own, never all zero."""
    return rng.integers(1, 2**64, 4, dtype=np.uint64)


def standard_normals(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Independent standard normals, of a stream that `rng` seeds anew at each call."""
    out = np.empty(shape)
    fill(new_stream(rng), WIDTH, INSIDE, HEIGHT, out.reshape(-1))
    return out
