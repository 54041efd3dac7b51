"""
Visits by HTTP, as a browser that runs no script: one page after another, with cookies of its own.

Does network I/O through a port. Laws of this file: no redirect leaves the site, a body is read to a
bound, and the values of cookies stay in the visitor, which prints nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import urlencode

import msgspec

from privacykit.errors import BackendError, InputError, MissingExtraError
from privacykit.recipients.certificates import believed
from privacykit.verify.site.cookies import SeenCookie, of_lines
from privacykit.verify.site.origin import SiteOrigin, host_in

Fields = Sequence[tuple[str, str]]
MOST_BODY = 4_000_000
"""Bytes of a page that are read."""
TIMEOUT_SECONDS = 15.0
_MOST_TURNS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    " (compatible; privacykit-verify/1; robot)"
)
"""A browser that says what it is: who is no person is counted nowhere."""
ACCEPTED = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class SiteAsk(msgspec.Struct, frozen=True):
    """
    One request of a made-up visitor.

    Attributes:
        method: ``GET`` or ``POST``.
        url: The whole address.
        headers: Names in lower case, and values.
        body: What is posted.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def __repr__(self) -> str:
        return f"<SiteAsk {self.method}>"


class SiteAnswer(msgspec.Struct, frozen=True):
    """
    One answer of the site.

    Attributes:
        url: What was asked.
        status: The status.
        headers: Names in lower case, and values.
        body: The body, to a bound.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __repr__(self) -> str:
        return f"<SiteAnswer {self.status}>"

    @property
    def is_ok(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP: success

    @property
    def is_page(self) -> bool:
        """Whether it is a page of HTML."""
        return self.is_ok and self.one("content-type").lower().startswith(
            ("text/html", "application/xhtml")
        )

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def all(self, name: str) -> list[str]:
        """Return the values of the header *name*."""
        return [value for key, value in self.headers if key == name]

    def one(self, name: str) -> str:
        """Return the values of the header *name*, joined."""
        return ", ".join(self.all(name))


Transport = Callable[[SiteAsk], SiteAnswer]
"""Carries one request to the site; raises :class:`BackendError` where no answer comes."""


@contextmanager
def over_network() -> Iterator[Transport]:
    """
    Lend what carries requests over the network.

    Raises:
        MissingExtraError: The extra ``http`` is not installed.
    """
    try:
        import httpx2
    except ImportError:
        raise MissingExtraError("http", "visiting a site") from None
    from privacykit.logs.libraries import withhold_library_logs

    withhold_library_logs()
    client = httpx2.Client(
        verify=believed(), timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
    )

    def carry(ask: SiteAsk) -> SiteAnswer:
        sent, body = list(ask.headers), ask.body or None
        try:
            with client.stream(ask.method, ask.url, headers=sent, content=body) as answer:
                read = b""
                for piece in answer.iter_bytes():
                    read += piece
                    if len(read) > MOST_BODY:
                        break
                headers = tuple((k.lower(), v) for k, v in answer.headers.multi_items())
                return SiteAnswer(ask.url, answer.status_code, headers, read[:MOST_BODY])
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise BackendError("PK333 the site does not answer") from None
        finally:
            client.cookies.clear()

    with client:
        yield carry


class SiteVisitor:
    """
    A made-up visitor of one site.

    Args:
        site: The site.
        transport: Carries what is asked.
        clock: Unix seconds.
        headers: What is sent with everything, names in lower case.
        cookies: What the browser has at first: name and value.

    Attributes:
        seen: Every cookie that an answer set, with the path of its page.
    """

    def __init__(
        self,
        site: SiteOrigin,
        transport: Transport,
        clock: Callable[[], float],
        headers: Mapping[str, str],
        cookies: Mapping[str, str] | None = None,
    ) -> None:
        self._site = site
        self._transport = transport
        self._clock = clock
        self._headers = {"user-agent": BROWSER, "accept": ACCEPTED, **headers}
        self._cookies = dict(cookies or {})
        self.seen: list[tuple[str, SeenCookie]] = []

    def __repr__(self) -> str:
        return "<SiteVisitor>"

    @property
    def sent(self) -> dict[str, str]:
        """The headers of the next request: they hold cookies, and are not for printing."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {**self._headers, **({"cookie": cookie} if cookie else {})}

    def cookie(self, name: str) -> str:
        """Return the value of the browser's cookie *name*, empty where it has none."""
        return self._cookies.get(name, "")

    def put(self, name: str, value: str) -> None:
        """Let the browser have *value* in its cookie *name*; an empty one takes it away."""
        if value:
            self._cookies[name] = value
        else:
            self._cookies.pop(name, None)

    def get(self, url: str, **headers: str) -> SiteAnswer:
        """
        Ask for *url*, and follow where it leads on the site.

        Raises:
            BackendError: No answer came.
        """
        answer = self._ask("GET", url, headers)
        for _ in range(_MOST_TURNS):
            there = self._site.joined(url, answer.one("location"))
            leads = answer.status in _REDIRECTS and there and self._site.is_same(there)
            if not leads:
                break
            url = there
            answer = self._ask("GET", url, headers)
        return answer

    def post(self, url: str, form: Fields) -> SiteAnswer:
        """
        Send a form, as a page of the site's own does.

        Raises:
            BackendError: No answer came.
        """
        sent = {
            "content-type": "application/x-www-form-urlencoded",
            "origin": self._site.root,
            "sec-fetch-site": "same-origin",
        }
        return self._ask("POST", url, sent, urlencode(form).encode())

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> SiteAnswer:
        if not self._site.is_same(url):
            raise InputError("a visitor stays on the site")
        sent = {**self.sent, **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer = self._transport(SiteAsk(method, url, tuple(sent.items()), body))
        self._keep(answer)
        return answer

    def _keep(self, answer: SiteAnswer) -> None:
        lines = [value.encode("latin-1", "replace") for value in answer.all("set-cookie")]
        set_now = of_lines(lines, host_in(answer.url), self._site, self._clock())
        path = "/" + answer.url.partition("//")[2].partition("/")[2].partition("?")[0]
        self.seen += [(path, cookie) for cookie in set_now]
        kept = {cookie.name for cookie in set_now}
        for line in lines:
            pair = line.partition(b";")[0].decode("latin-1")
            name, _, value = pair.partition("=")
            if name.strip() in kept:
                self._cookies[name.strip()] = value.strip()
            else:
                self._cookies.pop(name.strip(), None)
