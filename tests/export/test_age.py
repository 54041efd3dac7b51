"""Packages sealed in the age format open with age's own implementation, and only whole."""

import io

import pyrage
import pytest

from privacykit.errors import InputError
from privacykit.export.age import CHUNK, AgeWriter, parse_recipient

PASSPHRASE = "correct horse battery staple"


def _sealed(data, **to):
    file = io.BytesIO()
    writer = AgeWriter(file, **to)
    for at in range(0, len(data), 1000):
        writer.write(data[at : at + 1000])
    writer.flush()
    writer.close()
    return file.getvalue()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_recipient_opens_what_was_sealed_to_them(size):
    """At every size around the format's chunk."""
    identity = pyrage.x25519.Identity.generate()
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sealed = _sealed(data, recipients=[str(identity.to_public())])
    assert data == pyrage.decrypt(sealed, [identity])


def test_each_of_several_recipients_can_open():
    """A controller may keep a copy for itself."""
    one, two = (pyrage.x25519.Identity.generate() for _ in range(2))
    sealed = _sealed(b"data", recipients=[str(one.to_public()), str(two.to_public())])
    assert pyrage.decrypt(sealed, [two]) == b"data"


def test_a_passphrase_opens():
    """For people without a key."""
    sealed = _sealed(b"data" * 50_000, passphrase=PASSPHRASE)
    assert pyrage.passphrase.decrypt(sealed, PASSPHRASE) == b"data" * 50_000


def test_a_file_cut_short_does_not_open():
    """The last chunk says that it is the last."""
    identity = pyrage.x25519.Identity.generate()
    sealed = _sealed(b"x" * CHUNK * 2, recipients=[str(identity.to_public())])
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed[: -CHUNK - 16], [identity])


@pytest.mark.parametrize(
    "text",
    ["", "age1", "nonsense", "age1" + "q" * 58, "AGE-SECRET-KEY-1QQ", "ssh-ed25519 AAAA"],
)
def test_what_is_no_recipient_is_refused(text):
    """A misspelt key must not seal a package that nobody can open."""
    with pytest.raises(InputError, match="not an age recipient"):
        parse_recipient(text)


def test_a_checksum_guards_each_letter():
    """One wrong letter is seen."""
    key = str(pyrage.x25519.Identity.generate().to_public())
    wrong = key[:-1] + ("q" if key[-1] != "q" else "p")
    with pytest.raises(InputError, match="not an age recipient"):
        parse_recipient(wrong)


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ({}, "encrypt to recipients or to one passphrase"),
        ({"passphrase": "short"}, "a passphrase has 12 characters at least"),
        (
            {"passphrase": PASSPHRASE, "recipients": ["age1x"]},
            "encrypt to recipients or to one passphrase",
        ),
    ],
)
def test_a_package_is_sealed_to_somebody_in_one_way(to, why):
    """Keys or a passphrase, not neither, not both, not a weak one."""
    with pytest.raises(InputError, match=why):
        AgeWriter(io.BytesIO(), **to)


def test_a_key_of_another_length_is_refused():
    """The checksum of a shorter key may be right."""
    short = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
    with pytest.raises(InputError, match="not an age recipient"):
        parse_recipient(short)
