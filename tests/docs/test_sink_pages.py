"""The pages of sinks keep up with them."""

import importlib.util
import re
import sys
import tomllib
from pathlib import Path

import pytest

from privacykit.settings.load import parse
from privacykit.sinks import OURS, SinkConfig, build, kind_of
from privacykit.testing.samples import NOW

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = DOCS / "how-to" / "sinks"
BASE = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[purposes.ads]
uses = ["targeted_ads", "sale"]
"""
OWN = ("type", "name", "role", "purposes", "url", "token", "key")


def writer():
    """Load the script that writes the parts."""
    spec = importlib.util.spec_from_file_location("sink_pages", DOCS / "sink_pages.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_kind_has_a_page(name):
    """It ends with what its data tells (else: `python docs/sink_pages.py`); the list names it."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert page == writer().whole(name, page)
    assert f"](sinks/{name}.md)" in (DOCS / "how-to" / "sinks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_a_page_is_read_as_it_stands(path):
    """Whoever reads it in the repository sees no directive of the documentation's builder."""
    assert re.findall(r"^(?:```|:::){.*$", path.read_text(encoding="utf-8"), re.MULTILINE) == []


def test_there_is_no_page_of_a_kind_that_is_gone():
    """A page is of a kind."""
    assert sorted(path.stem for path in PAGES.glob("*.md")) == sorted(OURS)


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_configuration_on_the_page_works(name, tmp_path):
    """As it stands there: it is read, and the sink is built."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1]
    folder = f'folder = "{tmp_path}"'
    block = re.sub(r'^folder = ".*"$', folder, block, flags=re.MULTILINE).replace("…", "server/db")
    block = re.sub(r'^file = ".*"$', f'file = "{tmp_path}/events.db"', block, flags=re.MULTILINE)
    parse(BASE + block)
    (table,) = tomllib.loads(block)["sinks"]
    options = {key: value for key, value in table.items() if key not in OWN}
    credential = {key: lambda: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" for key in ("token", "key")}
    given = {key: read for key, read in credential.items() if key in table}
    config = SinkConfig(
        name, table["type"], lambda: NOW, url=table.get("url"), options=options, **given
    )
    assert build(config).name == name


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_part_tells_all_there_is(name):
    """Every key, every field, every member that is lost, and what it would guess."""
    kind = kind_of(name)
    told = "\n".join(writer().part(kind))
    assert all(f"`{field}`" in told for field in kind.options.__struct_fields__)
    assert kind.erasure
    if kind.mapping:
        assert all(f"`{rule.to.replace('/', '.')}`" in told for rule in kind.mapping.fields)
        assert all(f"`{path}`" in told for path in kind.mapping.lost())
        assert all(one.what in told for one in kind.mapping.filled)


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_key_of_a_kind_is_explained(name):
    """A key that nobody explains does not exist."""
    rows = [line for line in writer().part(kind_of(name)) if line.startswith("| `")]
    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_sink_in_contributing_is_one():
    """A stranger may begin with it."""
    text = (DOCS / "contributing.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(\"\"\"Tally.*?)```", text, re.DOTALL)[1]
    inside = {}
    exec(compile(block, "tally", "exec"), inside)
    assert build_of(inside["KIND"]).unclear == "repeat"
    assert inside["MAPPING"].lost()


def build_of(kind):
    """Return a sink of *kind*."""
    return kind(
        SinkConfig("mine", kind.name, lambda: NOW, url="https://x.example", token=lambda: "t")
    )


def test_what_is_written_by_hand_stays(tmp_path):
    """And what the data told before is written anew, however it stood there."""
    for name in OURS:
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\n```{{include}} x.md\n```\n")
    for _ in range(2):
        writer().write_pages(tmp_path)
    text = (tmp_path / "posthog.md").read_text()
    assert text.startswith("# posthog\n\n<!-- What follows")
    assert (text.count("## Erasing"), "include" in text) == (1, False)
