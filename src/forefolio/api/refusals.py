"""Why the service turns a request down, each reason with its status."""

from collections.abc import Sequence
from typing import Any, ClassVar

from forefolio.core.errors import InputError


class Refused(InputError):
    """A request that is not answered; `problems` are (path, reason) pairs, if fields are wrong."""

    code = "refused"
    status: ClassVar[int] = 422

    def __init__(self, message: str, problems: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @property
    def facts(self) -> dict[str, Any]:
        """The problems as a document."""
        listed = [{"path": path, "reason": reason} for path, reason in self.problems]
        return {"problems": listed} if listed else {}


class NotJson(Refused):
    """The body is no JSON document that can be read."""

    code, status = "not_json", 400


class TooSlow(Refused):
    """The body did not arrive in time."""

    code, status = "too_slow", 408


class LargeBody(Refused):
    """The body has more bytes than this route takes."""

    code, status = "body_too_large", 413


class WrongType(Refused):
    """The body is of a media type that this route does not read."""

    code, status = "media_type", 415


class ServerPath(Refused):
    """A document names a file of the server."""

    code = "server_path"


class Busy(Refused):
    """The service has as much to do as it takes on; ask again after `wait` seconds."""

    code, status = "busy", 503

    def __init__(self, message: str, wait: int = 5) -> None:
        super().__init__(message)
        self.wait = wait
