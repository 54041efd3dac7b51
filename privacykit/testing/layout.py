"""A complete, small installation in a folder: configuration, keys, geo database. Writes files."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from privacykit.geo import synthetic
from privacykit.stores.keys import init_keys

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example", "testserver", "127.0.0.1", "localhost"]
timezone = "Europe/Berlin"

[events]
page = "analytics"

[client_ip]
source = "headers"
trusted_proxies = ["127.0.0.0/8"]

[geo]
database = "places.mmdb"

[purposes.necessary]
uses = ["strictly_necessary"]
visitor = "none"

[purposes.analytics]
uses = ["analytics_no_storage"]
retention = "13 months"

[purposes.profile]
uses = ["analytics_storage"]
visitor = "consented"
identified = true
otherwise = "analytics"

[purposes.ads]
uses = ["targeted_ads", "sale"]
retention = "3 months"

[cookies]
session = "necessary"
"_ga*" = "ads"

[choice]
secure = false
"""
"""A configuration in which every kind of purpose occurs; relative files lie beside it."""


def lay_out(folder: Path, config: str = CONFIG) -> Path:
    """
    Write *config*, fresh keys and the synthetic geo database into *folder*.

    Returns:
        The path of the configuration file.
    """
    path = folder / "privacykit.toml"
    path.write_text(config, encoding="utf-8")
    init_keys(folder / "privacykit.keys", datetime.now(UTC))
    (folder / "places.mmdb").write_bytes(_places())
    return path


@cache
def _places() -> bytes:
    return synthetic.build()
