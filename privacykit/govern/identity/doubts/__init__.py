"""Doubts of whom a row is: what speaks against its being the person, and against being one."""
