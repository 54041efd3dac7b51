"""Attribution in plain Python, slowly: what every engine's answer is compared with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 60
MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay")
PAUSE = 1800 * 10**6
DAY = 86_400 * 10**6


def visits(events, zone):
    """Yield the events of each visit, of (at, tie, …) in order, of one visitor."""
    visit = []
    for event in sorted(events, key=lambda one: one[:2]):
        if visit and (
            event[0] - visit[-1][0] >= PAUSE or _day(event, zone) != _day(visit[-1], zone)
        ):
            yield visit
            visit = []
        visit.append(event)
    if visit:
        yield visit


def _day(event, zone):
    return (
        (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=event[0]))
        .astimezone(zone)
        .date()
    )


def paths(by_visitor, zone, between, lookback, once_per_visit=False):
    """Yield visitor, value, time and touches (at, channel) of each conversion."""
    for visitor, events in by_visitor.items():
        cut = list(visits(events, zone))
        for visit in cut:
            found = [
                one for one in visit if one[2] == "order" and between[0] <= one[0] < between[1]
            ]
            for at, tie, _, _, value in found[:1] if once_per_visit else found:
                touches = [
                    (first[0], first[3])
                    for first, *_ in cut
                    if first[:2] <= (at, tie) and at - first[0] <= lookback
                ]
                yield visitor, value, at, touches


def shares(model, touches, at, half_life):
    """Return the exact weights of *touches* (at, channel)."""
    number = len(touches)
    if model == "time_decay":
        powers = [
            Fraction(Decimal(2) ** (Decimal(time - at) / Decimal(half_life))) for time, _ in touches
        ]
        return [power / sum(powers) for power in powers]
    if model == "linear" or (model == "position" and number < 3):
        return [Fraction(1, number)] * number
    if model == "position":
        inner = Fraction(1, 5) / (number - 2)
        return [Fraction(2, 5), *[inner] * (number - 2), Fraction(2, 5)]
    not_direct = [place for place, (_, channel) in enumerate(touches) if channel != "direct"]
    chosen = {
        "first": 0,
        "last": number - 1,
        "last_non_direct": not_direct[-1] if not_direct else number - 1,
    }[model]
    return [Fraction(place == chosen) for place in range(number)]


def largest_remainder(amount, weights):
    """Return whole parts of *amount*; of equal remainders the earlier gets the unit."""
    parts = [int(amount * weight // 1) for weight in weights]
    left = amount - sum(parts)
    rest = [amount * weight % 1 for weight in weights]
    for place in sorted(range(len(parts)), key=lambda one: (-rest[one], one))[:left]:
        parts[place] += 1
    return parts


def attributed(found, half_life):
    """Return ``models`` as the report writes them, of paths none of which is left out."""
    found = list(found)
    labels = sorted({channel for *_, touches in found for _, channel in touches or [(0, "(none)")]})
    models = {}
    for model in MODELS:
        credit = dict.fromkeys(labels, Fraction(0))
        money = dict.fromkeys(labels, 0)
        for _, value, at, touches in found:
            path = touches or [(at, "(none)")]
            weights = shares(model, path, at, half_life)
            parts = largest_remainder(value, weights)
            for (_, channel), weight, part in zip(path, weights, parts, strict=True):
                credit[channel] += weight
                money[channel] += part
        hundredths = largest_remainder(
            100 * len(found), [credit[label] / len(found) for label in labels]
        )
        models[model] = {
            label: {"conversions": parts / 100, "value": money[label]}
            for label, parts in zip(labels, hundredths, strict=True)
        }
    return models
