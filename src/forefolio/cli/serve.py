"""`forefolio serve`: the same runs over HTTP and WebSocket."""

import click


@click.command()
@click.option("--host", metavar="ADDRESS", help="Where to listen; 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(0, 65535), help="0: any free one.")
def serve(host: str | None, port: int | None) -> None:
    """Serve runs over HTTP and WebSocket, to this machine only unless a token is set."""
    import uvicorn

    from forefolio.api.app import create_app
    from forefolio.core.settings import Settings
    from forefolio.runs.opening import opening

    settings = Settings.read().prepare()
    address = settings.api_host if host is None else host
    token = settings.api_token.get_secret_value() if settings.api_token else None
    uvicorn.run(
        create_app(opening(settings), host=address, token=token),
        host=address,
        port=settings.api_port if port is None else port,
        ws_ping_interval=15,
        ws_max_size=65_536,
        limit_concurrency=200,
        server_header=False,
    )
