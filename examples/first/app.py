"""The application of the tutorial: a shop's pages over a database of customers and orders."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from html import escape
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

DATABASE, TABLES = Path("shop.db"), Path(__file__).with_name("shop.sql")
if not DATABASE.exists():
    with closing(sqlite3.connect(DATABASE)) as shop:
        shop.executescript(TABLES.read_text(encoding="utf-8"))

app = FastAPI()


@app.get("/", response_class=HTMLResponse)
async def home() -> str:
    """Show the way to an order, and to the visitor's choices."""
    return "<h1>The shop</h1><a href=/orders/1001>Order 1001</a> <a href=/privacy/>Your privacy</a>"


@app.get("/orders/{number}", response_class=HTMLResponse)
async def order(number: int) -> HTMLResponse:
    """Show one order; remember in a cookie of statistics that it was looked at."""
    with closing(sqlite3.connect(DATABASE)) as shop:
        row = shop.execute("select total_cents from orders where id = ?", (number,)).fetchone()
    total = f"{row[0] / 100:.2f} EUR" if row else "unknown"
    page = HTMLResponse(f"<h1>Order {number}</h1><p>{escape(total)}", 200 if row else 404)
    page.set_cookie("_ga", "GA1.1.1234")
    return page
