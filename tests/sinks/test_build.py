"""Sinks from configuration."""

import ssl

import pytest

from privacykit import sinks
from privacykit.errors import ConfigurationError
from privacykit.sinks import SinkConfig, build, kinds
from privacykit.sinks.http.sink import HTTPSink
from privacykit.sinks.jsonl import JSONLinesSink
from privacykit.sinks.memory import MemorySink
from privacykit.sinks.sql import SQLSink
from privacykit.testing.samples import NOW

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def config(kind, **more):
    """Return a configuration of *kind*."""
    return SinkConfig("mine", kind, lambda: NOW, **more)


@pytest.mark.parametrize(
    ("kind", "more", "made"),
    [
        ("memory", {}, MemorySink),
        ("jsonl", {"options": {"folder": "."}}, JSONLinesSink),
        ("sql", {"url": "sqlite:///events.db", "options": {"record": True}}, SQLSink),
        ("http", {"url": "https://x.example/in", "key": lambda: KEY}, HTTPSink),
        ("http", {"url": "http://127.0.0.1:8000/", "options": {"batch": 5}}, HTTPSink),
    ],
)
def test_builds_every_kind(kind, more, made):
    """Each kind of ours is made from its table."""
    sink = build(config(kind, **more))
    assert (type(sink), sink.name) == (made, "mine")


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("matomoo", {}, "PK160"),
        ("memory", {"url": "https://x.example"}, "PK161"),
        ("jsonl", {"options": {"folder": ".", "colour": 1}}, "PK161"),
        ("http", {"url": "https://x.example", "options": {"batch": "s3cret"}}, "PK162"),
        ("jsonl", {}, "PK162"),
        ("http", {}, "PK163"),
        ("sql", {}, "PK163"),
        ("http", {"url": "http://x.example"}, "PK164"),
        ("http", {"url": "https://me:s3cret@x.example"}, "PK164"),
        ("http", {"url": "https://[x"}, "PK164"),
        ("http", {"url": "https://x.example", "key": lambda: "s3cret"}, "PK165"),
        ("http", {"url": "https://x.example", "key": lambda: None}, "PK165"),
        ("http", {"url": "https://x.example", "token": lambda: "s3cret\ndef"}, "PK165"),
        ("nats", {"url": "tls://x.example", "token": lambda: "s3cret✓"}, "PK165"),
        ("http", {"url": "https://x.example", "options": {"ca_file": "s3cret"}}, "PK169"),
        ("jsonl", {"options": {"folder": "s3cret"}}, "PK171"),
    ],
)
def test_says_what_is_wrong(kind, more, code):
    """Each mistake has an id, the key, and no value."""
    with pytest.raises(ConfigurationError) as caught:
        build(config(kind, **more))
    (problem,) = caught.value.problems
    assert (problem.id, problem.key.startswith("sinks.")) == (code, True)
    assert "s3cret" not in str(problem)


def test_believes_the_certificates_it_is_given():
    """An endpoint inside a company may have a certificate of its own authority."""
    bundle = ssl.get_default_verify_paths().cafile
    made = build(config("http", url="https://x.example", options={"ca_file": bundle}))
    assert isinstance(made, HTTPSink)


def test_finds_kinds_of_other_packages(monkeypatch):
    """An entry point in our group is a kind like ours."""

    class Found:
        def load(self):
            return lambda config: MemorySink(f"other-{config.name}")

    class Points(list):
        names = ("other",)

    monkeypatch.setattr(sinks, "entry_points", lambda **_: Points([Found()]))
    assert (build(config("other")).name, "other" in kinds()) == ("other-mine", True)
