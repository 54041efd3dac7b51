"""``privacykit ip`` as text: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.errors import ConfigurationError, KeyMaterialError
from privacykit.pseudonym.addresses.address import parse

VECTORS = Path(__file__).parents[1] / "vectors/ip"
IPCRYPT = json.loads((VECTORS / "ipcrypt_vectors.json").read_text())["cases"]
CRYPTOPAN = json.loads((VECTORS / "cryptopan_vectors.json").read_text())["cases"]
LEGACY = json.loads((VECTORS / "ipcrypt_legacy.json").read_text())
KEY32 = bytes(range(32)).hex()


@pytest.fixture
def key(tmp_path):
    """Write key text to a file and return its path."""

    def write(text):
        file = tmp_path / "key"
        file.write_text(text + "\n")
        return str(file)

    return write


def _run(stdin, *arguments):
    result = CliRunner().invoke(app, ["ip", *arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_addresses_come_out_truncated_in_order():
    """Ports, brackets, embeddings and line ends are understood; what is no address is a dash."""
    stdin = (
        "203.0.113.77\n2001:db8:abcd:1234::1\r\n::ffff:203.0.113.77\nnope\n\n"
        "[2001:db8::1]:443\n2001:db8::5efe:203.0.113.77\n2002:cb00:714d::1\n1.2\r.3.4\n1.2.3.4"
    )
    assert _run(stdin) == (
        "203.0.113.0\n2001:db8:abcd::\n203.0.113.0\n-\n-\n"
        "2001:db8::\n203.0.113.0\n203.0.113.0\n-\n1.2.3.0\n"
    )


@pytest.mark.parametrize(
    ("arguments", "stdout"),
    [
        (("--mode", "zero"), "0.0.0.0\n::\n-\n"),
        (("--mode", "drop"), "-\n-\n-\n"),
        (("--mode", "cnil"), "203.0.0.0\n2001:db8:abcd::\n-\n"),
        (("--v4-bits", "20", "--v6-bits", "32"), "203.0.112.0\n2001:db8::\n-\n"),
        (("--v4-bits", "0", "--suffix"), "0.0.0.0/0\n2001:db8:abcd::/48\n-\n"),
        (("--mode", "reverse-truncate"), "0.0.0.77\n::1234:0:0:0:1\n-\n"),
        (("--mode", "reverse-truncate", "--suffix"), "0.0.0.77\n::1234:0:0:0:1\n-\n"),
        (("--mode", "keep", "--basis", "billing"), "203.0.113.77\n2001:db8:abcd:1234::1\n-\n"),
        (("--nat64", "2001:db8:abcd::/48"), "203.0.113.0\n18.52.0.0\n-\n"),
    ],
)
def test_each_keyless_mode(arguments, stdout):
    """By name, with bits, presets and prefixes."""
    assert _run("203.0.113.77\n2001:db8:abcd:1234::1\nnope\n", *arguments) == stdout


@pytest.mark.parametrize("case", IPCRYPT, ids=lambda case: f"{case['variant']} {case['ip']}")
def test_published_ipcrypt_cases_on_the_command_line(case, key):
    """There and back, with the published tweak where there is one."""
    file = key(case["key"])
    tweak = ["--tweak", case["tweak"]] if "tweak" in case else []
    arguments = ["--mode", case["variant"], "--key-file", file]
    assert _run(case["ip"], *arguments, *tweak) == case["expected"] + "\n"
    assert _run(case["expected"] + "\n", *arguments, "--decrypt") == case["ip"] + "\n"


def test_published_cryptopan_cases_on_the_command_line(key):
    """All cases of one key in one run, in order, and back."""
    for text in {case["key"] for case in CRYPTOPAN}:
        cases = [case for case in CRYPTOPAN if case["key"] == text]
        arguments = ["--mode", "cryptopan", "--key-file", key(text)]
        hidden = _run("\n".join(case["ip"] for case in cases), *arguments).split()
        assert [parse(each) for each in hidden] == [parse(case["expected"]) for case in cases]
        plain = _run("\n".join(hidden), *arguments, "--decrypt").split()
        assert [parse(each) for each in plain] == [parse(case["ip"]) for case in cases]


def test_old_ipcrypt_is_only_decrypted(key):
    """The way back works; the way there is refused."""
    arguments = ["--mode", "ipcrypt-legacy", "--key-file", key(LEGACY["key"])]
    hidden = "\n".join(case["expected"] for case in LEGACY["legacy"])
    assert _run(hidden, *arguments, "--decrypt").split() == [
        case["ip"] for case in LEGACY["legacy"]
    ]
    with pytest.raises(ConfigurationError, match="PK117"):
        _run("127.0.0.1\n", *arguments)


def test_a_tweak_for_each_line(key, tmp_path):
    """Published cases of one key run together."""
    cases = [
        case
        for case in IPCRYPT
        if case["variant"] == "ipcrypt-nd" and case["key"].startswith("1032")
    ]
    tweaks = tmp_path / "tweaks"
    tweaks.write_text("\n".join(case["tweak"] for case in cases))
    arguments = ["--mode", "ipcrypt-nd", "--key-file", key(cases[0]["key"])]
    stdout = _run("\n".join(case["ip"] for case in cases), *arguments, "--tweak-file", str(tweaks))
    assert stdout.split() == [case["expected"] for case in cases]
    with pytest.raises(KeyMaterialError, match="PK114"):
        _run("1.2.3.4\n" * 9, *arguments, "--tweak-file", str(tweaks))


def test_random_tweaks_differ(key):
    """Without a given tweak equal lines come out different."""
    arguments = ["--mode", "ipcrypt-ndx", "--key-file", key(KEY32)]
    hidden = _run("1.2.3.4\n" * 5, *arguments).split()
    assert len(set(hidden)) == 5
    assert _run("\n".join(hidden), *arguments, "--decrypt") == "1.2.3.4\n" * 5


@pytest.mark.parametrize("mode", ["hash", "hash-hmac-sha256"])
def test_hashes_belong_to_key_and_scope(mode, key):
    """Equal addresses are equal within a scope, and only there."""
    arguments = ["--mode", mode, "--key-file", key(KEY32)]
    one, two, mapped = _run("1.2.3.4\n1.2.3.5\n::ffff:1.2.3.4\n", *arguments).split()
    (other,) = _run("1.2.3.4\n", *arguments, "--scope", "shop").split()
    assert (one == mapped, len({one, two, other}), len(one)) == (True, 3, 32)


def test_a_master_gives_each_mode_its_key(key):
    """HKDF-Expand, by option only."""
    arguments = ["--mode", "ipcrypt-deterministic", "--key-file", key(KEY32)]
    (hidden,) = _run("1.2.3.4\n", *arguments, "--master").split()
    file = key("977b62ed7e4902c042d5e01a0bc958af")
    assert _run(hidden, *arguments[:3], file, "--decrypt") == "1.2.3.4\n"


def test_cryptopan_may_leave_mapped_addresses_as_they_are(key):
    """For data that was made so."""
    arguments = ["--mode", "cryptopan", "--key-file", key(KEY32)]
    assert "." in _run("::ffff:1.2.3.4\n", *arguments)
    assert ":" in _run("::ffff:1.2.3.4\n", *arguments, "--no-unmap")


def test_json_says_what_was_done():
    """An object a line, with the words that events use."""
    first, second = map(json.loads, _run("203.0.113.77\nnope\n", "--json").splitlines())
    assert first == {
        "ip": "203.0.113.0",
        "ip_method": "truncate",
        "ip_bits": 24,
        "stability": "stable",
    }
    assert (second["ip"], second["ip_bits"]) == (None, None)


@pytest.mark.parametrize(
    ("arguments", "text", "error", "problem"),
    [
        (["--mode", "md5"], "", ConfigurationError, "PK100"),
        (["--v4-bits", "33"], "", ConfigurationError, "PK101"),
        (["--mode", "cnil", "--v4-bits", "8"], "", ConfigurationError, "PK102"),
        (["--mode", "keep"], "", ConfigurationError, "PK103"),
        (["--mode", "ipcrypt-pfx"], "", ConfigurationError, "PK104"),
        (["--mode", "truncate", "--decrypt"], "", ConfigurationError, "PK117"),
        (["--nat64", "10.0.0.0/8"], "", ConfigurationError, "PK108"),
        (["--mode", "hash", "--master"], KEY32, ConfigurationError, "PK105"),
        (["--mode", "ipcrypt-pfx"], "zz", KeyMaterialError, "PK113"),
        (["--mode", "ipcrypt-pfx"], "\u00e9", ConfigurationError, "PK113"),
        (["--mode", "ipcrypt-pfx"], "00", KeyMaterialError, "PK110"),
        (["--mode", "ipcrypt-pfx"], "00" * 32, KeyMaterialError, "PK111"),
        (["--mode", "ipcrypt-pfx"], KEY32[:32] * 2, KeyMaterialError, "PK112"),
        (["--mode", "ipcrypt-nd", "--tweak", "x"], KEY32[:32], KeyMaterialError, "PK113"),
        (["--mode", "ipcrypt-nd", "--tweak", "00"], KEY32[:32], KeyMaterialError, "PK114"),
    ],
)
def test_misuse_is_refused_by_id(arguments, text, error, problem, key):
    """Each mistake has an id, and no message holds the key or the address."""
    arguments = [*arguments, *(["--key-file", key(text)] if text else [])]
    with pytest.raises(error, match=problem) as failure:
        _run("203.0.113.77\n", *arguments)
    assert "203.0" not in str(failure.value)
    assert not text or len(text) < 5 or text not in str(failure.value)


def test_a_missing_key_file_is_refused(tmp_path):
    """By id, without a traceback's noise."""
    with pytest.raises(ConfigurationError, match="PK113"):
        _run("", "--mode", "ipcrypt-pfx", "--key-file", str(tmp_path / "none"))


def test_large_and_hostile_input_is_streamed():
    """Chunks split lines anywhere; an endless line is one refused line."""
    lines = [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(60_000)]
    stdin = "\n".join([*lines, "x" * 600_000, "1.2.3.4"])
    answers = _run(stdin).split("\n")
    assert answers[:-3] == [line.rpartition(".")[0] + ".0" for line in lines]
    assert answers[-3:] == ["-", "1.2.3.0", ""]


def test_no_input_gives_no_output():
    """Not even an empty line."""
    assert _run("") == ""


def test_bytes_that_are_no_text_are_refused_line_by_line():
    """Nothing is guessed about encodings."""
    assert _run(b"\xff\xfe1.2.3.4\n1.2.3.4\xc2\xa0\n1.2.3.4\n") == "-\n-\n1.2.3.0\n"


def _process(arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "privacykit", "ip", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_what_arrives_is_answered_at_once():
    """A pipe may live for days: each line is answered when it comes."""
    with _process([]) as process:
        for host in (b"1", b"2"):
            process.stdin.write(b"203.0.11" + host + b".77\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"203.0.11" + host + b".0\n"
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_reader_that_leaves_is_no_error():
    """As with ``| head``."""
    with _process([]) as process:
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.write(b"1.2.3.4\n" * 200_000)
        with suppress(BrokenPipeError):
            process.stdin.close()
        assert (process.wait(30), process.stderr.read()) == (0, b"")


def test_misuse_exits_with_two_and_one_line():
    """The error is one line with its id, never a traceback."""
    with _process(["--mode", "md5"]) as process:
        _, stderr = process.communicate(b"203.0.113.77\n", 30)
    assert (process.returncode, stderr.count(b"\n"), stderr[:5]) == (2, 1, b"PK100")
