"""The arrival of subject requests: by what each came, and who is told how it goes. Does I/O."""
