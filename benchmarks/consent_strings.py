"""Line 43: what consent strings cost: in the cookies of a request, and to decode and ask."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from benchmarks.apps import CONFIG, raw, wrapped
from benchmarks.measure import Row, best
from benchmarks.scopes import scopes, sending
from privacykit.signals.gpp.string import decode_gpp
from privacykit.signals.tcf.decode import decode

VECTORS = Path(__file__).parent.parent / "tests" / "vectors" / "consent"
MANAGED = CONFIG + "\n[tcf]\nvendor = 755\n\n[gpp]\n"
VISITORS = 500
VENDOR = 755
PEER = Path(sys.prefix) / "peers" / "cmp_api_python"
"""The folder of that name in privacy-tech-lab/gpc-web-crawler; no registry has it."""
LONG = 520
"""Characters that nine in ten of the published TC strings do not exceed."""


def run(rounds: int = 25) -> list[Row]:
    """Return the rows."""
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
        ),
        _decoded([c["input"] for c in cases], rounds),
        *_gpp_decoded(rounds),
    ]


def _decoded(strings: list[str], rounds: int) -> Row:
    """Compare with the TCF decoder that Python has."""
    # Apart from what is installed, for it brings a package that is called like our tests.
    sys.path.append(str(Path(sys.prefix) / "peers"))
    from iab_tcf import decode_v2

    def ours(times: int) -> None:
        for _ in range(times):
            for text in strings:
                told = decode(text)
                _ = VENDOR in told.vendor_consents and 1 in told.purposes_consent

    def theirs(times: int) -> None:
        for _ in range(times):
            for text in strings:
                told = decode_v2(text)
                _ = told.is_vendor_allowed(VENDOR) and told.is_purpose_allowed(1)

    taken = best({"ours": ours, "theirs": theirs}, rounds=rounds)
    what = f"{len(strings)} TC strings decoded and asked for a vendor and a purpose: iab-tcf ÷ ours"
    return Row.of("consent_strings.tcf", what, taken["theirs"] / taken["ours"])


def _gpp_decoded(rounds: int) -> list[Row]:
    """Compare with the one port of the GPP library to Python, where it was laid: see PEER."""
    if not PEER.is_dir():
        return []
    sys.path.append(str(PEER))
    from cmp_api import cmpapi_test

    told = json.loads((VECTORS / "gpp_strings.json").read_text(encoding="utf-8"))["cases"]
    peer = cmpapi_test.CmpApi()
    with redirect_stdout(StringIO()):  # it prints what it cannot read
        strings = [text for case in told if cmpapi_test.decode(text := case["input"], peer)]

    def ours(times: int) -> None:
        for _ in range(times):
            for text in strings:
                list(decode_gpp(text).sections())

    def theirs(times: int) -> None:
        for _ in range(times):
            for text in strings:
                cmpapi_test.decode(text, peer)

    taken = best({"ours": ours, "theirs": theirs}, rounds=rounds)
    what = f"{len(strings)} GPP strings decoded with every section: its port to Python ÷ ours"
    return [Row.of("consent_strings.gpp", what, taken["theirs"] / taken["ours"])]
