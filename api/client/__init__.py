"""The ledger over HTTP, for programs: `from api.client import Ledger`, or AsyncLedger where there is an event loop.

What it answers are dictionaries, whose shapes are types in `answers`: a type checker knows their members, and what a
newer ledger tells besides is there all the same.
"""

from api.client import answers
from api.client.asking import Refused, Unreachable
from api.client.clients import AsyncLedger, Ledger
from api.client.told import Receipt, Told

__all__ = ["AsyncLedger", "Ledger", "Receipt", "Refused", "Told", "Unreachable", "answers"]
