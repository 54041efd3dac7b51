"""Who is no person: what is not shaped like a browser, and what says so in a browser's shape."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.devices.robots import is_robot
from privacykit.devices.user_agent import DeviceReader

SAMPLE = json.loads(
    (Path(__file__).parents[1] / "vectors/devices/robots_and_browsers.json").read_text("utf-8")
)
RECOGNISED, TAKEN_FOR_ROBOTS = 0.98, 0.001
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36"
PHONE = f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
EXPLORER = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)"

NOT_SHAPED = [
    *("", " ", "-", "*", "0", "null", "Mozilla", "Mozilla/5.0", "Mozilla/4.0", "Mozilla/5.0 ()"),
    *("kube-probe/1.29", "ELB-HealthChecker/2.0", "GoogleHC/1.0", "Consul Health Check", "Zabbix"),
    *("Datadog/Synthetics", "k6/0.49.0 (https://k6.io/)", "Uptime-Kuma/1.23.16", "check_http/v2.3"),
    *(
        "ApacheBench/2.3",
        "hey/0.0.1",
        "vegeta",
        "Locust",
        "Prometheus/2.51.0",
        "Blackbox Exporter/1",
    ),
    *("ChatGPT-User", "Claude-User/1.0", "anthropic-ai", "cohere-ai", "meta-externalagent/1.1"),
    *(
        "undici",
        "node",
        "node-fetch",
        "got",
        "axios/1.7.2",
        "Deno/1.44",
        "Bun/1.1.8",
        "HTTPie/3.2.2",
    ),
    *("PycURL/7.45.3 libcurl/8.5.0", "curl/8.5.0", "Wget/1.24.5", "libcurl-agent/1.0", "xh/0.22"),
    *("python-requests/2.32", "Python-urllib/3.12", "python-httpx/0.27", "Python/3.12 aiohttp/3.9"),
    *("Go-http-client/2.0", "fasthttp", "Java/17.0.2", "Apache-HttpClient/5.3", "okhttp/4.12.0"),
    *(
        "Ruby",
        "Faraday v2.9.0",
        "GuzzleHttp/7",
        "Symfony HttpClient (Curl)",
        "reqwest/0.12",
        "ureq/2",
    ),
    *("Dart/3.4 (dart:io)", "Microsoft-CryptoAPI/10.0", "git/2.45", "rclone/v1.66", "aria2/1.37"),
    *("WordPress/6.5; https://blog.example", "Jigsaw/2.3", "W3C_Validator/1.3", "Nuzzel"),
    *("Feedbin feed-id:1 - 9 subscribers", "NextCloud-News/1.0", "FreshRSS/1.24", "Miniflux/2.1"),
    *("facebookexternalhit/1.1", "WhatsApp/2.24.9.78 A", "Slackbot 1.0", "Iframely/1.3.1"),
    *("research-scan admin@example.org", "something nobody ever heard of", "MyShop/3 sync job"),
    "Mozilla/5.0 (compatible; Something/1.0)",
    "Mozilla/5.0 (Something)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
]
BESIDE_A_BROWSER = [
    *("Googlebot/2.1", "HeadlessChrome/131.0", "Lighthouse", "Chrome-Lighthouse", "PTST/240201"),
    *("DatadogSynthetics", "NewRelicSynthetics/1.0", "RuxitSynthetic/1.0", "GTmetrix", "Pingdom"),
    *("LinkChecker/10.2", "SiteMonitor/1.0", "Uptime/1.0", "SecurityScan/2", "ScreenshotService/1"),
    *("BingPreview/1.0b", "Google-InspectionTool/1.0", "GoogleImageProxy", "Cypress/13.8"),
    *("Playwright/1.44", "Selenium", "feedly", "MonitoRSS/1.0", "Manus-User/1.0", "ShopCrawler"),
    *(
        "(+https://example.org/robot)",
        "http://example.org",
        "(ops@example.org)",
        "ops(at)gmail.com",
    ),
    *("(compatible; Something/1.0)", "(compatible; ClaudeBot/1.0; +claudebot@anthropic.com)"),
]
PERSONS = [
    *(CHROME, PHONE, FIREFOX, EXPLORER, f"{IPHONE} Safari/604.1", f"{CHROME} Edg/131.0.2903.51"),
    f"{IPHONE} [FBAN/FBIOS;FBAV/450.0.0.38.108;FBDV/iPhone14,5;FBCR/Telekom.de;FBLC/de_DE]",
    f"{IPHONE} Instagram 320.0.0.26.89 (iPhone14,5; iOS 17_5; de_DE; scale=3.00; 1170x2532)",
    f"{PHONE} GSA/15.20.36.28.arm64",
    f"{PHONE} (Ecosia android@131.0.6778.39)",
    f"{PHONE} CamScanner/6.5",
    f"Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A; wv) {WEBKIT} Version/4.0 Chrome/9",
    f"Mozilla/5.0 (Linux; Android 6.0; CUBOT ECHO Build/MRA58K) {WEBKIT} Chrome/66.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) {WEBKIT} SamsungBrowser/3.0 Chrome/94.0 TV Safari/537.36",
    "HbbTV/1.2.1 (;Panasonic;VIERA 2013;3.672;4101-0003 0002-0000;)",
    "Mozilla/5.0 (PlayStation 4 3.11) AppleWebKit/537.73 (KHTML, like Gecko)",
    "Mozilla/5.0 (Nintendo 3DS; U; ; en) Version/1.7412.EU",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) {WEBKIT} Chrome/44.0 Safari/537.36 Edge/13",
    *("Lynx/2.9.0 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.7", "Links (2.29; Linux x86_64; GNU C)"),
    *("ELinks/0.16 (textmode; Linux; 80x24)", "w3m/0.5.3+git20230121", "Dillo/3.0.5", "NetSurf/3.11"),
    *("Mozilla/4.08 [en] (Win98; I)", "Mozilla/3.0 (Macintosh; I; PPC)", "NCSA_Mosaic/2.0 (Windows 3.1)"),
    "Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.7.5) Gecko/20041107 Firefox/1.0 (via translate.google.com)",
    "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; Avant Browser [avantbrowser.com])",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/8.0/190.314; U; en) Presto/2.12.423 Version/12.16",
    "NokiaC2-00/2.0 (03.45) Profile/MIDP-2.1 Configuration/CLDC-1.1 UCWEB/2.0 (Java; U; MIDP-2.0)",
    "SonyEricssonJ108i/R1x Browser/NetFront/3.5 Profile/MIDP-2.1 JavaPlatform/JP-8.5",
    "KDDI-CA3H UP.Browser/6.2_7.2.7.1.K.5.214 (GUI) MMP/2.0",
    *("MyShop/7 CFNetwork/1494 Darwin/23.4.0", "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8)"),
    "Mozilla/5.0 (compatible; Konqueror/4.5; Linux) KHTML/4.5.4 (like Gecko)",
    "Mozilla/5.0 (compatible; U; Webpositive/533.4; Haiku) AppleWebkit/533.4 (KHTML, like gecko)",
]  # fmt: skip


@pytest.fixture(scope="module")
def read():
    """Give a reader that is warm."""
    reader = DeviceReader()
    reader.warm_up()
    return reader


def share_of_robots(read, texts):
    """Return which part of *texts* is taken for robots."""
    return sum(read(text.encode()).bot for text in texts) / len(texts)


def test_robots_of_a_monitored_list_are_recognised(read):
    """Of a sample of those somebody met, at least 98 in 100."""
    assert share_of_robots(read, SAMPLE["robots"]) >= RECOGNISED


def test_browsers_of_uap_core_are_no_robots(read):
    """Of a sample of its tests not one in a thousand."""
    assert share_of_robots(read, SAMPLE["browsers"]) <= TAKEN_FOR_ROBOTS


@pytest.mark.parametrize("text", NOT_SHAPED)
def test_what_is_not_shaped_like_a_browser_is_no_person(read, text):
    """Nobody needs to know a program's name."""
    assert read(text.encode()).bot


@pytest.mark.parametrize("name", BESIDE_A_BROWSER)
@pytest.mark.parametrize("browser", [CHROME, PHONE, FIREFOX], ids=["Chrome", "phone", "Firefox"])
def test_what_says_so_beside_a_browser_is_no_person(read, browser, name):
    """By a word, a tool's name, or where somebody can be reached."""
    assert read(f"{browser} {name}".encode()).bot


@pytest.mark.parametrize("name", ["Catchpoint", "compatible; Something/1.0", "pageburst"])
def test_what_is_added_in_brackets_makes_no_person(read, name):
    """Nothing follows `like Gecko` in a browser."""
    assert read(CHROME.replace("like Gecko", f"like Gecko; {name}").encode()).bot


@pytest.mark.parametrize("text", PERSONS)
def test_browsers_are_persons(read, text):
    """Within applications, on televisions and consoles, of text only, and old ones."""
    assert not read(text.encode()).bot


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=12), st.integers(0, 99))
def test_a_made_up_program_is_no_person(name, version):
    """Whatever somebody calls a program, it does not become a person's by its name."""
    named = any(
        mark in name for mark in ("browse", "android", "iphone", "nokia", "samsung", "midp")
    )
    assert named or is_robot(f"x{name}x/{version}.0")


@given(st.text(max_size=600))
def test_any_text_is_read(text):
    """Nothing raises, and what is a robot stays one with a URL behind it."""
    assert is_robot(text) <= is_robot(f"{text} https://example.org/")


def test_hostile_texts_cost_little():
    """Patterns never go back over what they read."""
    start = time.process_time()
    for unit in ("a.", "a@", "Mozilla/5.0 (", "Linux; Android 1; a", "aA", "gecko ", "a-", "1."):
        is_robot(unit * (512 // len(unit)))
        is_robot((CHROME + " " + unit * 512)[:512])
    assert time.process_time() - start < 0.2
