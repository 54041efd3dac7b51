"""
Which lines are counted for coverage, and when: stops and starts the counting of this process.

Counting doubles what Python takes, and the start of each process. So lines count where each needs
to be run once: while the first worker imports them, and in tests that are not :data:`UNMEASURED`.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any

import coverage
from coverage.exceptions import CoverageWarning

TESTS = Path(__file__).parent
PROCESSES = "COVERAGE_PROCESS_CONFIG"
"""Tells the processes that a test starts to count lines."""

UNMEASURED = (
    "cli/test_check.py", "cli/test_every_help.py", "cli/test_every_problem.py",
    "cli/test_main.py", "cli/test_raised_ids.py", "cli/test_run", "cli/test_sinks_erasure.py",
    "cli/test_start_up.py", "cli/test_subject_commands.py", "collect/channel/test_channel.py",
    "collect/consent/test_account.py", "collect/test_flow_through.py", "collect/test_plans.py",
    "connectors/django", "connectors/lakehouse/test_held_references.py",
    "connectors/test_complaints.py", "connectors/test_composite_owners.py",
    "connectors/test_erase_people.py", "connectors/test_many_people.py",
    "connectors/test_plans_in_records.py", "connectors/test_shop_at_scale.py",
    "connectors/test_sql_purge.py", "connectors/test_statement.py",
    "connectors/test_who_is_meant.py", "crash", "decide/impact", "devices/test_user_agent.py",
    "docs/test_policy_docs.py", "documents/test_notice.py", "logs/test_loguru.py",
    "logs/test_say.py", "logs/test_servers.py", "mutation", "newcomer",
    "operate/test_data_desk.py", "operate/test_own_export.py", "personal/test_cells.py",
    "policy/test_override.py", "properties", "pseudonym/test_randomness.py",
    "reports/kinds/test_cart.py", "reports/kinds/test_engines.py",
    "reports/kinds/test_overview.py", "reports/kinds/test_segments.py",
    "reports/kinds/test_two_way.py", "reports/output/test_browser.py",
    "reports/output/test_shapes.py", "reports/test_attribution_adversary.py",
    "reports/test_attribution_canary.py", "reports/test_attribution_reference.py",
    "reports/test_event_store.py", "reports/test_funnel.py", "runtime/test_suppressed.py",
    "samples", "settings/test_nasty_settings.py", "signals/test_hostile_strings.py",
    "signals/test_vectors.py", "sinks/storage/test_killed.py", "sinks/test_sink_contract.py",
    "stores/database/test_engine.py", "stores/database/test_erased_bytes.py",
    "stores/database/test_leases.py", "stores/events/test_columns.py",
    "stores/events/test_reader.py", "stores/events/test_view.py",
    "stores/records/test_audit.py", "stores/records/test_audit_strays.py",
    "stores/records/test_requests.py", "stores/salts/test_file.py",
    "stores/salts/test_processes.py", "test_deploy.py", "test_docs.py", "test_docs_examples.py",
    "test_docs_frameworks.py", "test_docs_sessions.py", "test_examples.py", "test_for_teams.py",
    "test_instructions.py", "test_private_files.py", "test_releasing.py", "test_walls.py",
    "verify/test_watch_theirs.py", "verify/test_watch_trial.py", "web/banner/test_browser.py",
    "web/banner/test_question.py", "web/browser/test_single_page_app.py",
    "web/notice_page/test_browser.py", "web/preferences/test_account_in_browser.py",
    "web/preferences/test_browser.py", "web/preferences/test_languages.py",
    "web/requests/test_browser.py", "web/requests/test_form.py", "web/routers",
    "web/tags/test_browser.py", "web/test_asgi.py", "web/test_bare.py", "web/test_edge.py",
    "web/test_pages_through.py", "web/test_unknown_host.py", "whole",
)  # fmt: skip
"""
Folders and modules of tests whose lines others cover: what they run is not counted.

What is left reaches the bound of coverage by itself. Chosen by contexts of coverage: modules whose
lines and branches are all, but for a few, run by others too, those that take longest first.
"""

EXAMPLES = 10
"""Of a property's examples so many count: they run nearly all lines that a hundred do."""

FIRST = {None, "gw0"}
"""The worker, or the only process, that counts what modules do when they are imported."""


def is_unmeasured(path: Path) -> bool:
    """Tell whether what the tests in the file *path* run is not counted."""
    return str(path.relative_to(TESTS)).startswith(UNMEASURED)


@contextmanager
def counted_once() -> Iterator[None]:
    """Count the lines of the block in one worker only: each of them runs them all."""
    counting = coverage.Coverage.current()
    if counting is None or os.environ.get("PYTEST_XDIST_WORKER") in FIRST:
        yield
        return
    counting.stop()
    yield
    counting.start()


@contextmanager
def uncounted() -> Iterator[None]:
    """Count no lines in the block, nor in processes that it starts."""
    counting = coverage.Coverage.current()
    if counting is None:
        yield
        return
    processes = os.environ.pop(PROCESSES, None)
    counting.stop()
    try:
        yield
    finally:
        with warnings.catch_warnings(action="ignore", category=CoverageWarning):
            counting.start()  # a second time: what is imported by now was counted
        if processes is not None:
            os.environ[PROCESSES] = processes


@contextmanager
def first_examples_counted(test: Any) -> Iterator[None]:
    """Count no lines after the first :data:`EXAMPLES` that Hypothesis draws for *test*."""
    drawing = getattr(test, "hypothesis", None)
    if drawing is None:
        yield
        return
    inner, drawn = drawing.inner_test, count()
    with ExitStack() as rest:

        @wraps(inner)
        def example(*arguments: Any, **options: Any) -> Any:
            if next(drawn) == EXAMPLES:
                rest.enter_context(uncounted())
            return inner(*arguments, **options)

        drawing.inner_test = example
        try:
            yield
        finally:
            drawing.inner_test = inner


def leave_out(owner: type, *names: str) -> None:
    """
    Count no lines while methods of a library run that call nothing of ours.

    Counting slows all that Python does, whosever it is: half of what a report takes is a library
    that writes SQL.

    Args:
        owner: The class.
        names: Its methods.
    """
    for name in names:
        setattr(owner, name, _uncounted_in(getattr(owner, name)))


def _uncounted_in(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def called(*arguments: Any, **options: Any) -> Any:
        counting = sys.gettrace()
        if counting is None:
            return method(*arguments, **options)
        sys.settrace(None)
        try:
            return method(*arguments, **options)
        finally:
            sys.settrace(counting)

    return called


def write_down() -> None:
    """
    Write down what a worker covered while it has the time.

    Who started it waits ten seconds for its end, then kills it, and with a gigabyte to give back on
    a busy machine that is not long.
    """
    covered = coverage.Coverage.current()
    if covered is not None and "PYTEST_XDIST_WORKER" in os.environ:
        covered.stop()
        covered.save()
