"""``privacykit sinks test`` against real brokers, from what the page of each kind says."""

import re
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from privacykit.cli.main import main
from privacykit.testing.brokers.places import PLACES, door_of

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "sinks"
CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
"""


@pytest.mark.parametrize("kind", sorted(PLACES))
def test_the_page_of_a_kind_is_enough(kind, tmp_path, monkeypatch, capsys):
    """Its configuration in the file, its command typed: one event arrives."""
    page = (HOW_TO / f"{kind}.md").read_text(encoding="utf-8")
    table = re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1]
    (sink,) = set(re.findall(r"`privacykit sinks test (\w+)`", page))
    name, door = f"t{uuid4().hex[:12]}", door_of(kind)
    # Names and ports alone are not the page's own: tests do not share them.
    mine = re.sub(r"(127\.0\.0\.1):\d+", rf"\1:{door.port}", table.replace("privacykit", name))
    (tmp_path / "privacykit.toml").write_text(CONFIG + mine, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["privacykit", "sinks", "test", sink])
    with PLACES[kind][1](name, door), pytest.raises(SystemExit) as ended:
        main()
    door.shut()
    assert (ended.value.code or 0, capsys.readouterr().out.count("delivered")) == (0, 1)
