"""The host that the application was made with, as an argument of its endpoints."""

from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from forefolio.runs.host import Host


def host_of(connection: HTTPConnection) -> Host:
    """The host that the application was made with."""
    host: Host = connection.app.state.host
    return host


Here = Annotated[Host, Depends(host_of)]
