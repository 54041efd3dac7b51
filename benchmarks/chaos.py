"""
Chaos, the long form: workers and servers killed until 100,000 events are acknowledged, ten rounds.

The servers are PostgreSQL under the outbox, and NATS, RabbitMQ, Redis and an HTTP endpoint as
sinks. It is the test of the suite, run longer: none lost, none twice where ids are known, none
sent after its consent was withdrawn. Each round prints what died and what became of the events.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

TEST = "tests/crash/test_kill_servers.py"


def main() -> None:
    """Run the rounds; ends with 1 at the first that loses, doubles or leaks an event."""
    parser = argparse.ArgumentParser(description="Kill workers and servers under load.")
    parser.add_argument("--events", type=int, default=100_000, help="of a server in a round")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--only", default="", help="as pytest's -k: nats, redis, http, database …")
    wanted = parser.parse_args()
    environment = os.environ | {"CHAOS_EVENTS": str(wanted.events)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", TEST, "-k", wanted.only]
    for number in range(1, wanted.rounds + 1):
        began = time.monotonic()
        done = subprocess.run(command, env=environment, check=False)
        print(f"round {number}: {time.monotonic() - began:,.0f} s", flush=True)
        if done.returncode:
            sys.exit(1)


if __name__ == "__main__":
    main()
