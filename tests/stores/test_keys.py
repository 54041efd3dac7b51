"""The key file: private, never overwritten, never printed; older keys go on verifying."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from privacykit.errors import ConfigurationError
from privacykit.stores.key_file import USES
from privacykit.stores.keys import init_keys, load_keys, rotate_key

NOW = datetime(2026, 10, 16, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    """Where the key file is."""
    return tmp_path / "privacykit.keys"


@pytest.fixture
def ring(path):
    """A new key file, read back."""
    init_keys(path, NOW)
    return load_keys(path)


def test_a_new_file_has_a_key_for_each_use(path):
    """What is written is what is read."""
    made = init_keys(path, NOW)
    read = load_keys(path)

    assert [made.current(use) for use in USES] == [read.current(use) for use in USES]
    assert len({read.current(use).value for use in USES}) == len(USES)
    assert {read.current(use).made_at for use in USES} == {NOW}


def test_the_file_is_for_its_owner_only(path):
    """Whatever the umask says."""
    old = os.umask(0)
    try:
        init_keys(path, NOW)
        rotate_key(path, "cookie", NOW)
    finally:
        os.umask(old)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.usefixtures("ring")
def test_a_file_is_never_overwritten(path):
    """Losing keys loses consents, suppressions and the audit log."""
    before = path.read_bytes()

    with pytest.raises(ConfigurationError, match="PK124"):
        init_keys(path, NOW)
    assert path.read_bytes() == before


@pytest.mark.parametrize("use", list(USES))
def test_a_rotated_key_signs_and_the_older_one_verifies(path, ring, use):
    """The newest stands first; the other uses keep their keys."""
    later = NOW + timedelta(days=1)
    new = rotate_key(path, use, later)
    rotated = load_keys(path)

    assert rotated.all(use) == (new, ring.current(use))
    assert rotated.current(use).made_at == later
    assert all(rotated.all(other) == ring.all(other) for other in USES if other != use)


def test_a_use_may_be_added_by_rotating_it(path, ring):
    """A file of an older version may lack a use that a newer one knows."""
    text = path.read_text()
    start = text.index('[[key]]\nid = "' + ring.current("audit").id)
    path.write_text(text[:start] + text[text.index("[[key]]", start + 1) :])
    with pytest.raises(ConfigurationError, match="PK123"):
        load_keys(path).current("audit")

    new = rotate_key(path, "audit", NOW)

    assert load_keys(path).current("audit") == new


def test_the_signer_signs_with_the_newest_key(ring):
    """Ed25519, as RFC 8032 has it."""
    signer = ring.signer()

    assert signer.private_bytes_raw() == ring.current("audit_sign").value
    signer.public_key().verify(signer.sign(b"head"), b"head")


def test_nothing_prints_a_key(ring):
    """Neither the ring nor a key nor its fields as text."""
    printed = f"{ring!r} {ring} {ring.current('cookie')!r} {ring.all('audit')}"

    assert ring.current("cookie").id in printed
    assert not any(
        spelling in printed
        for use in USES
        for spelling in (ring.current(use).value.hex(), repr(ring.current(use).value))
    )


@pytest.mark.usefixtures("ring")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
def test_a_file_that_others_may_open_is_refused(path, mode):
    """Keys that others read are nobody's keys."""
    path.chmod(mode)

    with pytest.raises(ConfigurationError, match="PK121"):
        load_keys(path)
    with pytest.raises(ConfigurationError, match="PK121"):
        rotate_key(path, "cookie", NOW)


def test_a_missing_file_says_how_to_make_one(path):
    """The hint is the command."""
    with pytest.raises(ConfigurationError, match=r"PK120.*privacykit keys init"):
        load_keys(path)


def test_a_file_that_is_no_text_is_refused(path):
    """So is a folder."""
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="PK120"):
        load_keys(path)
    with pytest.raises(ConfigurationError, match="PK120"):
        load_keys(path.parent)


@pytest.mark.usefixtures("ring")
@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('use = "cookie"', 'use = "biscuit"', "key.0.use"),
        ('algorithm = "ed25519"', 'algorithm = "rot13"', "key.4.algorithm"),
        ('value = "', 'value = "hunter2', "key.0.value"),
        ("made_at = 2026-10-16T12:00:00Z", "made_at = 2026-10-16T12:00:00", "key.0.made_at"),
        ("[[key]]\n", "[[key]]\nnote = 1\n", "key.0.note"),
        ("version = 1", "version = 2", "version"),
        ("[[key]]", "[[other]]", "version"),
        ("id = ", "id ~ ", "not valid TOML"),
    ],
)
def test_a_wrong_entry_is_told_without_its_value(path, old, new, where):
    """Every problem names its place."""
    path.write_text(path.read_text().replace(old, new))

    with pytest.raises(ConfigurationError) as caught:
        load_keys(path)

    assert caught.value.problems[0].id == "PK122"
    assert where in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", ["00" * 32, "ab" * 31])
def test_a_key_that_protects_nothing_is_refused(path, ring, value):
    """One repeated digit, or too few of them."""
    path.write_text(path.read_text().replace(ring.current("cookie").value.hex(), value))

    with pytest.raises(ConfigurationError, match=r"key\.0\.value"):
        load_keys(path)


def test_two_keys_with_one_id_are_refused(path, ring):
    """An id names one key."""
    ids = [ring.current(use).id for use in ("cookie", "subject")]
    path.write_text(path.read_text().replace(*ids))

    with pytest.raises(ConfigurationError, match="two keys have this id"):
        load_keys(path)


def test_an_entry_that_is_no_table_is_refused(path):
    """A list of something else is no key file."""
    path.touch(mode=0o600)
    path.write_text("version = 1\nkey = [1]\n")

    with pytest.raises(ConfigurationError, match=r"key\.0: not a table"):
        load_keys(path)


@pytest.mark.usefixtures("ring")
def test_an_unknown_use_is_refused(path):
    """The message names those that exist."""
    with pytest.raises(ConfigurationError, match=r"PK125.*cookie, subject"):
        rotate_key(path, "biscuit", NOW)


def test_a_folder_that_does_not_exist_is_said(tmp_path):
    """Nothing is created on the way."""
    with pytest.raises(ConfigurationError, match="PK126"):
        init_keys(tmp_path / "no" / "privacykit.keys", NOW)


@pytest.mark.usefixtures("ring")
def test_a_failed_rotation_leaves_the_file_as_it_was(path):
    """Nothing half-written stays beside it either."""
    path.write_text("nonsense")

    with pytest.raises(ConfigurationError, match="PK122"):
        rotate_key(path, "cookie", NOW)
    assert [file.name for file in path.parent.iterdir()] == ["privacykit.keys"]


def test_processes_that_rotate_at_once_lose_no_key(path, ring):
    """Each key either stands in the file or its rotation was refused."""
    code = (
        "import sys; from datetime import *; from privacykit.stores.keys import *;"
        f"print(rotate_key({str(path)!r}, 'cookie', datetime.now(UTC)).id)"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(6)
    ]
    made = {worker.communicate()[0].strip() for worker in workers} - {""}

    kept = {key.id for key in load_keys(path).all("cookie")}
    assert made
    assert kept == made | {ring.current("cookie").id}


@pytest.mark.usefixtures("ring")
def test_a_link_stays_a_link(path):
    """Deployments mount the file elsewhere."""
    link = path.with_name("link")
    link.symlink_to(path)

    rotate_key(link, "cookie", NOW)

    assert link.is_symlink()
    assert len(load_keys(path).all("cookie")) == 2
