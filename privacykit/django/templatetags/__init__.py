"""Tags for templates: ``{% load privacykit %}``."""
