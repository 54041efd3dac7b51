"""Metrics for operators: counts, ages and depths, without a word about anybody."""
