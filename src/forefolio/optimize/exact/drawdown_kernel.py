"""The chain of peaks in an interior point of drawdowns, session by session, in machine code.

A point of T sessions is a panel (5, T): peaks, what is beyond the quantile, the prices of the
drawdowns, of a peak being above the path, and of a peak being above the one before. A step has the
same rows. `terms` (9, T) and `chain` (2, T), pivots and multipliers, are what `linearised` makes
of a point.
"""

from forefolio.core.numerics import OUT_PANEL, OUT_VECTOR, PANEL, VECTOR, Scalar, kernel
from forefolio.core.units import Array

PEAK, BEYOND, WORST, RISE, FLOW = range(5)
FALL, UP, SPARE, REST, WIDTH, OF_RISE, OF_FLOW, OF_WORST, BEND = range(9)


@kernel((VECTOR, PANEL, Scalar, Scalar))
def complementarity(total: Array, point: Array, quantile: float, share: float) -> float:
    """Sum of what is limited, times its price, where the path is `total` (T,)."""
    gap, before = 0.0, 0.0
    for t in range(len(total)):
        peak, beyond, worst = point[PEAK, t], point[BEYOND, t], point[WORST, t]
        fall = peak - total[t]
        gap += fall * point[RISE, t] + (peak - before) * point[FLOW, t]
        gap += (beyond + quantile - fall) * worst + beyond * (share - worst)
        before = peak
    return gap


@kernel((VECTOR, PANEL, Scalar, Scalar, OUT_PANEL, OUT_PANEL))
def linearised(
    total: Array, point: Array, quantile: float, share: float, terms: Array, chain: Array
) -> bool:
    """Write the `terms` and the `chain` of a point; False where rounding has lost it."""
    sessions, before = len(total), 0.0
    for t in range(sessions):
        peak, beyond, worst = point[PEAK, t], point[BEYOND, t], point[WORST, t]
        terms[FALL, t], terms[UP, t] = peak - total[t], peak - before
        terms[SPARE, t] = beyond + quantile - terms[FALL, t]
        terms[OF_RISE, t] = point[RISE, t] / terms[FALL, t]
        terms[OF_FLOW, t] = point[FLOW, t] / terms[UP, t]
        terms[REST, t] = share - worst
        terms[WIDTH, t] = terms[SPARE, t] + worst * beyond / terms[REST, t]
        terms[OF_WORST, t] = worst / terms[WIDTH, t]
        terms[BEND, t] = terms[OF_RISE, t] + terms[OF_WORST, t]
        before = peak
    for t in range(sessions):
        pivot = terms[BEND, t] + terms[OF_FLOW, t]
        if t + 1 < sessions:
            pivot += terms[OF_FLOW, t + 1]
        if t:
            chain[1, t] = -terms[OF_FLOW, t] / chain[0, t - 1]
            pivot += chain[1, t] * terms[OF_FLOW, t]
        if not pivot > 0.0:
            return False
        chain[0, t] = pivot
    return True


@kernel((PANEL, OUT_VECTOR))
def eliminate(chain: Array, right: Array) -> None:
    """Solve for the peaks in place of `right` (T,)."""
    sessions = len(right)
    for t in range(1, sessions):
        right[t] -= chain[1, t] * right[t - 1]
    right[sessions - 1] /= chain[0, sessions - 1]
    for t in range(sessions - 2, -1, -1):
        right[t] = right[t] / chain[0, t] - chain[1, t + 1] * right[t + 1]


@kernel((PANEL, PANEL, PANEL, OUT_PANEL))
def bent(returns: Array, terms: Array, chain: Array, out: Array) -> None:
    """What a unit of each asset bends the path (T, n), once the peaks have followed.

    By differences of returns, where nothing cancels.
    """
    sessions, assets = returns.shape
    for t in range(sessions):
        own, later = terms[OF_FLOW, t], terms[OF_FLOW, min(t + 1, sessions - 1)]
        for k in range(assets):
            out[t, k] = own * returns[t, k]
        if t + 1 < sessions:
            for k in range(assets):
                out[t, k] -= later * returns[t + 1, k]
        if t:
            for k in range(assets):
                out[t, k] -= chain[1, t] * out[t - 1, k]
    for t in range(sessions - 1, -1, -1):
        by, last = 1.0 / chain[0, t], t + 1 == sessions
        on = 0.0 if last else chain[1, t + 1]
        bend = 0.0 if last else terms[BEND, t + 1]
        after = t if last else t + 1
        for k in range(assets):
            value = out[t, k] * by - on * out[after, k]
            out[after, k] *= 1.0 if last else bend
            out[t, k] = value
    for k in range(assets):
        out[0, k] *= terms[BEND, 0]


@kernel((PANEL, PANEL, PANEL, Scalar, PANEL, VECTOR, Scalar, OUT_PANEL, OUT_VECTOR))
def wanted(
    point: Array,
    terms: Array,
    chain: Array,
    centre: float,
    last: Array,
    moved: Array,
    quantile: float,
    wants: Array,
    pulls: Array,
) -> float:
    """What a step is to reach, before weights and the quantile move.

    Args:
        point: (5, T).
        terms: of it.
        chain: of it.
        centre: what each product of a limited amount and its price is to be.
        last: (5, T) the step whose curvature is corrected, zero where there is none.
        moved: (T,) the path of that step.
        quantile: of that step.
        wants: (5, T) written: of rises, flows, worst and beyond, and how far the peaks go.
        pulls: (T,) written: what the path is pulled by.

    Returns:
        What is asked of the sum of the prices of drawdowns.
    """
    sessions, asked, before = point.shape[1], 0.0, 0.0
    for t in range(sessions):
        worst, beyond, fall = point[WORST, t], point[BEYOND, t], last[PEAK, t] - moved[t]
        rise = centre - terms[FALL, t] * point[RISE, t] - fall * last[RISE, t]
        flow = centre - terms[UP, t] * point[FLOW, t] - (last[PEAK, t] - before) * last[FLOW, t]
        over = centre - terms[SPARE, t] * worst
        over -= (last[BEYOND, t] + quantile - fall) * last[WORST, t]
        far = centre - beyond * terms[REST, t] + last[BEYOND, t] * last[WORST, t]
        wants[0, t], wants[1, t] = rise / terms[FALL, t], flow / terms[UP, t]
        wants[2, t] = (over - worst * far / terms[REST, t]) / terms[WIDTH, t]
        wants[3, t], before = far, last[PEAK, t]
    for t in range(sessions):
        off = point[WORST, t] - point[FLOW, t] - point[RISE, t]
        wants[4, t] = wants[0, t] + wants[1, t] - wants[2, t] - off
        if t + 1 < sessions:
            wants[4, t] -= wants[1, t + 1] + point[FLOW, t + 1]
    eliminate(chain, wants[4])
    for t in range(sessions):
        pulls[t] = wants[0, t] - wants[2, t] - terms[BEND, t] * wants[4, t]
        asked += wants[2, t] + terms[OF_WORST, t] * wants[4, t]
    return asked


@kernel((PANEL, PANEL, PANEL, PANEL, VECTOR, Scalar, OUT_PANEL))
def followed(
    point: Array,
    terms: Array,
    chain: Array,
    wants: Array,
    moved: Array,
    quantile: float,
    step: Array,
) -> None:
    """Write the `step` (5, T) once the path moves by `moved` (T,), and the quantile."""
    sessions, before = point.shape[1], 0.0
    for t in range(sessions):
        step[PEAK, t] = terms[BEND, t] * moved[t] + terms[OF_WORST, t] * quantile
    eliminate(chain, step[PEAK])
    for t in range(sessions):
        step[PEAK, t] += wants[4, t]
        fall = step[PEAK, t] - moved[t]
        step[WORST, t] = wants[2, t] - terms[OF_WORST, t] * (quantile - fall)
        far = wants[3, t] + point[BEYOND, t] * step[WORST, t]
        step[BEYOND, t] = far / terms[REST, t]
        step[RISE, t] = wants[0, t] - terms[OF_RISE, t] * fall
        step[FLOW, t] = wants[1, t] - terms[OF_FLOW, t] * (step[PEAK, t] - before)
        before = step[PEAK, t]


@kernel((PANEL, PANEL, PANEL, VECTOR, Scalar, OUT_VECTOR))
def shorten(
    point: Array, terms: Array, step: Array, moved: Array, quantile: float, far: Array
) -> None:
    """Shorten how far (2,) amounts and prices go until all that is limited stays above zero."""
    before, amounts, prices = 0.0, far[0], far[1]
    for t in range(len(moved)):
        fall = step[PEAK, t] - moved[t]
        spare, up = step[BEYOND, t] + quantile - fall, step[PEAK, t] - before
        before = step[PEAK, t]
        if fall * amounts < -terms[FALL, t]:
            amounts = -terms[FALL, t] / fall
        if up * amounts < -terms[UP, t]:
            amounts = -terms[UP, t] / up
        if spare * amounts < -terms[SPARE, t]:
            amounts = -terms[SPARE, t] / spare
        if step[BEYOND, t] * amounts < -point[BEYOND, t]:
            amounts = -point[BEYOND, t] / step[BEYOND, t]
        if step[RISE, t] * prices < -point[RISE, t]:
            prices = -point[RISE, t] / step[RISE, t]
        if step[FLOW, t] * prices < -point[FLOW, t]:
            prices = -point[FLOW, t] / step[FLOW, t]
        if step[WORST, t] * prices < -point[WORST, t]:
            prices = -point[WORST, t] / step[WORST, t]
        if step[WORST, t] * prices > terms[REST, t]:
            prices = terms[REST, t] / step[WORST, t]
    far[0], far[1] = amounts, prices


@kernel((PANEL,))
def off_sessions(point: Array) -> tuple[float, float, float]:
    """How far peaks of (5, T) are off their conditions, at worst; sums of worst and of beyond."""
    sessions, missed, worst, beyond = point.shape[1], 0.0, 0.0, 0.0
    for t in range(sessions):
        off = point[WORST, t] - point[FLOW, t] - point[RISE, t]
        if t + 1 < sessions:
            off += point[FLOW, t + 1]
        worst, beyond = worst + point[WORST, t], beyond + point[BEYOND, t]
        missed = max(missed, abs(off))
    return missed, worst, beyond


@kernel((VECTOR, VECTOR, OUT_VECTOR))
def hand_back(worst: Array, flow: Array, stays: Array) -> None:
    """Write what `stays` at each session (T,) of prices handed back to earlier peaks.

    A session hands on what it wants to (`flow`), and never more than it has.
    """
    carried = 0.0
    for t in range(len(worst) - 1, -1, -1):
        on = min(max(flow[t], 0.0), worst[t] + carried)
        stays[t] = worst[t] + carried - on
        carried = on
