"""Routers of frameworks that leave no route in the scope, asked when the response starts."""
