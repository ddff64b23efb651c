"""What a run found, as one document that the command line, the API and the report all read."""

from typing import Any

import numpy as np

from forefolio.forecast import Forecasts, Importance
from forefolio.market import Finding, Loaded, QualityReport
from forefolio.studies.forecast_rows import asset_forecasts, combination_of, model_scores
from forefolio.studies.recipe import RecipeStudy


def describe_forecasts(study: RecipeStudy, loaded: Loaded, forecasts: Forecasts) -> dict[str, Any]:
    """What is expected of each asset, and how good such forecasts were."""
    everything = forecasts.horizons.values()
    return {
        "as_of": str(loaded.market.sessions[-1]),
        "forecasts": [
            row.model_dump()
            for each in everything
            for row in asset_forecasts(each, loaded.market, learnt=bool(study.recipe.models))
        ],
        "leaderboard": [row.model_dump() for each in everything for row in model_scores(each)],
        "combination": [combination_of(each).model_dump() for each in everything],
        "fallbacks": [*_repairs(loaded.report), *_left_out(forecasts)],
        "data": _data(study, loaded, forecasts),
        "quality": loaded.report.to_dict(),
        "study": study.model_dump(mode="json"),
    }


def describe_importance(importance: Importance) -> dict[str, Any]:
    """What each feature was worth, the most useful first, and over time."""
    rows = importance.to_frame().reset_index(names="label").to_dict("records")
    return {
        "model": importance.model,
        "horizon": importance.horizon,
        "features": [{name: _json(value) for name, value in row.items()} for row in rows],
        "groups": [list(group) for group in importance.groups],
        "over_time": [
            {
                "session": str(session),
                "r2_loss": dict(zip(importance.features, map(_number, lost), strict=True)),
            }
            for session, lost in zip(importance.sessions, importance.r2_loss, strict=True)
        ],
    }


def _repairs(report: QualityReport) -> list[dict[str, Any]]:
    """What was done about the data, the same thing said once for all tickers it was done to."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for found in report.findings:
        alike.setdefault((found.message, found.action), []).append(found)
    told = []
    for (message, action), several in alike.items():
        names = list(dict.fromkeys(found.ticker for found in several))
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        rows = sum(found.count for found in several)
        reason = f"{f'{rows} x ' if rows > 1 else ''}{message}: {action}"
        told.append({"stage": "data", "about": ", ".join(names[:5]) + more, "reason": reason})
    return told


def _left_out(forecasts: Forecasts) -> list[dict[str, Any]]:
    told = [{"stage": "forecast", "about": n.about, "reason": n.message} for n in forecasts.notes]
    told += [
        {"stage": "features", "about": name, "reason": f"switched off: {reason}"}
        for name, reason in forecasts.skipped
    ]
    return told


def _data(study: RecipeStudy, loaded: Loaded, forecasts: Forecasts) -> dict[str, Any]:
    market = loaded.market
    return {
        "source": study.data.model_dump(mode="json")["source"],
        "version": study.version(),
        "tickers": list(market.assets),
        "sectors": dict(zip(market.assets, market.sectors, strict=True)),
        "sessions": len(market),
        "first": str(market.sessions[0]),
        "last": str(market.sessions[-1]),
        "columns": sorted(market.columns),
        "quality": list(loaded.report.lines()),
        "refused": dict(loaded.report.refused),
        "features_off": [{"name": n, "reason": r} for n, r in forecasts.skipped],
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _json(value: Any) -> Any:
    return _number(value) if isinstance(value, float) else value
