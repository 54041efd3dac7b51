"""
Tell a program from what a person looks through, by what its user agent says. Pure.

A program is whatever is not shaped like a browser, and what says in a browser's shape that it is
none: by a word (`monitor`), by the name of a tool, by where its people can be reached (a URL, a
domain, an e-mail address), or by what it adds where browsers add nothing. Nothing here finds a
robot that pretends to be a browser. `docs/reference/devices.md` has what was measured.
"""

from __future__ import annotations

import re

from privacykit.devices.shape import beside_the_usual, is_shaped_like_browser

_PIECES = """
aggregator archive archiver audit auditor bots check checker crawling crawler detector diagnostics
downloader extractor fetch fetcher grader harvester indexer insights inspection inspector monitor
monitoring observatory optimizer ping pinger probe prober robots scan scanning scraper scraping seo
subscriber subscribers synthetic synthetics tester transcoder uptime validator verification verifier
"""
"""In compounds too (`LinkChecker`), but in no word: `CamScanner` is an application."""
_TOOLS = """
acunetix aiohttp akregator alertra assetnote axios bingpreview browserkit catchpoint collapsify
convertify cookiehubscan cookiehubverify curl cybaaagent cypress dareboost datadog datadogsynthetics
debugbear dejaclick dmbrowser downcast fasthttp foregenix functionize gtmetrix guzzle guzzlehttp
hardenize hotjar httpclient httpx httrack igetter iplabel jsdom linkpreview linktiger marketgoo
mediapartners mixnode nagios netcraft netnewswire neustar newsblur nodemeter okhttp onetrust
pageburst perl phantomjs pingdom playwright postman ptst puppeteer pwabuilderhttpagent python
qcloudcdn readkit reeder securityheaders selenium sindup sitesucker slimerjs slurp snapsearch
sparkler splash swcd testlocally thousandeyes thumbor urllib watchtowr webcapture webcollage
webcopier webdriver webpreview webscreenie websnapr webthumb webzip wget whatcms winhttp
xaxissemanticsclassifier ylt zabbix zombie
"""
"""Whole words in whatever capitals."""
_ANYWHERE = """
robot|crawl|spider|headless|lighthouse|rss/|linkcheck|checklink|screenshot|thumbnail|imageproxy
mailproxy|pagespeed|web preview|page-preview|link preview|link-preview|uripreview|python-
http client|http-client|wkhtmlto|webkit2png|google-|store-google|web-google|googleads|googleagent
googlemessages|googleother|googleweblight|google search co|ips-agent|-user/|gecko;|anonymous, m
burpcollab|claude-web|ddg-android|ddg_android|duckduckgo.mobile|office word|office excel
office powerpoint|office onenote|_scanner|rigor)|rigor;|site24x7|yandex.translate
"""

_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WORD = re.compile(r"[a-z0-9]{3,}")
_BOT = re.compile(r"(?<!cu)bot(?![a-z])")
"""Not the telephones of Cubot."""
_EMAIL = re.compile(r"[\w)]@(?:[\w-]+\.){1,4}[a-z]{2,6}(?![\w.])")
_DOMAIN = re.compile(
    r"(?<![\w./-])(?<!via )(?<!http/1\.[01] )(?!com\.)[a-z][a-z0-9-]*(?:\.[a-z0-9-]+){0,3}"
    r"\.(?:ai|biz|ch|co|com|cz|de|dev|eu|fr|gy|info|io|it|ly|me|net|nl|org|party|pl|ru|uk)"
    r"(?![\w.])"
)
_ENGINE = "applewebkit/"
_WITHOUT_PLACE = "mozilla/5.0 applewebkit"

_IN_COMPOUNDS = frozenset(_PIECES.split())
_NAMES = frozenset(_TOOLS.split())
_PARTS = tuple(part for line in _ANYWHERE.strip("\n").splitlines() for part in line.split("|"))


def is_robot(text: str, *, on_device: bool = False) -> bool:
    """
    Return whether the user agent *text* is no browser's, or says that no person is behind it.

    Args:
        text: What the client sent; empty is a robot.
        on_device: Whether somebody else recognised a person's telephone or the like in it.
    """
    said = beside_the_usual(text)
    if text and not said:
        return False
    lower, beside = said.lower(), said is not text
    if not beside and not (on_device or is_shaped_like_browser(lower)):
        return True
    return (
        _names_itself(said, lower)
        or _leaves_an_address(lower, mozilla=beside or "mozilla/" in lower)
        or _adds_what_no_browser_does(lower, beside=beside)
    )


def _names_itself(text: str, lower: str) -> bool:
    if "bot" in lower and _BOT.search(lower):
        return True
    if "feed" in lower and "msie" not in lower:
        return True  # in Explorer, readers of feeds were a bar beside the page
    for part in _PARTS:  # twice as fast as any()
        if part in lower:
            return True
    if not _NAMES.isdisjoint(_WORD.findall(lower)):
        return True
    return not _IN_COMPOUNDS.isdisjoint(map(str.lower, _PIECE.findall(text)))


def _leaves_an_address(lower: str, *, mozilla: bool) -> bool:
    """Tell whether somebody can be reached; a brand in old Explorer's brackets is no address."""
    if "midp" in lower:
        return False  # whoever made over such a telephone put his site into its name
    if "http:" in lower or "https:" in lower:
        return "browser/" not in lower or "+http" in lower  # some tell people where they are from
    android = "android" in lower
    if android and not mozilla:
        return False  # applications carry the name of their shop, and of their user
    if ("@" in lower and _EMAIL.search(lower)) or "(at)" in lower:
        return True
    if android or not mozilla:
        return False
    return _DOMAIN.search(lower, lower.rfind(")") if "msie" in lower else 0) is not None


def _adds_what_no_browser_does(lower: str, *, beside: bool) -> bool:
    if lower.startswith(_WITHOUT_PLACE):
        return True
    start = 0 if beside else lower.find(_ENGINE)
    return start >= 0 and "(compatible;" in lower[start:]
