"""``manage.py privacykit``."""
