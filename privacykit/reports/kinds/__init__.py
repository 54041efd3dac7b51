"""Kinds of reports beside funnel and attribution: counts made into figures."""
