"""Answers: each kind of report, asked of an engine and made into figures and tables."""
