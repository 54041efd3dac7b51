"""Read ``privacykit.toml``: text to Settings, or every error with file, key, id and what to do."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from privacykit.errors import ConfigurationError, Problem
from privacykit.policy.words import Use
from privacykit.pseudonym.pages import problem_of
from privacykit.pseudonym.sensitive import is_sensitive
from privacykit.settings.model import Settings

DEFAULT_FILE = "privacykit.toml"


def load(path: str | Path = DEFAULT_FILE) -> Settings:
    """
    Read and check the configuration file at *path*.

    Raises:
        ConfigurationError: With every problem found.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            Problem(
                "PK010",
                str(path),
                "",
                "the file cannot be read",
                "give its path with --config, or start from docs/tutorial.md",
            )
        ) from None
    return parse(text, str(path))


def parse(text: str, file: str = DEFAULT_FILE) -> Settings:
    """
    Check the configuration in *text*; *file* is its name in errors.

    Raises:
        ConfigurationError: With every problem found.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = str(error).rpartition("(at ")[2].rstrip(")") or "somewhere"
        raise ConfigurationError(
            Problem("PK011", file, "", f"not valid TOML, at {where}", "see https://toml.io")
        ) from None
    if any("\0" in text for text in _texts(document)):
        raise ConfigurationError(
            Problem("PK014", file, "", "a value with a NUL character", "remove it")
        )
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(*(_problem(file, found) for found in error.errors())) from None
    if problems := tuple(_cross_checks(settings, file)):
        raise ConfigurationError(*problems)
    return settings


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in (*value.keys(), *value.values()):
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _problem(file: str, error: ErrorDetails) -> Problem:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return Problem("PK012", file, key, "unknown key", _meant(error["loc"]))
    if error["type"] == "missing":
        return Problem("PK013", file, key, "this key is missing", "add it")
    # pydantic's words name types and bounds, never the value.
    return Problem("PK014", file, key, error["msg"][:1].lower() + error["msg"][1:])


def _meant(location: tuple[int | str, ...]) -> str:
    model: type[BaseModel] | None = Settings
    for part in location[:-1]:
        if isinstance(part, str) and model is not None and part in model.model_fields:
            model = next(
                (found for found in _models_in(model.model_fields[part].annotation)),
                None,
            )
    if model is None:
        return "remove it"
    close = get_close_matches(str(location[-1]), model.model_fields, 1)
    return f"did you mean '{close[0]}'?" if close else "remove it"


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models_in(inner)


def _cross_checks(settings: Settings, file: str) -> Iterator[Problem]:
    purposes = settings.purposes
    known = "name one of: " + ", ".join(purposes)

    def purpose(key: str, name: str | None) -> Iterator[Problem]:
        if name is not None and name not in purposes:
            yield Problem("PK015", file, key, "no such purpose", known)

    yield from purpose("events.page", settings.events.page)
    for glob, name in settings.cookies.items():
        yield from purpose(f"cookies.{glob}", name)
    for i, sink in enumerate(settings.sinks):
        for name in sink.purposes:
            yield from purpose(f"sinks.{i}.purposes", name)
    for id_, table in purposes.items():
        yield from purpose(f"purposes.{id_}.otherwise", table.otherwise)
        if table.otherwise is not None and purposes.get(table.otherwise, table).otherwise:
            yield Problem(
                "PK016",
                file,
                f"purposes.{id_}.otherwise",
                "the weaker purpose has a weaker one itself, or is this one",
                "name a purpose without 'otherwise'",
            )
        for use in table.uses:
            if use not in list(Use):
                yield Problem(
                    "PK017",
                    file,
                    f"purposes.{id_}.uses",
                    "no such use",
                    "name some of: " + ", ".join(Use),
                )
    yield from _site_checks(settings, file)
    yield from _network_checks(settings, file)
    yield from _text_checks(settings, file)


def _site_checks(settings: Settings, file: str) -> Iterator[Problem]:
    ids: set[str] = set()
    hosts: set[str] = set()
    for i, site in enumerate(settings.site):
        if site.id in ids:
            yield Problem("PK018", file, f"site.{i}.id", "two sites have this id", "rename one")
        ids.add(site.id)
        for host in site.hosts:
            if host.lower() in hosts:
                yield Problem(
                    "PK019", file, f"site.{i}.hosts", "a host is listed twice", "list it once"
                )
            hosts.add(host.lower())
        try:
            ZoneInfo(site.timezone)
        except (KeyError, ValueError, OSError):
            yield Problem(
                "PK020",
                file,
                f"site.{i}.timezone",
                "no such time zone",
                "use an IANA name such as Europe/Berlin",
            )


def _text_checks(settings: Settings, file: str) -> Iterator[Problem]:
    for i, pattern in enumerate(settings.pages.patterns):
        message = problem_of(pattern)
        if message is not None:
            yield Problem(
                "PK025", file, f"pages.patterns.{i}", message, "see docs/reference/text.md"
            )
    for i, name in enumerate(settings.text.query_keep):
        if is_sensitive(name):
            yield Problem(
                "PK026",
                file,
                f"text.query_keep.{i}",
                "parameters of this name are never kept",
                "remove it: it names a credential, a contact or a click",
            )


def _network_checks(settings: Settings, file: str) -> Iterator[Problem]:
    table = settings.client_ip
    for key, networks in (
        ("trusted_proxies", table.trusted_proxies),
        ("nat64_prefixes", table.nat64_prefixes),
    ):
        for i, network in enumerate(networks):
            try:
                ip_network(network)
            except ValueError:
                yield Problem(
                    "PK021",
                    file,
                    f"client_ip.{key}.{i}",
                    "not a network",
                    "write it as 10.0.0.0/8, without host bits",
                )
    if table.source == "headers" and not (
        table.trusted_proxies or table.hops or table.trust_unix_socket
    ):
        yield Problem(
            "PK022",
            file,
            "client_ip.source",
            "headers are to be read, but no proxy is trusted",
            "list your proxies in trusted_proxies, or set hops",
        )
    if table.source == "scope" and (table.trusted_proxies or table.hops):
        yield Problem(
            "PK023",
            file,
            "client_ip.source",
            "proxies are trusted, but source = 'scope' reads no header",
            "set source = 'headers', or remove trusted_proxies and hops",
        )
