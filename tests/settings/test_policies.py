"""Where policies are found: in the wheel, beside the checkout, in users' directories."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from privacykit.errors import PolicyError
from privacykit.settings import policies
from privacykit.settings.policies import (
    read_directory,
    shipped_directory,
    shipped_policies,
)

ROOT = Path(__file__).parents[2]


def test_all_hundred_and_three_ship():
    """And every ISO code of theirs is found."""
    law = shipped_policies()
    assert len(law) == 103
    assert len(law.places()) == 152


def test_they_are_read_once():
    """The second look costs nothing."""
    assert shipped_policies() is shipped_policies()


def test_missing_files_are_an_error(monkeypatch, tmp_path):
    """No law is not permission."""
    monkeypatch.setattr(policies, "_PACKAGE", tmp_path)
    with pytest.raises(PolicyError, match="our policy files are missing"):
        shipped_directory()


def test_every_problem_of_every_file_is_reported(tmp_path):
    """Not only the first file's."""
    for name in ("AA", "BB"):
        (tmp_path / f"{name}.toml").write_text("id = 1", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        read_directory(tmp_path)
    assert {problem.file for problem in caught.value.problems} == {"AA.toml", "BB.toml"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel as it is built for a release."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_carries_the_files(wheel):
    """All of them, inside the package."""
    with zipfile.ZipFile(wheel) as archive:
        inside = [n for n in archive.namelist() if n.startswith("privacykit/policies/")]
    assert len([name for name in inside if name.endswith(".toml")]) == 103


def test_the_wheel_carries_data_and_no_example(wheel):
    """The hosts of channels are in it; the shop that tests and demonstrations use is not."""
    with zipfile.ZipFile(wheel) as archive:
        inside = archive.namelist()
    shop = [n for n in inside if "shop" in n or not n.startswith("privacykit")]
    assert (shop, "privacykit/collect/channel/sources.toml" in inside) == ([], True)


def test_the_wheel_works_without_the_checkout(wheel, tmp_path):
    """Unpacked elsewhere it loads its own files."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        "import privacykit.settings.policies as p;"
        "print(p.shipped_directory(), len(p.shipped_policies()), p.shipped_policies().hash)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    )
    directory, count, digest = done.stdout.split()
    assert Path(directory) == tmp_path / "privacykit" / "policies"
    assert (count, digest) == ("103", shipped_policies().hash)


def test_an_editable_install_reads_the_checkout():
    """The files beside the package are the ones in use."""
    assert shipped_directory() == ROOT / "policies"


def test_a_file_that_is_no_text_is_a_problem(tmp_path):
    """Bytes that are not UTF-8 are told like any other mistake."""
    (tmp_path / "AA.toml").write_bytes(b"\xff")
    with pytest.raises(PolicyError) as caught:
        read_directory(tmp_path)
    assert [(problem.id, problem.file) for problem in caught.value.problems] == [
        ("PK064", "AA.toml")
    ]
