"""What went wrong, as a document: a stable code, one sentence, what is wrong where, what to do."""

import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from forefolio.agents.texts import clean, clean_text
from forefolio.core.errors import ForefolioError
from forefolio.core.problems import problems

_log = logging.getLogger(__name__)
_MANY = 20  # things wrong with one document that are told

WHAT_TO_DO: Mapping[str, str] = {
    "infeasible": "change the limits as `mends` says, and ask again",
    "invalid": "mend what `problems` names; `describe` lists the settings of a kind",
    "no_file": "give the text of the file to `data`, and name the source that it answers with",
    "unknown_run": "`runs` lists those there are",
    "unknown_portfolio": "`portfolios` lists those there are",
    "not_done": "call `result` with `wait_s`",
    "queue_full": "wait, then ask again",
    "session_full": "wait, then ask again",
    "verifying_already": "wait, then ask again",
    "too_much_work": "ask for less, as it says",
    "data_changed": "ask again",
    "store_busy": "ask again in a moment",
}


def problem_document(error: Exception) -> dict[str, Any]:
    """An error as a document; what is a bug of ours says nothing but that."""
    match error:
        case ForefolioError():
            found = _problem(error.code, str(error), error.facts)
        case ValidationError():
            found = _invalid(error)
        case RecursionError():
            found = _problem(
                "invalid", "the document has too many lists and mappings in each other"
            )
        case _:
            _log.error("a tool failed", exc_info=error)
            found = _problem("internal", "something went wrong inside forefolio; its log says what")
    return {"error": clean(found)}


def _problem(code: str, detail: str, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    found = {"type": f"urn:forefolio:{code}", "code": code, "detail": detail, **(facts or {})}
    todo = WHAT_TO_DO.get(code)
    return {**found, "do": todo} if todo else found


def _invalid(error: ValidationError) -> dict[str, Any]:
    """Where a document is wrong, without its values."""
    wrong = [
        {"path": clean_text(path), "reason": clean_text(reason)}
        for path, reason in problems(error, values=False)[:_MANY]
    ]
    told = "; ".join(": ".join(filter(None, one.values())) for one in wrong[:3])
    return _problem("invalid", told, {"problems": wrong})
