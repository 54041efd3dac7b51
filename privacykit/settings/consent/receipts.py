"""The terms that receipts of a site tell, from the configuration. Pure."""

from __future__ import annotations

from privacykit.collect.consent.terms import (
    NOT_STATED,
    Issuer,
    ReceiptPurpose,
    ReceiptRecipient,
    ReceiptTerms,
)
from privacykit.settings.duties.receivers import receivers_of
from privacykit.settings.model import PurposeTable, Settings, SiteTable


def receipt_terms(settings: Settings, site: str) -> ReceiptTerms:
    """
    Return the terms of *site*; of one that is not configured any more, those of the controller.

    Args:
        settings: The configuration.
        site: The site's id.
    """
    table = next((it for it in settings.site if it.id == site), None)
    us = settings.controller
    return ReceiptTerms(
        Issuer(
            us.name,
            us.address,
            us.contact,
            us.officer,
            us.authority,
            tuple(us.establishments if table is None else table.establishments),
            "" if table is None else _url(table, settings),
        ),
        tuple(_purpose(id_, it, settings) for id_, it in settings.purposes.items()),
    )


def _url(site: SiteTable, settings: Settings) -> str:
    """Return where the site's privacy pages are: on its first host."""
    host = site.hosts[0].lower().removeprefix("*.")
    return f"{'https' if settings.choice.secure else 'http'}://{host}{settings.choice.prefix}/"


def _purpose(id_: str, table: PurposeTable, settings: Settings) -> ReceiptPurpose:
    return ReceiptPurpose(
        id_,
        table.label,
        table.description,
        tuple(table.uses),
        table.retention.months,
        table.retention.days,
        table.explicit,
        table.visitor == "consented" or table.identified,
        tuple(
            ReceiptRecipient(one.shown or NOT_STATED, one.role)
            for one in receivers_of(settings, id_)
        ),
    )
