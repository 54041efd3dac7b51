"""A shop that was right until a setting was changed: what is stored no longer fits, and is named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from privacykit.pseudonym.visitor import consented_id
from tests.verify.installation import CONFIG, MAP, Installation, found

CHANGES = {
    "fewer bits of addresses": ("[[site]]", "[ip]\nv4_bits = 16\n[[site]]", "PK300"),
    "no address at all": ("[[site]]", '[ip]\nmode = "drop"\n[[site]]', "PK300"),
    "a shorter retention": (
        '[purposes.analytics]\nuses = ["analytics_no_storage"]\nretention = "13 months"',
        '[purposes.analytics]\nuses = ["analytics_no_storage"]\nretention = "1 month"',
        "PK307",
    ),
    "no visitor ids": (
        'uses = ["analytics_no_storage"]',
        'uses = ["analytics_no_storage"]\nvisitor = "none"',
        "PK303",
    ),
    "a purpose less": (
        '[purposes.ads]\nuses = ["targeted_ads", "sale"]\nretention = "3 months"\n',
        "",
        "PK309",
    ),
    "a site under another name": ('id = "shop"', 'id = "store"', "PK309"),
    "a sink for another purpose": (
        'folder = "lines"\npurposes = ["analytics"]',
        'folder = "lines"\npurposes = ["ads"]',
        "PK310",
    ),
    "a sink of a third party": ('name = "lines"', 'name = "lines"\nrole = "third_party"', "PK310"),
    "a sink that is no more": ('name = "lines"', 'name = "rows"', "PK310"),
    "a sink in the clear": (
        "[verify]",
        '[[sinks]]\ntype = "redis"\nurl = "redis://db.example:6379"\npurposes = ["ads"]\n[verify]',
        "PK314",
    ),
    "a hook in the clear": (
        "[verify]",
        '[reports]\nhook = "http://hook.example/x"\n[verify]',
        "PK314",
    ),
    "ids for longer than a day": ('visitor = "consented"', 'visitor = "day"', "PK303"),
}
MAPPED = {
    "a column that is excluded": (
        'note = "user.content"',
        'note = {{ exclude = "what is to be packed" }}',
        "PK302",
    ),
    "a clock that is shorter": ('"30 days"', '"1 day"', "PK307"),
    "a column less": ('note = "user.content"\n', "", "PK221"),
}
TOLD_BEFORE = {"PK302"}
"""What stands in a column that the map does not name is no more permitted there."""


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory):
    """A shop in which there is something that each setting is about."""
    made = Installation(tmp_path_factory.mktemp("shop"))
    made.keep(made.row("ads"))
    made.wait(made.row(), "lines")
    consent = made.consent(given=made.now - 9 * 86_400)
    visitor = consented_id(made.context.keys.current("subject").value, consent)
    for days in (1, 4):
        at = made.now - days * 86_400
        made.keep(made.row("profile", visitor=visitor, source="consent", at=at))
    placed = datetime.fromtimestamp(made.now - 5 * 86_400, UTC)
    made.sql(
        f"insert into orders values (1, 1, '{placed:%Y-%m-%d %H:%M:%S}', 'call +49 30 901820')"
    )
    made.close()
    return made


def test_it_was_clean_before(lived_in):
    """So that what is named then is what was changed."""
    _written(lived_in, CONFIG, MAP)
    assert found(lived_in.verify()) == set()


@pytest.mark.parametrize(("before", "after", "id_"), CHANGES.values(), ids=CHANGES)
def test_a_changed_setting_is_named(lived_in, before, after, id_):
    """What is stored was right under the old one, and is not under the new one."""
    assert before in CONFIG
    _written(lived_in, CONFIG.replace(before, after, 1), MAP)
    claims = ("addresses", "visitors", "retention", "sinks", "transport")
    assert {one for one, _ in found(lived_in.verify(*claims))} == {id_}


@pytest.mark.parametrize(("before", "after", "id_"), MAPPED.values(), ids=MAPPED)
def test_a_changed_map_is_named(lived_in, before, after, id_):
    """The application's data is held against the map as it is now."""
    assert before in MAP
    _written(lived_in, CONFIG, MAP.replace(before, after, 1))
    told = {one for one, _ in found(lived_in.verify("identifiers", "retention", "datamap"))}
    assert id_ in told
    assert told <= TOLD_BEFORE | {id_}


def test_a_key_file_that_others_may_read_is_named(lived_in):
    """It cannot even be used then: what needs it is not tested, and says so."""
    _written(lived_in, CONFIG, MAP)
    keys = lived_in.folder / "privacykit.keys"
    keys.chmod(0o640)
    try:
        results = lived_in.verify("transport", "audit")
    finally:
        keys.chmod(0o600)
    assert found(results) == {("PK313", "key file: privacykit.keys")}
    assert "PK121" in results["audit"].why


def _written(shop, config, datamap):
    shop.config.write_text(config.format(own="sqlite:///own.db"))
    (shop.folder / "datamap.toml").write_text(datamap.format(app="sqlite:///app.db"))
