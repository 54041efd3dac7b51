"""
Cookies that may pass, by glob and purpose, and for how long. Pure.

Denied cookies reach neither application nor browser; what ends one always passes. A cookie that
rests on an exemption with a declared life is measured: no claim is believed that a line belies.
Whose purpose was named where it was set is gated by that besides, see
:mod:`privacykit.collect.cookies.markers`: the stricter counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from re import Match, split
from re import compile as compile_pattern

from privacykit.collect.cookies.life import cut, life_of
from privacykit.collect.cookies.markers import MARKER, marked

NO_LIVES: Mapping[str, int] = {}
Terms = tuple[bool, int | None]
"""Whether a cookie is denied, and the seconds that it may live, if there is an end."""
UNKNOWN: Terms = (True, None)
"""Of a purpose that the configuration does not have, or has no more."""


def _never(_: bytes) -> bool:
    return False


_MARKERS = MARKER.decode()
MOST_COOKIES = 160
"""Cookies of a request that are looked at: Chrome and Firefox keep 180 for one site."""


@lru_cache(1024)
def _start(glob: str) -> bytes:
    return split(r"[*?\[]", glob)[0].encode()


@lru_cache(64)
def _finder(globs: tuple[str, ...]) -> Callable[[bytes], object]:
    """Return what tells in one fast pass whether a header may hold a cookie of *globs*."""
    if not globs:
        return _never
    first, *others = sorted({_start(glob) for glob in globs})
    if not first:
        return bool
    if not others:
        return lambda header: header.partition(first)[1]  # which costs half of a find
    second, *more = others
    if not more:
        return lambda header: header.partition(first)[1] or header.partition(second)[1]

    def find(header: bytes) -> bool:
        if header.partition(first)[1]:
            return True
        for start in others:  # noqa: SIM110 - twice as fast as any()
            if header.partition(start)[1]:
                return True
        return False

    return find


@dataclass(frozen=True, slots=True)
class CookieFilter:
    """
    Takes denied cookies out of headers.

    Attributes:
        rule_of: Matches a cookie's name; the last group of the match is the number of its rule.
        rules: The terms of what no rule matches, then of each rule.
        may_deny: Tells in one pass whether a header may hold a denied cookie.
        purposes: The terms of cookies that were named for a purpose.
    """

    rule_of: Callable[[bytes], Match[bytes] | None]
    rules: tuple[Terms, ...]
    may_deny: Callable[[bytes], object]
    purposes: Mapping[str, Terms]

    def request(self, header: bytes) -> bytes:
        """
        Return a ``Cookie`` header without denied cookies; an untouched one as it came.

        Of more than :data:`MOST_COOKIES` the rest goes too: nobody's browser sent them.
        """
        if not self.may_deny(header):
            return header
        parts = header.split(b";", MOST_COOKIES)
        rule_of, denied = self.rule_of, [denied for denied, _ in self.rules]
        named = self._named(parts) if MARKER in header else ()
        kept = []
        for part in parts[:MOST_COOKIES]:
            name = part.partition(b"=")[0].strip()
            rule = rule_of(name)
            if not denied[0 if rule is None else rule.lastindex or 0] and name not in named:
                kept.append(part)
        return header if len(kept) == len(parts) else b";".join(kept).strip()

    def passes(self, line: bytes, now: float) -> bool:
        """Tell whether a ``Set-Cookie`` *line* may pass at *now*, Unix seconds."""
        denied, _ = self._rule(_name(line))
        return not denied or _ends(life_of(line, now))

    def response(
        self, line: bytes, cookie: bytes, now: float, named: Collection[str] = ()
    ) -> bytes | None:
        """
        Return a ``Set-Cookie`` *line* as it may pass, ``None`` where it may not.

        A cookie whose life is limited gets no longer one, and one that the browser has already is
        not set again: that would renew it with each visit.

        Args:
            line: The value of the header, from the application.
            cookie: The ``Cookie`` header: what the browser has.
            now: Unix seconds.
            named: Purposes that it was named for.
        """
        name = _name(line)
        denied, most = self._rule(name)
        if named:
            terms = [(denied, most), *(self.purposes.get(each, UNKNOWN) for each in named)]
            denied = any(each for each, _ in terms)
            most = min((seconds for _, seconds in terms if seconds is not None), default=None)
        if not denied and most is None:
            return line
        life = life_of(line, now)
        if _ends(life):
            return line
        if denied:
            return None
        if life is None or most is None:
            return line
        if _sends(cookie, name):
            return None
        return line if life <= most else cut(line, most)

    def _rule(self, name: bytes) -> Terms:
        rule = self.rule_of(name)
        return self.rules[0 if rule is None else rule.lastindex or 0]

    def _named(self, cookies: Sequence[bytes]) -> frozenset[bytes]:
        """Return the names of *cookies* that may not pass by what was named for them."""
        free = {purpose.encode() for purpose, (denied, _) in self.purposes.items() if not denied}
        return frozenset(name for name, said in marked(cookies).items() if not said <= free)


def _name(line: bytes) -> bytes:
    return line.partition(b";")[0].partition(b"=")[0].strip()


def _ends(life: float | None) -> bool:
    return life is not None and life <= 0


def _sends(cookie: bytes, name: bytes) -> bool:
    return any(part.partition(b"=")[0].strip() == name for part in cookie.split(b";"))


@dataclass(frozen=True, slots=True)
class CookieGate:
    """
    Which cookie belongs to which purpose.

    Attributes:
        rules: Pairs of a glob over the cookie's name and a purpose; the first match counts.
    """

    rules: tuple[tuple[str, str], ...] = ()

    def denying(
        self,
        allowed: frozenset[str],
        lives: Mapping[str, int] = NO_LIVES,
        purposes: Collection[str] = (),
    ) -> CookieFilter | None:
        """
        Return what takes out cookies of purposes not in *allowed*, ``None`` if there is nothing.

        Args:
            allowed: Purposes that may happen.
            lives: The most seconds that a cookie of a purpose may live, where there is an end.
            purposes: All that a cookie may be named for.
        """
        denied = [glob for glob, purpose in self.rules if purpose not in allowed]
        named = not allowed.issuperset(purposes)
        if not (denied or named) and lives.keys().isdisjoint(
            {*purposes, *(purpose for _, purpose in self.rules)}
        ):
            return None
        starts = (*denied, _MARKERS) if named else tuple(denied)
        return CookieFilter(
            _numbered(self.rules),
            self._rules(allowed, lives),
            _finder(starts),
            {purpose: (purpose not in allowed, lives.get(purpose)) for purpose in purposes},
        )

    def only(self, allowed: frozenset[str]) -> CookieFilter:
        """Return what lets cookies of *allowed* purposes pass and no others, named or not."""
        rules = self._rules(allowed, NO_LIVES, unknown=True)
        return CookieFilter(_numbered(self.rules), rules, bool, {})

    def purpose_of(self, name: str) -> str | None:
        """Return the purpose of the cookie *name*, ``None`` when no rule names it."""
        return self.purposes_of([name.encode("latin-1", "replace")])[0]

    def purposes_of(self, names: Iterable[bytes]) -> list[str | None]:
        """Return the purposes of the cookies *names*, each ``None`` when no rule names it."""
        rules = map(_numbered(self.rules), names)
        return [rule and self.rules[(rule.lastindex or 0) - 1][1] for rule in rules]

    def _rules(
        self, allowed: frozenset[str], lives: Mapping[str, int], *, unknown: bool = False
    ) -> tuple[Terms, ...]:
        named = ((purpose not in allowed, lives.get(purpose)) for _, purpose in self.rules)
        return ((unknown, None), *named)


@lru_cache(64)
def _numbered(rules: tuple[tuple[str, str], ...]) -> Callable[[bytes], Match[bytes] | None]:
    """Return what finds the first glob of *rules* that matches a name, as the number of a group."""
    if not rules:
        return _no_rule
    return compile_pattern("|".join(f"({translate(glob)})" for glob, _ in rules).encode()).match


def _no_rule(_: bytes) -> None:
    return None
