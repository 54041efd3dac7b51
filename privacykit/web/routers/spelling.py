"""
Route templates in one spelling, ``/orders/{id}``, however a framework writes its own. Pure.

A template is what the application's author wrote, never a path; converters and patterns of its
parameters are left out.
"""

from __future__ import annotations

import re

UNNAMED = "{}"
"""A parameter without a name."""

_BRACED = re.compile(r"\{(\w+):[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
_ANGLED = re.compile(r"<(?:[^<>:]*:)?\s*(\w+)\s*>")
_SANIC = re.compile(r"<(\w+)(?::[^<>]*(?:\(\?P<[^<>]*>[^<>]*)*)?>")
_COLON = re.compile(r"/:(\w+)")
_ANCHOR = re.compile(r"\\[AZzbB]|(?<!\\)[\^$]")
_GROUP = re.compile(r"\?P<(\w+)>")
_ESCAPED = re.compile(r"\\(.)")
_REPEATED = "?*+"


def braced(template: str) -> str:
    """Return *template* with ``{id:int}`` as ``{id}``."""
    return _rooted(_BRACED.sub(r"{\1}", template))


def angled(template: str) -> str:
    """Return *template* with ``<int:id>``, as Django, Flask and Quart write it, as ``{id}``."""
    return _rooted(_ANGLED.sub(r"{\1}", template))


def named_first(template: str) -> str:
    """Return *template* with ``<id:int>``, as Sanic writes it, as ``{id}``."""
    return _rooted(_SANIC.sub(r"{\1}", template))


def mixed(template: str) -> str:
    """Return *template* with ``{int:id}``, ``<int:id>`` and ``/:id`` of BlackSheep as ``{id}``."""
    inside = re.sub(r"\{(?:\w+:)?(\w+)\}", r"{\1}", template)
    return _rooted(_COLON.sub(r"/{\1}", _ANGLED.sub(r"{\1}", inside)))


def expressed(pattern: str) -> str:
    """
    Return the template that a regular expression stands for.

    Named groups become parameters, other groups :data:`UNNAMED`; what may be absent is left out.
    """
    made: list[str] = []
    at = 0
    text = _ANCHOR.sub("", pattern)
    while at < len(text):
        if text[at] == "\\":
            escaped = text[at : at + 2]
            at += 2
            made.append(UNNAMED if escaped[1:].isalpha() else escaped[1:])
        elif text[at] == "(":
            end = _closing(text, at)
            made.append(_grouped(text[at + 1 : end]))
            at = end + 1
        elif text[at] == "[":
            at = _class_end(text, at)
            made.append(UNNAMED)
        elif text[at] in _REPEATED or text[at] == "{":
            if text[at] in "?*" and made:
                made.pop()
            at = text.find("}", at) + 1 or len(text) if text[at] == "{" else at + 1
        else:
            made.append(UNNAMED if text[at] == "." else text[at])
            at += 1
    return _rooted("".join(made))


def _grouped(inside: str) -> str:
    named = _GROUP.match(inside)
    if named:
        return f"{{{named[1]}}}"
    if inside.startswith("?:"):
        return UNNAMED if "|" in inside else expressed(inside[2:]).removeprefix("/")
    return "" if inside.startswith("?") else UNNAMED


def _closing(text: str, at: int) -> int:
    """Return where the group ends that begins at *at*; the end of the text if it never does."""
    depth = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "[":
            at = _class_end(text, at) - 1
        elif text[at] == "(":
            depth += 1
        elif text[at] == ")":
            depth -= 1
            if not depth:
                return at
        at += 1
    return at


def _class_end(text: str, at: int) -> int:
    """Return where the set of characters ends that begins at *at*."""
    at += 2 if text[at + 1 : at + 2] != "^" else 3
    while at < len(text) and text[at] != "]":
        at += 2 if text[at] == "\\" else 1
    return at + 1


def _rooted(template: str) -> str:
    return template if template.startswith("/") else f"/{template}"
