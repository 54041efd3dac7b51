"""Incidents handled: the inventory taken, clocks started, letters drafted, the register kept."""
