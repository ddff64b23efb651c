"""Write the OpenAPI document of the service, from which the page's types are made.

python tools/openapi.py web/openapi.json
"""

import sys
from contextlib import asynccontextmanager
from pathlib import Path

from forefolio.api.app import create_app
from forefolio.api.described import openapi_bytes


@asynccontextmanager
async def _nothing_runs():  # the document is made of the routes; nothing is asked
    yield


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(openapi_bytes(create_app(_nothing_runs)))
