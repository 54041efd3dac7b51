"""The endpoints behind the routes: the desk that they share, and the choice pages."""
