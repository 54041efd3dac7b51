"""Keys that hold under a condition, and fields inside documents: like columns that are there."""

import json

import pytest

from privacykit.govern import flow
from privacykit.govern.erasure.ports.connector import Context
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Identity, RequestStatus, RequestType

PEOPLE = """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email" }
"""
OWNERS = """
[collections.app.posts.fields]
id = "system"
author = { category = "user.unique_id", relation = "owned_by" }
[collections.app.photos.fields]
id = "system"
author = { category = "user.unique_id", relation = "owned_by" }
"""
COMMENTS = """
[[collections.app.comments.relations]]
kind = "owned_by"
columns = ["commentable_id"]
references = ["posts", "id"]
where = ['commentable_type = "Post"']
[[collections.app.comments.relations]]
kind = "owned_by"
columns = ["commentable_id"]
references = ["photos", "id"]
where = ['commentable_type = "Photo"']
[collections.app.comments.fields]
id = "system"
commentable_type = "system"
commentable_id = "user.unique_id"
"""
TAGS = """
[[collections.app.tags.relations]]
kind = "owned_by"
columns = ["object_id"]
references = ["posts", "id"]
type = { columns = ["content_type_id"], references = ["django_content_type", "id"], where = ['app_label = "blog"', 'model = "post"'] }
[collections.app.tags.fields]
id = "system"
content_type_id = "system"
object_id = "user.unique_id"
"""
HEAD = """
[datasets.app]
url = "sqlite://"
max_proportion = 1.0
[datasets.app.excluded]
django_content_type = "names of models"
"""
TABLES = [
    "create table people (id integer primary key, email varchar(100) unique)",
    "create table posts (id integer primary key, author integer references people (id))",
    "create table photos (id integer primary key, author integer references people (id))",
    "insert into people values (1, 'me@x.example'), (2, 'b@x.example')",
    "insert into posts values (1, 1), (2, 2)",
    "insert into photos values (1, 2), (2, 1)",
]
COMMENTED = [
    (
        "create table comments (id integer primary key, commentable_type varchar(20),"
        " commentable_id integer)"
    ),
    (
        "insert into comments values (1, 'Post', 1), (2, 'Photo', 1), (3, 'Post', 2),"
        " (4, 'Photo', 2), (5, 'Other', 1), (6, null, 1)"
    ),
]
TAGGED = [
    "create table django_content_type (id integer, app_label varchar(20), model varchar(20))",
    "insert into django_content_type values (7, 'blog', 'post'), (8, 'shop', 'post')",
    ("create table tags (id integer primary key, content_type_id integer, object_id varchar(40))"),
    "insert into tags values (1, 7, '1'), (2, 8, '1'), (3, 7, '2'), (4, 7, 'none'), (5, 8, 'x')",
]


@pytest.mark.parametrize("written", ["post", "POST", "Post ", "P\u00f6st", "Posts"])
def test_a_type_is_compared_to_the_letter(world, sql_url, written):
    """A collation takes another class for this one: its ids are other people's."""
    rows = f"insert into comments values (1, 'Post', 1), (2, '{written}', 1)"
    made = world(sql_url, [*TABLES, COMMENTED[0], rows], PEOPLE + OWNERS + COMMENTS)
    made.erase()

    assert made.rows("comments") == [(2, written, 1)]


def test_a_row_belongs_to_what_its_type_says(world, sql_url):
    """The same number under another type is another row's."""
    made = world(sql_url, TABLES + COMMENTED, PEOPLE + OWNERS + COMMENTS)
    outcome = made.erase()
    assert outcome.status is RequestStatus.FULFILLED
    assert [row[0] for row in made.rows("comments")] == [2, 3, 5, 6]
    assert (made.rows("posts"), made.rows("photos")) == ([(2, 2)], [(1, 2)])


def test_a_type_is_looked_up_in_another_table(world, sql_url):
    """As Django keeps it, with a key that is text and points at numbers."""
    made = world(sql_url, TABLES + TAGGED, PEOPLE + OWNERS + TAGS, HEAD)
    assert made.findings("PK220", "PK224", "PK277") == []
    assert made.erase().status is RequestStatus.FULFILLED
    assert [row[0] for row in made.rows("tags")] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    "tables",
    [TAGGED[2:], ["create table django_content_type (id integer)", *TAGGED[2:]]],
    ids=["no table", "no column"],
)
def test_a_look_up_that_cannot_be_made_is_wrong(world, tmp_path, tables):
    """It ties nothing, so that the check must say it."""
    made = world(f"sqlite:///{tmp_path}/s.db", TABLES + tables, PEOPLE + OWNERS + TAGS, HEAD)
    assert made.findings("PK277") == ["PK277 app.tags.object_id"]
    assert made.erase().plan.problems == ()
    assert len(made.rows("tags")) == 5


def test_a_shared_key_under_a_condition_is_emptied(world, sql_url):
    """A note of two people loses the key to the one, and only where it is one."""
    text = """
[[collections.app.notes.relations]]
kind = "owned_by"
columns = ["about_id"]
references = ["people", "id"]
where = ['about_type = "Person"']
[collections.app.notes.fields]
id = "system"
author = { category = "user.unique_id", relation = "owned_by" }
about_type = "system"
about_id = "user.unique_id"
word = { category = "user.content", about = "about_id" }
"""
    notes = [
        (
            "create table notes (id integer primary key, author integer references people (id),"
            " about_type varchar(20), about_id integer, word varchar(20))"
        ),
        "insert into notes values (1, 2, 'Person', 1, 'a'), (2, 2, 'Post', 1, 'b')",
    ]
    made = world(sql_url, TABLES[:1] + TABLES[3:4] + notes, PEOPLE + text)
    assert made.plan().problems == ()
    made.erase(name="done")
    assert made.rows("notes") == [(1, 2, "Person", None, None), (2, 2, "Post", 1, "b")]


PROFILES = """
[collections.app.profiles]
subject = true
erase = "fields"
[collections.app.profiles.fields]
id = "system"
data = { exclude = "its places are mapped one by one" }
"data -> $.email" = { category = "user.contact.email", identity = "email", erase = "random", to = "@x.invalid" }
"data -> $.people[0].name" = { category = "user.name", erase = "mask" }
'data -> $."phone number"' = "user.contact.phone_number"
"""


def _profiles(url):
    kind = "jsonb" if url.startswith("postgresql") else "json"
    mine = {
        "email": "me@x.example",
        "people": [{"name": "Anna"}, {"name": "Bob"}],
        "phone number": "+49170123",
        "rest": [1, None],
    }
    yield f"create table profiles (id integer primary key, data {kind})"
    yield f"insert into profiles values (1, '{json.dumps(mine)}')"
    theirs = json.dumps({**mine, "email": "b@x.example"})
    yield f"insert into profiles values (2, '{theirs}'), (3, null), (4, '{{}}'), (5, '[]')"
    yield """insert into profiles values (6, '{"email": null, "people": 3}')"""


def _documents(made):
    found = {}
    for key, data in made.rows("profiles"):
        found[key] = json.loads(data) if isinstance(data, str) else data
    return found


def test_a_place_inside_a_document_is_a_field(world, sql_url):
    """Found by it, erased in it, and nothing else of the document is touched."""
    made = world(sql_url, list(_profiles(sql_url)), PROFILES)
    assert made.findings("PK220", "PK221", "PK223", "PK226") == []
    before = _documents(made)
    outcome = made.erase()
    assert (outcome.status, outcome.plan.problems) == (RequestStatus.FULFILLED, ())
    after = _documents(made)
    assert after[1].pop("email").endswith("@x.invalid")
    assert after[1] == {
        "people": [{"name": "[erased]"}, {"name": "Bob"}],
        "phone number": None,
        "rest": [1, None],
    }
    assert {k: v for k, v in after.items() if k != 1} == {k: v for k, v in before.items() if k != 1}


def test_a_place_inside_a_document_is_exported(world, sql_url):
    """Under the name that the map gives it."""
    made = world(sql_url, list(_profiles(sql_url)), PROFILES)
    who = (Identity("email", "me@x.example"),)
    context = Context(find_person(made.means, who).subject, 1.0)
    assert list(made.connector.rows("profiles", context)) == [
        {
            "id": 1,
            "data -> $.email": "me@x.example",
            "data -> $.people[0].name": "Anna",
            'data -> $."phone number"': "+49170123",
        }
    ]


def test_a_place_inside_a_document_is_corrected(world, sql_url):
    """Rectification writes where erasure does."""
    made = world(sql_url, list(_profiles(sql_url)), PROFILES)
    changes = {"app.profiles": {"data -> $.people[0].name": "Anne"}}
    who = (Identity("email", "me@x.example"),)
    plan = flow.plan_request(
        made.means,
        RequestType.RECTIFICATION,
        who,
        plan_id="fix",
        request_id="r",
        changes=changes,
    )
    flow.approve(made.means, "fix", plan.targets_digest, "op")
    flow.execute(made.means, "fix", plan.targets_digest)
    assert _documents(made)[1]["people"][0]["name"] == "Anne"


def test_a_document_erased_as_a_whole_needs_no_places(world, tmp_path):
    """Emptied is emptied."""
    text = PROFILES.replace('{ exclude = "its places are mapped one by one" }', '"user.content"')
    made = world(f"sqlite:///{tmp_path}/s.db", list(_profiles("sqlite")), text)
    made.erase()
    assert made.rows("profiles")[0] == (1, None)


def test_text_that_is_no_document_is_told_on_postgresql(world, postgres_url):
    """It has no way to ask whether a text is one, so that one bad row would stop every request."""
    made = world(
        postgres_url, ["create table profiles (id integer primary key, data text)"], PROFILES
    )
    assert made.findings("PK226") == ["PK226 app.profiles.data"]


def test_identities_inside_documents_are_listed(world, sql_url):
    """After a restore they tell who came back."""
    made = world(sql_url, list(_profiles(sql_url)), PROFILES)
    listed = {identity.value for _, identity in made.connector.iter_identities()}
    assert listed == {"me@x.example", "b@x.example"}


def test_a_condition_that_no_row_can_meet_is_told(world, tmp_path):
    """A relation that ties nothing must not pass for one that does."""
    text = COMMENTS.replace("['commentable_type =", "['commentable_id =")
    made = world(f"sqlite:///{tmp_path}/s.db", TABLES + COMMENTED, PEOPLE + OWNERS + text)
    assert made.findings("PK226") == ["PK226 app.comments.commentable_id"] * 2
    [problem] = made.plan().problems
    assert "a relation's condition asks for no value of its column (PK277)" in problem


@pytest.mark.parametrize(
    ("target", "pointer", "mine", "theirs"),
    [
        ("varchar(40)", "integer", "1", "2"),
        ("varchar(40)", "varchar(40)", "'a'", "'b'"),
        (
            "uuid",
            "varchar(40)",
            "'0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a'",
            "'no uuid'",
        ),
    ],
    ids=["number to text", "text to text", "text to uuid"],
)
def test_a_generic_key_is_compared_as_its_target(
    world, request, tmp_path, target, pointer, mine, theirs
):
    """Whatever the two columns were declared as."""
    urls = [request.getfixturevalue("postgres_url")]
    if target != "uuid":
        urls += [f"sqlite:///{tmp_path}/s.db", request.getfixturevalue("mariadb_url")]
    for url in urls:
        made = world(
            url,
            [
                TABLES[0],
                TABLES[3],
                (
                    f"create table posts (id {target} primary key,"
                    " author integer references people (id))"
                ),
                (
                    "create table comments (id integer primary key, commentable_type varchar(20),"
                    f" commentable_id {pointer})"
                ),
                f"insert into posts values ({mine if pointer != 'integer' else repr('1')}, 1)",
                f"insert into comments values (1, 'Post', {mine}), (2, 'Post', {theirs})",
            ],
            PEOPLE + POSTS,
        )
        made.erase()
        assert [row[0] for row in made.rows("comments")] == [2]


POSTS = (
    OWNERS.partition("[collections.app.photos")[0]
    + """
[[collections.app.comments.relations]]
kind = "owned_by"
columns = ["commentable_id"]
references = ["posts", "id"]
where = ['commentable_type = "Post"']
[collections.app.comments.fields]
id = "system"
commentable_type = "system"
commentable_id = "user.unique_id"
"""
)
