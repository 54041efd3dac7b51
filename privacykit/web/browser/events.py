"""
The events of a browser: decided, weakened and kept as those of a server's answer are.

Laws, held by ``tests/web/browser/``: the decision is that of the moment of the message, so that a
refusal counts from the next one on; a page is named by its pattern, never by its path; nothing is
stored on the device; of floods and robots only the number is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from privacykit.collect.flow import make_page_change
from privacykit.collect.privacy import NOT_A_NAME, OUTBOX_FULL, Privacy
from privacykit.decide.withheld import Withheld
from privacykit.errors import InputError
from privacykit.web.browser.message import BrowserMessage, MessageError
from privacykit.web.preferences.limits import Rate, WriteLimits

EVERYBODY = Rate(20_000, 1_000)
"""Of one process: more than it serves pages."""
NETWORK = Rate(1_200, 20)
"""Of one network (24 bits of IPv4, 48 of IPv6), behind which a whole office may be."""
DEVICE = Rate(60, 1)
"""Of one address and browser: sixty at once, then one a second, and nobody reads faster."""
FLOOD = Withheld.FLOOD.value


@dataclass(frozen=True, slots=True)
class BrowserEvents:
    """
    What takes the messages of browsers.

    Attributes:
        template_of: Path to page template as JSON, ``null`` where no pattern fits.
        limits: How much browsers may send.
    """

    template_of: Callable[[str], str]
    limits: WriteLimits = field(default_factory=lambda: WriteLimits(EVERYBODY, NETWORK, DEVICE))

    def may_send(self, privacy: Privacy) -> bool:
        """Tell whether the browser may send one more message; count a flood."""
        services = privacy.services
        sender = b"%b %b" % (privacy.rate_limit_key().encode(), privacy.device.ua_class)
        if self.limits.allow(privacy.packed, services.clock(), sender):
            return True
        services.withheld[FLOOD].n += 1
        return False

    def keep(self, message: BrowserMessage, privacy: Privacy) -> None:
        """
        Keep what *message* tells, if it may be kept; count why not.

        Raises:
            MessageError: It names an event or a purpose by something that is none.
        """
        if message.page:
            self._keep_page(message, privacy)
        else:
            _keep_named(message, privacy)

    def _keep_page(self, message: BrowserMessage, privacy: Privacy) -> None:
        path, _, query = message.page.partition("#")[0].partition("?")
        page = self.template_of(unquote(path))
        sent = query.encode("utf-8", "replace"), message.referrer.encode("utf-8", "replace")
        made = make_page_change(privacy, page, *sent)
        withheld = privacy.services.withheld
        if isinstance(made, str):
            withheld[made].n += 1
        elif not privacy.services.accept(made):
            withheld[OUTBOX_FULL.reason].n += 1


def _keep_named(message: BrowserMessage, privacy: Privacy) -> None:
    try:
        emission = privacy.emit(message.event, message.purpose or None, message.props)
    except InputError:
        raise MessageError(400, "the configuration has no such purpose") from None
    if emission is NOT_A_NAME:
        raise MessageError(400, "an event is named by words, such as signup")
