"""The privacy notice for visitors: its words in each language, and the routes that serve it."""
