"""
A soak: mixed traffic with garbage against the real shop for a long time, memory and events counted.

``python -m benchmarks.soak --minutes 30``: memory is sampled every ten seconds, and must grow by at
most 1 MB in ten minutes after the first five; every acknowledged event must be accounted for; no
secret of the first and the last round may be in any file. It ends non-zero otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from examples.shop import demo, report
from examples.shop.replay import Replay
from examples.shop.traffic import record

SAMPLE_SECONDS = 10
WARM_SECONDS = 300
TOLERANCE_MB = 1.0
WINDOW_SECONDS = 600
HOSTILE = ("X-Forwarded-For", "Forwarded", "Cookie", "User-Agent", "Referer", "Sec-GPC", "DNT",
           "Accept-Language", "Sec-CH-UA", "Host", "Content-Type", "Origin")  # fmt: skip


def resident_mb(pid: int) -> float:
    """Return the resident memory of process *pid*."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def garbage(port: int, dice: random.Random) -> None:
    """Send one request whose headers are noise; whatever the server answers is fine."""
    lines = [b"GET /?%b HTTP/1.1" % dice.randbytes(20).hex().encode()]
    for name in dice.sample(HOSTILE, 5):
        noise = bytes(b for b in dice.randbytes(dice.randrange(1, 400)) if b not in b"\r\n\0")
        lines.append(name.encode() + b": " + noise)
    lines += [b"Host: shop.example", b"Connection: close", b"", b""]
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(b"\r\n".join(lines))
        try:
            while connection.recv(65536):
                pass
        except OSError:
            return


class Sampler:
    """Samples the memory of a process until told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._began = time.monotonic()
        self._done = threading.Event()
        self.samples: list[tuple[float, float]] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self.samples.append((time.monotonic() - self._began, resident_mb(self._pid)))

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def growth(self) -> float:
        """Return the fitted growth in MB per ten minutes after the warm-up; 0 for short runs."""
        late = [(at, mb) for at, mb in self.samples if at >= WARM_SECONDS]
        if len(late) < 6:
            return 0.0
        mean_at = sum(at for at, _ in late) / len(late)
        mean_mb = sum(mb for _, mb in late) / len(late)
        slope = sum((at - mean_at) * (mb - mean_mb) for at, mb in late) / sum(
            (at - mean_at) ** 2 for at, _ in late
        )
        return slope * WINDOW_SECONDS


def play(origin: str, port: int, minutes: float, per_second: float) -> tuple[Replay, set[str]]:
    """Play rounds of traffic for *minutes*, one request in a hundred garbage."""
    replay, secrets, dice = Replay(origin), set(), random.Random(1)
    end = time.monotonic() + minutes * 60
    number = 0
    while time.monotonic() < end:
        began = time.monotonic()
        traffic = record(demo.address_of, origin, seed=number)
        replay.forget()
        replay.play(traffic.requests)
        for _ in range(len(traffic.requests) // 100):
            garbage(port, dice)
        if number == 0:
            secrets |= traffic.secrets
        last = traffic.secrets
        number += 1
        pause = len(traffic.requests) / per_second - (time.monotonic() - began)
        time.sleep(max(0.0, min(pause, end - time.monotonic())))
    return replay, secrets | last


def found(secrets: set[str], folder: Path) -> list[str]:
    """Return the files in *folder* that hold one of *secrets*."""
    with tempfile.NamedTemporaryFile("w", suffix=".secrets") as file:
        file.write("\n".join(sorted(secrets)))
        file.flush()
        said = subprocess.run(
            ["grep", "-ralF", "-f", file.name, "--exclude=*.mmdb", str(folder)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    return said.stdout.splitlines()


def main() -> int:
    """Run the soak; return the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--per-second", type=float, default=150)
    arguments = parser.parse_args()
    os.environ["MALLOC_ARENA_MAX"] = "2"  # as docs/how-to/run.md advises
    with tempfile.TemporaryDirectory(prefix="privacykit-soak-") as name:
        folder = Path(name) / "shop"
        config = demo.prepare(folder)
        port = demo.free_port()
        process = demo.serve(config, port, folder / "server.log")
        sampler = Sampler(process.pid)
        try:
            replay, secrets = play(
                f"http://127.0.0.1:{port}", port, arguments.minutes, arguments.per_second
            )
        finally:
            sampler.stop()
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        swept = demo.deliver_the_rest(config)
        leaks = found(secrets, folder)
        left = report.read(folder, folder / "server.log", set(), swept)
        errors = {k: n for k, n in left.counts.items() if k.startswith("error")}
        growth = sampler.growth()
        first, last = sampler.samples[0][1], sampler.samples[-1][1]
        sys.stdout.write(
            f"{sum(replay.statuses.values())} requests, answers {dict(replay.statuses)}\n"
            f"{left.counts.get('outbox_acknowledged', 0)} events acknowledged, "
            f"{left.stored} in the event store, {len(left.events)} in the archive, "
            f"{left.stopped} deliveries stopped, {left.pending} waiting, {left.lost} lost\n"
            f"errors of ours: {errors or 'none'}\n"
            f"resident memory {first:.1f} MB at first, {last:.1f} MB at last, "
            f"{growth:+.2f} MB per ten minutes after the first five\n"
            f"leaks: {leaks or 'none'}\n"
        )
    return int(bool(leaks or left.lost or errors or growth > TOLERANCE_MB))


if __name__ == "__main__":
    sys.exit(main())
