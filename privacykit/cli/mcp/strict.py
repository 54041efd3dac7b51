"""
The server of tools that takes only what a tool has: no argument is passed over in silence.

An assistant that asks for ``region`` where a tool has ``subdivision`` would be told what is decided
of somebody else, and nobody would notice. Pure but for the tools themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mcp.server import MCPServer
from mcp.types import CallToolResult, TextContent, Tool


class StrictServer(MCPServer[Any]):
    """A server whose tools refuse arguments that they have not, or of another kind than theirs."""

    async def list_tools(self) -> list[Tool]:
        """Return the tools, whose schemas say that there is nothing besides."""
        tools = await super().list_tools()
        for tool in tools:
            tool.input_schema = {**tool.input_schema, "additionalProperties": False}
        return tools

    async def call_tool(
        self,
        name: str,
        arguments: dict[str, Any],
        context: Any = None,  # noqa: ANN401 - the server's own
    ) -> Any:  # noqa: ANN401 - likewise
        """Call the tool *name*, or say what is wrong with *arguments*, without a value of them."""
        schemas = {tool.name: tool.input_schema for tool in await self.list_tools()}
        wrong = list(complaints(schemas[name], arguments)) if name in schemas else []
        if not wrong:
            return await super().call_tool(name, arguments, context)
        refused = {"answer": None, "exit": None, "said": f"{name}: {'; '.join(wrong)}"}
        return CallToolResult(
            content=[TextContent(type="text", text=json.dumps(refused))],
            structured_content=refused,
            is_error=True,
        )


def complaints(schema: Mapping[str, Any], arguments: Mapping[str, object]) -> Iterator[str]:
    """Yield what *arguments* have that *schema* has not: names, kinds and choices; no value."""
    known: Mapping[str, Any] = schema.get("properties", {})
    for name in sorted(schema.get("required", ())):
        if name not in arguments:
            yield f"it wants the argument {name}, {_kind(known[name])}"
    for name, value in sorted(arguments.items()):
        if name not in known:
            # What is no name may be somebody's.
            shown = f"argument {name}" if name.isidentifier() else "such argument"
            yield f"it has no {shown}; its arguments are {', '.join(known) or 'none'}"
        elif not _fits(known[name], value):
            yield f"{name} is {_kind(known[name])}"


def _fits(schema: Mapping[str, Any], value: object) -> bool:
    """Tell whether *value* is what *schema* says; what it says in other words fits nothing."""
    if "anyOf" in schema:
        return any(_fits(one, value) for one in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if schema.get("type") == "array":
        return isinstance(value, list) and all(_fits(schema["items"], one) for one in value)
    return type(value) is _TYPES.get(str(schema.get("type")))


def _kind(schema: Mapping[str, Any]) -> str:
    """Return in words what fits *schema*."""
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return f"one of {', '.join(schema['enum'])}"
    if schema.get("type") == "array":
        return f"a list, each {_kind(schema['items'])}"
    return _KINDS.get(str(schema.get("type")), "something else")


_TYPES = {"boolean": bool, "integer": int, "null": type(None), "string": str}
_KINDS = {
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "string": "a text",
}
