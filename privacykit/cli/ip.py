"""``privacykit ip``: weaken addresses from standard input to standard output, line by line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import warn
from privacykit.errors import ConfigurationError, KeyMaterialError
from privacykit.pseudonym.addresses.address import Nat64Prefix, Prefixes, pack, parse, unwrap_isatap
from privacykit.pseudonym.addresses.ip import (
    MODES,
    PRESETS,
    IPMethod,
    Truncate,
    derived_key,
    method,
)
from privacykit.pseudonym.addresses.ipcrypt import Randomness
from privacykit.pseudonym.addresses.method import Reversible, ip_problem

REFUSED = "-"
"""What stands for a line that is no address, or of which nothing may be said."""

_CHUNK_BYTES = 1 << 18
_MAX_LINE_BYTES = 4096
_NO_ADDRESS = b"x" * 65

_AS_WRITTEN = frozenset(
    mode for mode in MODES if mode.startswith(("ipcrypt-", "cryptopan", "keep"))
)
"""Modes that keep all of an address keep its form too; the others weaken what it embeds."""

Line = Callable[[str], str | None]


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    add(
        app,
        "ip",
        weaken_lines,
        "echo 203.0.113.77 | privacykit ip --mode truncate",
        summary="Weaken IP addresses, one a line.",
    )


def weaken_lines(  # noqa: PLR0913, PLR0917 - the options of a command
    mode: Annotated[
        str, typer.Option(metavar="NAME", help=f"One of {', '.join((*MODES, *PRESETS))}.")
    ] = "truncate",
    v4_bits: Annotated[int | None, typer.Option(help="Leading bits of IPv4 that count.")] = None,
    v6_bits: Annotated[int | None, typer.Option(help="Leading bits of IPv6 that count.")] = None,
    key_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The key, as hexadecimal text.")
    ] = None,
    master: Annotated[
        bool, typer.Option("--master", help="The file holds a 32-byte master; derive the key.")
    ] = False,
    decrypt: Annotated[bool, typer.Option("--decrypt", help="Go back.")] = False,
    basis: Annotated[
        str, typer.Option(metavar="TEXT", help="Why addresses may be kept whole (mode keep).")
    ] = "",
    scope: Annotated[
        str, typer.Option(metavar="TEXT", help="What hashes belong to (mode hash).")
    ] = "",
    tweak: Annotated[
        str, typer.Option(metavar="HEX", help="A fixed tweak, for test vectors only.")
    ] = "",
    tweak_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A tweak for each line, for test vectors only."),
    ] = None,
    nat64: Annotated[
        list[str] | None, typer.Option(metavar="PREFIX", help="A NAT64 prefix of your own.")
    ] = None,
    unmap: Annotated[
        bool, typer.Option("--unmap/--no-unmap", help="Read IPv4-mapped as IPv4 (cryptopan).")
    ] = True,
    suffix: Annotated[
        bool, typer.Option("--suffix", help="Write the kept bits behind, as in 192.0.2.0/24.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="A JSON object a line: ip, ip_method, ip_bits, stability."),
    ] = False,
) -> None:
    """
    Weaken addresses from standard input to standard output, one a line, in order.

    A line that is no address becomes "-", never itself.

    Raises:
        ConfigurationError: PK100 to PK105, PK108, PK113 or PK117.
        KeyMaterialError: PK110 to PK114.
    """
    chosen = method(
        mode,
        ipv4_bits=v4_bits,
        ipv6_bits=v6_bits,
        key=_read_key(mode, key_file, master=master),
        randomness=_randomness(tweak, tweak_file),
        scope=scope,
        basis=basis,
    )
    if decrypt:
        line = _restoring(chosen)
    elif mode == "ipcrypt-legacy":
        raise ConfigurationError(
            ip_problem("PK117", "this mode only goes back", "add --decrypt, or use ipcrypt-pfx")
        )
    else:
        reader = _reader(mode, tuple(map(Nat64Prefix.parse, nat64 or ())), unmap=unmap)
        line = _weakening(chosen, reader, suffix=suffix, as_json=as_json)
    _filter(sys.stdin.buffer, sys.stdout.buffer, line)


def _reader(mode: str, nat64: Prefixes, *, unmap: bool) -> Callable[[str], bytes | None]:
    if mode in _AS_WRITTEN:
        return lambda text: parse(text, unmap=unmap)

    def whole(text: str) -> bytes | None:
        packed = pack(text, nat64=nat64)
        return None if packed is None else unwrap_isatap(packed)

    return whole


def _weakening(
    chosen: IPMethod, reader: Callable[[str], bytes | None], *, suffix: bool, as_json: bool
) -> Line:
    import msgspec

    weaken = chosen.weaken

    def line(text: str) -> str | None:
        packed = reader(text)
        return None if packed is None else weaken(packed)

    def line_with_length(text: str) -> str | None:
        packed = reader(text)
        if packed is None or (weakened := weaken(packed)) is None:
            return None
        bits = chosen.bits(packed)
        return weakened if bits is None else f"{weakened}/{bits}"

    def line_as_json(text: str) -> str:
        packed = reader(text)
        document = {
            "ip": None if packed is None else weaken(packed),
            "ip_method": chosen.name,
            "ip_bits": None if packed is None else chosen.bits(packed),
            "stability": chosen.stability,
        }
        return msgspec.json.encode(document).decode()

    if as_json:
        return line_as_json
    if suffix:
        return line_with_length
    if isinstance(chosen, Truncate):
        truncate = chosen.text
        # IPv4 embeds nothing, so that it may take the shortest way.
        return lambda text: line(text) if ":" in text else truncate(text)
    return line


def _restoring(chosen: IPMethod) -> Line:
    if not isinstance(chosen, Reversible):
        raise ConfigurationError(
            ip_problem("PK117", "there is no way back from this mode", "leave --decrypt out")
        )
    restore = chosen.restore
    return lambda text: restore(text.strip())


def _read_key(mode: str, file: Path | None, *, master: bool) -> bytes | None:
    if file is None:
        return None
    key = _hexadecimal(_text_of(file), "the key file")
    return derived_key(mode, key) if master else key


def _text_of(file: Path) -> str:
    try:
        return file.read_text("ascii")
    except (OSError, ValueError):
        raise ConfigurationError(
            ip_problem("PK113", "the file can't be read", "a readable file of hexadecimal text")
        ) from None


def _hexadecimal(text: str, what: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise KeyMaterialError(f"PK113 {what} holds no hexadecimal text") from None


def _randomness(tweak: str, file: Path | None) -> Randomness:
    import secrets

    if not tweak and file is None:
        return secrets.token_bytes
    warn("a tweak that is not random links equal addresses: for test vectors only")
    if file is None:
        fixed = _hexadecimal(tweak, "the tweak")
        return lambda _: fixed
    tweaks = iter(_text_of(file).split())
    return lambda _: _hexadecimal(next(tweaks, ""), "the tweak file")


def _filter(source: BinaryIO, target: BinaryIO, line: Line) -> None:
    try:
        for lines in _chunks(source):
            answers = [line(text) or REFUSED for text in lines]
            target.write(("\n".join(answers) + "\n").encode("ascii"))
            target.flush()
    except BrokenPipeError:
        # The reader has seen enough; what is left in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _chunks(source: BinaryIO) -> Iterator[list[str]]:
    # Whatever has arrived is answered at once, so that a pipe may live for days.
    read = getattr(source, "read1", source.read)
    rest = b""
    while data := read(_CHUNK_BYTES):
        whole, newline, rest = (rest + data).rpartition(b"\n")
        if len(rest) > _MAX_LINE_BYTES:
            rest = _NO_ADDRESS
        if newline:
            yield _split(whole)
    if rest:
        yield _split(rest)


def _split(data: bytes) -> list[str]:
    return data.decode("latin-1").replace("\r\n", "\n").removesuffix("\r").split("\n")
