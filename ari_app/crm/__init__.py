"""
A principal's own CRM, asked over HTTP while a call waits: is this number a customer's?

    NoAnswer    it did not answer as it should; inside this folder only: `HttpCustomers` makes an Unknown of it

`line` asks, `answers` reads, `breaker` keeps from asking in vain, `last_known` remembers; `customers` joins them into
ports.live_customers.LiveCustomers, and `trial` shows a look-up to people. No number is ever logged: nor is a URL, which
holds one.
"""

from ari_app.crm.answers import Absent, Misread, Reading
from ari_app.crm.customers import Crm, Hearing, HttpCustomers
from ari_app.crm.last_known import LastKnown
from ari_app.crm.settings import CrmSettings, Places
from ari_app.crm.trial import Trial, tried

__all__ = [
    "Absent",
    "Crm",
    "CrmSettings",
    "Hearing",
    "HttpCustomers",
    "LastKnown",
    "Misread",
    "Places",
    "Reading",
    "Trial",
    "tried",
]
