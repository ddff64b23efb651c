"""`--json` prints one envelope, whatever the command; what goes wrong is an error instead."""

import json
from collections.abc import Iterator
from datetime import datetime

import click
import pytest
from tests.cli.conftest import Forefolio

from forefolio import __version__
from forefolio.cli import group

TEXTS = {  # what they print is no answer
    *("guide", "completion", "serve", "worker", "mcp", "portfolio export", "portfolio delete"),
    *("db backup", "db restore", "db upgrade"),
    *("schedule add", "schedule remove", "schedule run", "schedule pause", "schedule resume"),
}


def commands(inside: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(inside)
    for name in inside.list_commands(context):
        command = inside.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


@pytest.mark.parametrize(("name", "command"), list(commands(group)))
def test_every_command_with_an_answer_has_it_as_a_document(
    name: str, command: click.Command
) -> None:
    options = [option for one in command.params for option in one.opts]
    assert ("--json" in options) is (name not in TEXTS)


def test_a_stored_answer_is_named_and_dated_by_its_run(forefolio: Forefolio, study: str) -> None:
    said = forefolio("risk", "--study", study, "--json")
    listed = forefolio("runs", "--json").envelope
    (run,) = listed["data"]["runs"]
    assert listed["run"] is None and listed["kind"] == "runs"
    assert said.envelope["run"] == run["id"] and said.envelope["kind"] == "risk"
    assert said.envelope["created"] == run["created"] and run["created"].endswith("Z")
    assert datetime.fromisoformat(run["changed"]) >= datetime.fromisoformat(run["created"])
    assert forefolio("runs", "show", run["id"][:8], "--json") == said
    state = forefolio("runs", "follow", run["id"], "--json").envelope
    assert (state["run"], state["kind"], state["data"]) == (run["id"], "run_state", run)


def test_what_needs_no_run_has_none(forefolio: Forefolio) -> None:
    envelope = forefolio("version", "--json").envelope
    assert envelope["run"] is None and envelope["data"] == {"version": __version__}
    (term,) = forefolio("glossary", "drawdown", "--json").document["terms"].values()
    assert term["meaning"] and "negative" in term["written"]


def test_an_error_has_no_envelope(forefolio: Forefolio) -> None:
    said = forefolio("glossary", "no such word", "--json")
    assert (said.code, said.out, list(json.loads(said.err))) == (2, "", ["error"])
