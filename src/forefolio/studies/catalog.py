"""Everything that can be asked; nothing is asked in any other way."""

from forefolio.studies.base import StudyDocument
from forefolio.studies.frontier import FrontierStudy
from forefolio.studies.portfolio import PortfolioStudy
from forefolio.studies.signal_history import SignalHistoryStudy
from forefolio.studies.signals import SignalStudy
from forefolio.studies.strategy import StrategyStudy

STUDIES: tuple[type[StudyDocument], ...] = (
    StrategyStudy,
    PortfolioStudy,
    FrontierStudy,
    SignalStudy,
    SignalHistoryStudy,
)
