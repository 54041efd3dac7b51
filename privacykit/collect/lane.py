"""
One site on one of its days: law, salt and memories that change together. Pure.

A lane is swapped whole at the site's local midnight and at a reload, so the date of the law and the
day of the salt always agree and no request does date arithmetic.
"""

from __future__ import annotations

from datetime import date

from privacykit.collect.compiling import compile_plan
from privacykit.collect.counters import Tallies
from privacykit.collect.fragments import Fragments
from privacykit.collect.memo import Memo
from privacykit.collect.plan import Plan, Show, showing
from privacykit.collect.site import Site
from privacykit.policy.policyset import PolicySet
from privacykit.pseudonym.ip import IPMethod
from privacykit.pseudonym.visitor import DaySalt
from privacykit.signals.choice import NO_CHOICE, Choice, ChoiceCookies

MAX_PLANS = 8192


class Lane:
    """
    What every request of *site* on *day* shares; never changed once made, its memos aside.

    Attributes:
        site: The site.
        day: The site-local date: of the law and of the salt.
        until: Unix seconds of the local midnight that ends the day.
        salt: The day's salt, ``None`` when no store gave one: then there are no visitor ids.
        choices: Reads and writes what visitors chose.
        choice_mark: What every ``Cookie`` header with a choice in it contains.
        plans: Plans by place and mask, made when first asked for.
        fragments: Weakened pieces of events, encoded.
        refusals: What a refusal cookie's value means.
        pages: Whether method, status, content type and template make a page event.
    """

    __slots__ = (
        "choice_mark",
        "choices",
        "day",
        "fragments",
        "pages",
        "plans",
        "refusals",
        "salt",
        "site",
        "until",
    )

    def __init__(
        self,
        site: Site,
        day: date,
        until: float,
        *,
        salt: DaySalt | None,
        choices: ChoiceCookies,
        policies: PolicySet,
        ip: IPMethod,
        tallies: Tallies,
    ) -> None:
        self.site = site
        self.day = day
        self.until = until
        self.salt = salt
        self.choices = choices
        self.choice_mark = _common_start(*choices.names)
        self.fragments = Fragments(site)

        shows: Memo[IPMethod, Show] = Memo(showing, 16)

        def compile_for(key: tuple[str, int]) -> Plan:
            place, mask = key
            applicable = policies.applicable(place, on=day, audience=site.audience)
            return compile_plan(site, applicable, place, mask, day, ip, tallies, shows.__getitem__)

        self.refusals: Memo[bytes, Choice] = Memo(self._read_refusal, 256)
        self.pages: Memo[tuple[str, int, bytes, str], bool] = Memo(
            lambda key: site.pages.makes_event(*key), MAX_PLANS
        )
        self.plans: Memo[tuple[str, int], Plan] = Memo(compile_for, MAX_PLANS)

    def said(self, cookie: bytes, now: float) -> Choice:
        """
        Return what the visitor chose, from the ``Cookie`` header.

        A lone refusal names nobody, so its few forms are remembered; a grant is verified each time.
        """
        refusal, grant = self.choices.names
        _, found, rest = cookie.partition(refusal)
        if rest.find(refusal) >= 0 or cookie.find(grant) >= 0:
            return self.choices.read(cookie, now)
        return self.refusals[rest.partition(b";")[0]] if found else NO_CHOICE

    def _read_refusal(self, value: bytes) -> Choice:
        return self.choices.read(self.choices.names[0] + value, self.until)

    def __repr__(self) -> str:
        return f"<Lane {self.site.id} {self.day}>"


def _common_start(one: bytes, other: bytes) -> bytes:
    for end, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return one[:end]
    return min(one, other)
