"""
The demo's traffic: about 2,000 requests of made-up visitors from many places, always the same.

Every visitor has an address, a user agent and a story. What must never come out again (addresses,
e-mail addresses, tokens, cookie values) is collected in :class:`Traffic`, to be searched for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

PLACES = (
    "DE", "FR", "ES", "IT", "GB", "CH", "US-CA", "US-CO", "US-CT", "US-TX", "US-VA", "US-MD",
    "CA-QC", "CA-ON", "BR", "IN", "ZZ",
)  # fmt: skip

BROWSERS = (
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Safari/537.36"
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/26.1 Safari/605.1.15"
    ),
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 "
        "(KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"
    ),
    (
        "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Mobile Safari/537.36"
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
    ),
)
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

REFERRERS = (
    "https://www.google.com/search?q=mugs+{email}",
    "https://duckduckgo.com/",
    "https://www.reddit.com/r/mugs/comments/abc/",
    "https://chatgpt.com/",
    "https://mail.google.com/mail/u/0/#inbox/{token}",
    "https://blog.example.org/post?session={token}",
    "",
    "",
)
CAMPAIGNS = (
    "",
    "",
    "?utm_source=newsletter&utm_medium=email&utm_campaign=autumn&email={email}",
    "?gclid={token}",
    "?utm_source=google&utm_medium=cpc&token={token}",
)
LANGUAGES = ("de-DE,de;q=0.9", "en-US,en;q=0.8", "fr-FR", "pt-BR,pt;q=0.9", "hi-IN,en;q=0.5")


@dataclass(frozen=True, slots=True)
class Request:
    """
    One request of the recording.

    Attributes:
        visitor: Who asks; cookies are kept by visitor.
        method: ``GET``, ``POST`` or ``WEBSOCKET``.
        path: Path with query.
        headers: What the visitor's browser sends, without cookies.
        body: The form, if any.
    """

    visitor: int
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""


@dataclass(slots=True)
class Traffic:
    """
    The recording.

    Attributes:
        requests: In order.
        secrets: What was sent and must be found nowhere afterwards.
    """

    requests: list[Request] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)


def record(
    address_of: Callable[[str, int], str], origin: str, *, visitors: int = 170, seed: int = 7
) -> Traffic:
    """
    Make the recording.

    Args:
        address_of: Gives the address of the n-th visitor in a place.
        origin: The shop's own origin, for same-origin forms.
        visitors: How many visitors; each makes about twelve requests.
        seed: Of the pseudo-random stories.
    """
    dice = random.Random(seed)
    traffic = Traffic()
    stories = [
        list(_story(traffic, dice, number, PLACES[number % len(PLACES)], address_of, origin))
        for number in range(visitors)
    ]
    while stories:
        story = dice.choice(stories)
        traffic.requests.append(story.pop(0))
        if not story:
            stories.remove(story)
    return traffic


def _story(
    traffic: Traffic,
    dice: random.Random,
    number: int,
    place: str,
    address_of: Callable[[str, int], str],
    origin: str,
) -> Iterator[Request]:
    email = f"visitor{number}.{dice.randrange(10**6)}@mail.example"
    token = f"tok{dice.getrandbits(96):024x}"
    address = address_of(place, number)
    traffic.secrets |= {email, quote(email), token, address}
    browser = ROBOT if number % 19 == 0 else dice.choice(BROWSERS)
    headers = [
        ("x-forwarded-for", address),
        ("user-agent", browser),
        ("accept-language", dice.choice(LANGUAGES)),
    ]
    if number % 4 == 1:
        headers.append(("sec-gpc", "1"))
    if number % 7 == 2:
        headers.append(("dnt", "1"))

    def request(path: str, method: str = "GET", body: str = "", **more: str) -> Request:
        extra = [(name.replace("_", "-"), value) for name, value in more.items()]
        filled = path.format(email=quote(email), token=token)
        return Request(number, method, filled, tuple(headers + extra), body)

    referrer = dice.choice(REFERRERS).format(email=quote(email), token=token)
    yield request("/" + dice.choice(CAMPAIGNS), **({"referer": referrer} if referrer else {}))
    choice = ("", "refuse", "grant", "grant", "withdraw")[number % 5]
    form = {"content_type": "application/x-www-form-urlencoded", "origin": origin}
    same = form | {"sec_fetch_site": "same-origin"}
    if choice == "refuse":
        yield request("/privacy/opt-out", "POST", "", **form)
    elif choice:
        yield request("/privacy/choice", "POST", "action=allow&gpc_notice=1", **same)
    for sku in dice.sample(("mug", "lamp", "chair", "clock"), 3):
        yield request(f"/product/{sku}")
    yield request("/search?q={email}&token={token}")
    yield request("/cart", "POST", "sku=mug", content_type="application/x-www-form-urlencoded")
    yield request("/checkout")
    if choice == "withdraw":
        yield request("/privacy/withdraw", "POST", "", **same)
        yield request("/")
    yield request(f"/account/{quote(email)}/reset/{token}")
    yield request("/api/stock")
    yield request(dice.choice(("/stream", "/", "/missing/{token}")))
    if number % 8 == 3:
        yield request("/broken", connection="close")
    if number % 6 == 0:
        yield request("/live?token={token}", "WEBSOCKET")
    yield request("/privacy/status.json")
