"""
Attributes, names and stack traces of telemetry, weakened by the engine that weakens logs. Pure.

Laws of this file:

- What is personal is decided by :class:`~privacykit.logs.weakener.Weakener` alone.
- What an exception says is left out, as in logs: it quotes values.
- A placeholder of a template stays; a path that stands where a template should is scrubbed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from privacykit.logs.addresses import NOTHING, Weaken
from privacykit.logs.weakener import Weakener
from privacykit.pseudonym.url.pages import scrub_page
from privacykit.telemetry.conventions import OWN, PLAIN, ROUTE, STACK_TRACES, is_dropped

MOST_FRAMES = 200
LONGEST_TRACE = 100_000
"""Characters read of a stack trace."""

_FLASK = re.compile(r"<(?:[^<>:/]{1,32}:)?([A-Za-z_]\w{0,63})>")
"""A placeholder of Werkzeug's and Django's."""
_FRAME = re.compile(r'  File "([^"\n]{1,500})", line (\d{1,7}), in ([\w.<>]{1,200})')

Scalar = str | bool | int | float


class TelemetryWeakener:
    """
    Weakens what spans, log records and error reports hold.

    Args:
        weaken: Address text to what may be sent of it; by default as in
            :class:`~privacykit.logs.filter.AccessLogFilter`.
    """

    def __init__(self, weaken: Weaken | None = None) -> None:
        self._weakener = Weakener(weaken)

    def attributes(self, found: Mapping[str, object] | None) -> dict[str, object]:
        """
        Return *found* by the semantic conventions, and by names and looks where they are silent.

        Keys that the conventions give to persons are left out; values under others are weakened
        as the fields of a log.
        """
        rest: dict[str, object] = {}
        kept: dict[str, object] = {}
        for key, value in (found or {}).items():
            told = str(key).lower()
            if is_dropped(told):
                continue
            if told == ROUTE:
                kept[key] = self.name(str(value))
            elif told in STACK_TRACES:
                kept[key] = self.trace(str(value))
            elif told in PLAIN and isinstance(value, str | int | float):
                kept[key] = self._weakener.mapping({"value": value})["value"]
            else:
                rest[key] = value
        return {str(key): value for key, value in self.mapping(rest).items()} | kept

    def flat(self, found: Mapping[str, object] | None) -> dict[str, Scalar | list[Scalar]]:
        """Return :meth:`attributes` of *found*, all of them scalars or lists of one type."""
        return {key: _flat(value) for key, value in self.attributes(found).items()}

    def own(self, found: Mapping[str, object]) -> dict[str, Scalar | list[Scalar]]:
        """
        Return the attributes of a resource.

        Names and ids of the machine and its services stay; addresses and all other keys are
        weakened like :meth:`flat`.
        """
        kept: dict[str, Scalar | list[Scalar]] = {
            key: value
            for key, value in found.items()
            if key.startswith(OWN)
            and not is_dropped(key.lower())
            and isinstance(value, str | bool | int | float)
        }
        rest = {key: value for key, value in found.items() if key not in kept}
        return self.flat(rest) | kept

    def mapping(self, found: Mapping[str, object]) -> dict[object, object]:
        """Return *found* as a structured log would show it."""
        return self._weakener.mapping(found)

    def value(self, value: object) -> object:
        """Return *value*, which stands under no name, as a structured log would show it."""
        return self._weakener.mapping({"message": value})["message"]

    def text(self, text: object) -> str:
        """Return *text* through the detectors; of anything else nothing."""
        return self._weakener.text(text) if isinstance(text, str) else NOTHING

    def name(self, name: str) -> str:
        """Return the *name* of a span or transaction: templates stay, paths are scrubbed."""
        parts = (_page(part) if part.startswith("/") else part for part in name.split(" "))
        return self.text(" ".join(parts))

    def trace(self, text: str) -> str:
        """Return the files, lines and functions of a Python traceback, and nothing else of it."""
        frames = list(_FRAME.finditer(text[:LONGEST_TRACE]))[:MOST_FRAMES]
        lines = [f'  File "{self.code(f[1])}", line {f[2]}, in {self.code(f[3])}' for f in frames]
        return "\n".join(["Traceback (most recent call last):", *lines]) if lines else NOTHING

    def code(self, place: object) -> str:
        """Return the name of a file, module or function, part by part through the detectors."""
        parts = re.split(r"([/\\.])", place) if isinstance(place, str) else [NOTHING]
        whole = self.text(place)
        return whole if "[ip]" in whole or "[email]" in whole else "".join(map(self.text, parts))


def _page(path: str) -> str:
    return scrub_page(_FLASK.sub(r"{\1}", path))


def _flat(value: object) -> Scalar | list[Scalar]:
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Sequence):
        kinds = {type(each) for each in value}
        one_kind = len(kinds) < 2 and kinds <= {str, bool, int, float}  # noqa: PLR2004 - none, one
        return list(value) if one_kind else [str(each) for each in value]
    return NOTHING if value is None else str(value)
