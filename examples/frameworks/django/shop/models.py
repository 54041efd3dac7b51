"""Customers and their orders."""

from django.db import models


class Customer(models.Model):
    """Somebody who buys."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100)
    joined = models.DateTimeField()

    def __str__(self):
        """Return their name."""
        return self.name


class Order(models.Model):
    """What somebody bought."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    placed = models.DateTimeField()
    total_cents = models.IntegerField()
    gift_note = models.TextField(blank=True)

    def __str__(self):
        """Return its number."""
        return str(self.pk)
