"""
Make `privacykit/collect/channel/sources.toml` from the lists in `tests/data/channels` and the additions here.

Run as `python tests/collect/channel/sources_from_data.py`; a test compares the two.
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

from ruamel.yaml import YAML

DATA = Path(__file__).parents[2] / "data/channels"
TARGET = Path(__file__).parents[3] / "privacykit/collect/channel/sources.toml"

LONGEST_LINE = 100
NO_ENGINES = frozenset(
    {
        *("Alexa", "ChatGPT", "Digg", "dmoz", "Facebook", "FriendFeed", "Google Blogsearch"),
        *("Google Maps", "Google News", "Google Shopping", "Google syndicated search"),
        *("Google Translations", "Mister Wong", "MySpace", "Perplexity", "Technorati", "You"),
    }
)
"""Entries that are told apart elsewhere or are no search engines."""
_PORTALS = """
cnn.com fastweb.it wow.com *.wow.com optuszoo.com.au kadaza.com start.lenovo.com startab.me
cgi2.nintendo.co.jp netlavis.azione.jp it.luna.tv msnbc.msn.com dizionario.it.msn.com
enciclopedia.it.msn.com so-net.ne.jp video.so-net.ne.jp talktalk.co.uk excite.co.jp
home.speedbit.com home.kingsoft.jp jp.hao123.com start.facemoods.com start.funmoods.com
webcache.googleusercontent.com ask.reference.com
"""
PORTALS = frozenset(_PORTALS.split())
"""Hosts that searched through somebody's engine beside much else; a visit from there is none."""

ADDITIONS = {
    "ai": """
        ChatGPT: chat.com
        Claude: claude.com
        Google Gemini: gemini.google.com bard.google.com
        Perplexity: pplx.ai
        Phind: phind.com
        Poe: poe.com
        Microsoft Copilot: copilot.microsoft.com copilot.cloud.microsoft
        """,
    "email": """
        AOL Mail: mail.aol.com
        Fastmail: app.fastmail.com
        Gmail: mail.google.com com.google.android.gm
        GMX: navigator.gmx.net bap.navigator.gmx.net
        iCloud Mail: mail.icloud.com
        Mail.ru: e.mail.ru
        Outlook: outlook.live.com outlook.office.com outlook.office365.com
        Proton Mail: mail.proton.me
        QQ Mail: mail.qq.com
        Tuta: app.tuta.com mail.tutanota.com
        WEB.DE: navigator.web.de
        Yahoo! Mail: mail.yahoo.* *.mail.yahoo.com
        Yandex Mail: mail.yandex.*
        Zoho Mail: mail.zoho.com mail.zoho.eu
        """,
    "video": """
        Dailymotion: dailymotion.com
        Disney+: disneyplus.com
        Netflix: netflix.com
        Niconico: nicovideo.jp
        Odysee: odysee.com
        PeerTube: joinpeertube.org
        Rumble: rumble.com
        Twitch: twitch.tv
        Vimeo: vimeo.com
        YouTube: youtube.com youtu.be youtube-nocookie.com com.google.android.youtube
        """,
    "social": """
        Facebook: fb.com com.facebook.katana
        Instagram: com.instagram.android
        Lemmy: lemmy.world lemmy.ml
        LinkedIn: com.linkedin.android
        Messenger: messenger.com m.me
        Nextdoor: nextdoor.com
        Product Hunt: producthunt.com
        Quora: quora.com
        Telegram: t.me telegram.org
        TikTok: com.zhiliaoapp.musically
        WhatsApp: whatsapp.com wa.me com.whatsapp
        """,
    "shopping": """
        Alibaba: alibaba.com
        AliExpress: aliexpress.*
        Allegro: allegro.pl
        Amazon: amazon.*
        bol.com: bol.com
        eBay: ebay.*
        Etsy: etsy.com
        Google Shopping: shopping.google.*
        idealo: idealo.*
        Mercado Libre: mercadolibre.com mercadolibre.* mercadolivre.com.br
        Rakuten: rakuten.com rakuten.co.jp
        Shein: shein.com
        Shopify: shopify.com shop.app
        Temu: temu.com
        Walmart: walmart.com
        Zalando: zalando.*
        """,
    "referral": """
        Linktree: linktr.ee
        Microsoft 365: officeapps.live.com office.com sharepoint.com
        Wikipedia: wikipedia.org
        """,
    "search": """
        Brave: search.brave.com
        DuckDuckGo: duckduckgo.com html.duckduckgo.com lite.duckduckgo.com
        Ecosia: ecosia.org
        Kagi: kagi.com
        Startpage: startpage.com
        """,
}
RENAMED = {"Twitter": "X (Twitter)", "Gemini": "Google Gemini", "Copilot": "Microsoft Copilot"}
ORDER = ("ai", "email", "video", "social", "shopping", "referral", "search")

HEADER = """# Hosts that channels are told by: assistants, mail, videos, social networks, shops, search.
#
# Made by `sources_from_data.py` of the tests from public-domain lists (CC0, kept with their licence
# in `tests/data/channels`) and additions of ours. A star stands for any country's domain at the end
# and for any subdomain at the beginning.
"""


def hosts_of(urls):
    """Return the hosts among *urls*, without those that need a path to be told."""
    found = {}
    for url in urls:
        host = url.removeprefix("www.").replace("{}", "*")
        inside = "*" in host.strip("*")
        if "/" not in url and not inside and host not in PORTALS and not host.endswith(".onion"):
            found[host] = None
    return found


def tables():
    """Return kind to name to hosts."""
    read = YAML(typ="safe").load
    lists = {
        "ai": read((DATA / "AIAssistants.yml").read_text(encoding="utf-8")),
        "social": read((DATA / "Socials.yml").read_text(encoding="utf-8")),
    }
    found = {kind: {} for kind in ORDER}
    for kind, entries in lists.items():
        for name, urls in entries.items():
            named = found[kind].setdefault(RENAMED.get(name, name.replace("%2B", "+")), {})
            named.update(hosts_of(urls))
    engines = read((DATA / "SearchEngines.yml").read_text(encoding="utf-8"))
    for name, definitions in engines.items():
        if name not in NO_ENGINES:
            urls = [url for definition in definitions for url in definition.get("urls", ())]
            found["search"].setdefault(str(name), {}).update(hosts_of(urls))
    for kind, text in ADDITIONS.items():
        for line in textwrap.dedent(text).strip().splitlines():
            name, _, hosts = line.partition(": ")
            found[kind].setdefault(name, {}).update(dict.fromkeys(hosts.split()))
    return without_doubles(found)


def without_doubles(found):
    """Return *found* with each host in the first kind and name that has it."""
    seen = set()
    kept = {}
    for kind in ORDER:
        kept[kind] = {}
        for name, hosts in found[kind].items():
            fresh = sorted(host for host in hosts if host not in seen)
            seen.update(fresh)
            if fresh:
                kept[kind][name] = fresh
    return kept


def document():
    """Return the text of the file."""
    parts = [HEADER]
    for kind, entries in tables().items():
        lines = [f"[{kind}]"]
        for name, hosts in sorted(entries.items(), key=lambda entry: entry[0].casefold()):
            line = f"{json.dumps(name, ensure_ascii=False)} = {json.dumps(hosts)}"
            lines.append(line.replace('", "', '",\n    "') if len(line) > LONGEST_LINE else line)
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
