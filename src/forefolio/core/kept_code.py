"""Where machine code is kept: beside its source, or where that may not be written, with its user.

numba reads only where it may also write. An image, or an installation by somebody else, has the
kernels compiled beside a source that its user may not write: they are read there all the same, and
only what was compiled for another processor is compiled anew.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from numba.core import caching

log = logging.getLogger(__name__)


class _Beside(caching.InTreeCacheLocator):
    """Beside the source, whether or not it may be written."""

    def ensure_cache_path(self) -> None:
        """Nothing: what cannot be read is not there."""


class _ReadImplementation(caching.CompileResultCacheImpl):
    _locator_classes = [_Beside]  # noqa: RUF012 - numba's own has a list


class _ReadBeside(caching.FunctionCache):
    _impl_class = _ReadImplementation


class KeptCode(caching.NullCache):
    """The cache of one kernel, as numba asks for it.

    It is read where it may be written (`NUMBA_CACHE_DIR`, beside the source, the user's own folder
    for caches), then beside the source; where nothing may be written, nothing is kept.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._written: Any = caching.NullCache()
        with suppress(RuntimeError):  # numba's word for: there is no such place
            self._written = caching.FunctionCache(function)  # type: ignore[no-untyped-call]
        beside = _ReadBeside(function)  # type: ignore[no-untyped-call]
        self._places = (self._written, beside)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was compiled for this signature and this processor; None where nothing was."""
        found = (place.load_overload(sig, target_context) for place in self._places)
        return next((one for one in found if one is not None), None)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled; a disk that is full costs the next process its time, no more."""
        try:
            self._written.save_overload(sig, data)
        except OSError as error:
            log.warning("machine code is compiled again next time: %s", error)
