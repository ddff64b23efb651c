"""Errors of market data, and of the sources they come from."""

from collections.abc import Sequence

from forefolio.core.errors.base import ForefolioError


class DataError(ForefolioError):
    """The market data cannot support what was asked."""

    code = "data"


class BadFile(DataError):
    """A file holds no prices that can be read."""

    code = "bad_file"

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = str(path), reason


class DataChanged(DataError):
    """The prices changed between the question and the work."""

    code = "data_changed"

    def __init__(self, source: str) -> None:
        super().__init__(
            f"{source} changed after the run was asked for; ask again for the answer of what is "
            "there now"
        )
        self.source = source


class UnknownTicker(DataError):
    """The source has no such asset."""

    code = "unknown_ticker"

    def __init__(self, tickers: Sequence[str], available: Sequence[str], source: str) -> None:
        shown = ", ".join(available[:30]) + (", ..." if len(available) > 30 else "")
        super().__init__(f"{source} has no {', '.join(tickers)}; it has {shown}")
        self.tickers, self.available = tuple(tickers), tuple(available)


class SourceUnavailable(DataError):
    """The source does not answer."""

    code = "source_unavailable"


class SourceRefused(SourceUnavailable):
    """A provider wants a key, another key, or a paid plan: asking again changes nothing."""

    code = "source_refused"


class SourceLimited(SourceUnavailable):
    """As much was asked of a provider as may be; `wait_s` seconds until it may be asked again."""

    code = "source_limited"

    def __init__(self, provider: str, wait_s: float, reason: str) -> None:
        super().__init__(f"{provider}: {reason}; ask again {_in(wait_s)}")
        self.provider, self.wait_s = provider, wait_s


def _in(seconds: float) -> str:
    if seconds < 120:
        return f"in {max(seconds, 1):.0f} seconds"
    return f"in {seconds / 60:.0f} minutes" if seconds < 7200 else f"in {seconds / 3600:.0f} hours"


class SourceResting(SourceUnavailable):
    """A provider failed several times in a row, and is left alone for a while."""

    code = "source_resting"


class BadAnswer(SourceUnavailable):
    """What a provider answered is no table of prices; nothing of it is used."""

    code = "bad_answer"


class NotEnoughHistory(DataError):
    """A window reaches further back than the data does."""

    code = "not_enough_history"

    def __init__(
        self,
        needed: int,
        available: int,
        what: str = "this",
        remedy: str = "start earlier, or shorten the window",
    ) -> None:
        are = "1 is" if available == 1 else f"{available} are"
        sessions = "1 session" if needed == 1 else f"{needed} sessions"
        super().__init__(f"{what} needs {sessions} of history, {are} available; {remedy}")
        self.needed, self.available, self.what = needed, available, what
