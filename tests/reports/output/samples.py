"""Reports with every kind of table, made by hand: what the writers are tried with."""

from __future__ import annotations

from privacykit.reports.answers.funnel import STEP_COLUMNS, WHOLE_COLUMNS
from privacykit.reports.numbers import rate
from privacykit.reports.result import (
    DataSet,
    Hidden,
    Report,
    ReportColumn,
    ReportedPeriod,
    ReportTable,
)

NOVEMBER = ReportedPeriod("2026-11-01", "2026-11-30", "Europe/Berlin")
OCTOBER = ReportedPeriod("2026-10-02", "2026-10-31", "Europe/Berlin")
HOSTILE = "<script>alert(1)</script>\"'&\u202e\u05d0\u05d1\u05d2\x1b[31m"
"""What a visitor may call a page: markup, quotes, a change of direction, a terminal's code."""
STEPS = ("landing", "product", "cart", "checkout", "buy")


def step(name, entries, performed, skipped, exits, proceeded):
    """Return the figures of a step, consistent."""
    whole = (performed or 0) + (skipped or 0)
    in_funnel = None if not whole and None in {performed, skipped} else whole
    return {
        "name": name,
        "entries": entries,
        "in_funnel": in_funnel,
        "performed": performed,
        "skipped": skipped,
        "exits": exits,
        "proceeded": proceeded,
        "step_rate": rate(proceeded, in_funnel),
    }


WALK = (
    step("landing", 1204, 1204, 0, 1166, 38),
    step("product", 0, 26, 12, 0, 38),
    step("cart", 0, 38, 0, None, 38),
    step("checkout", 0, 38, None, None, 38),
    step("buy", 0, 38, 0, 0, 0),
)
NOTHING = (step("landing", None, None, 0, None, None), step("buy", 0, 0, 0, 0, 0))


def funnel(steps=WALK, entered=1204, conversions=38, *, period=0, segment=None, hidden=0):
    """Return the data set of a funnel."""
    rows = tuple(
        (f"{at}. {one['name']}", *(one[column.key] for column in STEP_COLUMNS[1:]))
        for at, one in enumerate(steps, 1)
    )
    whole = ((1300, entered, conversions, rate(conversions, entered)),)
    document = {"entered": entered, "conversions": conversions, "steps": list(steps)}
    tables = (
        ReportTable("steps", "What happened at each step", STEP_COLUMNS, rows),
        ReportTable("whole", "How many got through", WHOLE_COLUMNS, whole),
    )
    return DataSet(period, segment, document, tables, Hidden(hidden, "0.02" if hidden else "0.00"))


def report(*sets, kind="funnel", title="landing → buy", periods=(NOVEMBER,), **more):
    """Return a report of *sets*."""
    told = {
        "report": kind,
        "title": title,
        "site": "shop",
        "unit": "visit",
        "ids": "daily",
        "periods": periods,
        "segments": tuple(dict.fromkeys(one.segment for one in sets if one.segment)),
        "k": 10,
        "synthetic": False,
        "policies": ("DE@0123456789ab",),
        "sets": sets,
        "notes": ("A visit across midnight is two.",),
        "not_available": ("new_returning",),
        "generated_at": "2026-12-01T06:00:00Z",
    }
    return Report(**(told | more))


def table(key, rows, *columns, caption="What there was"):
    """Return a table; *columns* are ``key:kind``."""
    made = tuple(
        ReportColumn(name, name.capitalize(), kind)
        for name, _, kind in (one.partition(":") for one in columns)
    )
    return ReportTable(key, caption, made, tuple(rows))


def tables_report(*tables, periods=(NOVEMBER,), kind="overview", **more):
    """Return a report of *tables*, the same in every period."""
    sets = [DataSet(at, None, {}, tables, Hidden(0, "0.00")) for at in range(len(periods))]
    return report(*sets, kind=kind, title="Overview", periods=periods, **more)


def told(kind, **document):
    """Return a report of *kind* that has a document and no table."""
    return report(DataSet(0, None, document, (), Hidden(0, "0.00")), kind=kind)


DAYS = table(
    "by_day",
    [(f"2026-11-{day:02}", None if day in {7, 8} else day * 40) for day in range(1, 31)],
    "day:text",
    "visits:count",
)
CHANNELS = table(
    "channels",
    [("search", 420, "0.4200", 120_00), ("e-mail", 80, "0.0800", 0), ("(other)", None, None, None)],
    "channel:text",
    "visits:count",
    "share:share",
    "revenue:money",
    caption="Where visits came from",
)
PAIRS = table(
    "pairs",
    [("(start)", "/", 900), ("/", "/cart", 60), ("/cart", "(end)", 40), ("/", "(end)", None)],
    "here:text",
    "next:text",
    "times:count",
    caption="From where to where",
)
COHORTS = table(
    "cohorts",
    [("2026-08", 120, 60, 31, 20), ("2026-09", 140, 66, None, ""), ("(all)", 260, 126, "", "")],
    "month:text",
    "m0:count",
    "m1:count",
    "m2:count",
    "m3:count",
    caption="Who came back",
)
EVERY = (DAYS, CHANNELS, PAIRS, COHORTS)
