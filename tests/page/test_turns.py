from __future__ import annotations

from dataclasses import dataclass

from page.turns import Turns, Visitor, visitor_of


@dataclass
class Order:
    number: int
    visitor: Visitor


def _orders(*visitors: str) -> list[Order]:
    """One order for each "address/session", in this order."""
    return [Order(number, Visitor(*visitor.split("/"))) for number, visitor in enumerate(visitors)]


def _in_turn(waiting: list[Order], running: tuple[Order, ...] = (), turns: Turns | None = None) -> list[str]:
    return ["/".join(job.visitor) for job in (turns or Turns()).order(waiting, running)]


def test_a_newcomer_comes_after_the_first_order_of_another_who_ordered_many() -> None:
    assert _in_turn(_orders("a/1", "a/1", "a/1", "b/1")) == ["a/1", "b/1", "a/1", "a/1"]


def test_a_newcomer_comes_first_where_another_has_a_turn_already() -> None:
    running = tuple(_orders("a/1"))
    assert _in_turn(_orders("a/1", "a/1", "b/1"), running) == ["b/1", "a/1", "a/1"]


def test_many_sessions_at_one_address_get_as_many_turns_as_one_session_at_another() -> None:
    waiting = _orders("a/1", "a/2", "a/3", "a/4", "b/1", "b/1")
    assert _in_turn(waiting) == ["a/1", "b/1", "a/2", "b/1", "a/3", "a/4"]


def test_the_sessions_of_one_address_take_turns() -> None:
    assert _in_turn(_orders("a/1", "a/1", "a/1", "a/2")) == ["a/1", "a/2", "a/1", "a/1"]


def test_the_next_turn_goes_to_the_visitor_whose_last_one_is_the_longest_ago() -> None:
    turns = Turns()
    for visitor in ("b", "c", "a"):
        turns.take(Visitor(visitor, "1"))
    assert _in_turn(_orders("a/1", "b/1", "c/1"), turns=turns) == ["b/1", "c/1", "a/1"]


def test_the_orders_of_one_session_are_served_first_come_first_served() -> None:
    assert [job.number for job in Turns().order(_orders("a/1", "a/1", "a/1"), ())] == [0, 1, 2]


def test_all_addresses_of_a_home_with_ipv6_are_one_visitor() -> None:
    assert visitor_of("2001:db8::1", "x") == visitor_of("2001:db8::ffff:2", "x")
    assert visitor_of("2001:db8::1", "x") != visitor_of("2001:db8:0:1::1", "x")
    assert visitor_of("192.0.2.1", "x") != visitor_of("192.0.2.2", "x")
    assert visitor_of("a name", "x").address == "a name"
