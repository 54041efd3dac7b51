"""
The main job, run for real: serve the shop wrapped, play traffic, show and search what came out.

``python -m examples.shop.demo`` ends by itself, non-zero if anything leaked or was lost;
``--serve`` keeps the shop running instead.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from examples.shop import report, rights
from examples.shop.replay import Replay
from examples.shop.traffic import record
from privacykit.geo import synthetic

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
STARTUP_SECONDS = 20
STEPS = "/,/product/*,/checkout"
"""The way through the shop, by its route templates."""


def prepare(folder: Path) -> Path:
    """Lay out an empty *folder* as an operator would: configuration, keys, geo database."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "archive").mkdir(parents=True)
    config = folder / "privacykit.toml"
    shutil.copy(HERE / "privacykit.toml", config)
    (folder / "places.mmdb").write_bytes(synthetic.build())
    _privacykit("keys", "init", "--config", str(config))
    _privacykit("check", "--config", str(config))
    return config


def _privacykit(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "privacykit", *words], check=True, cwd=ROOT)


def deliver_the_rest(config: Path) -> int:
    """Deliver what still waited when the server stopped; return how many were stopped instead."""
    words = ["worker", "--once", "--json", "--config", str(config)]
    said = subprocess.run(
        [sys.executable, "-m", "privacykit", *words], check=True, cwd=ROOT, capture_output=True
    )
    told = json.loads(said.stdout)
    return int(told["swept"]["stopped"]) + sum(int(sink["stopped"]) for sink in told["sinks"])


def reported(config: Path) -> str:
    """Return how the visitors got through the shop, and leave a page of it beside the events."""
    page = config.parent / "report.html"
    words = ["report", "funnel", "--steps", STEPS, "--config", str(config)]
    _privacykit(*words, "--html", str(page))
    said = subprocess.run(
        [sys.executable, "-m", "privacykit", *words], check=True, cwd=ROOT, capture_output=True
    )
    return said.stdout.decode()


def address_of(place: str, visitor: int) -> str:
    """Return the address of a visitor in *place*; nobody's place is unknown."""
    if place == "ZZ":
        return f"198.51.100.{visitor % 254 + 1}"  # documentation, RFC 5737: nobody's place
    return synthetic.address_of(place, visitor + 1, ipv6=visitor % 3 == 0)


def serve(config: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    """Start ``privacykit run`` with the shop; its output goes to *log*."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "privacykit", "run", "examples.shop.app:app",
                "--config", str(config), "--port", str(port),
            ],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.1)
    process.kill()
    sys.exit(f"the shop did not start; it said:\n{log.read_text(errors='replace')}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", action="store_true", help="keep the shop running")
    parser.add_argument("--folder", type=Path, default=ROOT / ".demo")
    arguments = parser.parse_args()
    config = prepare(arguments.folder)
    if arguments.serve:
        sys.stdout.write("the shop is on http://127.0.0.1:8000, ctrl-c ends it\n")
        words = ["run", "examples.shop.app:app", "--config", str(config), "--port", "8000"]
        return subprocess.call([sys.executable, "-m", "privacykit", *words], cwd=ROOT)
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    traffic = record(address_of, origin)
    log = arguments.folder / "server.log"
    process = serve(config, port, log)
    replay = Replay(origin)
    began = time.monotonic()
    try:
        replay.play(traffic.requests)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    seconds = time.monotonic() - began
    swept = deliver_the_rest(config)
    rights.prepare(arguments.folder)
    asked = rights.exercise(config)
    told = reported(config)
    found = report.read(arguments.folder, log, traffic.secrets | replay.cookies, swept)
    sys.stdout.write(report.render(traffic, replay, found, asked, seconds))
    sys.stdout.write(f"\n{told}")
    failed = found.leaks or found.lost or replay.statuses["failed"] or asked.wrong
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
