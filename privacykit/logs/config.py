"""The log configurations of ``privacykit run``, for each of its servers. Pure."""

from __future__ import annotations

from typing import Any

PLAIN = {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
TO_STDERR = {
    "class": "logging.StreamHandler",
    "formatter": "plain",
    "stream": "ext://sys.stderr",
}


def own_log_config(level: str = "INFO") -> dict[str, Any]:
    """
    Return a ``dictConfig`` for our own logger, beside a server that configures its own.

    Args:
        level: ``INFO``, ``WARNING``, ``ERROR`` or ``CRITICAL``.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": PLAIN},
        "handlers": {"plain": TO_STDERR},
        "loggers": {"privacykit": {"handlers": ["plain"], "level": level, "propagate": False}},
    }


def run_log_config(level: str = "INFO") -> dict[str, Any]:
    """
    Return a ``dictConfig`` for uvicorn whose access log is weakened from the first line on.

    Access lines go to standard output, everything else to standard error. Levels below ``INFO``
    are not offered: uvicorn's debug and trace lines hold what the filter cannot know.

    Args:
        level: ``INFO``, ``WARNING``, ``ERROR`` or ``CRITICAL``.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"privacy": {"()": "privacykit.logs.AccessLogFilter"}},
        "formatters": {
            "plain": PLAIN,
            "access": {
                "()": "uvicorn.logging.AccessFormatter",
                "fmt": '%(asctime)s %(client_addr)s "%(request_line)s" %(status_code)s',
                "use_colors": False,
            },
        },
        "handlers": {
            "plain": TO_STDERR,
            "access": {
                "class": "logging.StreamHandler",
                "formatter": "access",
                "stream": "ext://sys.stdout",
            },
        },
        "loggers": {
            "uvicorn": {"handlers": ["plain"], "level": level, "propagate": False},
            "uvicorn.error": {"level": level, "filters": ["privacy"]},
            "uvicorn.access": {
                "handlers": ["access"],
                "filters": ["privacy"],
                "level": level,
                "propagate": False,
            },
            "privacykit": {"handlers": ["plain"], "level": level, "propagate": False},
        },
    }
