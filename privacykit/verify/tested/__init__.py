"""The tests of claims, one file for each kind."""
