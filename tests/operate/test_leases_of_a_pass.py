"""While one pass serves many requests, nobody else goes on with one of them."""

from dataclasses import replace
from threading import Event

from privacykit.govern.erasure.context import LEASE_SECONDS, GovernContext
from privacykit.govern.erasure.planning.store import Lease
from privacykit.operate.together.leases import KeptLeases
from privacykit.testing.plans import MemoryPlans
from tests.waiting import eventually


def taken(means, owner):
    """Tell whether *owner* gets the lease now."""
    now = means.clock()
    lease = Lease(owner, now + LEASE_SECONDS, now)
    return means.plans.advance("p", lease, lambda results: results) is not None


class Heard(MemoryPlans):
    """Plans that say when a lease was renewed."""

    def __init__(self):
        super().__init__()
        self.renewed = Event()

    def advance(self, plan_id, lease, how):
        """Renew, and say so."""
        answer = super().advance(plan_id, lease, how)
        if lease.owner == "pass":
            self.renewed.set()
        return answer


def test_a_lease_is_renewed_as_long_as_the_pass_lasts_and_then_given_back():
    """Also long after it would have ended."""
    times, plans = [0.0], Heard()
    means = GovernContext({}, {}, plans, lambda: times[-1], bytes, owner="pass")
    assert taken(means, "pass")
    with KeptLeases(means, every=0.01) as leases:
        leases.keep("p")
        for _ in range(3):
            times.append(times[-1] + LEASE_SECONDS * 0.9)
            plans.renewed.clear()
            assert eventually(plans.renewed.is_set)
            plans.renewed.clear()
            assert eventually(plans.renewed.is_set)
            assert not taken(means, "other")
    assert taken(means, "other")


def test_a_lease_that_another_run_has_taken_over_stays_its_own():
    """A machine that slept is not let back in."""
    plans = Heard()
    means = GovernContext({}, {}, plans, lambda: 0.0, bytes, owner="pass")
    assert taken(means, "other")
    with KeptLeases(means, every=0.01) as leases:
        leases.keep("p")
        assert eventually(plans.renewed.is_set)
    assert not taken(means, "pass")
    assert taken(replace(means, clock=lambda: LEASE_SECONDS), "pass")
