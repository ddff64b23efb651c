"""The colours and titles of every face, written once in `look.css` and `titles.json`.

The web page is built with both files, the report carries them, and pictures take the light colours.
"""

import json
import re
from collections.abc import Mapping
from importlib.resources import files

_FOLDER = files("forefolio.views")
STYLE = _FOLDER.joinpath("look.css").read_text(encoding="utf-8")
TITLES: Mapping[str, str] = json.loads(_FOLDER.joinpath("titles.json").read_text(encoding="utf-8"))
"""Of pictures that more than one face draws."""
_LIGHT = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", STYLE[: STYLE.index("}")]))

INK, MUTED, GRID = _LIGHT["ink"], _LIGHT["muted"], _LIGHT["line"]
COLOURS = tuple(_LIGHT[f"series-{place}"] for place in range(1, 8))
"""Of what is named, in its order; all else is grey."""
LINE_COLOURS = 4
"""Lines use the first four: the lighter ones are too faint for a thin line."""
DASHES = ("--", ":", "-.", (0, (7, 1)), (0, (1, 4)))
"""Of lines that have no colour of their own, in turn."""
GAIN, LOSS = _LIGHT["gain"], _LIGHT["loss"]
STAR, OTHER_GREY, CASH_GREY = _LIGHT["star"], _LIGHT["other"], _LIGHT["cash"]
