"""Worker: models of a shop of Django's, with every kind of key; for processes of their own."""

from __future__ import annotations

import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="k" * 50,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.admin",
        "privacykit.django",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("SHOP_DB", ":memory:"),
        }
    },
    PRIVACYKIT={"PERSONAL": {"auth.Group": {"name": "user.social"}}},
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.db import models  # noqa: E402


class Meta:
    """Of all models here."""

    app_label = "auth"


class Order(models.Model):
    """Of a customer; packed by somebody who may leave; approved by somebody who may not."""

    customer = models.ForeignKey(User, models.CASCADE, related_name="+")
    packer = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    approver = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    placed = models.DateTimeField(auto_now_add=True)
    shelf = models.CharField(max_length=20)
    comments = GenericRelation("Comment", object_id_field="number")

    Meta = type("Meta", (Meta,), {})

    class Privacy:
        fields = {"shelf": "user.contact.address"}  # noqa: RUF012
        exclude = {"placed": "a time alone is nobody's"}  # noqa: RUF012
        retention = "13 months"


class Line(models.Model):
    """Of an order."""

    order = models.ForeignKey(Order, models.CASCADE)
    text = models.TextField()

    Meta = type("Meta", (Meta,), {})


class Gift(Order):
    """An order with a letter, in a table of its own."""

    letter = models.TextField()

    Meta = type("Meta", (Meta,), {})


class Comment(models.Model):
    """On anything."""

    kind = models.ForeignKey(ContentType, models.CASCADE)
    number = models.PositiveIntegerField()
    target = GenericForeignKey("kind", "number")
    text = models.TextField()

    Meta = type("Meta", (Meta,), {})


class Tag(models.Model):
    """On anything, and nobody says on what."""

    kind = models.ForeignKey(ContentType, models.CASCADE)
    number = models.PositiveIntegerField()
    target = GenericForeignKey("kind", "number")

    Meta = type("Meta", (Meta,), {})


class Mailing(models.Model):
    """To many."""

    to = models.ManyToManyField(User)
    address = models.EmailField()

    Meta = type("Meta", (Meta,), {})


class Reachable(models.Model):
    """What models of people who can be called have in common."""

    desk = models.CharField(max_length=20)

    Meta = type("Meta", (Meta,), {"abstract": True})

    class Privacy:
        fields = {"desk": "user.social"}  # noqa: RUF012


class Call(Reachable):
    """Between two."""

    caller = models.ForeignKey(User, models.CASCADE, related_name="+")
    called = models.ForeignKey(User, models.CASCADE, related_name="+")

    Meta = type("Meta", (Meta,), {})


class Complaint(Comment):
    """A comment with a claim, in a table of its own."""

    claim = models.TextField()

    Meta = type("Meta", (Meta,), {})


MODELS = (Order, Line, Gift, Comment, Tag, Mailing, Call, Complaint)


def migrate():
    """Make the tables of everything."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)


__all__ = ["MODELS", "Group", "migrate"]

if __name__ == "__main__":
    import sys

    from privacykit.cli.main import main

    if sys.argv[1] == "migrate":
        migrate()
    else:
        main()
