"""The data page, ``/privacy/data``: what is held about whoever asks, and what they can do."""
