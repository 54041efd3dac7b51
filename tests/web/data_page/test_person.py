"""The person hook, given before our pages are made or after."""

from __future__ import annotations

import pytest

from privacykit.web.data_page.person import LatePerson, is_told, nobody
from privacykit.web.preferences.http import PageRequest

ASKED = PageRequest("GET", "/privacy/account", "", b"", {}, "https", b"", None)


def rosa(_request):
    """Say that Rosa is signed in."""
    return "rosa"


def test_hooks_are_asked_from_when_they_are_given():
    """Until then nobody is signed in, and nobody tells it."""
    late = LatePerson()
    before = (late(ASKED), is_told(late))
    late.add(rosa)
    assert (before, late(ASKED), is_told(late)) == ((None, False), "rosa", True)


@pytest.mark.parametrize(("hook", "told"), [(nobody, False), (rosa, True)])
def test_an_application_tells_who_is_signed_in_or_does_not(hook, told):
    """So there is an account page, or none."""
    assert is_told(hook) == told


def test_the_hook_that_knows_somebody_is_believed():
    """Parts of an application may have sessions of their own, built in any order."""
    late = LatePerson()
    for hook in (rosa, nobody):
        late.add(hook)
    assert late(ASKED) == "rosa"


def test_the_hook_that_was_given_last_is_asked_first_and_once():
    """It stands outermost; a factory that is called again gives the same one."""
    asked = []

    def hook(who):
        return lambda _request: asked.append(who)

    first, second = hook("first"), hook("second")
    late = LatePerson()
    for given in (first, second, first):
        late.add(given)
    late(ASKED)
    assert asked == ["second", "first"]
