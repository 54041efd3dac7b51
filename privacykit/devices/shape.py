"""
Tell whether a user agent has the shape of something that a person looks through. Pure.

Browsers have written the same few things for thirty years: ``Mozilla/`` with an engine, a name of
their own (``Lynx/``), or what telephones, televisions and consoles call theirs; applications on
such devices name the system. Nothing else does: what is not shaped so is a program, whatever it is
called and however new it is.
"""

from __future__ import annotations

import re

_ENGINES = """
applewebkit gecko/ khtml trident presto/ msie webkit/ goanna/ netfront rv: opera/ firefox/ safari/
chrome/ like_gecko
"""
_OF_TEXT_AND_OLD = """
lynx/ links/ links_( elinks/ w3m/ netsurf/ mosaic/ amaya/ amiga voyager3 webpositive netpositive
emacs-w3
"""
_DEVICES = """
android iphone ipad; ipad_ (ipad ipod ios; ios_1 watchos watch_os tvos appletv apple_tv cfnetwork/
windows_phone windows_ce kaios harmonyos tizen web0s webos fban/ midp cldc obigo teleca openwave
up.link up.browser docomo j-phone kddi- softbank vodafone blackberry symbian series60 series40 nokia
sonyericsson samsung sec-sgh mot- lg- lge- sie- rim957 profile/1 hbbtv hybridcast smart-tv smarttv
netcast ce-html brightsign kreatv nettv nintendo playstation dreamcast gameboy xbox_ xbox; xbox)
"""
_WHOLE = """
opera firefox safari konqueror ladybird dillo uzbl hotjava icab omniweb galeon midori netscape
elinks mosaic offbyone oregano origyn arachne charon outlook wap ucweb juc iuc palm brew maui
polaris xiino palmscape avantgo blazer danger sagem alcatel lge dalvik kindle webtv espial maple
viera bravia roku antgalio antfresco netgem sega psp
"""
_DESKTOPS = "win mac x11 linux sunos os/2 beos risc_os unix haiku atari"


def _marks(*texts: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for text in texts for word in text.split())


_SYSTEM = (
    r"Windows NT \d+\.\d(?:; Win64; x64|; WOW64)?|Macintosh; Intel Mac OS X [\d._]{4,10}"
    r"|X11; (?:Ubuntu; )?Linux x86_64|X11; CrOS x86_64 [\d.]{4,12}|Linux; Android [\d.]{1,8}; K"
    r"|iPhone; CPU iPhone OS [\d_]{4,8} like Mac OS X|iPad; CPU OS [\d_]{4,8} like Mac OS X"
)
_MODEL = r"Linux; (?:U; )?Android [\d.]{1,8}; (?P<model>[\w .()+/-]{1,64})(?:; wv)?"
_V = r"/\d[\d.]{0,20}"
_USUAL = re.compile(
    rf"Mozilla/5\.0 \((?:{_SYSTEM}|{_MODEL})"
    rf"(?:; rv:\d{{2,3}}\.0\) Gecko/[\d.]{{4,10}} Firefox{_V}"
    rf"|\) AppleWebKit{_V} \(KHTML, like Gecko\)(?: (?:Version|Chrome|CriOS|FxiOS){_V}){{0,2}}"
    rf"(?: Mobile(?:/\w{{5,7}})?)?(?: Safari{_V})?(?: (?:Edg|EdgA|EdgiOS|OPR|SamsungBrowser){_V})?)"
    r"(?![\w./-])"
)
"""What the browsers of today say, all of them."""

_MARKS = _marks(_ENGINES, _OF_TEXT_AND_OLD, _DEVICES)
_WORDS = frozenset(_WHOLE.split())
_WORD = re.compile(r"[a-z]+")
_BROWSER = ("browser", "browse")
_OLD = _marks(_DESKTOPS)
_PRESENT = "mozilla/5"


def is_shaped_like_browser(lower: str) -> bool:
    """
    Return whether a person may look through what names itself *lower*.

    Args:
        lower: The user agent in lower case.
    """
    for mark in _MARKS:  # twice as fast as any()
        if mark in lower:
            return True
    if any(word in _WORDS or word.endswith(_BROWSER) for word in _WORD.findall(lower)):
        return True
    # Before there were engines to name, a system in brackets was all that a browser said.
    old = lower.startswith("mozilla/") and not lower.startswith(_PRESENT)
    return old and "(" in lower and any(mark in lower for mark in _OLD)


def beside_the_usual(text: str) -> str:
    """
    Return what *text* says beside what the browsers of today all say.

    Returns:
        Model of the telephone and what follows the browser; all of *text* where it begins as no
        browser of today does.
    """
    usual = _USUAL.match(text)
    if usual is None:
        return text
    model = usual["model"]
    rest = text[usual.end() :]
    return f"{model} {rest}" if model else rest
