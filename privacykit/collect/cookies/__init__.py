"""Cookies of the application: which purpose each has, for how long it may live, what passes."""
