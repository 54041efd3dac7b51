"""The shop of the examples, after some traffic of visitors who refuse, allow and withdraw."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from starlette.testclient import TestClient

from examples.shop import demo
from examples.shop.app import app
from examples.shop.traffic import record
from privacykit import PrivacyMiddleware
from privacykit.cli.datamap.command import examine
from privacykit.geo import synthetic
from privacykit.stores.database import engine as store_engine
from privacykit.stores.keys import init_keys
from privacykit.verify.asked import CLAIMS, Sampling, Verification
from privacykit.verify.claims import ClaimOutcome
from privacykit.verify.run import run
from tests.waiting import eventually

ORIGIN = "http://127.0.0.1"


def _prepared(folder):
    (folder / "archive").mkdir()
    config = folder / "privacykit.toml"
    shutil.copy(Path(demo.HERE) / "privacykit.toml", config)
    (folder / "places.mmdb").write_bytes(synthetic.build())
    init_keys(folder / "privacykit.keys", datetime.now(UTC))
    return config


def _played(config):
    """Serve the shop in this process, and play visitors."""
    jars = {}
    wrapped = PrivacyMiddleware(app, config=str(config))
    where = {"base_url": ORIGIN, "client": ("127.0.0.1", 1), "raise_server_exceptions": False}
    with TestClient(wrapped, **where) as client:
        for request in record(demo.address_of, ORIGIN, visitors=12).requests:
            if request.method == "WEBSOCKET":
                continue
            jar = jars.setdefault(request.visitor, {})
            cookies = "; ".join(f"{name}={value}" for name, value in jar.items())
            client.cookies.clear()
            answer = client.request(
                request.method,
                request.path,
                headers=[*request.headers, ("cookie", cookies)],
                content=request.body,
                follow_redirects=False,
            )
            jar.update(answer.cookies.items())
        archive = config.parent / "archive"
        assert eventually(lambda: any(path.stat().st_size for path in archive.iterdir()))


def test_after_some_traffic_every_claim_holds(tmp_path):
    """What our own code writes is what our own configuration says."""
    config = str(_prepared(tmp_path))
    _played(tmp_path / "privacykit.toml")
    asked = Verification(
        config, Sampling(None, lambda: 0.0), lambda: examine(config, frozenset()), time.time
    )
    try:
        results = run(asked.claims(()), asked.places(), None, lambda: 0.0)
    finally:
        asked.close()
        for database in list(store_engine._engines):
            database.dispose()
    outcomes = dict.fromkeys(CLAIMS, ClaimOutcome.HOLDS)
    outcomes |= dict.fromkeys(("datamap", "logs"), ClaimOutcome.NOT_TESTABLE)  # none is named
    assert {one.claim: (one.outcome, one.violations) for one in results} == {
        name: (outcome, ()) for name, outcome in outcomes.items()
    }
    assert next(one.looked_at for one in results if one.claim == "consent") > 50
