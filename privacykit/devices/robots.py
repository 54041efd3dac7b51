"""
Robots that name themselves but that uap-core's list does not class as such. Pure.

A robot is what says so: a tool's name, an address to complain to, or ``compatible;`` where no
browser of today writes it. Nothing here finds a robot that pretends to be a browser.
"""

from __future__ import annotations

import re

# Plain look-ups: one expression of all these costs eight times as much.
_INSIDE = """
crawl spider slurp +http collector headless phantomjs lighthouse feedfetcher feedparser
netnewswire screenshot thumbnail preview validator checker checklink monitor scanner siteanaly
pageanaly wkhtmlto nutch zgrab masscan nmap nikto sqlmap wget python- aiohttp httpx libwww
httpclient http-client okhttp winhttp axios node-fetch go-http guzzle postman insomnia wordpress/
faraday whatweb puppeteer google-adwords google-structured google-site googleproducer
mediapartners appengine-google netcraft shrinktheweb brandverity survey/ woorank burpcollaborator
pagepeeker builtwith
"""
_NAMES = (*_INSIDE.split(), "rss reader")
_FIRST = ("curl/", "java/", "ruby", "php")
_BOT = re.compile(r"(?<!cu)bot(?![a-z])")
"""Not the telephones of Cubot."""
_OLD_BROWSERS = ("msie", "trident", "konqueror", "blackberry", "avantgo", "opera")


def names_itself_robot(text: str) -> bool:
    """Return whether the user agent *text* says that no person is behind it."""
    lower = text.lower()
    if "bot" in lower and _BOT.search(lower):
        return True
    if lower.startswith(_FIRST) or any(name in lower for name in _NAMES):
        return True
    return "compatible;" in lower and not any(name in lower for name in _OLD_BROWSERS)
