"""The look-ahead check: outputs at a close must not depend on later sessions."""

from forefolio.causality.check import check_no_lookahead
from forefolio.causality.outputs import Checked
from forefolio.causality.recording import CausalityReport

__all__ = ["CausalityReport", "Checked", "check_no_lookahead"]
