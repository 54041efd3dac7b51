"""``privacykit verify --watch``: visits, reads stores and files, erases what it made."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from privacykit.cli.terminal.console import Exit, say, say_json, stop, warn
from privacykit.cli.terminal.ending import Ending
from privacykit.cli.terminal.opened import import_from_here
from privacykit.errors import InputError, PrivacyKitError

if TYPE_CHECKING:
    from privacykit.verify.watch.watcher import Watcher, WatchOutcome

RETRY_SECONDS = 60.0
"""How soon a run that failed is tried again."""
_EVERY = re.compile(r"([1-9][0-9]{0,2})([mh])")


def watch(url: str, every: str, config: str, *, once: bool, as_json: bool) -> None:
    """
    Send made-up people to the real site, search for them everywhere, and erase them.

    Tells of changes only. Once, it ends with 1 where anything is wrong.

    Args:
        url: The site; that of ``[watch]`` where it is empty.
        every: How often, as in ``15m``; as ``[watch]`` says where it is empty.
        config: Path of the configuration file.
        once: Whether to run once, and end.
        as_json: Whether to answer as one document a run.

    Raises:
        InputError: The span or the address is none.
    """
    from privacykit.settings.located import located
    from privacykit.verify.site.http import over_network
    from privacykit.verify.watch.watcher import Watcher, WatchMeans

    seconds = _seconds(every) if every else None
    import_from_here()  # for the sign-up hook
    with over_network() as carry, located(config):

        def made() -> Watcher:
            return Watcher(config, WatchMeans(carry), url, seconds)

        if once:
            with closing(made()) as watcher:
                _once(watcher, as_json=as_json)
        else:
            _until_told(made, Path(config), as_json=as_json)


def _seconds(span: str) -> float:
    from privacykit.settings.duties.watch import SECONDS

    found = _EVERY.fullmatch(span)
    if found is None:
        raise InputError("write a span as 15m or 2h")
    return float(int(found[1]) * SECONDS[found[2]])


def _once(watcher: Watcher, *, as_json: bool) -> None:
    outcome = watcher.once()
    if as_json:
        say_json(outcome)
    else:
        _say(outcome, watcher)
        for one in outcome.report.findings:
            say(f"{one.id} {one.place}: {one.text} ({one.advice})")
        if not outcome.report.findings:
            say("nothing is wrong")
    _warn(outcome)
    if outcome.report.findings:
        stop(Exit.FOUND)
    if outcome.report.unread or outcome.report.left or outcome.untold:
        stop(Exit.PARTLY)


def _until_told(make: Callable[[], Watcher], file: Path, *, as_json: bool) -> None:
    ending = Ending()
    watcher, stamp = make(), _stamp(file)
    try:
        state = watcher.state
        wait = max(0.0, state.at + state.every - time.time()) if state.runs else 0.0
        while not ending.wait(wait):
            try:
                if _stamp(file) != stamp:
                    fresh, stamp = make(), _stamp(file)
                    watcher.close()
                    watcher = fresh
                outcome = watcher.once()
            except PrivacyKitError as error:
                warn(str(error))
                wait = RETRY_SECONDS
                continue
            _tell(outcome, as_json=as_json)
            wait = outcome.schedule.every
    finally:
        watcher.close()


def _tell(outcome: WatchOutcome, *, as_json: bool) -> None:
    if as_json:
        say_json(outcome)
    else:
        for line in outcome.changes.lines():
            say(line)
    sys.stdout.flush()
    _warn(outcome)


def _stamp(file: Path) -> int:
    """Return when *file* was written; 0 where it is not there, so that this is said."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _say(outcome: WatchOutcome, watcher: Watcher) -> None:
    report = outcome.report
    say(f"{report.people} made-up people, {report.pages} pages, {report.events} events of theirs")
    say(f"searched: {', '.join(report.searched)}")
    for name, why in sorted(report.unread.items()):
        say(f"not searched: {name}: {why}")
    say(f"erased: {report.erased} rows")
    for name, why in sorted(report.left.items()):
        say(f"not erased: {name}: {why}")
    told = outcome.schedule.told(watcher.settings.watch.most_percent)
    if told:
        say(f"schedule: {told}")


def _warn(outcome: WatchOutcome) -> None:
    if outcome.untold:
        warn(f"the hook was not told: {outcome.untold}")
