"""``verify --query-log``: a statement log judged by the purposes of its roles."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from privacykit.cli.findings import Format


class LogFormat(StrEnum):
    """Who wrote a statement log."""

    POSTGRESQL = "postgresql"
    MARIADB = "mariadb"
    JSONL = "jsonl"


def judge_log(path: Path, log_format: LogFormat, config: str, how: Format) -> None:
    """Judge the log at *path*; end with 1 where a role read what is not for its purposes."""
    del path, log_format, config, how
