"""Leases of subscribers, and the allowance for answers."""

import pytest

from polate import ControlError
from polate.osc.subscribers import (
    LEASE_SECONDS,
    MAX_OF_A_HOST,
    MAX_SUBSCRIBERS,
    Allowance,
    Confirmations,
    Subscribers,
)


def test_an_allowance_is_so_much_a_second_and_no_more_at_once() -> None:
    allowance = Allowance(1000)
    assert allowance.is_left(0.0)
    allowance.spend(1500)
    assert not allowance.is_left(0.25)
    assert allowance.is_left(0.75)
    allowance.spend(250)
    assert not allowance.is_left(0.75)
    assert allowance.is_left(1000.0)
    allowance.spend(1000)
    assert not allowance.is_left(1000.0)


def test_a_lease_ends_unless_it_is_renewed() -> None:
    subscribers = Subscribers()
    subscribers.add(("a", 1), 0.0)
    subscribers.add(("b", 1), 0.0)
    subscribers.add(("a", 1), LEASE_SECONDS - 1)
    assert subscribers.at(LEASE_SECONDS - 0.5) == [("a", 1), ("b", 1)]
    assert subscribers.at(LEASE_SECONDS) == [("a", 1)]
    assert subscribers.at(2 * LEASE_SECONDS) == []


def test_there_are_only_so_many_subscribers_and_a_place_becomes_free_with_a_lease() -> None:
    subscribers = Subscribers()
    for port in range(MAX_SUBSCRIBERS):
        subscribers.add((f"a{port // MAX_OF_A_HOST}", port), float(port))
    with pytest.raises(ControlError, match="at most 32 OSC subscribers: no more for a:99"):
        subscribers.add(("a", 99), LEASE_SECONDS - 1)
    subscribers.add(("a0", 5), LEASE_SECONDS - 1)  # renewed
    subscribers.add(("a", 99), LEASE_SECONDS)  # the first one's is over
    assert len(subscribers.at(LEASE_SECONDS)) == MAX_SUBSCRIBERS


def test_a_host_has_only_a_few_subscriptions() -> None:
    subscribers = Subscribers()
    for port in range(MAX_OF_A_HOST):
        subscribers.add(("a", port), 0.0)
    subscribers.add(("a", 0), 1.0)  # renewed
    with pytest.raises(ControlError, match="a host must have at most 8 OSC subscriptions: no more for a:99"):
        subscribers.add(("a", 99), 1.0)
    subscribers.add(("b", 99), 1.0)


def test_a_number_confirms_once_in_time_and_for_its_host_only() -> None:
    confirmations = Confirmations()
    number = confirmations.ask(("a", 1), 0.0)
    with pytest.raises(ControlError, match="b confirms a subscription that it was not asked about"):
        confirmations.take(number, "b", 1.0)
    assert confirmations.take(number, "a", 1.0) == ("a", 1)
    for used in (number, confirmations.ask(("a", 1), -20.0)):
        with pytest.raises(ControlError, match="not asked about"):
            confirmations.take(used, "a", 1.0)
    numbers = [confirmations.ask(("a", port), 0.0) for port in range(1000)]
    assert confirmations.take(numbers[-1], "a", 1.0) == ("a", 999)
    with pytest.raises(ControlError, match="not asked about"):
        confirmations.take(numbers[0], "a", 1.0)


def test_a_number_cannot_be_found_by_trying() -> None:
    confirmations = Confirmations()
    number, other = confirmations.ask(("a", 1), 0.0), confirmations.ask(("b", 1), 0.0)
    for wrong in (-1, number):
        with pytest.raises(ControlError, match="not asked about"):
            confirmations.take(wrong, "a", 1.0)
    assert confirmations.take(other, "b", 1.0) == ("b", 1)
