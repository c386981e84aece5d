"""What a shard that starts later is told of."""

from ewarn.gateway.shards.in_force import InForce

SECOND = 10**9


def test_of_each_quake_the_newest_is_in_force_until_its_time_is_over(make_report):
    in_force = InForce(300.0)
    for number, quake, at_s in [(1, "a", 0), (1, "b", 100), (2, "a", 200)]:
        in_force.note(make_report(number, quake=quake), at_s * SECOND)
    found = [(one.quake, one.number, since_ns // SECOND) for one, since_ns in in_force.at(400 * SECOND)]
    assert sorted(found) == [("a", 2, 200), ("b", 1, 100)]
    assert [one.quake for one, _ in in_force.at(401 * SECOND)] == ["a"]


def test_what_is_over_is_not_kept(make_report):
    in_force = InForce(300.0)
    for at_s in range(0, 301 * 1000, 301):
        in_force.note(make_report(quake=str(at_s)), at_s * SECOND)
    assert len(in_force._kept) == 1
