"""The web routes by which subject requests arrive: the form of people, the protocols."""
