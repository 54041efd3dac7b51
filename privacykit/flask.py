"""
Flask: an extension in its conventions. Wraps an application as ``PrivacyWSGIMiddleware`` does.

``g.privacy`` in views, ``privacy`` and ``privacy_banner()`` in templates,
``url_for("privacykit.preferences")`` for our pages, ``flask privacykit`` for our commands. Route
templates need no extension: Flask tells them.
"""

from __future__ import annotations

import sys
from os import PathLike, fspath

from privacykit.app import PrivacyWSGIMiddleware, engine_of
from privacykit.collect.privacy import NO_PRIVACY, NoPrivacy, Privacy
from privacykit.errors import MissingExtraError
from privacykit.runtime.engine import Engine
from privacykit.settings.model import Settings
from privacykit.settings.paths import DEFAULT_FILE
from privacykit.web.banner.inline import privacy_banner
from privacykit.web.data_page.person import PersonHook
from privacykit.web.preferences.endpoints.names import NAMES
from privacykit.web.wsgi.environ import PRIVACY, read_lines, shape_of
from privacykit.web.wsgi.pages import answer_page
from privacykit.web.wsgi.response import texts_of

try:
    from click import UNPROCESSED, argument
    from flask import Blueprint, Flask, Response, current_app, g, has_request_context, request
    from markupsafe import Markup
except ModuleNotFoundError:
    raise MissingExtraError("flask", "privacykit.flask") from None

NAME = "privacykit"
"""Of the extension, of its blueprint and of its command."""
CONFIG_KEY = "PRIVACYKIT_CONFIG"
"""In Flask's configuration: the path of ``privacykit.toml``, where none is given."""


class PrivacyKit:
    """
    Wrap a Flask application: weaken addresses, honour signals, collect only what may be.

    Make it, or call :meth:`init_app`, after any other middleware was put around
    ``app.wsgi_app``: it belongs outside of ``ProxyFix``, which then finds nothing to trust.

    Args:
        app: The application; without one :meth:`init_app` takes any number of them.
        config: Path of ``privacykit.toml``, or settings already loaded; by default what
            ``app.config["PRIVACYKIT_CONFIG"]`` names.
        person: Tells our own pages who is signed in (:mod:`privacykit.web.data_page.person`).

    Raises:
        ConfigurationError: The configuration is wrong; every problem is named.
    """

    def __init__(
        self,
        app: Flask | None = None,
        config: str | PathLike[str] | Settings | Engine | None = None,
        *,
        person: PersonHook | None = None,
    ) -> None:
        self._config = config
        self._person = person
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """
        Wrap *app*; a second time it does nothing.

        Raises:
            ConfigurationError: The configuration is wrong; every problem is named.
        """
        if NAME in app.extensions:
            return
        config = self._config or fspath(app.config.get(CONFIG_KEY, DEFAULT_FILE))
        engine = engine_of(config, self._person)
        app.wsgi_app = PrivacyWSGIMiddleware(  # type: ignore[method-assign]
            app.wsgi_app, engine
        )
        app.extensions[NAME] = engine
        # Before the functions of the application and of other extensions, which may ask.
        app.before_request_funcs.setdefault(None, []).insert(0, _give)
        app.context_processor(_names)
        if engine.page_prefixes:
            app.register_blueprint(_pages(engine))
        app.cli.command(
            NAME,
            add_help_option=False,
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
            help="The commands of privacykit.",
            with_appcontext=False,
        )(argument("words", nargs=-1, type=UNPROCESSED)(_command))


def current() -> Privacy | NoPrivacy:
    """Return the decision about the present request; where there is none, that of a failure."""
    if not has_request_context():
        return NO_PRIVACY
    found: Privacy | NoPrivacy = request.environ.get(PRIVACY, NO_PRIVACY)
    return found


def _names() -> dict[str, object]:
    return {"privacy": current(), "privacy_banner": banner}


def banner(lang: str = "", *, script: bool = True, nonce: str = "") -> Markup:
    """Return the banner for the present request; see :func:`privacykit.privacy_banner`."""
    found = request.environ if has_request_context() else None
    return privacy_banner(found, lang, script=script, nonce=nonce)


def _give() -> None:
    g.privacy = current()


def _pages(engine: Engine) -> Blueprint:
    """Return the blueprint of our pages; the middleware outside answers before Flask is asked."""
    pages = Blueprint(NAME, __name__, url_prefix=engine.page_prefixes[0].rstrip("/"))
    for endpoint, (path, methods) in NAMES.items():
        pages.add_url_rule(path, endpoint, _answer, methods=list(methods))
    return pages


def _answer() -> Response:
    engine: Engine = current_app.extensions[NAME]
    lines = read_lines(request.environ, shape_of(request.environ))
    answer = answer_page(request.environ, lines, current(), engine)
    return Response(answer.body, answer.status, texts_of(answer.headers))


def _command(words: tuple[str, ...]) -> None:
    from privacykit.cli.main import main

    sys.argv = [NAME, *words]
    main()
