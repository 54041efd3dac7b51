"""A shop in Litestar."""

import sqlite3
from contextlib import closing

from litestar import Litestar, MediaType, Response, get


@get("/", media_type=MediaType.HTML, sync_to_thread=False)
def home() -> str:
    """Show the way to an order."""
    return "<h1>The shop</h1><a href=/orders/1001>Order 1001</a>"


@get("/orders/{number:int}", media_type=MediaType.HTML, sync_to_thread=True)
def order(number: int) -> Response[str]:
    """Show an order; keep a basket, and a number for statistics."""
    with closing(sqlite3.connect("shop.db")) as shop:
        (cents,) = shop.execute("select total_cents from orders where id = ?", (number,)).fetchone()
    page = Response(f"<h1>Order {number}</h1><p>{cents / 100:.2f} EUR", media_type=MediaType.HTML)
    page.set_cookie("basket", "2")
    page.set_cookie("_ga", "GA1.1.1234", max_age=9_000)
    return page


app = Litestar(route_handlers=[home, order])
