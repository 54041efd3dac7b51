"""
The names that may leave: families of browsers and systems that millions share. Pure.

ua-parser takes some names from the user agent itself, so one that is not listed here may be
anything that somebody wrote into it. It becomes ``Other``.
"""

from __future__ import annotations

OTHER = "Other"

_BROWSERS = """
Chrome/Chrome Mobile/Chrome Mobile iOS/Chrome Mobile WebView/Chromium/Edge/Edge Mobile
Firefox/Firefox Mobile/Firefox iOS/Safari/Mobile Safari/Mobile Safari UI/WKWebView
Opera/Opera GX/Opera Mini/Opera Mobile/Opera Touch/Samsung Internet/UC Browser/QQ Browser
QQ Browser Mobile/MiuiBrowser/Huawei Browser/HeyTap Browser/Yandex Browser/Brave/Vivaldi
DuckDuckGo/DuckDuckGo Mobile/Ecosia Android/Ecosia iOS/Whale/Coc Coc/Amazon Silk/Android
IE/IE Mobile/Facebook/Facebook Messenger/Instagram/Twitter/TikTok/Pinterest/Snapchat/LinkedIn
WeChat Browser/Weibo/LINE/KakaoTalk/Telegram/Google/Baidu Browser/Sogou Explorer/Maxthon
Pale Moon/SeaMonkey/Konqueror/Epiphany/Falkon/Sailfish Browser/Puffin/Aloha Browser
Avast Secure Browser/AVG/Norton/Quark/Electron/Tizen Browser/webOS Browser/Oculus Browser
Nokia Browser/BlackBerry/BlackBerry WebKit/Thunderbird/Outlook/Apple Mail/Slack Desktop Client
Microsoft Teams/Phoenix Browser/360 Secure Browser/Iron/Waterfox/LibreWolf/Netscape
Googlebot/bingbot/Applebot/YandexBot/Baiduspider/DuckDuckBot/AhrefsBot/SemrushBot/MJ12bot
PetalBot/FacebookBot/Twitterbot/LinkedInBot/Pinterestbot/Slackbot/GPTBot/ClaudeBot/CCBot
Bytespider/PerplexityBot/HeadlessChrome/PhantomJS/curl/Wget/Python Requests/okhttp
"""
_SYSTEMS = """
Windows/Mac OS X/iOS/Android/Linux/Ubuntu/Debian/Fedora/Chrome OS/tvOS/watchOS/visionOS/KaiOS
HarmonyOS/Tizen/webOS/BlackBerry OS/Windows Phone/Windows Mobile/Symbian OS/FreeBSD/OpenBSD
NetBSD/Firefox OS/Sailfish/Solaris/Red Hat/SUSE/CentOS/Gentoo/Arch Linux/Linux Mint
"""


def _names(text: str) -> frozenset[str]:
    # One name holds a slash; it comes apart here and is put back.
    names = {name for line in text.strip().splitlines() for name in line.split("/")}
    return frozenset(names | {"Mobile Safari UI/WKWebView"})


BROWSERS = _names(_BROWSERS)
SYSTEMS = _names(_SYSTEMS)

BRANDS = {
    "Google Chrome": "Chrome",
    "Microsoft Edge": "Edge",
    "Opera": "Opera",
    "Opera GX": "Opera GX",
    "Brave": "Brave",
    "Vivaldi": "Vivaldi",
    "Samsung Internet": "Samsung Internet",
    "YaBrowser": "Yandex Browser",
    "DuckDuckGo": "DuckDuckGo",
    "Whale": "Whale",
    "HeadlessChrome": "HeadlessChrome",
}
"""``Sec-CH-UA`` brands to families."""

PLATFORMS = {
    "Android": "Android",
    "Chrome OS": "Chrome OS",
    "ChromeOS": "Chrome OS",
    "Chromium OS": "Chrome OS",
    "iOS": "iOS",
    "Linux": "Linux",
    "macOS": "Mac OS X",
    "Windows": "Windows",
}
"""``Sec-CH-UA-Platform`` values to systems."""
