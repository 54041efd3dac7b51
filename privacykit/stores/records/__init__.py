"""The records store: consents, requests, plans, holds, suppressions, audit. Does I/O."""
