"""The shop's pages."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from shop.models import Order


def home(request):
    """Show the way to an order."""
    return HttpResponse("<h1>The shop</h1><a href=/orders/1001/>Order 1001</a>")


def order(request, number):
    """Show an order; keep a basket, and a number for statistics."""
    cents = get_object_or_404(Order, pk=number).total_cents
    page = HttpResponse(f"<h1>Order {number}</h1><p>{cents / 100:.2f} EUR")
    page.set_cookie("basket", "2")
    page.set_cookie("_ga", "GA1.1.1234", max_age=9_000)
    return page
