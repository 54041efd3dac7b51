"""Customers and orders, and the first of them."""

from datetime import UTC, datetime

import django.db.models.deletion
from django.db import migrations, models


def _fill(apps, schema_editor):
    customer, order = apps.get_model("shop", "Customer"), apps.get_model("shop", "Order")
    day = datetime(2026, 2, 3, 10, tzinfo=UTC)
    anna = customer.objects.create(email="anna@shop.example", name="Anna Arnold", joined=day)
    bert = customer.objects.create(email="bert@shop.example", name="Bert Brecht", joined=day)
    order.objects.create(
        id=1001, customer=anna, placed=day, total_cents=1990, gift_note="For Clara, with love"
    )
    order.objects.create(id=1002, customer=anna, placed=day, total_cents=4990)
    order.objects.create(id=1003, customer=bert, placed=day, total_cents=990)


class Migration(migrations.Migration):
    """The first."""

    initial = True
    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.CharField(max_length=100)),
                ("joined", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("placed", models.DateTimeField()),
                ("total_cents", models.IntegerField()),
                ("gift_note", models.TextField(blank=True)),
                (
                    "customer",
                    models.ForeignKey(
                        to="shop.customer", on_delete=django.db.models.deletion.CASCADE
                    ),
                ),
            ],
        ),
        migrations.RunPython(_fill),
    ]
