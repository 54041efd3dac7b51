"""A FastAPI application, wrapped with one line."""
