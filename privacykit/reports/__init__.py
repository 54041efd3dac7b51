"""
Reports over consented events: how people move, without singling anybody out.

``privacykit report funnel|attribution|…`` asks; two stages answer. An engine (DuckDB, in the
process) runs one expression and returns counts of groups that have no unit in common; Python makes
them into figures, leaves out what is smaller than k people, and writes. Needs the extra
``reports``; the middleware never imports it.

To read: :mod:`~privacykit.reports.asking` (a report from question to result),
:mod:`~privacykit.reports.suppression` (why no difference of figures is a small group),
:mod:`~privacykit.reports.question`, :mod:`~privacykit.reports.funnel`.
"""
