"""The tables that say what ``privacykit verify`` looks at."""
