"""The privacy notice: its arrangement, its machine-readable forms, what changed in it. Pure."""
