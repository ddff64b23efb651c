"""Values that show themselves: short at a prompt, as tables in a notebook, as a picture."""

from typing import Any

from forefolio.core.lazy import lazy

views: Any = lazy(
    "forefolio.views.catalog"
)  # above this room: a value is shown by what stands there


class Shown:
    """Prints in a few lines, shows itself as tables in a notebook, and can be drawn."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(views.short(self))

    def _repr_html_(self) -> str:
        return str(views.html(self))

    def plot(self, picture: str = "") -> Any:
        """Draw the main picture, or the one of that name; nothing is shown.

        Returns:
            A matplotlib figure and its axes.

        Raises:
            InputError: there is no such picture of this value.
        """
        return views.plot(self, picture)
