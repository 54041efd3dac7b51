"""A shop in Starlette."""

import sqlite3
from contextlib import closing

from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route


def home(request):
    """Show the way to an order."""
    return HTMLResponse("<h1>The shop</h1><a href=/orders/1001>Order 1001</a>")


def order(request):
    """Show an order; keep a basket, and a number for statistics."""
    number = request.path_params["number"]
    with closing(sqlite3.connect("shop.db")) as shop:
        (cents,) = shop.execute("select total_cents from orders where id = ?", (number,)).fetchone()
    page = HTMLResponse(f"<h1>Order {number}</h1><p>{cents / 100:.2f} EUR")
    page.set_cookie("basket", "2")
    page.set_cookie("_ga", "GA1.1.1234", max_age=9_000)
    return page


app = Starlette(routes=[Route("/", home), Mount("/orders", routes=[Route("/{number:int}", order)])])
