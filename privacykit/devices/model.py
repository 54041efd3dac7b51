"""
user-agents' model, filled from ua-parser's present interface. Pure, heavy to import.

`user_agents.parse` goes through ua-parser's legacy tables: a millisecond for each new user agent,
whatever is installed, and a cache that empties itself. Its model of what is a phone, a tablet or a
robot is what we want; so the same class is filled by the fastest engine at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import ua_parser
from user_agents.parsers import (
    UserAgent,
    parse_browser,
    parse_device,
    parse_operating_system,
)


class DeviceModel(UserAgent):  # type: ignore[misc]  # user-agents has no types
    """A parsed user agent with the flags of user-agents: `is_mobile`, `is_bot` and so on."""

    def __init__(self, text: str, found: Any) -> None:  # noqa: ANN401 - ua-parser has no types
        # Not the parent's: it would parse again, through the legacy tables.
        self.ua_string = text
        browser, system, device = found.user_agent, found.os, found.device
        self.browser = parse_browser(browser.family, browser.major, browser.minor, browser.patch)
        self.os = parse_operating_system(system.family, system.major, system.minor, system.patch)
        self.device = parse_device(device.family, device.brand, device.model)


@cache
def load() -> tuple[Callable[[str], DeviceModel], str]:
    """
    Return the fastest parser that is installed, one for the process; half a second the first time.

    Returns:
        Text to model, and the engine's name: ``ua-parser-rs``, ``re2`` or ``python``.
    """
    if ua_parser.RegexResolver is not None:
        engine, resolver = "ua-parser-rs", ua_parser.RegexResolver(ua_parser.load_lazy_builtins())
    elif ua_parser.Re2Resolver is not None:
        engine, resolver = "re2", ua_parser.Re2Resolver(ua_parser.load_lazy_builtins())
    else:
        engine, resolver = "python", ua_parser.BasicResolver(ua_parser.load_builtins())
    parser = ua_parser.Parser(resolver)

    def parse(text: str) -> DeviceModel:
        return DeviceModel(text, parser.parse(text).with_defaults())

    return parse, engine
