"""A shop in Quart."""

import sqlite3
from contextlib import closing

from quart import Quart, make_response

app = Quart(__name__)


@app.get("/")
async def home():
    """Show the way to an order."""
    return "<h1>The shop</h1><a href=/orders/1001>Order 1001</a>"


@app.get("/orders/<int:number>")
async def order(number):
    """Show an order; keep a basket, and a number for statistics."""
    with closing(sqlite3.connect("shop.db")) as shop:
        (cents,) = shop.execute("select total_cents from orders where id = ?", (number,)).fetchone()
    page = await make_response(f"<h1>Order {number}</h1><p>{cents / 100:.2f} EUR")
    page.set_cookie("basket", "2")
    page.set_cookie("_ga", "GA1.1.1234", max_age=9_000)
    return page
