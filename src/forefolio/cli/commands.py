"""A command for every study: its options are the settings, its answer is a page or a document.

A command adds words and a view to a study, never a second meaning: what an option says is put into
the study's document as it is, and read there.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from forefolio.cli.answering import answer, destination
from forefolio.cli.documents import FILES, is_option, stated, study_of, under_its_option
from forefolio.cli.progress import watched
from forefolio.cli.project import nearest_project
from forefolio.core.errors import BadSettings, InputError, RunFailed
from forefolio.runs.asking import asking
from forefolio.studies.base import StudyDocument, summary_of
from forefolio.studies.catalog import STUDIES
from forefolio.studies.follow_ups import Account
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.holding import Holding
from forefolio.studies.orders import OrdersStudy
from forefolio.studies.paper_list import PaperAccountsStudy
from forefolio.studies.result import Result
from forefolio.studies.settings import Setting, flag_of, settings_of
from forefolio.studies.signal_history import SignalHistoryStudy
from forefolio.studies.strategy import StrategyStudy
from forefolio.views.backtest import backtest_page
from forefolio.views.catalog import page_of
from forefolio.views.leaderboard import leaderboard_page
from forefolio.views.page import Page

OUT: Mapping[str, str] = {"run": "forefolio-out"}
"""Folders that files are written into where no other is named."""

PRICES = "prices_named_by_a_word"

REFUTED = 3
"""How a command ends whose answer is that what was checked does not hold."""

INSTEAD: Mapping[str, tuple[str, type[StudyDocument]]] = {
    "signals": ("--history", SignalHistoryStudy),
    "paper": ("--list", PaperAccountsStudy),
}
"""Options of a command that ask another study instead, as the settings do that it alone has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """A study that a command asks about the run it has just made, by options of its own.

    It is asked where one of the settings is said, by an option or by the project.
    """

    study: type[OrdersStudy]
    settings: tuple[str, ...]
    key: str  # of the JSON document; the file of its table is key.csv

    @property
    def options(self) -> list[Setting]:
        """The settings that the command takes for it."""
        return [one for one in settings_of(self.study) if one.name in self.settings]

    def asked(self, given: Mapping[str, Any]) -> OrdersStudy | None:
        """The study, of the last run until there is the new one; None where it is not wanted.

        Raises:
            InputError: a setting is wrong, or there are some and the one that is needed is not.
        """
        project = nearest_project(Path.cwd())
        document = {k: v for k, v in project.items() if k in self.settings}
        document |= stated(self.options, given)
        try:
            return self.study(**document) if document else None
        except BadSettings as error:
            raise under_its_option(self.study, error) from None


AFTERWARDS: Mapping[str, After] = {
    "run": After(study=OrdersStudy, settings=("capital", "holdings"), key="orders"),
}
"""What a command asks about its own answer, where somebody wants it."""


def _whole(study: StudyDocument) -> StudyDocument:
    return study


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyView:
    """A way to look at the answer of a study, with a command of its own."""

    command: str
    study: type[StudyDocument]
    page: Callable[[Any], Page]
    help: str
    needed: Callable[[Any], Any] = _whole
    """The study without what only other views of it show."""


VIEWS = (
    StudyView(
        command="backtest",
        study=StrategyStudy,
        page=backtest_page,
        help="Say what a strategy would have earned, after costs, beside simpler rules.\n\n"
        "The same study as `forefolio run`, report included: what one has computed, the other "
        "reads. Forecasts are made only for a strategy that follows them, or where a study file "
        "has `machine_learning: true`.",
        needed=StrategyStudy.as_followed,
    ),
    StudyView(
        command="leaderboard",
        study=ForecastStudy,
        page=leaderboard_page,
        help="Score every model out of sample, beside the naive forecasts it must beat.\n\n"
        "The same study as `forefolio forecast`: what one has computed, the other reads.",
    ),
)
"""Views of a study beside its own."""


def command_named(name: str) -> click.Command:
    """The command of that name: of a study, or of a view."""
    if (view := next((view for view in VIEWS if view.command == name), None)) is not None:
        return command_of(view.study, view)
    return command_of(next(study for study in STUDIES if study.command == name))


def command_of(study: type[StudyDocument], view: StudyView | None = None) -> click.Command:
    """The command that asks a kind of study, and shows the answer by its page or by a view."""
    own = StudyView(command=study.command, study=study, page=page_of, help=_help(study))
    shown = view or own
    settings = [one for one in settings_of(study) if is_option(one)]
    options: list[click.Parameter] = [
        click.Option(["--study"], metavar="FILE", help="A study in YAML or JSON.")
    ]
    options += [_parameter(one) for one in settings]
    options += _source_as_a_word(settings)
    options += [
        click.Option(
            ["--out"],
            metavar="DIR|FILE.html|FILE.csv",
            default=OUT.get(study.command),
            help="An HTML file for the report, a CSV file for the main table, or a folder for the "
            "pictures and what else there is.",
        ),
        click.Option(["--verbose", "-v"], is_flag=True, help="Print the evidence as well."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document instead."),
    ]

    flag, other = INSTEAD.get(study.command, ("", study))
    further_ones = [] if other is study else _only_of(other, settings)
    if flag:
        options.append(click.Option([flag, "instead"], is_flag=True, help=summary_of(other)))
        options += [_parameter(one) for one in further_ones]
    after = AFTERWARDS.get(shown.command)
    options += [_parameter(one) for one in (after.options if after else ())]

    def call(**given: Any) -> int:
        given = _source_from_a_word(given)
        instead = given.pop("instead", False) or any(given[one.name] for one in further_ones)
        asked_for = other if instead else study
        out, verbose, as_json = given.pop("out"), given.pop("verbose"), given.pop("as_json")
        own = [one for one in settings_of(asked_for) if is_option(one)]
        asked = study_of(asked_for, given.pop("study"), stated(own, given))
        asked = shown.needed(asked)
        further = after.asked(given) if after else None
        folder = None if out is None else destination(Path(out))
        silent = as_json or not sys.stderr.isatty()
        result = watched(asking(asked), asked_for.stages, silent=silent)
        page = shown.page if asked_for is study else page_of
        more: dict[str, Result] = {}
        refused: RunFailed | None = None
        if after and further and result.run:
            of_it = further.model_copy(update={"holding": Holding(run=result.run.id)})
            try:
                more[after.key] = watched(asking(of_it), after.study.stages, silent=silent)
            except RunFailed as problem:  # the answer itself is there, and is shown
                refused = problem
        account = _account(further) if further else None
        question = asked.model_dump(mode="json")
        answer(result, folder, page, more, account, question, verbose=verbose, as_json=as_json)
        if refused is not None:
            raise refused
        return REFUTED if result.refutes else 0

    return click.Command(shown.command, callback=call, params=options, help=shown.help)


def _source_as_a_word(settings: Sequence[Setting]) -> list[click.Parameter]:
    """`forefolio optimize prices.csv` is `forefolio optimize --source prices.csv`."""
    takes_prices = any(one.name == "source" for one in settings)
    if not takes_prices or any(one.positional for one in settings):
        return []
    return [click.Argument([PRICES], required=False, metavar="[PRICES]")]


def _source_from_a_word(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options, the source among them, however it was named."""
    options = dict(given)
    word = options.pop(PRICES, None)
    if word is None:
        return options
    if options["source"] is not None:
        raise InputError(
            f"prices are named twice, {word} and --source {options['source']}: leave one out"
        )
    return {**options, "source": word}


def _only_of(study: type[StudyDocument], settings: Sequence[Setting]) -> list[Setting]:
    """The options of a study that are not among the settings of another one."""
    names = {one.name for one in settings}
    return [one for one in settings_of(study) if is_option(one) and one.name not in names]


def _help(study: type[StudyDocument]) -> str:
    """What a study is, without the example for Python."""
    return (study.__doc__ or "").partition(">>>")[0].rstrip()


def _account(orders: OrdersStudy) -> Account:
    """The money that orders are made for."""
    return Account(capital=orders.capital, holdings=orders.holdings)


def _parameter(setting: Setting) -> click.Parameter:
    if setting.positional:
        return click.Argument([setting.name], nargs=-1 if setting.listed else 1)
    extra: dict[str, Any] = {"is_flag": True} if setting.switch else {"metavar": _metavar(setting)}
    if setting.several:
        extra["multiple"] = True
    more = " Or a CSV file." if setting.name in FILES and setting.in_a_word else ""
    return click.Option(
        [flag_of(setting), setting.name],
        help=setting.description + more,
        hidden=setting.advanced,
        **extra,
    )


def _metavar(setting: Setting) -> str:
    return "|".join(setting.choices) or (setting.unit or "TEXT").upper().replace(" ", "_")
