"""Look-ahead, tested: what was said at a close must not change when the future does."""

from forefolio.causality.check import check_no_lookahead
from forefolio.causality.listening import Heard
from forefolio.causality.speakers import Checked

__all__ = ["Checked", "Heard", "check_no_lookahead"]
