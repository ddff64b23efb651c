"""Reading a study from YAML or JSON, with errors that say where and what was probably meant."""

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from forefolio.core.errors import BadStudy, InputError
from forefolio.core.problems import problems
from forefolio.core.yaml_text import read_yaml
from forefolio.market.sources.named import is_path
from forefolio.studies.base import StudyDocument
from forefolio.studies.strategy import StrategyStudy

S = TypeVar("S", bound=StudyDocument)


def load_study(path: Path) -> StrategyStudy:
    """Read a study from a YAML or JSON file.

    Raises:
        BadStudy: saying where the document is wrong, and what was probably meant.

    >>> import forefolio as ff
    >>> from pathlib import Path
    >>> _ = Path("study.yaml").write_text("tickers: [KO, JNJ]\\nmachine_learning: false\\n")
    >>> ff.load_study(Path("study.yaml")).data.tickers
    ('KO', 'JNJ')
    """
    return read_study(load_document(path), str(path))


def load_document(path: Path) -> dict[str, Any]:
    """Read a study's document without validating it; paths in it are relative to its folder.

    Raises:
        BadStudy: the file cannot be read, or is not a mapping.
    """
    try:
        document = read_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadStudy([("", f"cannot be read: {error.strerror}")], str(path)) from None
    except ValueError as reason:
        raise BadStudy([("", f"is not YAML: {reason}")], str(path)) from None
    if not isinstance(document, dict | None):
        raise BadStudy([("", "must be a mapping such as `tickers: [AAPL, MSFT]`")], str(path))
    return _rooted(document or {}, path.parent)


def document_in(text: str) -> dict[str, Any]:
    """A part of a document that is said in one line, as JSON or in YAML's brackets.

    Raises:
        InputError: it cannot be read, or is not a mapping.

    >>> document_in("{kind: minimum_variance, constraints: [w <= 10%]}")
    {'kind': 'minimum_variance', 'constraints': ['w <= 10%']}
    """
    try:
        document = read_yaml(text)
    except ValueError as reason:
        raise InputError(f"{text!r} is neither JSON nor YAML: {reason}") from None
    if not isinstance(document, dict):
        raise InputError(f"{text!r} must be a mapping such as {{kind: minimum_variance}}")
    return document


def _rooted(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The document with the path of its prices seen from where we stand."""
    inner = document.get("data")
    if isinstance(inner, dict):
        return {**document, "data": _rooted(inner, folder)}
    source = document.get("source")
    if isinstance(source, str) and is_path(source):
        return {**document, "source": str(folder / Path(source).expanduser())}
    if isinstance(source, dict) and isinstance(source.get("path"), str):
        path = str(folder / Path(source["path"]).expanduser())
        return {**document, "source": {**source, "path": path}}
    return document


def read_study(document: dict[str, Any], where: str = "study") -> StrategyStudy:
    """Validate a strategy study's document.

    Raises:
        BadStudy: saying where the document is wrong, and what was probably meant.
    """
    return read_as(StrategyStudy, document, where)


def read_as(study: type[S], document: dict[str, Any], where: str = "study") -> S:
    """Validate the document of a kind of study.

    Raises:
        BadStudy: saying where the document is wrong, and what was probably meant.
    """
    try:
        return study.model_validate_json(json.dumps(document, default=str))  # dates are dates
    except ValidationError as error:
        raise BadStudy(problems(error, document), where) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise BadStudy([("", f"cannot be written as JSON: {error}")], where) from None
