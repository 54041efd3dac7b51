"""Python sources: the cookies that they set, the applications that they make. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_SETTERS = frozenset({"set_cookie", "set_signed_cookie"})
_NAMED = ("key", "name")
"""Keywords by which frameworks take a cookie's name."""
_SESSION_NAMES = frozenset({"session_cookie", "session_cookie_name", "cookie_name"})
_SETTINGS = frozenset(
    {"SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME", "REMEMBER_COOKIE_NAME"}
)
_COOKIE = re.compile(r"[!#$%&'+.^_`|~0-9A-Za-z-]+\*?")
"""A cookie's name (RFC 6265, 4.1.1), as a rule may name it; no other wildcards than the last."""


@dataclass(slots=True)
class SourceFindings:
    """
    What one file says.

    Attributes:
        cookies: Names of cookies, or their beginnings with a ``*``, to the line they are set in.
        sessions: Whether a session middleware is used.
        imports: Top-level modules.
        made: Names at the top of the module to what they are made with, first and later.
        factories: Functions that need no argument to what they make.
    """

    cookies: dict[str, int] = field(default_factory=dict)
    sessions: bool = False
    imports: set[str] = field(default_factory=set)
    made: dict[str, frozenset[str]] = field(default_factory=dict)
    factories: dict[str, frozenset[str]] = field(default_factory=dict)


def read_source(text: str) -> SourceFindings | None:
    """Return what *text* says, ``None`` where it is no Python of this version."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = SourceFindings()
    constants = _constants(tree)
    for node in ast.walk(tree):
        _imports(node, found)
        for name, line in _cookies(node, constants):
            if _COOKIE.fullmatch(name):
                found.cookies.setdefault(name, line)
        if _dotted(node).endswith("SessionMiddleware"):
            found.sessions = True
    for statement in tree.body:
        _made(statement, found)
    return found


def _constants(tree: ast.Module) -> Mapping[str, str]:
    """Return the texts that names at the top of a module stand for."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in _targets(node)
        if isinstance(target, ast.Name)
    }


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _imports(node: ast.AST, found: SourceFindings) -> None:
    if isinstance(node, ast.Import):
        found.imports |= {alias.name.partition(".")[0] for alias in node.names}
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        found.imports.add(node.module.partition(".")[0])


def _cookies(node: ast.AST, constants: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Give the names that *node* gives to cookies, and its line."""
    named: list[ast.expr] = []
    if isinstance(node, ast.Call):
        called = _dotted(node.func).rpartition(".")[2]
        given = {one.arg: one.value for one in node.keywords if one.arg}
        if called in _SETTERS or called == "Cookie":
            named += [given[name] for name in _NAMED if name in given] or node.args[:1]
        named += [value for name, value in given.items() if name in _SESSION_NAMES | _SETTINGS]
    elif isinstance(node, ast.Assign) and any(_setting(t) in _SETTINGS for t in node.targets):
        named.append(node.value)
    for one in named:
        text = _text(one, constants)
        if text:
            yield text, one.lineno


def _setting(target: ast.expr) -> str:
    """Return the setting that is assigned: ``NAME = …`` or ``config["NAME"] = …``."""
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return target.id if isinstance(target, ast.Name) else ""


def _text(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    """Return the text of *node*, with ``*`` where the rest is only known when it runs."""
    match node:
        case ast.Constant(str(text)):
            return text
        case ast.Name(name):
            return constants.get(name)
        case ast.JoinedStr([ast.Constant(str(text)), *_]):
            return f"{text}*"
    return None


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _made(statement: ast.stmt, found: SourceFindings) -> None:
    """Note an application that is made at the top of a module, or by a function there."""
    if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Call):
        made = {_dotted(statement.value.func)}
        for target in _targets(statement):
            if isinstance(target, ast.Name):
                found.made[target.id] = found.made.get(target.id, frozenset()) | made
    elif isinstance(statement, ast.FunctionDef) and not _required(statement.args):
        calls = (node for node in ast.walk(statement) if isinstance(node, ast.Call))
        found.factories[statement.name] = frozenset(_dotted(node.func) for node in calls)


def _required(arguments: ast.arguments) -> bool:
    given = len(arguments.posonlyargs) + len(arguments.args) > len(arguments.defaults)
    return given or any(default is None for default in arguments.kw_defaults)
