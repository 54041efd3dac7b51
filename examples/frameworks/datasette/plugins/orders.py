"""A page of our own beside Datasette's: an order, as customers may see it."""

from datasette import Response, hookimpl


async def order(datasette, request):
    """Show an order; keep a basket, and a number for statistics."""
    number = request.url_vars["number"]
    found = await datasette.get_database("shop").execute(
        "select total_cents from orders where id = ?", [number]
    )
    page = Response.html(f"<h1>Order {number}</h1><p>{found.first()[0] / 100:.2f} EUR")
    page.set_cookie("basket", "2")
    page.set_cookie("_ga", "GA1.1.1234", max_age=9_000)
    return page


@hookimpl
def register_routes():
    """Put the page where its links are."""
    return [(r"^/order/(?P<number>\d+)$", order)]
