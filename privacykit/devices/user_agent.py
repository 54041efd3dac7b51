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

from privacykit import forks
from privacykit.collect.memo import MEBIBYTE, Memo
from privacykit.collect.ports import Device
from privacykit.devices.families import BROWSERS, OTHER, SYSTEMS
from privacykit.devices.hints import Hints, parse_hints
from privacykit.devices.robots import is_robot

if TYPE_CHECKING:
    from privacykit.devices.model import DeviceModel

LONGEST_USER_AGENT = 512
"""Bytes read; what comes after is ignored. Browsers send 60 to 300; regexes cost by length."""
LONGEST_HINTS = 512
"""Bytes of all hints together; longer ones are not believed, so that no memory is bought."""
LARGEST_MAJOR = 9999
KEPT_BYTES = 4 * MEBIBYTE

Key = tuple[bytes | None, tuple[bytes, ...] | None]


class DeviceReader:
    """
    User agent (and client hints) to device, remembered. Safe to call from many threads.

    Args:
        most_bytes: For what is remembered.
    """

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._memo: Memo[Key, Device] = Memo(self._read, most_bytes)
        self.after_fork_in_child()
        forks.renew(self)
        self._parse: Callable[[str], DeviceModel] | None = None
        self._engine = ""

    def after_fork_in_child(self) -> None:
        """Forget who held the lock."""
        self._lock = Lock()

    def __call__(self, user_agent: bytes | None, hints: tuple[bytes, ...] | None = None) -> Device:
        """
        Return the device that *user_agent* names.

        Args:
            user_agent: The raw header; ``None`` or empty, without hints, is a robot's.
            hints: Values of ``Sec-CH-UA``, ``Sec-CH-UA-Mobile`` and ``Sec-CH-UA-Platform`` in this
                order, empty where absent; they win over the user agent where they say something.

        Returns:
            The device. The same bytes always give the same device, and no input raises.
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

    def model(self, user_agent: bytes) -> DeviceModel:
        """Return user-agents' model of *user_agent*, unremembered; holds the text: never log it."""
        self.warm_up()
        assert self._parse is not None
        return self._parse(user_agent[:LONGEST_USER_AGENT].decode("latin-1"))

    def _read(self, key: Key) -> Device:
        user_agent, raw_hints = key
        hints = parse_hints(raw_hints)
        if not user_agent:
            return NOBODYS if hints is None else device_of(None, hints)
        return device_of(self.model(user_agent), hints)


def device_of(model: DeviceModel | None, hints: Hints | None) -> Device:
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
    return _device(sort, system, browser, major)


def _device(sort: str, system: str, browser: str, major: str) -> Device:
    return Device(
        ua_class=_lengths_and_fields(browser, major, system, sort),
        fragment=_fragment(sort, system, browser, major),
        bot=sort == "bot",
    )


def _sort(model: DeviceModel) -> str:
    if model.is_bot or is_robot(model.ua_string, on_device=_names_device(model)):
        return "bot"
    if model.is_tablet:
        return "tablet"
    if model.is_mobile:
        return "mobile"
    return "desktop" if model.is_pc else "other"


def _names_device(model: DeviceModel) -> bool:
    """Tell whether the parser knows a telephone or the like in it; every Mac is called just Mac."""
    brand = str(model.device.brand or "Generic")
    return not brand.startswith("Generic") and model.device.family not in {"Spider", "Mac"}


def _major(model: DeviceModel) -> str:
    version = model.browser.version
    major = version[0] if version else None
    return str(major) if isinstance(major, int) and 0 <= major <= LARGEST_MAJOR else ""


def _lengths_and_fields(*fields: str) -> bytes:
    return "".join([chr(len(field)) + field for field in fields]).encode("ascii")


def _fragment(sort: str, system: str, browser: str, major: str) -> str:
    # Every name is from a closed list without quotes or backslashes: nothing to escape.
    named = f"{browser} {major}" if major else browser
    return f'{{"type":"{sort}","os":"{system}","browser":"{named}"}}'


NOBODYS = _device("bot", OTHER, OTHER, "")
"""What a client without a user agent has: browsers send one."""
