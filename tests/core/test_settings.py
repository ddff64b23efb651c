import stat
import subprocess
import sys
from pathlib import Path

import pytest

from forefolio.core.errors import BadStudy, InputError
from forefolio.core.settings import Settings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FOREFOLIO_{name.upper()}", raising=False)


def test_without_an_environment_everything_is_local() -> None:
    settings = Settings.read()
    assert settings.home == Path.home() / ".forefolio"
    assert settings.database_url == f"{settings.home}/forefolio.db"
    assert settings.executor.removeprefix("processes:").isdigit()
    assert (settings.api_host, settings.api_token) == ("127.0.0.1", None)


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOREFOLIO_HOME", str(tmp_path / "kept"))
    monkeypatch.setenv("FOREFOLIO_LOG_LEVEL", "debug")
    monkeypatch.setenv("FOREFOLIO_API_PORT", "9000")
    monkeypatch.setenv("FOREFOLIO_EXECUTOR", "")
    settings = Settings.read()
    assert settings.database_url == f"{tmp_path}/kept/forefolio.db"
    assert settings.prices_url == f"{tmp_path}/kept/forefolio.prices.db"
    assert (settings.log_level, settings.api_port) == ("DEBUG", 9000)
    assert settings.executor.startswith("processes:")


def test_a_home_with_a_tilde_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREFOLIO_HOME", "~/elsewhere")
    assert Settings.read().home == Path.home() / "elsewhere"


def test_every_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREFOLIO_API_PORT", "99999")
    monkeypatch.setenv("FOREFOLIO_LOG_LEVEL", "loud")
    with pytest.raises(BadStudy, match=r"^environment: FOREFOLIO_LOG_LEVEL: .*FOREFOLIO_API_PORT"):
        Settings.read()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREFOLIO_API_TOKEN", "hunter2")
    monkeypatch.setenv("FOREFOLIO_DATABASE_URL", "postgresql+asyncpg://me:hunter2@db/prices")
    settings = Settings.read()
    assert "hunter2" not in repr(settings)
    assert settings.api_token is not None
    assert settings.api_token.get_secret_value() == "hunter2"


def test_home_is_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "deep" / "home").prepare().prepare()
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
    (tmp_path / "file").touch()
    for home in (tmp_path / "file", tmp_path / "file" / "home", Path("/proc")):
        with pytest.raises(InputError, match=r"FOREFOLIO_HOME .* cannot be written to: .+; name"):
            Settings(home=home).prepare()


def test_reading_the_settings_imports_no_heavy_library() -> None:
    heavy = {"pandas", "sqlalchemy", "fastapi", "numba"}
    code = f"import sys, forefolio.core.settings; print({heavy} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_a_secret_may_stand_in_a_file_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("CANARY0KEY7\n")
    monkeypatch.setenv("FOREFOLIO_ALPHA_VANTAGE_KEY_FILE", str(tmp_path / "key"))
    settings = Settings.read()
    key = settings.alpha_vantage_key
    assert key is not None and key.get_secret_value() == "CANARY0KEY7"
    assert "CANARY" not in repr(settings) + str(settings) + settings.model_dump_json()
    monkeypatch.setenv("FOREFOLIO_ALPHA_VANTAGE_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(InputError, match=r"FOREFOLIO_ALPHA_VANTAGE_KEY_FILE: .* cannot be read"):
        Settings.read()


def test_pairs_are_read_as_people_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREFOLIO_SOURCE_LIMITS", "finnhub=30/minute, stooq=5/minute 25/day")
    monkeypatch.setenv("FOREFOLIO_SOURCES", "stooq, yahoo")
    settings = Settings.read()
    assert settings.source_limits == {"finnhub": "30/minute", "stooq": "5/minute 25/day"}
    assert settings.sources == ("stooq", "yahoo")
    monkeypatch.setenv("FOREFOLIO_SOURCE_LIMITS", "finnhub")
    with pytest.raises(BadStudy, match="'finnhub' is no pair"):
        Settings.read()
