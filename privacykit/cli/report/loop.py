"""loop placeholder."""


def loop() -> None:
    """Later."""
