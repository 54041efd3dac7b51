"""The command ``mcp``: a server on standard input and output. Starts the commands it offers."""

from __future__ import annotations

from privacykit.cli.terminal.console import CONFIG
from privacykit.errors import MissingExtraError
from privacykit.settings.paths import DEFAULT_FILE


def mcp(config: CONFIG = DEFAULT_FILE) -> None:
    """
    Let an assistant ask: what is decided and why, what is wrong, what is law, how many came.

    Speaks the Model Context Protocol on standard input and output. Each tool is a command that
    only looks, with the same limits and refusals; none shows a value of a person.

    Raises:
        MissingExtraError: The extra ``mcp`` is not installed.
    """
    try:
        from mcp.server import MCPServer  # noqa: F401 - asked for, that the extra is named
    except ImportError:
        raise MissingExtraError("mcp", "a server for assistants") from None
    from privacykit.cli.mcp.tools import server_of

    server_of(config).run("stdio")
