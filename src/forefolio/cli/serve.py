"""`forefolio serve`: the same runs over HTTP and WebSocket."""

import click


@click.command()
@click.option("--host", metavar="ADDRESS", help="Where to listen; 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(0, 65535), help="0: any free one.")
def serve(host: str | None, port: int | None) -> None:
    """Serve runs over HTTP and WebSocket, to this machine only unless a token is set."""
    from forefolio.api import serving
    from forefolio.api.app import create_app
    from forefolio.core.settings import Settings
    from forefolio.runs.opening import opening
    from forefolio.store.doctor import insist_on_room

    settings = Settings.read().prepare()
    insist_on_room(settings.home)
    address = settings.api_host if host is None else host
    app = create_app(
        opening(settings),
        host=address,
        token=settings.api_token.get_secret_value() if settings.api_token else None,
        files=settings.api_files,
    )
    bound = serving.listening(address, settings.api_port if port is None else port)
    serving.serve(app, bound, _say_where)


def _say_where(url: str) -> None:
    click.echo(
        f"forefolio is running on {url} (all it answers: {url}/api/docs); Ctrl-C ends it", err=True
    )
