"""The ledger over HTTP, for programs: `from api.client import Ledger`, or AsyncLedger where there is an event loop."""

from api.client.asking import Refused, Unreachable
from api.client.clients import AsyncLedger, Ledger
from api.client.told import Receipt, Told

__all__ = ["AsyncLedger", "Ledger", "Receipt", "Refused", "Told", "Unreachable"]
