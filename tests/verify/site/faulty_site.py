"""A wrapped shop, and faults that somebody in front of it or inside it may have brought about."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from privacykit import PrivacyMiddleware
from privacykit.testing.layout import CONFIG, lay_out
from tests.browsers import served

CONFIG_OF_SHOP = (
    CONFIG.replace('"127.0.0.1", "localhost"', '"127.0.0.1"')
    .replace(
        'visitor = "none"\n',
        'visitor = "none"\nproperties = { cookie_lifetime_months = 6 }\n',
        1,
    )
    .replace('session = "necessary"', 'session = "necessary"\nlang = "necessary"')
)


class FaultyShop:
    """
    The shop, as a site that others see.

    Attributes:
        fault: What is wrong with it at present; empty for nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.config = str(lay_out(folder, CONFIG_OF_SHOP))
        self.fault = ""
        routes = [Route("/", self.page), Route("/offers", self.page)]
        self.app = self.front(PrivacyMiddleware(Starlette(routes=routes), self.config))

    async def page(self, request):
        """A page: with a session, a language, and advertising where that is allowed."""
        privacy = request.state.privacy
        ads = privacy.allows("ads")
        extra = {
            "third party": '<img src="http://pictures.example/x.png">',
            "in the browser": '<script>document.cookie="by_script=1"</script>',
        }.get(self.fault, "")
        body = '<a href="/offers">offers</a>' + ("<p>advertisement</p>" if ads else "") + extra
        answer = HTMLResponse(body)
        answer.set_cookie("session", "v4lue")
        life = 700 if self.fault == "long life" else 100
        answer.set_cookie("lang", "de", max_age=life * 86_400)
        if self.fault == "no purpose":
            answer.set_cookie("tracker", "v4lue")
        if self.fault == "none without secure":
            answer.headers.append("set-cookie", "lang=de; Max-Age=99; SameSite=None")
        if ads:
            answer.set_cookie("_ga", "v4lue", max_age=1000)
        return answer

    def front(self, app):
        """Stand in front of the site, as a proxy does, and do what the fault says."""

        async def fronted(scope, receive, send):
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            path, headers = scope["path"], list(scope["headers"])
            lost = {"gpc lost": b"sec-gpc", "refusal lost": b"cookie"}.get(self.fault)
            taken = {"no gpc file": "/.well-known/gpc.json", "no page": "/privacy/"}.get(self.fault)
            scope = {**scope, "headers": [one for one in headers if one[0] != lost]}
            if path == taken or (self.fault == "no opt-out" and path == "/privacy/opt-out"):
                scope = {**scope, "path": "/nowhere", "raw_path": b"/nowhere"}

            async def changed(message):
                if message["type"] == "http.response.start":
                    message = {**message, "headers": self.answered(path, message["headers"])}
                if message["type"] == "http.response.body" and path == "/privacy/":
                    message = {**message, "body": self.shown(message.get("body", b""))}
                await send(message)

            await app(scope, receive, changed)

        return fronted

    def answered(self, path, headers):
        """Return the headers of an answer, after the fault."""
        kept = list(headers)
        if self.fault == "cached" and not path.startswith("/privacy"):
            drop = (b"cache-control", b"vary")
            kept = [one for one in kept if one[0].lower() not in drop]
            kept.append((b"cache-control", b"public, max-age=600"))
        if self.fault == "set in front" and not path.startswith("/privacy"):
            kept.append((b"set-cookie", b"_ga=v4lue; Max-Age=1000"))
        if path == "/privacy/":
            kept = [one for one in kept if one[0].lower() != b"content-length"]
            if self.fault == "in the browser":
                kept = [one for one in kept if one[0].lower() != b"content-security-policy"]
        return kept

    def shown(self, body):
        """Return our page, after the fault."""
        button = b'<button name="action" value="refuse">'
        if self.fault == "no refusal":
            start = body.find(button)
            end = body.find(b"</button>", start) + len(b"</button>")
            return body if start < 0 else body[:start] + body[end:]
        if self.fault == "odd refusal":
            return body.replace(button, button.replace(b"<button", b'<button class="link"'))
        if self.fault == "in the browser":
            return body.replace(
                button, button.replace(b"<button", b'<button style="font-size:9px"')
            )
        return body


@contextmanager
def shop_served(folder: Path):
    """Serve the shop by a real server; give it and its address."""
    shop = FaultyShop(folder)
    with served(shop.app) as url:
        yield shop, url
