"""The text of a first ``privacykit.toml``: every table that a newcomer needs, with why. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from privacykit.cli.init.answers import InitAnswers
from privacykit.collect.cookies.proposed import ADVERTISING, NECESSARY, STATISTICS, purpose_of

_HEAD = """\
# What is collected here, and why. Every key: docs/reference/configuration.md
# privacykit check says what is wrong with it. Restart the server after a change.
"""
_EVENTS = """
[events]
url = "sqlite:///privacykit-events.db"   # or postgresql+psycopg://..., mysql+pymysql://...
page = "analytics"                       # each HTML page is an event of this purpose

# A purpose names the uses that the law speaks of; the law of the visitor's place decides on each.
[purposes.analytics]
uses = ["analytics_no_storage"]          # counting without cookies, by an id that dies at midnight
retention = "13 months"
label = "Counting visits"
description = "How many people look at which page, without cookies."
"""
PURPOSE_TABLES = {
    NECESSARY: """
[purposes.necessary]
uses = ["strictly_necessary"]            # what visitors ask for: nobody's consent is needed
label = "Necessary"
description = "What the site needs to work: sessions, security, your own settings."
""",
    STATISTICS: """
[purposes.statistics]
uses = ["analytics_storage"]             # cookies of statistics wait for consent where the law asks
label = "Statistics with cookies"
description = "How visits hang together, by a number kept in a cookie."
""",
    ADVERTISING: """
[purposes.advertising]
uses = ["targeted_ads", "sale"]
label = "Advertising"
description = "Advertisements that follow what you looked at."
""",
}
"""A table of ``[purposes]`` for each purpose that the name of a cookie may speak for."""
_REST = """
[records]
url = "sqlite:///privacykit-records.db"  # consents, requests of people, audit log: back it up

[salts]
url = "sqlite:///privacykit-salts.db"    # or redis://...; never back it up: it must forget

[keys]
file = "privacykit.keys"                 # back it up, apart from the databases

# Behind a proxy the client's address stands in a header. Nothing is trusted unless named here:
# [client_ip]
# source = "headers"
# header = "X-Forwarded-For"
# trusted_proxies = ["10.0.0.0/8"]
"""
_NO_PLACES = """
# Without a file of places every visitor's is unknown, and the strictest law of all holds:
# [geo]
# database = "GeoLite2-City.mmdb"        # of any vendor in MaxMind's format
"""


def configuration(told: InitAnswers, cookies: Mapping[str, str]) -> str:
    """
    Return the text of the file.

    Args:
        told: The answers.
        cookies: Names of cookies that the project sets, to where.
    """
    return "".join(_parts(told, cookies))


def _parts(told: InitAnswers, cookies: Mapping[str, str]) -> Iterator[str]:
    proposed = {name: purpose_of(name) for name in cookies}
    yield _HEAD
    yield "\n[[site]]\n"
    yield f"id = {quoted(told.site)}\n"
    yield f"hosts = {_list(told.hosts)}   # other hosts are not counted\n"
    yield f"timezone = {quoted(told.timezone)}   # salts die at its midnight\n"
    yield f"establishments = {_list(told.establishments)}   # where you are: that law too\n"
    yield _EVENTS
    for purpose, text in PURPOSE_TABLES.items():
        if purpose in proposed.values():
            yield text
    if proposed:
        yield "\n# Proposed by what they are called: read each of them.\n"
        yield "[cookies]\n"
        for name, found in proposed.items():
            rule = f"{quoted(name)} = {quoted(found or NECESSARY)}   # {cookies[name]}\n"
            yield rule if found else f"# {rule.rstrip()}: what for?\n"
    yield f"\n[geo]\ndatabase = {quoted(told.geo)}\n" if told.geo else _NO_PLACES
    yield _REST


def quoted(text: str) -> str:
    """Return *text* as a string of TOML."""
    # A basic string of TOML is written as one of JSON, but for DEL.
    return json.dumps(text).replace("\x7f", "\\u007f")


def _list(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"
