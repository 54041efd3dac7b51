"""Ratios against named references, measured in one interleaved run on the CPU clock."""
