"""``privacykit signals decode`` as a user sees it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.cli.signals import names
from privacykit.signals.tcf.validity import Ground
from privacykit.signals.unknown import Reason
from tests.signals import bit_writer as write
from tests.signals.test_tcf import BASE

VECTORS = Path(__file__).parents[1] / "vectors" / "consent"
CORE = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"
RICH = (
    "CPfFkMAPfFkMAAAAAAENCgCAAOAAAAAAAAAAAQAAAAAEAIAAAAAAAGCgAgAgCQAQAQBoAIAIAAAA"
    ".IAGO5wAA.YAAAAAAAAAA"
)


def run(*arguments, stdin=None):
    """Return exit code, standard output and standard error of the command."""
    done = CliRunner().invoke(app, ["signals", "decode", *arguments], input=stdin)
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("string", "said"),
    [
        ("1YNN", ["US Privacy string of version 1", "no opt-out of sale"]),
        ("1YYN", ["the person opted out of sale"]),
        ("1---", ["the law does not apply"]),
        (CORE, ["TC string of version 2", "made", "older than thirteen months"]),
        (RICH, ["keep or read something on the device", "only with consent", "global scope"]),
        ("BONMj34ONMj34ABACDENALqAAAAAqACAD2AOoAAA", ["version 1", "void since 30 September 2020"]),
        (f"DBACNYA~{CORE}~1YNN", ["2 sections", "TCF for Europe", "US Privacy", "gpp_sid"]),
        ("DBABLA~BVVqAAEABCA.YA", ["United States, national", "gpc: on", "the person opted out"]),
        ("DBABBg~BVoAAACA", ["California", "not recorded, which is not off", "no opt-out"]),
        ("Sec-GPC: 1", ["gpc  yes", "opt-out of sale"]),
        ("Sec-GPC: true", ["gpc  no"]),
        ("Sec-GPC: 0", ["So: no opt-out"]),
        ("DNT: 0", ["So: no objection"]),
        ("dnt: 1", ["objection to analytics"]),
        ("DNT: 2", ["nothing", "So: no preference"]),
        ("Tk: X;abc", ["treat_as", "P"]),
        ("ADPC: withdraw=*", ["withdraw  *"]),
        ("2~1.35~dv.9", ["1, 35", "beside a TC string"]),
        ("7,8", ["7, 8", "So: of a GPP string only these sections apply: usnat, usca."]),
        ("-1", ["So: no section applies, which permits nothing"]),
    ],
)
def test_a_string_is_told_in_plain_words(string, said):
    """Without a network, a list of vendors or knowledge of bits."""
    code, out, err = run("--", string)
    assert (code, err) == (0, "")
    assert [words for words in said if words not in out] == []


@pytest.mark.parametrize(
    ("string", "said"),
    [
        ("CPXxRf", "it is cut off"),
        ("2NYY", "counts as an opt-out of sale"),
        ("2NNY", "its version is not one that is read"),
        ("DBACNYA~1YNN", "it has other parts than it says"),
        ("DBACLM~broken~BVoYYYI", "1 section could not be read; the others stand"),
        ("Tk: G", "not a tracking status"),
        ("1~99999", "bad_range"),
    ],
)
def test_what_cannot_be_read_says_nothing(string, said):
    """Why is told; the exit code says that something is wrong."""
    code, out, _ = run(string)
    assert code == 1
    assert said in " ".join(out.split())


def test_a_string_in_force_may_be_relied_upon():
    """It was made for one site, lately, and lists whom it disclosed."""
    made = int(time.time() - 86_400) * 10
    code, out, _ = run(write.tc_string({**BASE, "created": made, "last_updated": made}))
    assert code == 0
    assert "It may be relied upon today" in out


def test_a_string_of_no_known_form_is_not_guessed():
    """Not even partly."""
    assert run("hello, world") == (
        1,
        "",
        "This is no string or header that we know the form of.\n",
    )


@pytest.mark.parametrize(
    "wrapped", [f'"{CORE}"', f"'{CORE}'", f"{CORE}%2E", "%43" + CORE[1:], f"{CORE}=", f"{CORE}%"]
)
def test_a_string_is_recognised_alike_however_it_was_copied(wrapped):
    """The decoder says what is wrong with it, as it does in a batch."""
    code, out, _ = run(wrapped, "--json")
    told = json.loads(out)
    batch = json.dumps({"id": 1, "standard": "tcf", "input": wrapped})
    [answer] = map(json.loads, run("--batch", "-", stdin=batch)[1].splitlines())
    assert (code, told["standard"]) == (1, "tcf")
    assert (answer["reason"], answer["valid"]) == (told["reason"], False)


def test_quotes_and_escapes_are_said_to_be_no_part_of_it():
    """Whoever copied them sees why."""
    assert "take them off" in " ".join(run(f'"{CORE}"')[1].split())


def test_what_is_told_echoes_no_string():
    """A consent string is personal data (CJEU C-604/22)."""
    for string in (CORE, CORE[:30], f"DBACNYA~{CORE}~1YNN"):
        assert CORE[:20] not in "".join(map(str, run(string)))


def test_a_section_is_read_by_its_name():
    """The name says what its form cannot."""
    code, out, _ = run("BVoAAACA.YA", "--section", "usca")
    assert code == 0
    assert "California" in out
    assert run("BVoAAACA.YA", "--section", "usva")[0] == 1
    assert run("BVoAAACA.YA", "--section", "uszz")[0] == 1
    canada = "BPSG_8APSG_8AAyACAENGdCgf_gfgAfgfgBgABABAAABAB4AACACAAA.fHHHA4444ao"
    assert "express consent to" in run(canada, "--section", "tcfcav1")[1]
    assert "sensitive data" in run("BhWg.AAA", "--section", "usin")[1]


def test_an_answer_as_json_has_the_members_of_its_standard():
    """With the name of the standard."""
    code, out, _ = run("1YYN", "--json")
    told = json.loads(out)
    assert (code, told["standard"], told["opted_out_of_sale"]) == (0, "uspv1", True)
    code, out, _ = run("1YYZ", "--json")
    assert (code, json.loads(out)["valid"]) == (1, False)


@pytest.mark.parametrize("string", [CORE, f"DBACNYA~{CORE}~1YNN"], ids=["alone", "in a GPP string"])
def test_an_answer_as_json_says_whether_it_may_be_relied_upon(string):
    """That it can be read is not enough."""
    told = json.loads(run(string, "--json")[1])
    assert (told["valid"], told["usable"], told["unusable"]) == (True, False, "too_old")


def test_a_batch_is_answered_line_by_line(tmp_path):
    """Every case of the published files, in one go, in order."""
    cases = [
        case
        for path in sorted(VECTORS.glob("*.json"))
        if path.stem != "disputed"
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
    ]
    keys = ("id", "standard", "input", "section", "type", "params")
    lines = [json.dumps({key: case[key] for key in keys if key in case}) for case in cases]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    code, out, err = run("--batch", str(file), "--json")
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [answer["id"] for answer in answers] == [case["id"] for case in cases]
    refused = [case for case in cases if case["expect"].get("valid") is False]
    found = [answer for answer in answers if answer.get("valid") is False]
    assert [case["id"] for case in refused] == [answer["id"] for answer in found]
    assert all(set(answer) == {"id", "valid", "reason"} for answer in found)


def test_a_line_that_cannot_be_read_is_answered_too():
    """In its place, and counted at the end."""
    lines = '{"id": 1, "standard": "uspv1", "input": "1YNN"}\nnothing\n{"id": 2}\n' + "[" * 9999
    code, out, err = run("--batch", "-", stdin=lines)
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["valid"] for answer in answers] == [True, False, False, False]
    told = [(answer["id"], answer.get("line")) for answer in answers]
    assert told == [(1, None), (None, 2), (2, 3), (None, 4)]
    assert (code, err) == (1, "3 lines could not be read\n")


@pytest.mark.parametrize("arguments", [(), ("1YNN", "--batch", "-")])
def test_it_takes_one_string_or_one_file(arguments):
    """Neither nothing nor both."""
    assert run(*arguments)[0] == 2


def test_a_file_that_is_not_there_is_misuse():
    """And no traceback."""
    assert run("--batch", "no such file") == (2, "", "cannot read no such file\n")


def test_every_reason_has_plain_words():
    """A reason that nobody can read is none."""
    assert set(names.REASONS) == set(Reason.__args__)
    assert set(names.GROUNDS) == set(Ground.__args__)


LISTED = '"standard":"gpp-datatype","input":"","type":"fixed_integer_list",'


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ('"standard":"tcf"', "input is missing"),
        ('"standard":5,"input":""', "standard: str belongs there, not int"),
        ('"standard":"gpp-datatype","input":"1","type":5', "type: str | null belongs there"),
        (
            '"standard":"gpp-datatype","input":"1","type":"boolean","params":{"anna":"x"}',
            "params[...]: int belongs there, not str",
        ),
        (
            '"standard":"gpp-datatype","input":"1","type":"boolean","params":{"anna":1}',
            "params: known are element_bits and num_elements",
        ),
        (
            LISTED + '"params":{"element_bits":99}',
            "params: element_bits is 1 to 16",
        ),
        ('"standard":"gpc","input":[["anna",1]]', "input.[0][1]: str belongs there, not int"),
        ('"standard":"tcf-validity","input":{"now":"anna","fields":{}}', "input.now"),
    ],
)
def test_a_wrong_member_of_a_line_is_named(members, told):
    """By its name and what belongs there, never by what stands there."""
    _, out, _ = run("--batch", "-", stdin=f'{{"id":1,{members}}}\n')
    answered = json.loads(out)
    assert (answered["id"], answered["valid"], told in answered["reason"]) == (1, False, True)
    assert "anna" not in out
