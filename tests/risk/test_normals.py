"""Standard normals: bit by bit those of a slow twin, and normal by every test of many of them."""

import math

import numpy as np
import pytest
from scipy import stats

from forefolio.core.units import Array
from forefolio.risk.simulation.elliptical_kernel import gammas
from forefolio.risk.simulation.normals_kernel import (
    AREA,
    HEIGHT,
    INSIDE,
    LAYERS,
    TABLES,
    TAIL,
    WIDTH,
    new_stream,
    standard_normals,
)

MASK = 2**64 - 1
MANY = 2_000_000


def rotated(word: int, by: int) -> int:
    return ((word << by) | (word >> (64 - by))) & MASK


class Stream:
    """xoshiro256++ as its authors write it, in whole numbers of Python."""

    def __init__(self, state: list[int]) -> None:
        self.state = state

    def word(self) -> int:
        s = self.state
        result = (rotated((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotated(s[3], 45)
        return result

    def share(self) -> float:
        return (self.word() >> 11) * 2.0**-53

    def normal(self) -> float:
        while True:
            word = self.word()
            layer = word & 255
            signed = (word - 2**64 if word >= 2**63 else word) >> 11
            value = signed * WIDTH[layer]
            if abs(signed) < INSIDE[layer]:
                return float(value)
            if layer == 0:
                return math.copysign(self.tail(), signed)
            height = HEIGHT[layer] + self.share() * (HEIGHT[layer + 1] - HEIGHT[layer])
            if height < math.exp(-0.5 * value**2):
                return float(value)

    def tail(self) -> float:
        while True:
            beyond = -math.log1p(-self.share()) / TAIL
            if -2.0 * math.log1p(-self.share()) > beyond**2:
                return TAIL + beyond

    def gammas(self, shape: float, count: int) -> list[float]:
        """Normals first, then as many shares, then others for what is refused."""
        level = shape - 1 / 3
        normals = [self.normal() for _ in range(count)]
        shares = [self.share() for _ in range(count)]
        pairs = zip(normals, shares, strict=True)
        return [level * self._cube(level, *pair) for pair in pairs]

    def _cube(self, level: float, normal: float, share: float) -> float:
        while True:
            root = 1 + normal / math.sqrt(9 * level)
            if root > 0 and math.log(share) < normal**2 / 2 + level * (
                1 - root**3 + 3 * math.log(root)
            ):
                return root**3
            normal, share = self.normal(), self.share()


@pytest.fixture(scope="module")
def many() -> Array:
    return standard_normals(np.random.default_rng(0), (MANY,))


def test_every_bit_is_that_of_a_slow_twin() -> None:
    state = np.random.default_rng(5).integers(1, 2**64, 4, dtype=np.uint64)
    stream = Stream([int(word) for word in state])
    fast = standard_normals(np.random.default_rng(5), (20_000,))
    slow = np.array([stream.normal() for _ in range(len(fast))])
    assert np.abs(slow).max() > TAIL  # so that the tail was asked for too
    np.testing.assert_allclose(fast, slow, rtol=1e-15, atol=0.0)


def test_layers_have_the_area_of_each_other() -> None:
    edge = np.append(WIDTH * 2.0**52, 0.0)
    areas = edge[1:LAYERS] * np.diff(HEIGHT[1 : LAYERS + 1])
    np.testing.assert_allclose(areas, AREA, rtol=1e-7)
    lowest = TAIL * HEIGHT[1] + stats.norm.sf(TAIL) * math.sqrt(2.0 * math.pi)
    assert lowest == pytest.approx(AREA, rel=1e-7)


@pytest.mark.parametrize(
    ("power", "mean", "variance"), [(1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10_170)]
)
def test_moments_are_those_of_a_normal(
    many: Array, power: int, mean: float, variance: float
) -> None:
    error = math.sqrt(variance / MANY)
    assert abs(float((many**power).mean()) - mean) < 4.0 * error


@pytest.mark.parametrize("edge", [0.5, 1.0, 2.0, 3.0, TAIL, 4.0, 4.5])
def test_as_many_are_beyond_an_edge_as_ought_to_be(many: Array, edge: float) -> None:
    share = stats.norm.sf(edge)
    for beyond in (many > edge, many < -edge):
        assert abs(int(beyond.sum()) - share * MANY) < 4.0 * math.sqrt(share * MANY)


def test_the_distribution_is_normal_everywhere(many: Array) -> None:
    assert stats.kstest(many[:500_000], "norm").pvalue > 1e-3


def test_neighbours_and_streams_do_not_know_of_each_other(many: Array) -> None:
    error = 1.0 / math.sqrt(MANY)
    for lag in (1, 2, 20, 252):
        for values in (many, many**2 - 1.0):
            together = float((values[lag:] * values[:-lag]).mean() / values.var())
            assert abs(together) < 4.5 * error
    rng = np.random.default_rng(3)
    first, second = standard_normals(rng, (MANY,)), standard_normals(rng, (MANY,))
    assert abs(float((first * second).mean())) < 4.5 * error


def test_the_same_seed_draws_the_same_in_any_shape() -> None:
    flat = standard_normals(np.random.default_rng(7), (240,))
    cube = standard_normals(np.random.default_rng(7), (4, 6, 10))
    assert cube.tobytes() == flat.tobytes()


def gammas_of(seed: int, shape: float, count: int) -> Array:
    out = np.empty(count)
    gammas(new_stream(np.random.default_rng(seed)), *TABLES, shape, np.empty(count), out)
    return out


@pytest.mark.parametrize("shape", [1.001, 2.5, 40.0])
def test_gammas_are_those_of_a_slow_twin_and_of_their_law(shape: float) -> None:
    state = new_stream(np.random.default_rng(5))
    slow = Stream([int(word) for word in state]).gammas(shape, 5_000)
    np.testing.assert_allclose(gammas_of(5, shape, 5_000), slow, rtol=1e-12)
    drawn = gammas_of(6, shape, 500_000)
    assert stats.kstest(drawn, "gamma", args=(shape,)).pvalue > 1e-3
    assert abs(float(drawn.mean()) - shape) < 4.0 * math.sqrt(shape / len(drawn))
    assert float(drawn.var()) == pytest.approx(shape, rel=0.03)
