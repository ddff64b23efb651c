"""The base of every error."""

from typing import Any


class ForefolioError(Exception):
    """Base of every error this package raises on purpose; its text says what to do.

    >>> import forefolio as ff
    >>> try:
    ...     ff.load_market(ff.Sample(), "NOPE")
    ... except ff.ForefolioError as error:
    ...     print(error.code)
    unknown_ticker
    """

    code = "error"

    @property
    def facts(self) -> dict[str, Any]:
        """What a program can use beside the text, as a JSON document; nothing for most errors."""
        return {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes whole, whatever the constructor of the subclass asks for."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(cls: type[ForefolioError], args: Any, state: dict[str, Any]) -> ForefolioError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error
