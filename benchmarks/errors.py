"""How often the whole chain says "better than equal weight": without skill, and with planted skill.

`python benchmarks/errors.py [MARKETS] [MARKETS_PER_SKILL]`; each market has 60 assets and 1,500
sessions, of which four years are judged. Twenty of each kind are judged in turn, so that a command
that was stopped has something of everything; it goes on where it was. What is found is kept in
`$FOREFOLIO_HOME/errors-CODE.json`, with CODE the digest of the program that found it: another
program begins anew. `0 0` prints what there is.
"""

import json
import math
import os
import sys
import time
from pathlib import Path
from statistics import fmean, stdev

import forefolio
from forefolio.backtest.error_rates import chains, judged, rate_bounds
from forefolio.core.component import content_digest
from forefolio.core.wording import percent
from forefolio.runs.executors import executor

SKILLS = (0.0, 0.01, 0.02, 0.03, 0.05)
MARKETS, MARKETS_PER_SKILL = 400, 100
AT_A_TIME = 20
JUDGING = ("backtest", "core", "evidence", "features", "forecast", "market", "optimize", "risk",
           "strategy")  # fmt: skip


def main() -> None:
    """Judge what has not been judged, and print a line for each rule and skill."""
    given = [int(one) for one in sys.argv[1:3]]
    markets, per_skill = [*given, *(MARKETS, MARKETS_PER_SKILL)[len(given) :]]
    code = _code()
    kept = Path(os.environ.get("FOREFOLIO_HOME", ".")) / f"errors-{code}.json"
    done: dict[str, list[float]] = json.loads(kept.read_text()) if kept.exists() else {}
    started = time.process_time()
    for first in range(0, max(markets, per_skill), AT_A_TIME):
        for skill in SKILLS:
            most = per_skill if skill else markets
            for seed in range(first, min(first + AT_A_TIME, most)):
                if _judge(seed, skill, done):
                    kept.write_text(json.dumps(done))
    print(f"program {code}; {time.process_time() - started:,.0f} CPU s")
    for skill in SKILLS:
        for name in chains(0, skill):
            _print(name, skill, done)


def _code() -> str:
    """The digest of the sources whose results these are."""
    root = Path(forefolio.__file__).parent
    files = sorted(path for part in JUDGING for path in (root / part).rglob("*.py"))
    texts = (f"{path.relative_to(root)}\n{path.read_text()}" for path in files)
    return content_digest(*texts)[:12]


def _judge(seed: int, skill: float, done: dict[str, list[float]]) -> bool:
    """Judge a market by the rules that have not judged it yet; whether there was any."""
    rules = chains(seed, skill)
    missing = [name for name in rules if _key(name, skill, seed) not in done]
    with executor("inline:") as inline:
        for name in missing:
            found = judged(seed, skill, rules[name], inline)
            row = [float(found.better), float(found.worse), found.lead]
            done[_key(name, skill, seed)] = row
    return bool(missing)


def _key(name: str, skill: float, seed: int) -> str:
    return f"{name}:{skill}:{seed}"


def _print(name: str, skill: float, done: dict[str, list[float]]) -> None:
    rows = [row for key, row in done.items() if key.startswith(f"{name}:{skill}:")]
    if len(rows) < 2:
        return
    said = []
    for place, word in enumerate(("better", "worse")):
        count = int(sum(row[place] for row in rows))
        low, high = (percent(bound) for bound in rate_bounds(count, len(rows)))
        said.append(f"{word} in {count}, {percent(count / len(rows))} ({low} to {high})")
    leads = [row[2] for row in rows]
    error = stdev(leads) / math.sqrt(len(leads))
    print(f"skill {skill}, {name}, {len(rows)} markets: {'; '.join(said)}; "
          f"mean lead in the annual Sharpe ratio {fmean(leads):+.3f} ± {error:.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
