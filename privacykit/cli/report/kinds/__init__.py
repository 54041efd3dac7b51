"""The kinds of ``privacykit report`` that count visits, events and steps."""
