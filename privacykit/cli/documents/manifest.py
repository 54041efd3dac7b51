"""A manifest of Fides as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from privacykit.errors import MissingExtraError


def manifest_text(document: Mapping[str, Any]) -> str:
    """
    Return *document* as YAML that readers of 1.1 and 1.2 read alike: ``no`` is a name, too.

    Raises:
        MissingExtraError: YAML needs the extra ``fides``.
    """
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.scalarstring import DoubleQuotedScalarString
    except ImportError:
        raise MissingExtraError("fides", "writing for Fides") from None

    def quoted(value: Any) -> Any:  # noqa: ANN401 - plain data
        if isinstance(value, Mapping):
            return {quoted(name): quoted(one) for name, one in value.items()}
        if isinstance(value, list):
            return list(map(quoted, value))
        return DoubleQuotedScalarString(value) if isinstance(value, str) else value

    yaml, text = YAML(), StringIO()
    yaml.default_flow_style = False
    yaml.width = 10_000
    yaml.dump(quoted(document), text)
    return text.getvalue()
