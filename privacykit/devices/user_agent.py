"""
Read what kind of device a request comes from, and forget the rest of its user agent.

Reads no file itself; the parser it loads, once and when first used, reads its packaged tables.

What is kept: a class of device, and the families of system and browser out of a closed list with
the browser's major version. No text of the user agent leaves: a name that is not in the list, and
a version that is no small number, are dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from privacykit.collect.memo import Memo
from privacykit.collect.ports import UNKNOWN_DEVICE, Device
from privacykit.devices.families import BROWSERS, OTHER, SYSTEMS
from privacykit.devices.hints import Hints, parse_hints
from privacykit.devices.robots import names_itself_robot
from privacykit.errors import Problem

if TYPE_CHECKING:
    from privacykit.devices.model import Model

LONGEST_USER_AGENT = 512
"""Bytes read; what comes after is ignored. Browsers send 60 to 300; regexes cost by length."""
LONGEST_HINTS = 512
"""Bytes of all hints together; longer ones are not believed, so that no memory is bought."""
LARGEST_MAJOR = 9999
KEPT = 4096

Key = tuple[bytes | None, tuple[bytes, ...] | None]


class DeviceReader:
    """
    User agent (and client hints) to device, remembered. Safe to call from many threads.

    Args:
        limit: How many user agents to remember in each of two generations.
    """

    def __init__(self, limit: int = KEPT) -> None:
        self._memo: Memo[Key, Device] = Memo(self._read, limit)
        self._lock = Lock()
        self._parse: Callable[[str], Model] | None = None
        self._engine = ""

    def __call__(self, user_agent: bytes | None, hints: tuple[bytes, ...] | None = None) -> Device:
        """
        Return the device that *user_agent* names.

        Args:
            user_agent: The raw header; ``None`` or empty is unknown.

            hints: Values of ``Sec-CH-UA``, ``Sec-CH-UA-Mobile`` and ``Sec-CH-UA-Platform`` in this
                order, empty where absent; they win over the user agent where they say something.

        Returns:
            The device; :data:`~privacykit.collect.ports.UNKNOWN_DEVICE` for what says nothing. The
            same bytes always give the same device, and no input raises.
        """
        if user_agent is not None and len(user_agent) > LONGEST_USER_AGENT:
            user_agent = user_agent[:LONGEST_USER_AGENT]
        if hints is not None and sum(map(len, hints)) > LONGEST_HINTS:
            hints = None
        return self._memo[user_agent, hints]

    def __repr__(self) -> str:
        return f"<DeviceReader, {len(self._memo)} remembered>"

    def warm_up(self) -> str:
        """
        Load the parser now rather than at the first request: half a second, once.

        Returns:
            The engine: ``ua-parser-rs``, ``re2`` or ``python``.
        """
        if self._parse is None:
            with self._lock:
                if self._parse is None:
                    from privacykit.devices.model import load

                    self._parse, self._engine = load()
        return self._engine

    def share(self, other: DeviceReader) -> None:
        """Use the parser that *other* loaded: several readers of one process need only one."""
        self._engine = other.warm_up()
        self._parse = other._parse

    def problems(self) -> tuple[Problem, ...]:
        """Return PK200 when only the slow parser is installed, for `privacykit check`."""
        if self.warm_up() != "python":
            return ()
        message = "user agents are parsed by the slow engine, about 1 ms for each new one"
        hint = "pip install 'privacykit[fast]'"
        return (Problem("PK200", "environment", "ua-parser", message, hint),)

    def model(self, user_agent: bytes) -> Model:
        """Return user-agents' model of *user_agent*, unremembered; holds the text: never log it."""
        self.warm_up()
        assert self._parse is not None
        return self._parse(user_agent[:LONGEST_USER_AGENT].decode("latin-1"))

    def _read(self, key: Key) -> Device:
        user_agent, raw_hints = key
        hints = parse_hints(raw_hints)
        if not user_agent:
            return UNKNOWN_DEVICE if hints is None else device_of(None, hints)
        return device_of(self.model(user_agent), hints)


def device_of(model: Model | None, hints: Hints | None) -> Device:
    """Return what is kept of *model* and *hints*."""
    sort, system, browser, major = "other", OTHER, OTHER, ""
    if model is not None:
        sort = _sort(model)
        system, browser = str(model.os.family), str(model.browser.family)
        major = _major(model)
    if hints is not None and sort != "bot":
        sort = hints.sort(sort, system)
        system = hints.system or system
        # A user agent says "Chrome Mobile" where the brand says "Chrome": keep the finer family.
        if hints.browser and not browser.startswith(hints.browser):
            browser = hints.browser
        major = hints.major or major
        if browser == "HeadlessChrome":
            sort = "bot"
    system = system if system in SYSTEMS else OTHER
    browser, major = (browser, major) if browser in BROWSERS else (OTHER, "")
    return Device(
        ua_class=_lengths_and_fields(browser, major, system, sort),
        fragment=_fragment(sort, system, browser, major),
        bot=sort == "bot",
    )


def _sort(model: Model) -> str:
    if model.is_bot or names_itself_robot(model.ua_string):
        return "bot"
    if model.is_tablet:
        return "tablet"
    if model.is_mobile:
        return "mobile"
    return "desktop" if model.is_pc else "other"


def _major(model: Model) -> str:
    version = model.browser.version
    major = version[0] if version else None
    return str(major) if isinstance(major, int) and 0 <= major <= LARGEST_MAJOR else ""


def _lengths_and_fields(*fields: str) -> bytes:
    return "".join([chr(len(field)) + field for field in fields]).encode("ascii")


def _fragment(sort: str, system: str, browser: str, major: str) -> str:
    # Every name is from a closed list without quotes or backslashes: nothing to escape.
    named = f"{browser} {major}" if major else browser
    return f'{{"type":"{sort}","os":"{system}","browser":"{named}"}}'
