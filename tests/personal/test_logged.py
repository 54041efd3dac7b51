"""Objects with marked fields in logs and events."""

from __future__ import annotations

import io
import logging
from collections import deque
from dataclasses import dataclass
from typing import Annotated

import loguru
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacykit import Personal
from privacykit.collect.fragments import encode_props
from privacykit.logs import PrivacyFilter, PrivacyFormatter, PrivacyPatcher, PrivacyProcessor

SECRET = "Annabella"


@dataclass
class User:
    """Somebody."""

    name: Annotated[str, Personal("user.name")]
    plan: str = "gold"


@dataclass
class Order:
    """What holds somebody, unmarked itself."""

    user: User
    total: int = 3


@dataclass
class Broken:
    """What cannot be read."""

    user: User

    def __getattribute__(self, name):
        if name == "user":
            raise ValueError(SECRET)
        return object.__getattribute__(self, name)


USER = User(SECRET)
ORDER = Order(USER)


def _logged(handler_set_up, *said, **more):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler_set_up(handler)
    logger = logging.Logger("shop")  # noqa: LOG001 - of this test alone
    logger.addHandler(handler)
    logger.info(*said, **more)
    return stream.getvalue().strip()


def _filter(handler):
    handler.addFilter(PrivacyFilter())


def _formatter(handler):
    handler.setFormatter(PrivacyFormatter(logging.Formatter("%(message)s")))


@pytest.mark.parametrize("set_up", [_filter, _formatter])
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (("%s", USER), "User({'name': '-', 'plan': 'gold'})"),
        ((USER,), "User({'name': '-', 'plan': 'gold'})"),
        (("%r of %d", ORDER, 3), "\"Order({'user': {'name': '-', 'plan': 'gold'}, 'total': 3})\" of 3"),
        (("%(who)s", {"who": [USER]}), "[{'name': '-', 'plan': 'gold'}]"),
        (("%s %s", 1, "gold"), "1 gold"),
    ],
    ids=["argument", "message", "nested", "named", "none"],
)  # fmt: skip
def test_a_message_goes_without_marked_fields(set_up, said, shown):
    """However the object came into it; detectors would not know a name."""
    assert _logged(set_up, *said) == shown


@pytest.mark.parametrize("set_up", [_filter, _formatter])
def test_what_cannot_be_read_is_not_shown(set_up):
    """An object that raises when it is asked leaves nothing (P2)."""
    assert SECRET not in _logged(set_up, "%s", Broken(USER))


def test_structlog_goes_without_marked_fields():
    """As an event's field and below it."""
    shown = PrivacyProcessor()(None, "info", {"event": "paid", "order": ORDER})
    assert shown["order"] == {"user": {"name": "-", "plan": "gold"}, "total": 3}


def test_loguru_goes_without_marked_fields_of_what_is_named():
    """Also where a format asks for the field itself."""
    out = io.StringIO()
    logger = loguru._logger.Logger(
        core=loguru._logger.Core(), exception=None, depth=0, record=False, lazy=False, colors=False,
        raw=False, capture=True, patchers=[], extra={},
    )  # fmt: skip
    logger.configure(
        patcher=PrivacyPatcher(), handlers=[{"sink": out, "format": "{message} {extra}"}]
    )
    logger.info("{user} {user.name} {order!r}", user=USER, order=ORDER)
    assert SECRET not in out.getvalue()
    assert "gold" in out.getvalue()


def test_an_event_takes_a_models_other_fields():
    """What is marked is withheld as what stands under a sensitive name is."""
    assert encode_props(USER) == ',"props":{"plan":"gold"}'


def test_what_is_no_model_makes_no_props():
    """The caller counts it as a failure; the application goes on."""
    with pytest.raises(TypeError):
        encode_props([("plan", "gold")])


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(
    st.recursive(
        st.just(USER) | st.integers(0, 9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
            | st.builds(Order, inner, st.just(1))
            | st.tuples(inner, inner)
            | st.lists(inner, max_size=3).map(deque)
            | st.builds(ValueError, inner)
            | st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(dict.values)
        ),
        max_leaves=8,
    )
)
def test_no_nesting_shows_a_marked_field(value):
    """Wherever the object stands in what is logged."""
    assert SECRET not in _logged(_filter, "%s", value, extra={"value": value})
    assert SECRET not in str(PrivacyProcessor()(None, "info", {"value": value}))
