"""Tests of the data page's desk: what it tells is what happened."""

from __future__ import annotations

import time

import msgspec
import pytest

from privacykit.collect.ports import ConsentRecord
from privacykit.operate.context import OperatorContext
from privacykit.operate.data_desk.desk import OperatorDataDesk
from privacykit.pseudonym.visitor import consented_id
from privacykit.testing.layout import lay_out
from privacykit.testing.samples import row
from privacykit.web.data_page.ports import DataHolder

NOW = time.time()
RECORD = "A" * 22


def _event(number, visitor):
    made = row(number, expires_at=int(NOW) + 86_400)
    who = msgspec.structs.replace(made.envelope, visitor=visitor, record=RECORD, subject=None)
    return msgspec.structs.replace(made, envelope=who)


@pytest.mark.parametrize(
    ("stored", "waiting"),
    [([1, 2], [3]), ([1, 2], [1, 2]), ([1, 2], [2, 3]), ([], [1, 2, 3]), ([1], [])],
    ids=["apart", "being delivered", "some being delivered", "waiting", "delivered"],
)
def test_what_is_deleted_is_told_once(tmp_path, stored, waiting):
    """An event that is being delivered is in two places, and has a row for each of its sinks."""
    config = str(lay_out(tmp_path))
    context = OperatorContext(config)
    site = context.settings.site[0].id
    record = ConsentRecord(RECORD, site, ("profile",), "1", (), NOW - 60)
    context.consents.add(record)
    (tmp_path / "datamap.toml").write_text("")
    visitor = consented_id(context.keys.current("subject").value, RECORD)
    with context.events() as store, context.outbox() as outbox:
        store.ensure_periods(NOW, 2)
        store.add([_event(it, visitor) for it in stored], NOW)
        outbox.add([_event(it, visitor) for it in waiting], NOW)
    context.close()
    desk = OperatorDataDesk(config, lambda: NOW)
    holder = DataHolder(site, (RECORD,), None, "DE")
    assert desk.erase(holder) == len({*stored, *waiting})
    assert desk.erase(holder) == 0
