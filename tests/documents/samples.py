"""Three configurations and a data map that documents are made of, and what makes them."""

from __future__ import annotations

from datetime import date

from privacykit.documents.facts.gather import NO_MAP, DocumentInput
from privacykit.documents.model import build_model
from privacykit.documents.pages.writer import Writer
from privacykit.govern.datamap import parse_datamap
from privacykit.runtime.documents.asked import asks_consent
from privacykit.settings.load import parse
from privacykit.settings.policies import shipped_policies
from privacykit.web.notice_page.messages import messages

ON = date(2026, 12, 1)

COOKIELESS = """
[controller]
name = "Verein e.V."
address = "Weg 1, 10115 Berlin"
contact = "post@verein.example"
establishments = ["DE"]
[[site]]
id = "club"
hosts = ["verein.example"]
timezone = "Europe/Berlin"
[purposes.statistics]
uses = ["analytics_no_storage"]
retention = "12 months"
label = "Statistik"
description = "Wir zählen Besuche."
texts.en = { label = "Statistics", description = "We count visits." }
[choice]
language = "de"
[notice]
effective = "2026-12-01"
officer = "none"
must_give = "Nein."
automated_decisions = "none"
[notice.purposes.statistics]
interest = "zu sehen, was gelesen wird"
"""
CONSENTED = """
[controller]
name = "Shop GmbH"
address = "Weg 1, 10115 Berlin"
contact = "privacy@shop.example"
establishments = ["DE"]
authority = "Berlin Commissioner for Data Protection"
[[site]]
id = "shop"
hosts = ["shop.example", "www.shop.example"]
timezone = "Europe/Berlin"
[events]
page = "analytics"
[geo]
country_header = "X-Country"
[purposes.necessary]
uses = ["strictly_necessary"]
visitor = "none"
label = "Running the shop"
description = "What the shop needs to work, such as the basket."
[purposes.analytics]
uses = ["analytics_storage"]
visitor = "consented"
identified = true
retention = "13 months"
label = "Statistics"
description = "We count visits to see which pages are read."
texts.de = { label = "Statistik", description = "Wir zählen Besuche." }
[cookies]
session = "necessary"
"_pk*" = "analytics"
[[sinks]]
type = "matomo"
name = "stats"
url = "https://user:s3cret@10.1.2.3/matomo.php"
token = "t0ken"
purposes = ["analytics"]
[[sinks]]
type = "http"
name = "mirror"
url = "https://mirror.internal/events"
purposes = ["analytics"]
[notice]
effective = "2026-12-01"
officer = "dpo@shop.example"
must_give = "No. Without an address we cannot deliver."
automated_decisions = "none"
requests = "Write to privacy@shop.example."
measures = ["access by role", "staff are trained"]
[notice.purposes.necessary]
basis = "contract"
[notice.purposes.orders]
label = "Orders"
description = "We deliver what you order."
basis = "contract"
kept = "as long as you have an account"
[notice.purposes.newsletter]
label = "Newsletter"
description = "We send news that you asked for."
basis = "consent"
kept = "until you end it"
[notice.persons]
shop = ["customers"]
[notice.recipients.stats]
name = "Matomo Cloud"
country = "NZ"
safeguard = "adequacy decision 2013/65/EU"
kind = "measurement"
[notice.recipients.mirror]
name = "Mirror SARL"
country = "FR"
[[notice.hosts]]
name = "Hoster AG"
country = "DE"
kind = "hosting"
[notice.cookies.session]
life = "session"
[notice.cookies."_pk*"]
life = "13 months"
"""
MAP = """
[recipients.printer]
name = "Print & Post"
country = "AT"
[datasets.shop]
system = "shop"
url = "postgresql://shop:pw@db.internal/shop"
recipients = ["printer"]
[systems.shop]
[reasons.tax]
citation = "AO § 147"
duration = "10 years"
[collections.shop.customers]
subject = true
purposes = ["orders", "newsletter"]
[collections.shop.customers.fields]
id = { exclude = "a number" }
email = { category = "user.contact.email", identity = "email" }
name = "user.name"
diet = "user.health"
[collections.shop.orders]
purposes = ["orders"]
retention = { duration = "3 years", from = "created" }
keep = { reason = "tax", from = "created" }
[collections.shop.orders.fields]
id = { exclude = "a number" }
customer_id = { category = "user.unique_id", relation = "owned_by" }
created = { exclude = "a date" }
goods = "user.behavior.purchase_history"
"""
SOLD = """
[controller]
name = "Ads Inc."
contact = "privacy@ads.example"
establishments = ["US-TX"]
[[site]]
id = "ads"
hosts = ["ads.example"]
timezone = "America/Chicago"
audience = { data_types = ["biometric"] }
[purposes.ads]
uses = ["targeted_ads", "sale", "sensitive_sale"]
retention = "6 months"
label = "Advertising"
description = "We show advertising that fits."
[[sinks]]
type = "http"
name = "buyer"
role = "third_party"
url = "https://buyer.example/in"
purposes = ["ads"]
[notice]
effective = "2026-12-01"
automated_decisions = "none"
[notice.purposes.ads]
interest = "to be paid"
[notice.recipients.buyer]
name = "Buyer LLC"
country = "US"
"""
ALL = {"cookieless": (COOKIELESS, ""), "consented": (CONSENTED, MAP), "sold": (SOLD, "")}
LAWS = ("gdpr", "california", "lgpd", "pipl", "app", "kvkk", "us-states")


def given(text=CONSENTED, datamap="", on=ON, **more):
    """Return what documents are made of."""
    known = parse_datamap(datamap) if datamap else NO_MAP
    settings = parse(text)
    asks = asks_consent(settings, on)
    return DocumentInput(settings, shipped_policies(), on, asks, known, **more)


def model(text=CONSENTED, datamap="", on=ON, **more):
    """Return the model of a configuration."""
    return build_model(given(text, datamap, on, **more))


def by_law(text, *laws):
    """Return the configuration written by *laws*."""
    return text.replace("[notice]\n", f"[notice]\nlaws = {list(laws)}\n".replace("'", '"'))


def writer(language="en", written_in="en"):
    """Return what writes in a language."""
    return Writer(language, messages(language), messages("en"), written_in)


def said(one, language="en"):
    """Return the texts of a model's statements by their ids."""
    write = writer(language)
    return {it.id: "".join(run.text for run in write.statement(it)) for it in one.statements}
