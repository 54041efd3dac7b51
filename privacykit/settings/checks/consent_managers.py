"""Tables about consent managers: uses, categories and cookies that nothing defines. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.errors import Problem
from privacykit.policy.words import RULED_USES
from privacykit.settings.model import Settings
from privacykit.settings.signals.banners import banner_kind, banner_kinds
from privacykit.settings.signals.readers import unspoken
from privacykit.toml_files.words import did_you_mean


def consent_manager_problems(settings: Settings) -> Iterator[Problem]:
    """Yield uses, categories and cookies that nothing defines."""
    for use in settings.tcf.uses if settings.tcf is not None else ():
        if use not in RULED_USES:
            hint = did_you_mean(use, RULED_USES, "name some of: " + ", ".join(RULED_USES))
            yield Problem("PK017", "", f"tcf.uses.{use}", "no such use", hint)
    for name in unspoken(settings):
        message = "no TC string speaks of a use of this purpose, so an AC string means nothing"
        hint = "say what its uses need: [tcf.uses.…]"
        yield Problem("PK400", "", f"tcf.google_providers.{name}", message, hint)
    if settings.tags.tcf:
        without = "only a consent manager that IAB Europe registered may"
        alone = "it lists vendors of the global vendor list, of which we keep none"
        reason = without if settings.tags.cmp_id is None else alone
        hint = "let a registered consent manager ask, and read its string: [tcf]"
        yield Problem("PK158", "", "tags.tcf", f"no TC string is written: {reason}", hint)
    for i, table in enumerate(settings.banners):
        kind, key = banner_kind(table.type), f"banners.{i}"
        if kind is None:
            kinds = banner_kinds()
            hint = did_you_mean(table.type, kinds, "name one of: " + ", ".join(kinds))
            yield Problem("PK128", "", f"{key}.type", "no such banner", hint)
            continue
        for category in table.categories:
            if kind.categories and category not in kind.categories:
                known = "name some of: " + ", ".join(kind.categories)
                hint = did_you_mean(category, kind.categories, known)
                message = "the banner has no such category"
                yield Problem("PK048", "", f"{key}.categories.{category}", message, hint)
        if table.cookies and len(table.cookies) != len(kind.cookies):
            hint = f"name {len(kind.cookies)}, in the order of: " + ", ".join(kind.cookies)
            yield Problem("PK119", "", f"{key}.cookies", "not as many as it writes", hint)
