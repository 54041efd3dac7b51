"""The pages where visitors choose: opt-out, preferences, status, the statement about GPC."""
