"""Places inside a JSON column."""

import pytest

from privacykit.errors import DataMapError, InputError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.path import split_field, write_path


@pytest.mark.parametrize(
    ("field", "column", "steps"),
    [
        ("email", "email", ()),
        ("profile -> $.email", "profile", ("email",)),
        ('profile -> $.list[0]."other name"', "profile", ("list", 0, "other name")),
        ("a -> $[12].b-c", "a", (12, "b-c")),
    ],
)
def test_a_place_is_read_step_by_step(field, column, steps):
    """Names and numbers lead to one place."""
    assert split_field(field) == (column, steps)


def test_steps_are_written_as_databases_take_them():
    """Names in quotes, whatever is in them."""
    assert write_path(("list", 0, "other name")) == '$."list"[0]."other name"'


@pytest.mark.parametrize("path", ["", "$", "email", "$.", "$.a.*", "$[*]", "$..a", '$."a', "$.a b"])
def test_what_leads_to_no_single_place_is_refused(path):
    """A wildcard would erase what nobody has looked at."""
    with pytest.raises(InputError, match="a place inside a column reads"):
        split_field(f"profile -> {path}")


HEAD = '[datasets.app]\nurl = "sqlite://"\n[collections.app.tags]\n'
FIELDS = '[collections.app.tags.fields]\nid = "system"\nkind = "system"\nto = "user.unique_id"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + FIELDS + '"to -> $.*" = "user.name"\n', "a place inside a column reads"),
        (
            HEAD + 'relations = [{ kind = "owned_by", columns = ["to"],'
            " where = ['kind = 1'] }]\n" + FIELDS,
            "needs references",
        ),
        (
            HEAD + 'relations = [{ kind = "owned_by", columns = ["to"],'
            ' references = ["people"] }]\n' + FIELDS,
            "one column for each",
        ),
        (
            HEAD + 'relations = [{ kind = "owned_by", columns = ["to"],'
            ' references = ["people", "id"], type = { columns = ["kind"],'
            ' references = ["types", "id", "x"], where = [\'a = 1\'] } }]\n' + FIELDS,
            "type.references reads",
        ),
    ],
    ids=["wildcard", "no target", "no column", "no type column"],
)
def test_what_cannot_be_read_is_told(text, words):
    """With the id that the reference explains."""
    with pytest.raises(DataMapError, match=words) as caught:
        parse_datamap(text)
    assert [problem.id for problem in caught.value.problems] == ["PK277"]
