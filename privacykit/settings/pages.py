"""The opt-out and preference pages of each site, put together. Builds an ASGI application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from privacykit.collect.ports import ConsentStore
from privacykit.collect.privacy import NO_PRIVACY, NoPrivacy, Privacy
from privacykit.collect.site import Site
from privacykit.policy.verdict import Verdict
from privacykit.settings.model import Settings
from privacykit.signals import choice
from privacykit.signals.choice import ChoiceCookies
from privacykit.web.asgi import MARK, App, Receive, Scope, Send
from privacykit.web.context import PurposeText, RoutesContext, Shown, UndecidedError
from privacykit.web.routes import build_routes

SAY_NO_FOR_SECONDS = 8 * 86_400.0
"""How long a visitor's stop order is kept: an id lives a day, a delivery is tried for a week."""


def routes_of(
    settings: Settings,
    sites: Mapping[str, Site],
    choices: Mapping[str, ChoiceCookies],
    consents: ConsentStore,
    *,
    clock: Callable[[], float],
    new_record: Callable[[], str],
    failed: Callable[[Exception], object],
) -> App:
    """Return the application that serves our routes of every site."""
    table = settings.choice
    updated = (
        date.fromisoformat(table.gpc_last_update)
        if table.gpc_last_update
        else datetime.fromtimestamp(clock(), UTC).date()
    )
    apps = {
        site.id: build_routes(
            RoutesContext(
                site=site.id,
                cookies=choices[site.id],
                purposes=[
                    PurposeText(p.id, p.label, p.description, p.necessary) for p in site.purposes
                ],
                consents=consents,
                show=show,
                clock=clock,
                new_record=new_record,
                gpc_last_update=updated,
                prefix=table.prefix,
                hosts=site.hosts,
                text_version=table.text_version,
                stop_seconds=SAY_NO_FOR_SECONDS,
                controller=table.controller,
                contact=table.contact,
                failed=failed,
            )
        )
        for site in sites.values()
    }
    first = next(iter(apps.values()))

    async def by_site(scope: Scope, receive: Receive, send: Send) -> None:
        privacy = scope[MARK]
        # A refusal of everything is the same cookie on every site.
        app = first if privacy is NO_PRIVACY else apps.get(privacy.lane.site.id, first)
        await app(scope, receive, send)

    return by_site


def show(scope: Scope) -> Shown:
    """
    Return what the pages tell a visitor about the present decision.

    Raises:
        UndecidedError: There is none.
    """
    privacy: Privacy | NoPrivacy = scope[MARK]
    if isinstance(privacy, NoPrivacy):
        raise UndecidedError
    plan = privacy.plan
    device = privacy.device
    codes = {reason.code for decision in plan.decisions.values() for reason in decision.reasons}
    return Shown(
        place=plan.place,
        decisions=plan.decisions,
        gpc=plan.gpc,
        gpc_honoured="gpc" in codes or (plan.gpc and "opted_out" in codes),
        dnt=bool(plan.mask & choice.DNT),
        grantable=_grantable(privacy),
        visitors=tuple(
            {
                id_
                for purpose in plan.purposes.values()
                if (id_ := privacy.visitor_under(purpose, device)) is not None
            }
        ),
    )


def _grantable(privacy: Privacy) -> frozenset[str]:
    purposes = privacy.lane.site.purposes
    mask = privacy.plan.mask & (choice.GPC | choice.DNT) | choice.GRANT_AFTER_GPC
    for index, purpose in enumerate(purposes):
        if not purpose.necessary:
            mask |= 1 << choice.PURPOSE_SHIFT + 2 * index
    decisions = privacy.lane.plans[privacy.plan.place, mask].decisions
    return frozenset(
        p.id for p in purposes if decisions[p.id].verdict is Verdict.ALLOW and not p.necessary
    )
