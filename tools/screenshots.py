"""Pictures of every page, light and dark, in three widths: `make screenshots` writes them to docs/.

They show what the bundled sample comes to on this machine, and are not committed. A folder that
is named is the home whose runs are shown again; without one everything is asked anew.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
SIZES = {"wide": (1440, 900), "middle": (768, 1024), "narrow": (390, 844)}
THEMES = ("light", "dark")
WAIT_S = 900  # for one study
MONEY = 25_000


@contextmanager
def service(home: str) -> Iterator[str]:
    """The address of a service with a home of its own."""
    command = [sys.executable, "-m", "forefolio", "serve", "--port", "0"]
    env = {**os.environ, "FOREFOLIO_HOME": home}
    env.pop("FOREFOLIO_API_TOKEN", None)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) as process:
        assert process.stderr is not None
        try:
            yield process.stderr.readline().split("running on ")[1].split(" ")[0]
        finally:
            process.terminate()


def asked(url: str, path: str, document: Mapping[str, Any]) -> str:
    """The run of a study, once it is done."""
    answer = httpx.post(
        f"{url}/api/{path}", json=document, headers={"Prefer": "respond-async"}, timeout=60
    ).raise_for_status()
    body = answer.json()
    run = str(body.get("id") or body["run"]["id"])
    for step in _progress(url, run):
        print(f"  {path}: {step}", end="\r", flush=True)
    print(f"  {path}: done{' ' * 40}")
    return run


def _progress(url: str, run: str) -> Iterator[str]:
    """How far a run is, until it has ended.

    Raises:
        RuntimeError: it did not end well.
    """
    for _ in range(WAIT_S):
        now = httpx.get(f"{url}/api/runs/{run}", timeout=60).json()
        if now["status"] == "done":
            return
        if now["status"] in ("failed", "cancelled"):
            raise RuntimeError(f"{now['kind']} {now['status']}: {now['message']}")
        yield f"{now.get('stage', '')} {now.get('done', '')}"
        time.sleep(1)


def pages(url: str) -> dict[str, str]:
    """Addresses by the name of the picture; what they show is asked first."""
    portfolio = asked(url, "optimize/portfolio", {"explained": True})
    first = asked(url, "optimize/frontier", {})
    second = asked(url, "optimize/frontier", {"constraints": ["w <= 15%"]})
    strategy = asked(url, "strategy", {})
    of = {"run": portfolio}
    return {
        "today": f"/today/{asked(url, 'today', {'capital': MONEY, 'run': strategy})}",
        "optimise": f"/optimise/{second}",
        "compare": f"/compare?runs={first},{second}",
        "portfolio": f"/portfolio/{portfolio}",
        "simulate": f"/simulate/{asked(url, 'risk/simulation', of)}",
        "stress": f"/stress/{asked(url, 'risk/stress', of)}",
        "risk": f"/risk/{asked(url, 'risk/measures', of)}",
        "orders": f"/orders/{asked(url, 'orders', {**of, 'capital': MONEY})}",
        "forecasts": f"/forecasts/{asked(url, 'forecast', {})}",
        "signals": f"/signals/{asked(url, 'signals', {})}",
        "monitor": f"/monitor?run={strategy}",
        "backtest": f"/backtest/{strategy}",
        "evidence": f"/evidence?run={strategy}",
        "criteria": f"/criteria/{asked(url, 'criteria', {})}",
        "verify": "/verify",
        "not-asked": "/comparison",
        "portfolios": "/portfolios",
        "data": "/data",
        "quality": f"/quality/{asked(url, 'data/quality', {})}",
        "settings": "/settings",
        "report": f"/api/runs/{portfolio}/report?capital={MONEY}",
        "report-of-strategy": f"/api/runs/{strategy}/report?capital={MONEY}",
    }


def shoot(browser: Browser, url: str, addresses: Mapping[str, str]) -> None:
    """Every page in every size and theme, as one file each."""
    for size, (width, height) in SIZES.items():
        for theme in THEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=theme, base_url=url
            )
            page = context.new_page()
            for name, address in addresses.items():
                page.goto(address)
                page.wait_for_load_state("networkidle")
                if "?run=" in address:  # it is no run of its own, and answered when it is asked
                    page.locator(".actions button").click()
                    page.locator(".summary").wait_for()
                page.wait_for_timeout(500)
                page.screenshot(path=FOLDER / f"{name}-{size}-{theme}.png", full_page=True)
            context.close()


def main() -> None:
    """Start a service, ask, and take the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as fresh:
        home = sys.argv[1] if len(sys.argv) > 1 else fresh
        with service(home) as url, sync_playwright() as play:
            addresses = pages(url)
            browser = play.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            shoot(browser, url, addresses)
            browser.close()
    print(f"{len(addresses) * len(SIZES) * len(THEMES)} pictures in {FOLDER}")


if __name__ == "__main__":
    main()
