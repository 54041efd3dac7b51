"""The opt-out and preference pages of each site, put together from the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from privacykit.collect.consent.account import AccountChoices
from privacykit.collect.consent.keeping import ConsentStore
from privacykit.collect.consent.receipts import ReceiptMaker
from privacykit.collect.site import Site
from privacykit.settings.consent.receipts import receipt_terms
from privacykit.settings.model import Settings
from privacykit.settings.signals.tags import TagsTable
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.stores.keys import KeyRing
from privacykit.stores.records.audit_keys import public_keys
from privacykit.web.browser.events import BrowserEvents
from privacykit.web.data_page.person import PersonHook
from privacykit.web.data_page.ports import DataDesk
from privacykit.web.language.catalogues import catalogue
from privacykit.web.language.negotiation import direction_of
from privacykit.web.notice_page.endpoints import SECURITY
from privacykit.web.notice_page.ports import NoticeDesk
from privacykit.web.preferences.context import NO_ROOMS, WELL_KNOWN, ExtraRooms, RoutesContext
from privacykit.web.preferences.http import Pages
from privacykit.web.preferences.limits import WriteLimits
from privacykit.web.preferences.routes import pages_of_sites
from privacykit.web.tags.config import Tags

STOP_ORDER_SECONDS = 8 * 86_400.0
"""How long a visitor's stop order is kept: an id lives a day, a delivery is tried for a week."""


DSRDELETE = "/dsrdelete.json"
"""What the Data Deletion Request Framework asks for at the root of a domain."""


def tags_of(table: TagsTable) -> Tags:
    """Return what tags of others are told."""
    told = {
        who: {storage: tuple(names) for storage, names in storages.items()}
        for who, storages in table.storages().items()
    }
    return Tags(
        google=told.get("google"),
        wait_ms=table.google.wait_for_update if table.google is not None else 0,
        microsoft=told.get("microsoft"),
        matomo=told.get("matomo", {}),
        gpp=table.gpp,
        us_privacy=table.us_privacy,
        notices=table.notices,
        cmp_id=table.cmp_id or 0,
    )


def prefixes_of(settings: Settings) -> tuple[str, ...]:
    """Return how the paths of our pages begin; nothing where none are served."""
    if not settings.choice.enabled:
        return ()
    notice = settings.notice
    door = notice is not None and notice.security_contact is not None
    deletes = settings.requests.ddrf is not None
    doors = (*((SECURITY,) if door else ()), *((DSRDELETE,) if deletes else ()))
    paths = (settings.choice.prefix, WELL_KNOWN, *doors)
    return tuple(f"{path}/" for path in paths)


def preference_pages(  # noqa: PLR0913 - the parts of the whole, each by its name
    settings: Settings,
    sites: Mapping[str, Site],
    choices: Mapping[str, ChoiceCookies],
    consents: ConsentStore,
    accounts: AccountChoices,
    keys: KeyRing,
    *,
    clock: Callable[[], float],
    new_record: Callable[[], str],
    failed: Callable[[Exception], object],
    person: PersonHook,
    data: DataDesk | None,
    notice: NoticeDesk | None,
    template_of: Callable[[str], str],
    rooms: ExtraRooms = NO_ROOMS,
) -> Pages:
    """
    Return what serves the pages of every site, and takes the events of browsers if it should.

    What is held about a visitor *data* answers; *notice* writes the privacy notice.
    """
    table = settings.choice
    updated = (
        date.fromisoformat(table.gpc_last_update)
        if table.gpc_last_update
        else datetime.fromtimestamp(clock(), UTC).date()
    )
    limits, refusals, receipts = WriteLimits(), WriteLimits(), WriteLimits()
    public = public_keys(keys)
    offered = dict.fromkeys((table.language, *table.languages))
    languages: dict[str, Mapping[str, str]] = {
        tag: {**catalogue(tag), **table.texts.get(tag, {})} for tag in offered
    }
    browser = BrowserEvents(template_of) if settings.events.browser else None
    return pages_of_sites(
        {
            site.id: RoutesContext(
                site=site.id,
                cookies=choices[site.id],
                purposes=site.purposes,
                consents=consents,
                clock=clock,
                new_record=new_record,
                gpc_last_update=updated,
                prefix=table.prefix,
                hosts=site.hosts,
                text_version=table.text_version,
                stop_seconds=STOP_ORDER_SECONDS,
                controller=settings.controller.name,
                contact=settings.controller.contact,
                declared=site.cookies,
                language=table.language,
                wording=languages[table.language],
                direction=direction_of(table.language),
                languages=languages,
                policy=table.policy or "",
                notice=notice,
                lists_purposes=table.first_layer == "always",
                ask_again_months=table.ask_again_months,
                limits=limits,
                tags=tags_of(settings.tags),
                refusal_limits=refusals,
                receipts=ReceiptMaker(receipt_terms(settings, site.id), keys.signer(), public),
                receipt_limits=receipts,
                browser=browser,
                failed=failed,
                person=person,
                accounts=accounts,
                data=data if settings.data_page.enabled else None,
                extra=rooms,
            )
            for site in sites.values()
        }
    )
