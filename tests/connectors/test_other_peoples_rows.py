"""What a generated schema once showed: rows and links that are somebody else's too."""

import pytest
from sqlalchemy import create_engine

from privacykit.connectors.sql import SqlConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

PEOPLE = """
[datasets.app]
url = "sqlite://"
max_proportion = 1.0
[collections.app.people]
subject = true
[collections.app.people.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email" }
"""
OWNED = '{ category = "user.unique_id", relation = "owned_by" }'


@pytest.fixture
def erase(tmp_path):
    """Create tables, erase person 1, return what is left of one table."""
    engine = create_engine(f"sqlite:///{tmp_path}/app.db")

    def erase(statements, collections, table):
        with engine.begin() as connection:
            connection.exec_driver_sql("create table people (id integer primary key, email text)")
            connection.exec_driver_sql("insert into people values (1, 'me@x.example'), (2, 'b@x')")
            for statement in statements:
                connection.exec_driver_sql(statement)
        datamap = parse_datamap(PEOPLE + collections)
        connector = SqlConnector.open(datamap, "app", str(engine.url))
        means = GovernContext(
            datamap, {"app": connector}, MemoryPlans(), lambda: 1.0, lambda n: b"r" * n
        )
        who = (Identity("email", "me@x.example"),)
        plan = flow.plan_request(means, RequestType.ERASURE, who, plan_id="p", request_id="r")
        flow.approve(means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest)
        flow.execute(means, "p", plan.targets_digest)
        connector.close()
        with engine.connect() as connection:
            return [tuple(r) for r in connection.exec_driver_sql(f"select * from {table}")]

    yield erase
    engine.dispose()


def test_a_file_in_somebody_elses_folder_is_not_deleted(erase):
    """Its author lets go of it; the folder's owner keeps it."""
    left = erase(
        [
            (
                "create table folders (id integer primary key, owner integer references people,"
                " parent integer references folders)"
            ),
            (
                "create table files (id integer primary key, folder integer references folders,"
                " author integer references people)"
            ),
            "insert into folders values (1, 2, null)",
            "insert into files values (1, 1, 1)",
        ],
        f'[collections.app.folders.fields]\nid = "system"\nowner = {OWNED}\nparent = {OWNED}\n'
        f'[collections.app.files.fields]\nid = "system"\nfolder = {OWNED}\nauthor = {OWNED}\n',
        "files",
    )
    assert left == [(1, 1, None)]


def test_a_letter_of_a_joint_account_keeps_its_account(erase):
    """Cutting it loose from one owner would take it from the other."""
    left = erase(
        [
            (
                "create table accounts (id integer primary key, a integer references people,"
                " b integer references people)"
            ),
            "create table letters (id integer primary key, account integer references accounts)",
            "insert into accounts values (1, 1, 2)",
            "insert into letters values (1, 1)",
        ],
        f'[collections.app.accounts.fields]\nid = "system"\na = {OWNED}\nb = {OWNED}\n'
        f'[collections.app.letters.fields]\nid = "system"\naccount = {OWNED}\n',
        "letters",
    )
    assert left == [(1, 1)]


def test_a_page_of_a_section_that_is_in_somebody_elses_book_stays(erase):
    """The section is the person's and the book's owner's: so is what lies in it."""
    left = erase(
        [
            (
                "create table sections (id integer primary key, author integer references people,"
                " holds integer references sections)"
            ),
            (
                "create table pages (id integer primary key, body text,"
                " section integer references sections)"
            ),
            "insert into sections values (1, 1, null), (2, 2, 1)",
            "insert into pages values (1, 'text', 1)",
        ],
        f'[collections.app.sections.fields]\nid = "system"\nauthor = {OWNED}\n'
        'holds = { category = "system", relation = "owns" }\n'
        '[collections.app.pages.fields]\nid = "system"\nbody = "user.content"\n'
        f"section = {OWNED}\n",
        "pages",
    )
    assert left == [(1, "text", 1)]


def test_what_must_stay_lets_go_of_what_it_lies_in(erase):
    """A folder that holds a shared one stays; the one around it goes."""
    left = erase(
        [
            (
                "create table folders (id integer primary key, a integer not null references people,"
                " b integer not null references people, inside integer references folders)"
            ),
            "insert into folders values (1, 1, 1, null), (2, 1, 1, 1), (3, 2, 1, 2)",
        ],
        f'[collections.app.folders.fields]\nid = "system"\na = {OWNED}\nb = {OWNED}\n'
        f"inside = {OWNED}\n",
        "folders",
    )
    assert left == [(2, 1, 1, None), (3, 2, 1, 2)]


TICKETS = (
    "create table agents (id integer primary key, email text)",
    (
        "create table tickets (id integer primary key, email text, body text,"
        " agent_id integer references agents)"
    ),
    "insert into agents values (7, 'agent@x.example')",
    "insert into tickets values (1, 'me@x.example', 'help', 7), (2, 'b@x', 'hi', 7)",
)
AGENTS = (
    "[collections.app.agents]\nsubject = true\n[collections.app.agents.fields]\n"
    'id = "user.unique_id"\nemail = { category = "user.contact.email", identity = "email" }\n'
)


@pytest.mark.parametrize(
    ("subject", "left"),
    [("", (1, None, "help", 7)), ("subject = true\n", (1, None, None, 7))],
    ids=["names-the-person", "is-the-person"],
)
def test_a_ticket_of_an_agent_forgets_who_wrote_it(erase, subject, left):
    """From the person's side: their address goes, or all that speaks of them; the agent keeps it."""
    rows = erase(
        TICKETS,
        AGENTS
        + f"[collections.app.tickets]\n{subject}[collections.app.tickets.fields]\n"
        + 'id = "system"\nemail = { category = "user.contact.email", identity = "email" }\n'
        + f'body = "user.content"\nagent_id = {OWNED}\n',
        "tickets",
    )
    assert rows == [left, (2, "b@x", "hi", 7)]
