"""The data map is read strictly: what is unknown is an error with id, file and key."""

import pytest

from privacykit.errors import DataMapError
from privacykit.govern.datamap import Field, parse_datamap
from privacykit.govern.datamap.duration import Duration
from privacykit.govern.datamap.parse import resolve_reference
from privacykit.govern.words import Effect, ErasureStrategy, Relation

SMALL = """
[datasets.shop]
url = "sqlite:///shop.db"
[collections.shop.customers]
subject = true
[collections.shop.customers.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email" }
"""


def _problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(DataMapError) as error:
        parse_datamap(text, "map.toml")
    assert {problem.file for problem in error.value.problems} == {"map.toml"}
    return [(problem.id, problem.key) for problem in error.value.problems]


def _with_field(line: str) -> str:
    return f"{SMALL}{line}\n"


def _with_collection(lines: str) -> str:
    return SMALL.replace("subject = true\n", f"subject = true\n{lines}\n")


def test_a_bare_string_is_a_category():
    """One line a column."""
    fields = parse_datamap(SMALL).of("shop")["customers"].fields
    assert Field(category=("user.unique_id",)) == fields["id"]


def test_everything_a_map_can_say_is_read():
    """Relations, reasons, retention, recipients, effects and flags in one map."""
    datamap = parse_datamap(
        _with_collection(
            'key = "id"\npurposes = ["contract"]\nrecipients = "mailer"\n'
            'retention = { duration = "36 months", from = "id", then = "delete" }\n'
            'keep = [{ reason = "tax", from = "id", where = ["id is not null"] }]\n'
            'restriction = { column = "id" }\nobjection = { column = "id", value = 1 }\n'
            'identities = [{ type = "both", parts = { a = "id", b = "email" } }]\n'
            'relations = [{ kind = "owned_by", columns = ["id", "email"] }]'
        )
        + 'seller = { category = "user.unique_id", relation = "accessed_by", erase = "detach" }\n'
        + 'note = { category = "user.content", about = "seller", erase = "truncate", to = 3 }\n'
        + '[reasons.tax]\ncitation = "AO 147"\nduration = "10 years"\n'
        + '[recipients.mailer]\nname = "Mailer"\n[systems.web]\ndescription = "shop"\n'
    )
    customers = datamap.of("shop")["customers"]
    seen = (
        customers.retention[0].duration,
        customers.fields["seller"].relation,
        customers.fields["note"].erase,
        customers.keep[0].where[0].op,
        datamap.reasons["tax"].duration,
        datamap.datasets["shop"].effect,
        datamap.purposes("shop", "customers"),
        datamap.recipients_of("shop", "customers"),
    )
    assert seen == (
        Duration(months=36),
        Relation.ACCESSED_BY,
        ErasureStrategy.TRUNCATE,
        "is not null",
        Duration(months=120),
        Effect.LOGICAL,
        ("contract",),
        ("mailer",),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("= 3", ("PK210", ""), id="not TOML"),
        pytest.param(SMALL + "[xcollections.shop]", ("PK211", "xcollections"), id="unknown table"),
        pytest.param(
            _with_field('x = { xcategory = "user.name" }'),
            ("PK211", "collections.shop.customers.fields.x.xcategory"),
            id="unknown key",
        ),
        pytest.param(
            _with_field('x = "user.contact.state"'),
            ("PK213", "collections.shop.customers.fields.x.category.0"),
            id="a category that Fides' own demo uses and that does not exist",
        ),
        pytest.param(
            _with_collection('retention = { duration = "ages", from = "id" }'),
            ("PK212", "collections.shop.customers.retention.0.duration"),
            id="no duration",
        ),
        pytest.param(
            _with_collection('keep = { reason = "tax" }'),
            ("PK214", "collections.shop.customers.keep"),
            id="reason not defined",
        ),
        pytest.param(
            _with_collection('keep = { reason = "tax", where = ["=3"] }'),
            ("PK212", "collections.shop.customers.keep.0.where.0"),
            id="no condition",
        ),
        pytest.param(
            _with_collection('key = "nr"'),
            ("PK214", "collections.shop.customers.key"),
            id="key not mapped",
        ),
        pytest.param(
            _with_field("x = {}"),
            ("PK216", "collections.shop.customers.fields.x"),
            id="neither category nor exclude",
        ),
        pytest.param(
            _with_field('x = { category = "user.name", exclude = "because" }'),
            ("PK216", "collections.shop.customers.fields.x"),
            id="personal and excluded",
        ),
        pytest.param(
            _with_field('x = { category = "user.name", erase = "delete" }'),
            ("PK215", "collections.shop.customers.fields.x"),
            id="a field cannot be deleted",
        ),
        pytest.param(
            _with_field('x = { category = "user.name", erase = "truncate" }'),
            ("PK215", "collections.shop.customers.fields.x"),
            id="truncate to what",
        ),
        pytest.param(
            _with_field('x = { category = "user.name", erase = "generalise", to = "fog" }'),
            ("PK215", "collections.shop.customers.fields.x"),
            id="generalise to what",
        ),
        pytest.param(
            _with_field('x = { category = "user.name", erase = "detach" }'),
            ("PK215", "collections.shop.customers.fields.x"),
            id="detach without relation",
        ),
        pytest.param(
            _with_field('x = { category = "user.name", about = "id" }'),
            ("PK214", "collections.shop.customers.fields.x.about"),
            id="about a column without relation",
        ),
        pytest.param(
            _with_field('x = { category = "user.name", references = "shop.nobody.id" }'),
            ("PK214", "collections.shop.customers.fields.x.references"),
            id="reference into nothing",
        ),
        pytest.param(
            _with_field('x = { category = "user.name", keep = "tax" }'),
            ("PK214", "collections.shop.customers.fields.x.keep"),
            id="field kept for nothing",
        ),
        pytest.param(
            SMALL
            + '[datasets.crm]\nurl = "x"\n[collections.crm.notes.fields]\n'
            + 'who = { category = "user.unique_id", relation = "owned_by"'
            + ', references = "shop.customers.id" }\n',
            ("PK219", "collections.crm.notes.fields.who.references"),
            id="reference into another store without an identity",
        ),
        pytest.param(
            SMALL.replace(', identity = "email"', ""),
            ("PK217", "collections.shop.customers"),
            id="people whom nothing identifies",
        ),
        pytest.param(
            SMALL + '[collections.crm.x.fields]\nid = "user.unique_id"\n',
            ("PK214", "collections.crm"),
            id="dataset not defined",
        ),
        pytest.param(
            SMALL + '[datasets.shop.excluded]\ncustomers = "no people"\n',
            ("PK216", "datasets.shop.excluded.customers"),
            id="mapped and excluded",
        ),
        pytest.param(
            SMALL.replace("url =", 'system = "web"\nurl ='),
            ("PK214", "datasets.shop.system"),
            id="system not defined",
        ),
        pytest.param(
            SMALL.replace("url =", 'recipients = ["x"]\nurl ='),
            ("PK214", "datasets.shop.recipients"),
            id="recipient not defined",
        ),
        pytest.param(
            SMALL + '[recipients.privacykit-matomo]\nname = "x"\n',
            ("PK212", "recipients.privacykit-matomo"),
            id="recipient called as a sink is",
        ),
    ],
)
def test_each_mistake_has_an_id_a_file_and_a_key(text, expected):
    """Nothing is dropped in silence."""
    assert expected in _problems(text)


def test_all_problems_are_told_at_once():
    """Mending a map is one round, not ten."""
    text = _with_field('x = "user.nix"\ny = { xcategory = "user.name" }')
    assert len(_problems(text)) == 2


@pytest.mark.parametrize("text", ["customers.id", "shop.customers.id"])
def test_a_reference_names_a_column_here_or_elsewhere(text):
    """With or without the dataset."""
    assert resolve_reference(parse_datamap(SMALL), "shop", text) == ("shop", "customers", "id")


def test_no_message_quotes_a_value():
    """A credential written in the wrong place is not repeated on the terminal."""
    with pytest.raises(DataMapError) as error:
        parse_datamap('[datasets.shop]\nurl = 5\neffect = "hunter2"\n')
    assert "hunter2" not in str(error.value)
