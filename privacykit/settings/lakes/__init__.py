"""The lakes that a data map names, opened: folders and buckets, and the format of their tables."""

from privacykit.settings.lakes.open import LAKES, open_lake

__all__ = ["LAKES", "open_lake"]
