"""The salt store that a URL names. Imports a kind when it is used."""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.stores.salts.rules import DurableSaltStore

NOT_SQL = ("memory:", "redis:", "rediss:", "unix:")
"""How URLs begin of salt stores that are no SQL database."""


def open_salts(url: str, *, workers: int = 1) -> DurableSaltStore:
    """
    Return the salt store at *url*; nothing is connected to yet.

    Args:
        url: ``sqlite:///…``, ``postgresql+psycopg://…``, ``mysql+pymysql://…``, ``redis://…``,
            ``rediss://…``, ``unix://…`` (Redis) or ``memory://``.
        workers: How many processes serve the sites, see `workers_of`; for ``memory://`` only.

    Raises:
        ConfigurationError:
            If *url* names no store we know, or ``memory://`` is to serve several processes.
        MissingExtraError:
            If the driver is not installed.
    """
    scheme = url.partition("://")[0]
    if scheme == "memory":
        from privacykit.stores.salts.memory import MemorySaltStore

        return MemorySaltStore(workers=workers)
    if scheme in {"redis", "rediss", "unix"}:
        from privacykit.stores.salts.redis import RedisSaltStore

        return RedisSaltStore(url)
    from privacykit.stores.salts.sql import SqlSaltStore

    return SqlSaltStore(url)


def workers_of(environ: Mapping[str, str]) -> int:
    """
    Return how many server processes *environ* announces; 1 when it says nothing readable.

    Read are ``WEB_CONCURRENCY`` (uvicorn, gunicorn, hypercorn) and ``GRANIAN_WORKERS``.
    """
    told = [environ.get(name, "") for name in ("WEB_CONCURRENCY", "GRANIAN_WORKERS")]
    return max((int(number) for number in told if number.isdecimal()), default=1)
