"""The command line: `forefolio ...`.

Exit codes: 0 done; 1 something went wrong inside; 2 what was asked for, or the data, is no good;
130 stopped by Ctrl-C; 141 whoever read the output has gone. A person never sees a traceback;
`FOREFOLIO_LOG_LEVEL=DEBUG` shows them.
"""

import gc
import logging
import os
import sys
from typing import NoReturn

import typer

from forefolio.cli.forecast import forecast, leaderboard
from forefolio.cli.models import compare, importance, train
from forefolio.cli.options import detailed
from forefolio.cli.orders import orders
from forefolio.cli.portfolios import frontier, optimize
from forefolio.cli.risk import risk, simulate, stress
from forefolio.cli.run import run
from forefolio.cli.runs import runs
from forefolio.cli.serve import serve
from forefolio.cli.signals import signals
from forefolio.cli.terminal import Shut, streams
from forefolio.core.errors import ForefolioError, RunCancelled, RunFailed

_STOPPED = 130  # what the parser, too, makes of Ctrl-C
_GARBAGE = 50_000  # objects, before cycles are looked for: among imports there are hardly any
_SHUT = 141  # what a shell calls a process whose reader, such as `head`, has seen enough

app = typer.Typer(
    name="forefolio",
    help="From market prices to tomorrow's portfolio weights, with the evidence for them.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    run,
    forecast,
    leaderboard,
    train,
    compare,
    importance,
    optimize,
    frontier,
    signals,
    orders,
    risk,
    simulate,
    stress,
):
    app.command()(detailed(command))
app.add_typer(runs, name="runs")
app.command()(serve)


@app.command()
def version() -> None:
    """Print the version."""
    from forefolio import __version__

    typer.echo(__version__)


def main() -> None:
    """Run a command and turn what goes wrong into one line and an exit code."""
    gc.set_threshold(_GARBAGE, 20, 20)
    asked = os.environ.get("FOREFOLIO_LOG_LEVEL", "").upper()  # what is no level, Settings tells
    logging.basicConfig(level=logging.getLevelNamesMapping().get(asked, logging.WARNING))
    try:
        with streams():
            code = app(sys.argv[1:] or ["--help"], standalone_mode=False) or 0
    except Shut:
        sys.exit(_SHUT)
    except ForefolioError as error:
        _stop(str(error), _exit_code(error))
    except (KeyboardInterrupt, typer.Abort):
        code = _STOPPED
    except Exception as error:  # the last door before the person
        if told := _usage(error):
            _stop(told, 2)
        logging.getLogger(__name__).debug("internal error", exc_info=True)
        _stop(f"something went wrong inside forefolio: {type(error).__name__}: {error}", 1)
    if code == _STOPPED:
        _stop("stopped; run it again to go on where it was", code)
    sys.exit(code)


def _exit_code(error: ForefolioError) -> int:
    if isinstance(error, RunCancelled):
        return _STOPPED
    return 1 if isinstance(error, RunFailed) and error.code == "internal" else 2


def _usage(error: Exception) -> str:
    """What the command-line parser has to say, without its decoration."""
    said = getattr(error, "format_message", None)
    return str(said()) if said else ""


def _stop(message: str, code: int) -> NoReturn:
    typer.echo(f"forefolio: {message}", err=True)
    sys.exit(code)
