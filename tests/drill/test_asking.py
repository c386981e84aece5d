"""Whom a swarm asks for the list, and which of several it goes by."""

from random import Random

from ewarn.drill.asking import chosen, in_turn
from ewarn.swarm.client import Target
from ewarn.swarm.fleet import Host
from ewarn.wire.gateways import Gateway, Gateways


def host(name, state="up"):
    return Host(Target(name, 1), ("127.0.0.1", 1), (), name, 1, state)


def listing(*names):
    return Gateways.of(Gateway(name, f"ws://{name}:1", 1, 0, "up") for name in names)


def answers(*lists, taken):
    for one in lists:
        taken.append(one)
        yield one


def test_hosts_that_are_up_are_asked_first_in_any_order_and_those_that_the_list_does_not_have_last():
    held = [host("a"), host("b", "lost"), host("c"), host("d", "draining"), host("e")]
    orders = [in_turn(held, [Target("first", 1), Target("a", 1)], Random(seed)) for seed in range(50)]
    assert all({one.host for one in found[:3]} == {"a", "c", "e"} for found in orders)
    assert all({one.host for one in found[3:5]} == {"b", "d"} for found in orders)
    assert all([one.host for one in found[5:]] == ["first"] for found in orders)
    assert {found[0].host for found in orders} == {"a", "c", "e"}


def test_to_begin_with_all_are_asked_and_the_longest_list_is_taken():
    lists, taken = [listing("a"), listing("a", "b", "c"), listing("b", "c")], []
    assert chosen(answers(*lists, taken=taken), []) == lists[1]
    assert taken == lists


def test_an_answer_that_leaves_nobody_out_who_was_up_is_enough():
    taken = []
    held = [host("a"), host("b"), host("c", "lost")]
    assert chosen(answers(listing("a", "b", "d"), listing("a"), taken=taken), held) == listing("a", "b", "d")
    assert len(taken) == 1


def test_one_that_leaves_out_a_host_is_held_against_others_but_not_against_all():
    held = [host("a"), host("b")]
    taken = []
    assert chosen(answers(listing("a"), listing("a", "b"), listing("b"), taken=taken), held) == listing("a", "b")
    assert len(taken) == 2
    taken = []
    gone = [listing("a")] * 5
    assert chosen(answers(*gone, taken=taken), held) == listing("a"), "a host that all leave out is gone"
    assert len(taken) == 3


def test_where_nobody_answers_there_is_no_list():
    assert chosen([], [host("a")]) is None
