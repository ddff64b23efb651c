"""`forefolio mcp`: the studies as tools for an agent, over standard input and output."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--files",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="The one folder whose files a study may name; none by default.",
)
def mcp(files: Path | None) -> None:
    """Answer an agent that speaks the Model Context Protocol; it starts this command itself."""
    from forefolio.agents.stdio import serve_stdio
    from forefolio.core.settings import Settings
    from forefolio.runs.opening import opening

    settings = Settings.read().prepare()
    serve_stdio(opening(settings), settings.api_files if files is None else files)
