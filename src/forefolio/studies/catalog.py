"""Everything that can be asked; nothing is asked in any other way.

>>> import forefolio as ff
>>> [study.command for study in ff.STUDIES][:3]
['run', 'forecast', 'train']
"""

from forefolio.studies.attribution import AttributionStudy
from forefolio.studies.base import StudyDocument
from forefolio.studies.capacity import CapacityStudy
from forefolio.studies.comparison import ComparisonStudy
from forefolio.studies.criteria import CriteriaStudy
from forefolio.studies.evidence import EvidenceStudy
from forefolio.studies.forecast import ForecastStudy
from forefolio.studies.frontier import FrontierStudy
from forefolio.studies.importance import ImportanceStudy
from forefolio.studies.monitor import MonitorStudy
from forefolio.studies.orders import OrdersStudy
from forefolio.studies.paper import PaperStudy
from forefolio.studies.paper_list import PaperAccountsStudy
from forefolio.studies.portfolio import PortfolioStudy
from forefolio.studies.quality import QualityStudy
from forefolio.studies.refresh import RefreshStudy
from forefolio.studies.risk import RiskStudy
from forefolio.studies.signal_history import SignalHistoryStudy
from forefolio.studies.signals import SignalStudy
from forefolio.studies.simulation import SimulationStudy
from forefolio.studies.strategy import StrategyStudy
from forefolio.studies.stress import StressStudy
from forefolio.studies.today import TodayStudy
from forefolio.studies.training import TrainingStudy
from forefolio.studies.verification import VerifyStudy

STUDIES: tuple[type[StudyDocument], ...] = (
    StrategyStudy,
    ForecastStudy,
    TrainingStudy,
    ComparisonStudy,
    ImportanceStudy,
    PortfolioStudy,
    FrontierStudy,
    SignalStudy,
    SignalHistoryStudy,
    OrdersStudy,
    RiskStudy,
    SimulationStudy,
    StressStudy,
    EvidenceStudy,
    CriteriaStudy,
    CapacityStudy,
    AttributionStudy,
    MonitorStudy,
    PaperStudy,
    PaperAccountsStudy,
    VerifyStudy,
    TodayStudy,
    RefreshStudy,
    QualityStudy,
)
