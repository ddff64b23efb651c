"""YAML as people write it: a setting stands once, and a number is what was written."""

from collections import Counter
from functools import cache
from typing import Any

from forefolio.core.lazy import lazy

yaml: Any = lazy("yaml")


def read_yaml(text: str) -> Any:
    """What YAML says, of which JSON is a part.

    Raises:
        ValueError: why it cannot be read, in a line.

    >>> read_yaml("horizons: [1, 5]")
    {'horizons': [1, 5]}
    """
    try:
        return yaml.load(text, _loader())
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: such as 31 June
        raise ValueError(" ".join(str(error).split())) from None


class _Written(int):
    """A whole number that remembers how it was written: 000660 is 432 to YAML."""

    text: str


@cache
def _loader() -> Any:
    """YAML's safe loader: keys are texts and stand once, and numbers remember how they stood."""

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        def compose_mapping_node(self, anchor: Any) -> Any:
            node = super().compose_mapping_node(anchor)
            keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
            twice = [key for key, count in keys.items() if count > 1 and key != "<<"]
            if twice:
                line = node.start_mark.line + 1
                raise ValueError(
                    f"{twice[0]!r} stands twice in the mapping that begins in line {line}; "
                    "say each setting once"
                )
            return node

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            self.flatten_mapping(node)
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode):
                    key.tag = "tag:yaml.org,2002:str"
            return super().construct_mapping(node, deep)

    def whole(loader: Any, node: Any) -> _Written:
        number = _Written(yaml.SafeLoader.construct_yaml_int(loader, node))
        number.text = node.value
        return number

    Loader.add_constructor("tag:yaml.org,2002:int", whole)
    return Loader
