"""Everything that can be asked; nothing is asked in any other way."""

from forefolio.studies.base import StudyDocument
from forefolio.studies.frontier import FrontierStudy
from forefolio.studies.portfolio import PortfolioStudy

STUDIES: tuple[type[StudyDocument], ...] = (PortfolioStudy, FrontierStudy)
