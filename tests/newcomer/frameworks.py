"""What differs from framework to framework: how its users install, fill, wrap, serve, ask. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Framework:
    """
    A framework, as its users use it.

    Attributes:
        name: Of the folder below ``examples/frameworks``, and of the distribution.
        serve: The command that serves the wrapped application; empty: the one that ``init`` names.
        wrapped: Whether the lines that ``init`` prints are put in place; else nothing is changed.
        order: Where an order is.
        templates: What the first two events have for a page.
        link: What is clicked on the first page.
        prepare: Commands of the framework itself that its users type anyway, not counted.
        customers: The table of customers.
        kept_for: The directory that its cookies are kept for, since it names no path by itself.
    """

    name: str
    serve: str = "uvicorn app:app --no-proxy-headers --port {port}"
    wrapped: bool = True
    order: str = "/orders/{number}"
    templates: tuple[str, str] = ("/", "/orders/{number}")
    link: str = "Order 1001"
    prepare: str = ""
    customers: str = "customers"
    kept_for: str = "/"


FRAMEWORKS = {
    each.name: each
    for each in (
        Framework("fastapi"),
        Framework("starlette", serve="", wrapped=False),
        Framework("litestar"),
        Framework("quart", serve="hypercorn app:app --bind 127.0.0.1:{port}"),
        Framework("blacksheep", kept_for="/orders"),
        Framework("flask", serve="gunicorn app:app --bind 127.0.0.1:{port}"),
        Framework(
            "django",
            serve="uvicorn shop.asgi:application --no-proxy-headers --port {port}",
            order="/orders/{number}/",
            templates=("/", "/orders/{number}/"),
            prepare="python manage.py migrate",
            customers="shop_customer",
        ),
        Framework(
            "datasette",
            serve="",
            order="/order/{number}",
            templates=("/", "/{database}"),
            link="shop",
        ),
    )
}
