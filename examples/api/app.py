"""A FastAPI application, wrapped with one line."""

from __future__ import annotations

import os

from fastapi import FastAPI, Request

from privacykit import PrivacyMiddleware

app = FastAPI(title="Books")
app.add_middleware(PrivacyMiddleware, config=os.environ.get("BOOKS_CONFIG", "privacykit.toml"))


@app.get("/books/{isbn}")
async def book(isbn: str, request: Request) -> dict[str, object]:
    """Return a book, and whether its reader may be advertised to."""
    privacy = request.state.privacy
    privacy.emit("read", props={"length": len(isbn)})
    return {"isbn": isbn, "adverts": privacy.allows("ads"), "place": privacy.place}
