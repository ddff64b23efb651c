"""How often the whole chain says "better than equal weight": without skill, and with planted skill.

`python benchmarks/errors.py [MARKETS] [MARKETS_PER_SKILL]`; each market has 60 assets and 1,500
sessions, of which four years are judged. Markets are remembered in `$FOREFOLIO_HOME/errors.json`,
so that a command that was stopped goes on.
"""

import json
import os
import sys
import time
from pathlib import Path

from forefolio.backtest.error_rates import chains, judged, rate_bounds
from forefolio.core.wording import percent
from forefolio.runs.executors import executor

SKILLS = (0.01, 0.02, 0.03, 0.05)
MARKETS, MARKETS_PER_SKILL = 400, 100


def main() -> None:
    """Print a line for each rule and skill."""
    given = [int(one) for one in sys.argv[1:3]]
    markets, per_skill = [*given, *(MARKETS, MARKETS_PER_SKILL)[len(given) :]]
    kept = Path(os.environ.get("FOREFOLIO_HOME", ".")) / "errors.json"
    done: dict[str, list[float]] = json.loads(kept.read_text()) if kept.exists() else {}
    started = time.process_time()
    for skill in (0.0, *SKILLS):
        for name in chains() if skill == 0.0 else ("forecast driven",):
            for seed in range(markets if skill == 0.0 else per_skill):
                _one(name, skill, seed, done)
                kept.write_text(json.dumps(done))
            _print(name, skill, done)
    print(f"CPU {time.process_time() - started:,.0f} s")


def _one(name: str, skill: float, seed: int, done: dict[str, list[float]]) -> None:
    """Judge a market that is not among those done."""
    key = f"{name}:{skill}:{seed}"
    if key not in done:
        with executor("inline:") as inline:
            found = judged(seed, skill, chains()[name], inline)
        done[key] = [float(found.better), float(found.worse), found.lead]


def _print(name: str, skill: float, done: dict[str, list[float]]) -> None:
    rows = [row for key, row in done.items() if key.startswith(f"{name}:{skill}:")]
    if not rows:
        return
    for place, word in enumerate(("better", "worse")):
        count = int(sum(row[place] for row in rows))
        low, high = (percent(bound) for bound in rate_bounds(count, len(rows)))
        share = percent(count / len(rows))
        print(f"skill {skill}, {name}: {word} in {count} of {len(rows)}, {share} ({low} to {high})")
    lead = sum(row[2] for row in rows) / len(rows)
    print(f"skill {skill}, {name}: mean lead in the annual Sharpe ratio {lead:+.3f}", flush=True)


if __name__ == "__main__":
    main()
