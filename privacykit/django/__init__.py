"""
Django: an application with middleware, checks, URLs, a context processor and ``manage.py`` command.

``INSTALLED_APPS += ["privacykit.django"]``, and in ``MIDDLEWARE``, after ``SecurityMiddleware``,
``privacykit.django.middleware.PrivacyDjangoMiddleware``. There are no models.
"""
