"""For our users' tests, and ours: contract suites, an in-memory sink, the canary."""
