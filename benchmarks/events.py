"""Line 17: what one event of its own costs an application, beside clients given the same one."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import posthog
import rudderstack.analytics
import segment.analytics

from benchmarks.apps import CONFIG
from benchmarks.measure import Case, Row, best
from benchmarks.scopes import scopes
from privacykit.app import engine_of
from privacykit.collect.events.event import RANDOM_BYTES_PER_EVENT, Finisher, Item
from privacykit.collect.privacy import Privacy
from privacykit.delivery.writer import Outbox
from privacykit.testing.layout import lay_out
from privacykit.web.edge import admit

NAME = "signup"
BATCH = 512
PLANS = ("free", "pro", "team", "enterprise")


class _Undelivered(Outbox):
    """The outbox whose writer never comes: what waits is thrown away a batch at a time."""

    def _rouse(self) -> None:
        self._asleep = False
        self._waiting.clear()


def _props(count: int) -> list[dict[str, Any]]:
    dice = random.Random(17)
    return [
        {"plan": dice.choice(PLANS), "seats": dice.randrange(1, 99), "trial": dice.random() < 0.5}
        for _ in range(count)
    ]


def _visits() -> list[Privacy]:
    """Return decided requests whose place lets analytics happen."""
    engine = engine_of(lay_out(Path(tempfile.mkdtemp(prefix="privacykit-bench-")), CONFIG))
    engine.start()
    runtime = engine.runtime
    outbox = _Undelivered(
        None, finish=Finisher(), random=random.randbytes, clock=runtime.clock,
        counters=runtime.counters, batch=BATCH,
    )  # fmt: skip
    runtime.accept = outbox.put
    decided = [
        admit(scope["headers"], scope["client"][0], b"", engine)[0] for scope in scopes(1000)
    ]
    return [privacy for privacy in decided if privacy.emit(NAME)]


def _told(visit: Privacy, props: dict[str, Any]) -> dict[str, Any]:
    """Return what our event of *visit* tells, for the others to be given the same."""
    emitted: list[Item] = []
    visit.services.accept, kept = emitted.append, visit.services.accept
    visit.emit(NAME, props=props)
    visit.services.accept = kept
    body = msgspec.json.decode(Finisher()(emitted, bytes(RANDOM_BYTES_PER_EVENT))[0].body)
    return {key: value for key, value in body["data"].items() if key not in {"name", "visitor"}}


def _ours(visits: list[Privacy], props: list[dict[str, Any]]) -> Case:
    def run(n: int) -> None:
        for i in range(n):
            if not visits[i % len(visits)].emit(NAME, props=props[i % len(props)]):
                raise RuntimeError("an event was refused")

    return run


def _theirs(send: Callable[[str, dict[str, Any]], object], told: list[dict[str, Any]]) -> Case:
    users = [f"{random.Random(i).getrandbits(128):032x}" for i in range(1000)]

    def run(n: int) -> None:
        for i in range(n):
            send(users[i % len(users)], told[i % len(told)])

    return run


def cases() -> dict[str, Case]:
    """
    Return the same events, emitted by us and by each of the others.

    The others are told not to send: they do all but the last step, which puts it into a queue.
    """
    visits, props = _visits(), _props(500)
    told = [_told(visits[i], given) for i, given in enumerate(props)]
    segment_ = segment.analytics.Client("key", send=False)
    rudder = rudderstack.analytics.Client("key", send=False)
    hog = posthog.Posthog("phc_key", host="http://127.0.0.1:9", send=False)
    return {
        "ours": _ours(visits, props),
        "segment": _theirs(lambda user, data: segment_.track(user, NAME, data), told),
        "rudder": _theirs(lambda user, data: rudder.track(user, NAME, data), told),
        "posthog": _theirs(
            lambda user, data: hog.capture(NAME, distinct_id=user, properties=data), told
        ),
    }


def run(rounds: int) -> list[Row]:
    """Measure and return the rows."""
    took = best(cases(), rounds=rounds)
    return [
        Row.of(f"events.{name}", f"emit one event: {client} ÷ ours", took[name] / took["ours"])
        for name, client in (
            ("segment", "segment-analytics-python"),
            ("rudder", "rudder-sdk-python"),
            ("posthog", "posthog"),
        )
    ]
