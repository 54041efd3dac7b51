"""
One site on one of its days: law, salt and memories that change together. Pure.

A site day is swapped whole at the site's local midnight and at a reload, so the date of the law and
the day of the salt always agree and no request does date arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import date
from itertools import count
from typing import Protocol

from privacykit.collect.consent.standing import LawfulStanding, lawful_standings
from privacykit.collect.counters import DecisionCounts
from privacykit.collect.events.fragments import Fragments
from privacykit.collect.memo import KIBIBYTE, MEBIBYTE, Memo
from privacykit.collect.plans.compile import PlanCompiler, plan_weight
from privacykit.collect.plans.plan import CompiledPlan, Show, showing
from privacykit.collect.site import Site
from privacykit.decide.rulings import Rulings
from privacykit.policy.policyset import PolicySet
from privacykit.pseudonym.addresses.ip import IPMethod
from privacykit.pseudonym.visitor import DaySalt
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.choice.mask import DNT, GPC, Choice
from privacykit.signals.cookie_values import shortened
from privacykit.signals.dnt import dnt
from privacykit.signals.gpc import gpc
from privacykit.signals.heard import HeardCookies
from privacykit.signals.read import CookieReader, Voice

MOST_BYTES = 32 * MEBIBYTE
"""What all memories of a site's day may take together, whatever strangers send."""


_editions = count(1)


class SiteDay:
    """
    What every request of *site* on *day* shares; never changed once made, its memos aside.

    Attributes:
        site: The site.
        id: The site's id.
        day: The site-local date: of the law and of the salt.
        until: Unix seconds of the local midnight that ends the day.
        salt: The day's salt, ``None`` when no store gave one: then there are no visitor ids.
        choices: Reads and writes what visitors chose.
        choice_mark: What every ``Cookie`` header with a choice in it contains.
        compiler: Makes the plans.
        edition: Tells this day from every other that was ever made, in every plan of it.
        plans: Plans by place and mask, made when first asked for.
        fragments: Weakened pieces of events, encoded.
        lawful: How purposes stand by place and signals, were nobody but the visitor heard.
        heard: What cookies of consent managers say, ``None`` where none is to be read.
        asked: What parameters of an address refuse, likewise.
        refusals: What a refusal cookie means, written without the mark.
        pages: Why method, status, content type and template make no page event; empty: they do.
    """

    __slots__ = (
        "__weakref__",
        "_folded",
        "_refusal",
        "_refusal_size",
        "asked",
        "choice_mark",
        "choices",
        "compiler",
        "day",
        "edition",
        "fragments",
        "heard",
        "id",
        "lawful",
        "pages",
        "plans",
        "refusals",
        "salt",
        "site",
        "until",
    )

    def __init__(  # noqa: PLR0913 - the parts of the whole, each by its name
        self,
        site: Site,
        day: date,
        until: float,
        *,
        salt: DaySalt | None,
        choices: ChoiceCookies,
        policies: PolicySet,
        ip: IPMethod,
        tallies: DecisionCounts,
        rulings: Rulings | None = None,
        show_by: Callable[[IPMethod], Show] = showing,
        most_bytes: int = MOST_BYTES,
        readers: Sequence[CookieReader] = (),
        query_readers: Sequence[CookieReader] = (),
    ) -> None:
        self.site = site
        self.id = site.id
        self.day = day
        self.until = until
        self.salt = salt
        self.choices = choices
        mark = self.choice_mark = _common_start(*choices.names) or b"="
        self._refusal = choices.names[0].removeprefix(mark) + b"="
        self._refusal_size = len(self._refusal)
        self.fragments = Fragments(site, most_bytes * 3 // 16)
        self.edition = next(_editions)
        self.compiler = PlanCompiler(
            site,
            policies,
            day,
            ip,
            rulings=rulings or Rulings(),
            tallies=tallies,
            show_by=show_by,
            most_bytes=most_bytes // 4,
            edition=self.edition,
        )
        fold = self.compiler.fold
        self.heard = HeardCookies(readers, until, fold) if readers else None
        self.asked = (
            HeardCookies(query_readers, until, fold, restricts=True) if query_readers else None
        )

        def folded(choice: Choice) -> Choice:
            mask = fold(choice.mask)
            return choice if mask == choice.mask else Choice(mask, choice.record, choice.ended)

        # No memory refers to the day itself: it goes, and its salt, with the last who holds it.
        self._folded = folded
        self.refusals: Memo[bytes, Choice] = Memo(
            lambda cookie: folded(choices.read(mark + cookie, until)), most_bytes // 32
        )
        self.pages: Memo[tuple[str, int, bytes, str], str] = Memo(
            lambda key: site.pages.unfit(*key), most_bytes // 32
        )
        compile_ = self.compiler.compile
        self.plans: Memo[tuple[str, int], CompiledPlan] = Memo(
            lambda key: compile_(*key), most_bytes // 2, plan_weight
        )
        plans = self.plans
        self.lawful: Memo[tuple[str, int], dict[str, LawfulStanding]] = Memo(
            lambda key: lawful_standings(site.purposes, lambda mask: plans[key[0], mask], key[1]),
            most_bytes // 32,
            lambda *_: KIBIBYTE * len(site.purposes),
        )

    def prepare(self) -> Iterator[None]:
        """Have the policies answer ahead what visitors commonly say, a little at each step."""
        return self.compiler.prepare()

    def shortened(self, cookie: bytes) -> bytes:
        """Return what is looked at of a long ``Cookie`` header: the first, and choices."""
        if self.heard is not None:  # theirs may say no, too
            return shortened(cookie, b"=", (*self.choices.names, *self.heard.names))
        return shortened(cookie, self.choice_mark, self.choices.names)

    def read_signals(
        self,
        cookie: bytes | None,
        sec_gpc: bytes | None,
        objection: bytes | None,
        now: float,
        ended: Container[str] = (),
        query: bytes = b"",
    ) -> tuple[int, str | None]:
        """
        Return what the visitor said: the mask of signals and choices, and the consent record.

        Args:
            cookie: The ``Cookie`` header.
            sec_gpc: The ``Sec-GPC`` header.
            objection: The ``DNT`` header.
            now: Unix seconds.
            ended: Consent records that are withdrawn: a cookie that is replayed grants nothing.
            query: The raw query string.
        """
        mask, record_id = 0, None
        if cookie:
            _, found, rest = cookie.partition(self.choice_mark)  # half the cost of a find
            if found:
                chosen = self._choice(cookie, rest, now, ended)
                # Who replays a withdrawn grant is known by it, and not collected.
                mask, record_id = chosen.mask, chosen.record or chosen.ended
        if query and self.asked is not None:  # before grants of others are marked as theirs
            mask = self.asked.join_query(mask, query)
        if self.heard is not None and cookie:
            mask = self.heard.join(mask, cookie)
        if sec_gpc and gpc(sec_gpc):
            mask |= GPC
        if objection and dnt(objection):
            mask |= DNT
        return mask, record_id

    def voices(self, cookie: bytes, query: bytes) -> tuple[Voice, ...]:
        """Return what others than we say in a ``Cookie`` header and the raw *query*, each alone."""
        asked = self.asked.voices_in_query(query) if query and self.asked is not None else ()
        return asked + (self.heard.voices(cookie) if cookie and self.heard is not None else ())

    def _choice(self, cookie: bytes, rest: bytes, now: float, ended: Container[str]) -> Choice:
        """
        Return the choice in *cookie*, where *rest* stands after the first mark of one.

        A lone refusal names nobody, so its few forms are remembered; a grant is verified each time.
        """
        if rest[: self._refusal_size] == self._refusal and not rest.partition(self.choice_mark)[1]:
            return self.refusals[rest.partition(b";")[0]]
        return self._folded(self.choices.read(cookie, now, ended))

    def __repr__(self) -> str:
        return f"<SiteDay {self.site.id} {self.day}>"


class Days(Protocol):
    """
    What changes by the clock; a keeper thread replaces each part by one assignment.

    Attributes:
        site_days: The present site day of each site, by site id.
        hour_salt: Salt of rate-limit keys.
    """

    site_days: dict[str, SiteDay]
    hour_salt: bytes

    def renew(self, id_: str, now: float) -> SiteDay:
        """Replace the site day of a site whose day is over; never blocks for long."""
        ...


def _common_start(one: bytes, other: bytes) -> bytes:
    for end, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return one[:end]
    return min(one, other)
