"""
Settings for Django's own suites: every request that a handler answers goes through our middleware.

``PRIVACYKIT_AROUND`` is the path of the configuration; where it is empty nothing is wrapped.
"""

from __future__ import annotations

import atexit
import os

from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response

CONFIG = os.environ.get("PRIVACYKIT_AROUND", "")
DATABASES = {
    name: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    for name in ("default", "other")
}
SECRET_KEY = "of tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
PRIVACYKIT = {"CONFIG": CONFIG}

_load = BaseHandler.load_middleware


def _loaded(self, is_async=False):
    from privacykit.django.engine import project_engine
    from privacykit.django.middleware import PrivacyDjangoMiddleware

    project_engine().start()  # nothing is to go on bare, however busy the machine is
    _load(self, is_async)
    ours = PrivacyDjangoMiddleware(self._middleware_chain)
    self._middleware_chain = convert_exception_to_response(ours)


def _told():
    from privacykit.django.engine import project_engine

    engine = project_engine()
    engine.stop(5)
    print(f"\nprivacykit around: {sum(engine.counts().values())} counted, "
          f"{engine.runtime.counters.of('error')} errors")  # fmt: skip


if CONFIG:
    BaseHandler.load_middleware = _loaded
    atexit.register(_told)
