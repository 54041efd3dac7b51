"""What is kept of a user agent."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path
from re import _constants as sre
from re import _parser as sre_parser

import pytest
import ua_parser
import user_agents

from privacykit.devices import model as device_model
from privacykit.devices.families import BROWSERS, SYSTEMS
from privacykit.devices.hints import Hints, parse_hints
from privacykit.devices.user_agent import NOBODYS, DeviceReader

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors/devices/bot_user_agents.json").read_text(encoding="utf-8")
)
CHROME = (
    b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    b"Chrome/131.0.6778.85 Safari/537.36"
)
EDGE_HINTS = (
    b'"Chromium";v="132", "Microsoft Edge";v="132", "Not_A Brand";v="24"',
    b"?0",
    b'"Windows"',
)
FLAGS = ("is_mobile", "is_tablet", "is_pc", "is_bot", "is_touch_capable", "is_email_client")


@pytest.fixture(scope="module")
def read():
    """Give a reader that is warm."""
    reader = DeviceReader()
    reader.warm_up()
    return reader


def kept(device):
    """Return the fragment as a dictionary."""
    return json.loads(device.fragment)


def sample(pattern):
    """Return one text that the regular expression *pattern* matches, always the same."""
    return "".join(_sample(sre_parser.parse(pattern)))


def _sample(parsed):
    for op, argument in parsed:
        if op is sre.LITERAL:
            yield chr(argument)
        elif op is sre.NOT_LITERAL:
            yield "x" if argument != ord("x") else "y"
        elif op is sre.ANY:
            yield "x"
        elif op is sre.IN:
            yield _one_of(argument)
        elif op in {sre.MAX_REPEAT, sre.MIN_REPEAT}:
            for _ in range(max(argument[0], 1)):
                yield from _sample(argument[2])
        elif op is sre.SUBPATTERN:
            yield from _sample(argument[3])
        elif op is sre.BRANCH:
            yield from _sample(argument[1][0])


def _one_of(items):
    op, argument = items[0]
    if op is sre.NEGATE:
        return next(c for c in "x1 ;_" if re.match(f"[{c}]", c) and not _within(items[1:], c))
    return {
        sre.LITERAL: lambda: chr(argument),
        sre.RANGE: lambda: chr(argument[0] + (argument[1] - argument[0]) // 2),
        sre.CATEGORY: lambda: {sre.CATEGORY_DIGIT: "7", sre.CATEGORY_SPACE: " "}.get(argument, "w"),
    }[op]()


def _within(items, character):
    return any(
        (op is sre.LITERAL and chr(argument) == character)
        or (op is sre.RANGE and argument[0] <= ord(character) <= argument[1])
        or (op is sre.CATEGORY and character in {sre.CATEGORY_DIGIT: "1"}.get(argument, "x1_ "))
        for op, argument in items
    )


def samples():
    """Return user agents that reach every rule of uap-core, each in two surroundings."""
    rules = [rule for rules in ua_parser.load_builtins() for rule in rules]
    patterns = dict.fromkeys(getattr(rule, "regex", None) or rule.pattern for rule in rules)
    for pattern in patterns:
        text = sample(pattern if isinstance(pattern, str) else pattern.pattern)
        yield text
        yield f"Mozilla/5.0 (Linux; Android 14; {text}) AppleWebKit/537.36 Mobile Safari/537.36"


def test_flags_agree_with_user_agents_on_every_rule_of_uap_core(read):
    """On user agents made from each of uap-core's rules at least 99.9 % of flags are equal."""
    texts = [text for text in samples() if text.isascii() and len(text) <= 512]
    differ = [
        text
        for text in texts
        if any(
            getattr(read.model(text.encode()), f) != getattr(user_agents.parse(text), f)
            for f in FLAGS
        )
    ]
    assert len(texts) > 2000
    assert len(differ) <= len(texts) // 1000, differ


def test_model_agrees_with_user_agents_on_real_user_agents(read):
    """
    Families, versions and flags are those of `user_agents.parse`, but for robots it overlooks.

    The engines read `.{0,100}` of a rule as `.*`, so they also see a robot named late in the text.
    """
    for text in VECTORS["bots"] + VECTORS["not_bots"]:
        ours, theirs = read.model(text.encode()), user_agents.parse(text.encode().decode("latin-1"))
        same = [str(ours), ours.is_mobile, ours.is_tablet, ours.is_pc, ours.is_bot] == [
            str(theirs), theirs.is_mobile, theirs.is_tablet, theirs.is_pc, theirs.is_bot,
        ]  # fmt: skip
        assert same or (ours.is_bot and text in VECTORS["bots"]), text


@pytest.mark.parametrize("text", VECTORS["bots"])
def test_published_robots_are_robots(read, text):
    """Each robot of isbot's list is recognised."""
    assert read(text.encode()).bot


@pytest.mark.parametrize("text", VECTORS["not_bots"])
def test_published_people_are_no_robots(read, text):
    """No browser of isbot's list is taken for a robot."""
    assert not read(text.encode()).bot


def test_a_browser_is_type_system_family_and_major(read):
    """Minor versions, platforms and everything else are dropped."""
    assert kept(read(CHROME)) == {"type": "desktop", "os": "Linux", "browser": "Chrome 131"}


def test_the_class_for_the_visitor_hash_has_lengths(read):
    """Fields carry their length, so that no two classes share their bytes."""
    assert read(CHROME).ua_class == b"\x06Chrome\x03131\x05Linux\x07desktop"


def test_an_update_within_a_major_version_is_the_same_class(read):
    """A browser that updates itself at noon stays one visitor."""
    assert read(CHROME).ua_class == read(CHROME.replace(b"6778.85", b"6778.99")).ua_class


@pytest.mark.parametrize("user_agent", [None, b""])
def test_no_user_agent_is_a_robot(read, user_agent):
    """Browsers send one; empty hints change nothing."""
    assert (read(user_agent), read(user_agent, (b"", b"", b""))) == (NOBODYS,) * 2
    assert kept(NOBODYS) == {"type": "bot", "os": "Other", "browser": "Other"}


@pytest.mark.parametrize(
    "user_agent",
    [
        b"jane@example.com/1.0",
        b"Mozilla/5.0 (jane) Jane/7",
        b"JaneBrowser/4111111111111111",
        b"\xff" * 9,
    ],
)
def test_no_text_of_a_user_agent_leaves(read, user_agent):
    """Families come from a closed list, whatever somebody writes into a user agent."""
    device = read(user_agent)
    browser = kept(device)["browser"].rstrip("0123456789 ")
    assert (
        browser in BROWSERS | {"Other"},
        b"jane" in (device.fragment.encode() + device.ua_class).lower(),
    ) == (
        True,
        False,
    )


@pytest.mark.parametrize("version", [b"20991231123456", b"20991231", b"99999"])
def test_a_version_that_is_no_small_number_is_dropped(read, version):
    """A version can carry an identifier; more than four digits are none."""
    device = read(b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/%b.0" % version)
    assert version not in device.fragment.encode() + device.ua_class


def test_only_the_first_bytes_are_read(read):
    """What comes after 512 bytes changes nothing."""
    assert read(CHROME + b" " * 400 + b"Googlebot/2.1") == read(CHROME)


def test_a_hostile_user_agent_costs_little(read):
    """Eight kilobytes made to hurt are read in a few milliseconds of processor time."""
    hostile = [b"(" * 8000, b"Mozilla/5.0 (Linux; Android " + b";A " * 2600, b"a/1 " * 2000]
    start = time.process_time()
    for number, user_agent in enumerate(hostile):
        read(b"%d%b" % (number, user_agent))
    assert time.process_time() - start < 1


def test_hints_win_over_the_user_agent(read):
    """Brand, major version and platform of the hints replace those of the user agent."""
    assert kept(read(CHROME, EDGE_HINTS)) == {
        "type": "desktop",
        "os": "Windows",
        "browser": "Edge 132",
    }


def test_hints_alone_make_a_device(read):
    """A browser that sends hints and no user agent is known by them."""
    assert kept(read(None, EDGE_HINTS))["type"] == "desktop"


@pytest.mark.parametrize(
    ("hints", "sort"),
    [
        ((b"", b"?1", b'"Android"'), "mobile"),
        ((b"", b"?0", b'"Android"'), "tablet"),
        ((b"", b"?0", b'"Linux"'), "desktop"),
        ((b"", b"", b'"Linux"'), "other"),
    ],
)
def test_hints_tell_phones_tablets_and_desktops_apart(read, hints, sort):
    """`Sec-CH-UA-Mobile` decides where the user agent does not."""
    assert kept(read(b"Mozilla/5.0 Gecko/20100101", hints))["type"] == sort


def test_a_finer_family_of_the_user_agent_is_kept(read):
    """The brand says "Google Chrome" where the user agent says that it is the mobile one."""
    phone = (
        b"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
        b"Chrome/131.0.0.0 Mobile Safari/537.36"
    )
    hints = (b'"Google Chrome";v="131", "Chromium";v="131"', b"?1", b'"Android"')
    assert kept(read(phone, hints)) == {
        "type": "mobile",
        "os": "Android",
        "browser": "Chrome Mobile 131",
    }


def test_a_headless_brand_is_a_robot(read):
    """A driven browser says so in its brand."""
    assert read(CHROME, (b'"HeadlessChrome";v="131"', b"?0", b'"Linux"')).bot


def test_a_robot_stays_a_robot_whatever_the_hints_say(read):
    """Hints do not make a person of a robot."""
    assert read(b"Googlebot/2.1 (+http://www.google.com/bot.html)", EDGE_HINTS).bot


@pytest.mark.parametrize(
    "raw",
    [
        None,
        (),
        (b"Chrome",),
        (b'"Evil";v="1"', b"?2", b"x"),
        (b'"Google Chrome";v="12345"', b"1", b""),
    ],
)
def test_malformed_hints_say_nothing(raw):
    """What is not well-formed is not there."""
    assert parse_hints(raw) is None


def test_well_formed_hints_are_read():
    """One brand that is known is enough; the made-up one is passed over."""
    assert parse_hints(EDGE_HINTS) == Hints("Edge", "132", "Windows", mobile=False)


def test_overlong_hints_are_not_believed(read):
    """Hints can buy neither memory nor time."""
    assert read(CHROME, (b'"Microsoft Edge";v="1",' * 99, b"?0", b"")) == read(CHROME)


def test_memory_is_bounded_and_keeps_what_comes_back():
    """A flood of made-up user agents does not push out the browser everybody has."""
    reader = DeviceReader(most_bytes=32 * 1024)
    parsed = []
    model = reader.model
    reader.model = lambda text: (parsed.append(text), model(text))[1]
    for number in range(500):
        reader(CHROME)
        reader(b"made up %d" % number)
    assert parsed.count(CHROME) == 1


def test_it_loads_once_however_many_ask():
    """Eight threads that start together share one parser."""
    reader = DeviceReader()
    engines = []
    threads = [threading.Thread(target=lambda: engines.append(reader.warm_up())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engines == [engines[0]] * 8


def test_readers_share_a_parser(read):
    """A second reader needs no second table of rules."""
    other = DeviceReader()
    assert (other.warm_up(), other(CHROME)) == (read.warm_up(), read(CHROME))
    assert other._parse is read._parse


def test_it_prints_no_user_agent(read):
    """Its text form holds a count only."""
    read(CHROME)
    assert not any("Chrome" in repr(part) for part in (read, *vars(read).values()))


@pytest.mark.parametrize(
    ("missing", "engine"),
    [((), "ua-parser-rs"), (("RegexResolver",), "python")],
    ids=["rs", "neither"],
)
def test_the_best_engine_installed_is_used(monkeypatch, missing, engine):
    """Without ua-parser-rs it still works."""
    monkeypatch.setattr(device_model, "load", device_model.load.__wrapped__)
    for name in missing:
        monkeypatch.setattr(ua_parser, name, None)
    reader = DeviceReader()
    assert kept(reader(CHROME))["browser"] == "Chrome 131"
    assert reader.warm_up() == engine


def test_google_re2_is_used_where_it_is_installed(monkeypatch):
    """Between the two stands re2; its resolver is built from the lazy tables."""
    monkeypatch.setattr(device_model, "load", device_model.load.__wrapped__)
    monkeypatch.setattr(ua_parser, "RegexResolver", None)
    monkeypatch.setattr(
        ua_parser, "Re2Resolver", lambda _tables: ua_parser.BasicResolver(([], [], []))
    )
    assert DeviceReader().warm_up() == "re2"


def test_families_are_the_names_of_uap_core():
    """Names that the parser can never give are not in the list by mistake."""
    assert {"Chrome", "Mobile Safari UI/WKWebView", "Edge Mobile"} <= BROWSERS
    assert {"Mac OS X", "Windows", "iOS"} <= SYSTEMS


def test_names_need_no_escaping():
    """They are written into JSON as they are."""
    names = [*BROWSERS, *SYSTEMS]
    assert [name for name in names if json.dumps(name) != f'"{name}"' or len(name) > 99] == []
