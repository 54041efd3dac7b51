"""
Choices of a visitor: the refusal cookie and the signed grant cookie. Pure.

Laws of this file, held by ``tests/properties/test_choice_laws.py``:

- a refusal counts however broken it is, and wins over any grant;
- a grant that cannot be verified, is another site's, lies in the future, is older than its cookie
  may get or contradicts a second one is no consent;
- the refusal names nobody: it holds purposes and a month, no identifier, no signature.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import quote

from privacykit.signals.choice.mask import (
    AGE_SHIFT,
    GRANT_AFTER_GPC,
    NO_CHOICE,
    OLDEST,
    PURPOSE_SHIFT,
    REFUSED,
    Choice,
)
from privacykit.signals.choice.signing import GrantSigner
from privacykit.signals.choice.time import (
    FOREVER_SECONDS,
    GRANT_SECONDS,
    base36,
    calendar_months,
    months_since,
)
from privacykit.signals.cookie_values import cookie_values

SKEW_SECONDS = 60
"""How far the clocks of two nodes may differ before a grant counts as future-dated."""
MOST_NAMES = 400
"""Names of a refusal that are read; no site has as many purposes, and more refuse everything."""
MOST_EARLIER = 3
"""Earlier records that a grant carries along."""

_LONGEST_VALUE = 3072
_FORMAT = "1"
_EVERYTHING = "*"
_REFUSAL = re.compile(rb"[A-Za-z0-9_.~%/*-]{1,3000}:([0-9]{4}-[0-9]{2})?")


class ChoiceCookies:
    """
    The two cookies of one site: how they are written and what they mean. Immutable.

    The prefix is the strictest that the arguments allow: ``__Host-``, which no subdomain and no
    plain connection can set; ``__Secure-`` with a *domain*; none over plain HTTP.

    Args:
        site: The site's id; it enters the signature, so another site's grant is worth nothing.
        purposes: The site's purposes in the order of their index.
        sign_keys: Durable keys of at least 32 bytes; the first signs, all verify. Without one no
            grant is read or written.
        secure: Whether the site is served over HTTPS only.
        domain: Share the choice with the subdomains of this domain.
        refusal_name: Name of the refusal cookie, without prefix.
        grant_name: Name of the grant cookie, without prefix.
        texts: Versions of the wording whose grants still count; none given means all.
        marks: By purpose the mark of what a grant of it covers now. A grant under another mark is
            none; one that bears no mark at all, of a time before there were marks, counts.

    Raises:
        KeyMaterialError: A key is too short.
    """

    __slots__ = (
        "_attributes",
        "_everything",
        "_grantable",
        "_marked",
        "_purposes",
        "_signer",
        "_spelt",
        "_texts",
        "domain",
        "names",
        "secure",
    )

    def __init__(  # noqa: PLR0913 - what cookies are made of, each by its name
        self,
        *,
        site: str,
        purposes: Sequence[str],
        sign_keys: Sequence[bytes],
        secure: bool = True,
        domain: str | None = None,
        refusal_name: str = "pk-no",
        grant_name: str = "pk-yes",
        texts: Collection[str] = (),
        marks: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        prefix = "" if not secure else "__Host-" if domain is None else "__Secure-"
        self.secure = secure
        self.domain = domain
        self.names = ((prefix + refusal_name).encode(), (prefix + grant_name).encode())
        self._attributes = (
            "; Path=/"
            + (f"; Domain={domain}" if domain is not None else "")
            + ("; Secure" if secure else "")
            + "; HttpOnly; SameSite=Lax"
        )
        self._spelt = {name: quote(name, safe="") for name in purposes}
        spelt = self._spelt.values()
        self._purposes = {it: 1 << PURPOSE_SHIFT + 2 * place for place, it in enumerate(spelt)}
        self._marked = {p: f"{self._spelt[p]}~{mark}" for p, mark in marks.items()}
        self._grantable = self._purposes | {
            marked: self._purposes[self._spelt[p]] for p, marked in self._marked.items()
        }
        self._everything = 2 * sum(self._purposes.values())
        self._signer = GrantSigner(site, sign_keys)
        self._texts = frozenset(quote(text, safe="") for text in texts)

    def covers(self, host: str) -> bool:
        """Tell whether a browser keeps these cookies when *host*, a ``Host`` header, sets them."""
        if self.domain is None:
            return True
        name, wanted = host.lower().partition(":")[0], self.domain.lower().lstrip(".")
        return name == wanted or name.endswith(f".{wanted}")

    def read(self, cookie_header: bytes, now: float, ended: Container[str] = ()) -> Choice:
        """
        Return the choice in *cookie_header*; whatever is not certain is no consent.

        The answer depends on *now* only through the whole months since the choice, and through a
        grant that is dated in the future.

        Args:
            cookie_header: The ``Cookie`` field value, repeated lines joined with ``"; "``.
            now: Unix seconds.
            ended: Consent records that are withdrawn: a cookie that names one grants nothing.
        """
        refusal_name, grant_name = self.names
        refusals = list(cookie_values(cookie_header, refusal_name))
        mask, age = self._refusals(refusals, now) if refusals else (0, 0)
        grants = set(cookie_values(cookie_header, grant_name))
        if len(grants) != 1 or mask & REFUSED:
            return Choice(mask | age << AGE_SHIFT) if mask else NO_CHOICE
        given, records, grant_age, _ = self._grant(grants.pop(), now)
        if records and records[0] in ended:
            return Choice(mask | age << AGE_SHIFT if mask else 0, ended=records[0])
        given &= ~(mask >> 1)
        if not given & ~GRANT_AFTER_GPC:
            return Choice(mask | age << AGE_SHIFT) if mask else NO_CHOICE
        return Choice(mask | given | grant_age << AGE_SHIFT, records[0])

    def records(self, cookie_header: bytes, now: float) -> tuple[str, ...]:
        """
        Return the consent records of every grant of ours in *cookie_header*, in force or not.

        A grant that a refusal overrides, that a second one contradicts or that a later one
        replaced still has a record that must be withdrawn.
        """
        values = sorted(set(cookie_values(cookie_header, self.names[1])))
        return tuple(record for value in values for record in self._grant(value, now)[1])

    def granted_at(self, cookie_header: bytes, purpose: str, now: float) -> float:
        """Return the Unix seconds of the one grant of ours, of *purpose*; 0 where there is none."""
        grants = set(cookie_values(cookie_header, self.names[1]))
        bits, _, _, at = self._grant(b"" if len(grants) != 1 else grants.pop(), now)
        return at if bits & self._purposes.get(quote(purpose, safe=""), 0) else 0.0

    def renewal(self, cookie_header: bytes) -> str | None:
        """Return the ``Set-Cookie`` value that prolongs a refusal as it stands, if there is one."""
        values = list(cookie_values(cookie_header, self.names[0]))
        if len(values) != 1 or not _REFUSAL.fullmatch(values[0]):
            return None
        return self._cookie(self.names[0], values[0].decode(), FOREVER_SECONDS)

    def _refusals(self, values: Sequence[bytes], now: float) -> tuple[int, int]:
        if sum(map(len, values)) > _LONGEST_VALUE or not all(map(bytes.isascii, values)):
            return REFUSED | self._everything, 0
        mask, ages = 0, []
        for value in values:
            bits, age = self._refusal(value, now)
            mask |= bits
            ages.append(age)
        if mask & self._everything == self._everything:
            mask |= REFUSED
        return mask, min(ages)

    def _refusal(self, value: bytes, now: float) -> tuple[int, int]:
        """Return the refused bits and whole months; what is not understood refuses everything."""
        everything = REFUSED | self._everything
        names, _, month = value.decode().partition(":")
        age = min(months_since(month, now), OLDEST)
        if names.count("/") > MOST_NAMES:
            return everything, age
        wanted = set(names.split("/"))
        if not wanted <= self._purposes.keys():
            return everything, age
        return 2 * sum(self._purposes[name] for name in wanted), age

    def _grant(self, value: bytes, now: float) -> tuple[int, tuple[str, ...], int, float]:
        """Return the granted bits, records, age and time; nothing unless all of it is right."""
        nothing: tuple[int, tuple[str, ...], int, float] = 0, (), 0, 0.0
        if len(value) > _LONGEST_VALUE or not value.isascii():
            return nothing
        body, _, signature = value.rpartition(b":")
        fields = body.decode().split(":")
        if len(fields) != 6 or fields[0] != _FORMAT or not self._signer.signed(body, signature):  # noqa: PLR2004  (the fields that `grant` joins)
            return nothing
        _, records, given_at, names, text, flag = fields
        age = now - int(given_at, 36)
        if not -SKEW_SECONDS <= age <= GRANT_SECONDS:
            return nothing  # of the future, or kept by something that is no browser
        if self._texts and text not in self._texts:
            return nothing
        bits = sum({self._grantable.get(name, 0) for name in names.split("/")})
        since = now - max(age, 0)
        months = calendar_months(since, now)
        bits |= GRANT_AFTER_GPC if flag == "g" else 0
        return bits, tuple(records.split("/")), min(months, OLDEST), since

    def refusal(self, purposes: Sequence[str] | None = None, now: float | None = None) -> str:
        """
        Return the ``Set-Cookie`` value that refuses *purposes*.

        No identifier, no signature, no end: ``Max-Age`` is the longest there is. Browsers cap it at
        400 days, so a page of ours renews it whenever it sees one.

        Args:
            purposes: The purposes refused; ``None`` (and an empty sequence) for all.
            now: Unix seconds; the month of it is kept, so that nobody is asked again too soon.
        """
        given = [self._spelt.get(p) or quote(p, safe="") for p in purposes or ()]
        names = _EVERYTHING if purposes is None else "/".join(given)
        month = "" if now is None else datetime.fromtimestamp(now, UTC).isoformat()[:7]
        return self._cookie(self.names[0], f"{names}:{month}", FOREVER_SECONDS)

    def grant(
        self,
        record: str,
        purposes: Sequence[str],
        now: float,
        text_version: str = "",
        *,
        after_gpc: bool = False,
        earlier: Sequence[str] = (),
    ) -> str:
        """
        Return the ``Set-Cookie`` value that grants *purposes*, signed.

        Args:
            record: The random id of the consent record, already committed to the store.
            purposes: The purposes granted; what is not named is not granted.
            now: Unix seconds of the grant.
            text_version: Version of the wording the person saw.
            after_gpc: Whether the grant was given after a clear notice that it goes against the GPC
                signal (11 CCR 7025(c)(3)).
            earlier: Records of this visitor that still stand, under which events may be pending;
                at most :data:`MOST_EARLIER`. A withdrawal must reach them too.

        Raises:
            KeyMaterialError: There is no key to sign with.
        """
        body = ":".join(
            (
                _FORMAT,
                "/".join(quote(each, safe="") for each in (record, *earlier[:MOST_EARLIER])),
                base36(int(now)),
                "/".join(self._marked.get(p) or quote(p, safe="") for p in purposes),
                quote(text_version, safe=""),
                "g" if after_gpc else "",
            )
        )
        signature = self._signer.sign(body.encode()).decode()
        return self._cookie(self.names[1], f"{body}:{signature}", GRANT_SECONDS)

    def clear_grant(self) -> str:
        """Return the ``Set-Cookie`` value that removes the grant."""
        return self._cookie(self.names[1], "", 0)

    def clear_refusal(self) -> str:
        """Return the ``Set-Cookie`` value that removes the refusal; only ever after a grant."""
        return self._cookie(self.names[0], "", 0)

    def _cookie(self, name: bytes, value: str, seconds: int) -> str:
        return f"{name.decode()}={value}; Max-Age={seconds}{self._attributes}"
