from pathlib import Path

import pandas as pd
import pytest

from forefolio import Settings
from forefolio.market import simulated_market


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, executor="inline:")


@pytest.fixture
def prices() -> pd.DataFrame:
    market = simulated_market(7, sessions=800, assets=4)
    return pd.DataFrame(market.close, index=pd.DatetimeIndex(market.sessions), columns=list("ABCD"))
