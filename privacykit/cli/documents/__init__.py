"""The commands that print documents: ``notice``, ``ropa``, ``dpia``."""
