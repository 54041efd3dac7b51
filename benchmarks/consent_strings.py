"""Line 43: what a request adds with consent strings in its cookies, once they were seen."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from benchmarks.apps import CONFIG, raw, wrapped
from benchmarks.measure import Row, best
from benchmarks.scopes import scopes, sending

VECTORS = Path(__file__).parent.parent / "tests" / "vectors" / "consent"
MANAGED = CONFIG + "\n[tcf]\nvendor = 755\n\n[gpp]\n"
VISITORS = 500
LONG = 520
"""Characters that nine in ten of the published TC strings do not exceed."""


def run(rounds: int = 25) -> list[Row]:
    """Return the row."""
    cases = json.loads((VECTORS / "tcf_v2.json").read_text(encoding="utf-8"))["cases"]
    # One that is too old, so that the same events are made with it and without.
    old = [c["input"] for c in cases if c["expect"]["fields"]["created"] < "2024"]
    string = max((text for text in old if len(text) <= LONG), key=len)
    cookie = f"; euconsent-v2={string}; __gpp=DBABBg~BVoAAACA.QA; __gpp_sid=8".encode()
    loop = asyncio.new_event_loop()
    app = wrapped(raw, durable=False, config=MANAGED)
    asked = best(
        {
            "with": sending(loop, app, scopes(VISITORS, cookie=cookie)),
            "without": sending(loop, app, scopes(VISITORS)),
            "raw": sending(loop, raw, scopes(VISITORS)),
        },
        rounds=rounds,
    )
    loop.close()
    return [
        Row.of(
            "consent_strings.seen",
            "what a request adds with a TC string of 520 characters and a GPP string, seen before ÷ without",
            (asked["with"] - asked["raw"]) / (asked["without"] - asked["raw"]),
        )
    ]
