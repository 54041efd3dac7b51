"""
The claims about a site, each tested against how it answered. Pure: the looking was done before.

Each test counts what disproves it once for each place: a cookie by its name, a page by its path, a
host by its name. No value of anything is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from privacykit.verify.claims import ClaimOutcome, ClaimResult, Violation, result_of
from privacykit.verify.site.answers import cache_violations, gpc_file_violations, page_violations
from privacykit.verify.site.buttons import button_violations
from privacykit.verify.site.cookies import THIRD, SeenCookie, life_in_words
from privacykit.verify.site.pages import PageParts, hosts_loaded
from privacykit.verify.site.seen import BEFORE, SiteScan
from privacykit.verify.site.voices import DNT, GPC, PLAIN, REFUSED, SiteHeard, VoiceHeard

_DAY = 86_400
_PAGES = "answers of {} pages to visitors who say nothing, GPC, DNT, a refusal"
_BROWSER = "; a browser before a choice"
_CANNOT = "pages that were not visited, and visitors who are signed in"
_Test = Callable[[SiteHeard, SiteScan | None], Iterator[Violation]]


def claims_of(heard: SiteHeard, scan: SiteScan | None) -> list[ClaimResult]:
    """
    Return the result of each claim.

    Args:
        heard: How the site answered.
        scan: What a browser saw; ``None`` where there was none.
    """
    return [_tested(*claim, heard, scan) for claim in CLAIMS]


def not_tested(why: str) -> list[ClaimResult]:
    """Return each claim as not tested; *why* says why, without a value."""
    return [
        ClaimResult(name, says, ClaimOutcome.NOT_TESTED, "nothing", _CANNOT, why=why)
        for name, says, _, _ in CLAIMS
    ]


def _tested(
    name: str, says: str, ours: bool, test: _Test, heard: SiteHeard, scan: SiteScan | None
) -> ClaimResult:
    scope = _PAGES.format(len(heard.pages)) + (_BROWSER if scan is not None else "")
    if ours and not heard.more:
        return ClaimResult(
            name,
            says,
            ClaimOutcome.NOT_TESTABLE,
            scope,
            _CANNOT,
            why="our pages are off: [choice] enabled",
        )
    cannot = _CANNOT if scan is not None else f"{_CANNOT}; what scripts do: no browser looked"
    looked_at = sum(len(voice.answers) for voice in heard.voices.values()) + len(heard.more)
    return result_of(
        name,
        says,
        scope=scope,
        cannot_show=cannot,
        looked_at=looked_at,
        all_of_it=False,
        violations=tuple(sorted(test(heard, scan))),
    )


def _before(heard: SiteHeard, scan: SiteScan | None) -> Iterator[SeenCookie]:
    """Yield the cookies of somebody who has said nothing."""
    yield from (cookie for _, cookie in heard.voices[PLAIN].cookies)
    yield from _in_browser(scan)


def _in_browser(scan: SiteScan | None) -> Iterator[SeenCookie]:
    phase = scan.phase(BEFORE) if scan is not None else None
    if phase is not None:
        yield from phase.cookies


def _counted(cookies: Iterable[SeenCookie]) -> Iterator[tuple[SeenCookie, int]]:
    """Yield each cookie that is not our own once, with how often it was seen."""
    all_ = [cookie for cookie in cookies if not cookie.is_ours]
    counts = Counter(cookie.key for cookie in all_)
    once = {cookie.key: cookie for cookie in all_}
    yield from ((once[key], n) for key, n in counts.items())


def _place(cookie: SeenCookie) -> str:
    whose = f" of {cookie.host}" if cookie.party == THIRD else ""
    return f"cookie {cookie.name}{whose}"


def _without_purpose(heard: SiteHeard, scan: SiteScan | None) -> Iterator[Violation]:
    everyone = [one for voice in heard.voices.values() for _, one in voice.cookies]
    for cookie, n in _counted([*everyone, *_in_browser(scan)]):
        if heard.expected.purpose_of(cookie.name) is None:
            yield Violation(
                "PK320",
                _place(cookie),
                n,
                "a cookie that no purpose names: it passes whatever a visitor chose",
                "name its purpose in [cookies]; `privacykit site scan` proposes one",
            )


def _before_a_choice(heard: SiteHeard, scan: SiteScan | None) -> Iterator[Violation]:
    plan = heard.voices[PLAIN].plan
    for cookie, n in _counted(_before(heard, scan)):
        purpose = heard.expected.purpose_of(cookie.name)
        if purpose is not None and not heard.expected.allows(plan, purpose):
            yield Violation(
                "PK321",
                _place(cookie),
                n,
                f"a cookie of `{purpose}` is set before a choice, where that needs one",
                "set it by the wrapped application, or by a script that asks `allows()` first",
            )


def _lives(heard: SiteHeard, scan: SiteScan | None) -> Iterator[Violation]:
    expected, found = heard.expected, dict[str, Violation]()
    seen = [(voice.plan, one) for voice in heard.voices.values() for _, one in voice.cookies]
    plain = heard.voices[PLAIN].plan
    for phase in scan.phases if scan is not None else ():
        seen += [(plain, cookie) for cookie in phase.cookies]
    for plan, cookie in seen:
        purpose = None if cookie.is_ours else expected.purpose_of(cookie.name)
        most = None if purpose is None else expected.longest_life(plan, purpose)
        life = cookie.life if cookie.asked is None else cookie.asked
        if most is None or life is None or life <= most + _DAY:
            continue
        known = found.get(_place(cookie))
        found[_place(cookie)] = Violation(
            "PK322",
            _place(cookie),
            1 if known is None else known.count + 1,
            f"it lives {life_in_words(life)}, and {life_in_words(most)} is declared or allowed",
            "shorten it, or declare the life it has: cookie_lifetime_months of its purpose",
        )
    yield from found.values()


def _flags(heard: SiteHeard, scan: SiteScan | None) -> Iterator[Violation]:
    seen = [one for voice in heard.voices.values() for _, one in voice.cookies]
    for phase in scan.phases if scan is not None else ():
        seen += phase.cookies
    wrong = (one for one in seen if one.same_site == "None" and not one.secure)
    for cookie, n in _counted(wrong):
        yield Violation(
            "PK323",
            _place(cookie),
            n,
            "SameSite=None without Secure: browsers refuse it, older ones send it in the clear",
            "add Secure, or let it be Lax",
        )


def _others(heard: SiteHeard, scan: SiteScan | None) -> Iterator[Violation]:
    asked: Counter[str] = Counter()
    for url, answer in heard.voices[PLAIN].answers.items():
        asked.update(hosts_loaded(PageParts(answer.text), url, heard.site))
    phase = scan.phase(BEFORE) if scan is not None else None
    for other in phase.others if phase is not None else ():
        asked[other.host] = max(asked[other.host], other.requests)
    for host, n in sorted(asked.items()):
        if host not in heard.expected.settings.watch.may_ask:
            yield Violation(
                "PK324",
                f"host {host}",
                n,
                "pages have the browser ask somebody else before a choice: who gets its address",
                "serve it yourself, ask after the choice, or list the host in [watch] may_ask",
            )


def _in_spite(heard: SiteHeard, _: SiteScan | None) -> Iterator[Violation]:
    told = {one.key for _, one in heard.voices[PLAIN].cookies if _denied(heard, PLAIN, one)}
    for said in (GPC, DNT, REFUSED):
        voice: VoiceHeard = heard.voices[said]
        wrong = [one for _, one in voice.cookies if _denied(heard, said, one)]
        for cookie, n in _counted(wrong):
            if cookie.key not in told:
                told.add(cookie.key)
                purpose = heard.expected.purpose_of(cookie.name)
                yield Violation(
                    "PK326",
                    _place(cookie),
                    n,
                    f"a cookie of `{purpose}` is set in spite of {said}",
                    "is the signal taken away on its way to the application, or the cookie set "
                    "by somebody else?",
                )


def _denied(heard: SiteHeard, said: str, cookie: SeenCookie) -> bool:
    purpose = heard.expected.purpose_of(cookie.name)
    plan = heard.voices[said].plan
    return not cookie.is_ours and purpose is not None and not heard.expected.allows(plan, purpose)


def path_of(url: str) -> str:
    """Return the path of *url*, which names a page in a finding."""
    return urlsplit(url).path or "/"


CLAIMS: tuple[tuple[str, str, bool, _Test], ...] = (
    ("site-cookies", "Each cookie has a purpose.", False, _without_purpose),
    ("site-before", "Nothing that needs a choice is set before one.", False, _before_a_choice),
    ("site-lives", "Cookies live as long as declared, and as the law lets.", False, _lives),
    ("site-flags", "Cookies for other sites travel encrypted.", False, _flags),
    ("site-others", "Nobody else is asked before a choice.", False, _others),
    ("site-signals", "GPC, DNT and a refusal are obeyed.", False, _in_spite),
    ("site-caches", "No cache shows one visitor what is another's.", False, cache_violations),
    ("site-gpc-file", "The site says that it obeys GPC.", True, gpc_file_violations),
    ("site-privacy-page", "The page about choices is there.", True, page_violations),
    ("site-refusing", "Refusing is as easy as accepting.", True, button_violations),
)
"""Name, sentence, whether our own pages are needed, and the test, in the order they are told."""
