"""The template tag of the banner: ``{% privacy_banner %}``. Pure."""

from __future__ import annotations

from typing import Any

from django import template
from markupsafe import Markup

from privacykit.web.banner.inline import privacy_banner as banner

register = template.Library()


@register.simple_tag(takes_context=True)  # type: ignore[untyped-decorator]
def privacy_banner(context: Any, lang: str = "", *, script: bool = True, nonce: str = "") -> Markup:  # noqa: ANN401 - Django has no types
    """
    Return the banner for the page: the question, or the way to the choices.

    Args:
        context: Django's; it needs ``request`` in it, as the processor of that name puts it there.
        lang: The page's language; by default what the browser asks for.
        script: Whether to add the script that answers without a reload.
        nonce: The script's nonce, where the page's Content-Security-Policy asks for one.
    """
    return banner(context.get("request"), lang, script=script, nonce=nonce)
