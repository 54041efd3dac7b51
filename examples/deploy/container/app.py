"""The application in the container: replace it by yours."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI()


@app.get("/orders/{number}", response_class=HTMLResponse)
async def order(number: int) -> str:
    """Show one order."""
    return f"<h1>Order {number}</h1><a href=/privacy/>Your privacy</a>"
