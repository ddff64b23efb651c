"""The command line: `forefolio ...`.

Exit codes: 0 done; 1 something went wrong inside; 2 what was asked for, or the data, is no good;
3 what was checked does not hold; 130 stopped by Ctrl-C; 141 whoever read the output has gone. A
person never sees a traceback; `FOREFOLIO_LOG_LEVEL=DEBUG` shows them.
"""

import atexit
import gc
import json
import logging
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NoReturn

import click

from forefolio import __version__
from forefolio.core import logs
from forefolio.core.errors import ForefolioError, InputError, RunCancelled, RunFailed
from forefolio.core.redaction import redacted
from forefolio.core.wording import meant
from forefolio.views.terminal.console import Shut, streams

_STOPPED = 130  # what the parser, too, makes of Ctrl-C
_GARBAGE = 200_000  # objects, before cycles are looked for: among imports there are hardly any
_SHUT = 141  # what a shell calls a process whose reader, such as `head`, has seen enough


class Commands(click.Group):
    """The commands; what one needs is imported when it is asked for."""

    def list_commands(self, _: click.Context) -> list[str]:
        """In the order of the work: data, forecasts, weights, risk, service."""
        return list(SUMMARIES)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """The command of a study, or one that looks after runs and the service."""
        if name in OTHERS:
            module, attribute = OTHERS[name].split(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        if name not in SUMMARIES:
            return None
        from forefolio.cli.commands import command_named

        return command_named(name)

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that a person names; one that is not there is answered with one that is."""
        if words[0] not in SUMMARIES:
            near = meant(words[0], list(SUMMARIES)) or "; `forefolio --help` lists them"
            raise InputError(f"there is no command {words[0]!r}{near}")
        return super().resolve_command(context, words)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Name each command in a line, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


SUMMARIES: Mapping[str, str] = {
    "run": "Turn prices into tomorrow's weights, with evidence and a report.",
    "backtest": "Say what a strategy would have earned, beside simpler rules.",
    "today": "Say what to hold, why, what could be lost and what to buy.",
    "forecast": "Forecast every asset: mean and interval.",
    "leaderboard": "Score every model beside the naive forecasts.",
    "train": "Fit every model and keep it.",
    "compare": "Say which of two or more models is better.",
    "importance": "Say which features a model rests on.",
    "optimize": "Choose a portfolio under constraints.",
    "frontier": "Calculate the efficient frontier.",
    "signals": "Say which assets are worth a position.",
    "orders": "Turn weights into whole-share orders.",
    "risk": "Measure a portfolio's risk.",
    "simulate": "Simulate where a portfolio may be.",
    "stress": "Stress a portfolio by crises and shocks.",
    "evidence": "Say how much of a record is luck.",
    "criteria": "Say whether a strategy meets what is asked.",
    "capacity": "Say how much money a strategy carries.",
    "attribution": "Say what of a return was expected, and what luck.",
    "monitor": "Say whether the models of a run are healthy.",
    "paper": "Follow a strategy on paper, day by day.",
    "verify": "Compute anew what a report states.",
    "data": "Fetch, import, list or check prices.",
    "runs": "List, follow or cancel runs.",
    "portfolio": "Save, compare and export portfolios.",
    "models": "List and promote trained models.",
    "db": "Look after the database: state, backup, restore.",
    "schedule": "Ask for something once in every period.",
    "serve": "Start the service.",
    "mcp": "Answer an agent over its standard input.",
    "worker": "Work for a Dask cluster.",
    "glossary": "Say what a word means.",
    "guide": "Print everything that can be asked, for agents.",
    "completion": "Print what a shell needs to complete commands.",
    "version": "Print the version.",
}
OTHERS: Mapping[str, str] = {
    "data": "forefolio.cli.data:data",
    "runs": "forefolio.cli.runs:runs",
    "portfolio": "forefolio.cli.portfolio:portfolio",
    "models": "forefolio.cli.models:models",
    "db": "forefolio.cli.db:db",
    "schedule": "forefolio.cli.schedule:schedule",
    "serve": "forefolio.cli.serve:serve",
    "mcp": "forefolio.cli.mcp:mcp",
    "worker": "forefolio.cli.worker:worker",
    "glossary": "forefolio.cli.glossary:glossary",
    "guide": "forefolio.cli.guide:guide",
    "completion": "forefolio.cli.completion:completion",
    "version": "forefolio.cli.version:version",
}
"""Commands that ask no study, and where they are."""


group = Commands(
    name="forefolio",
    help="From market prices to tomorrow's portfolio weights, with the evidence for them.",
    epilog="What a word means, such as Sharpe or turnover: forefolio glossary WORD.",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=lambda context, _, asked: _say_version(context) if asked else None,
            help="Print the version.",
        )
    ],
    no_args_is_help=True,
)


def _say_version(context: click.Context) -> None:
    click.echo(__version__)
    context.exit()


def main() -> None:
    """Run a command and turn what goes wrong into one line and an exit code."""
    gc.set_threshold(_GARBAGE, 20, 20)
    atexit.register(gc.freeze)  # the process ends: its memory is not searched for cycles first
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads nobody uses take .1 s
    logs.install_as_asked(os.environ)
    try:
        with streams():
            code = group(sys.argv[1:] or ["--help"], "forefolio", standalone_mode=False) or 0
    except Shut:
        sys.exit(_SHUT)
    except ForefolioError as error:
        _stop(str(error), _exit_code(error), error.code, error.facts)
    except (KeyboardInterrupt, click.Abort):
        code = _STOPPED
    except Exception as error:  # the last door before the person
        if message := _usage(error):
            _stop(message, 2, "usage")
        logging.getLogger(__name__).debug("internal error", exc_info=True)
        _stop(f"something went wrong inside forefolio: {type(error).__name__}: {error}", 1)
    if code == _STOPPED:
        _stop("stopped; run it again to go on where it was", code, "stopped")
    sys.exit(code)


def _exit_code(error: ForefolioError) -> int:
    if isinstance(error, RunCancelled):
        return _STOPPED
    return 1 if isinstance(error, RunFailed) and error.code == "internal" else 2


def _usage(error: Exception) -> str:
    """What the command-line parser has to say, without its decoration."""
    return error.format_message() if isinstance(error, click.ClickException) else ""


def _stop(
    message: str, exit_code: int, code: str = "internal", facts: Mapping[str, Any] | None = None
) -> NoReturn:
    """Say in one line, or as JSON where that is asked for, what went wrong."""
    message = redacted(message)
    if "--json" in sys.argv[1:]:
        click.echo(
            json.dumps({"error": {"code": code, "message": message, **(facts or {})}}), err=True
        )
    else:
        click.echo(f"forefolio: {message}", err=True)
    sys.exit(exit_code)
