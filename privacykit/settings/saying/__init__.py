"""The tables of what a person has to say for documents: no measurement and no file knows it."""
