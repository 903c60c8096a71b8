"""When has a measure arrived? When the system's own next message names the answer that carried it."""


def systems(world, measure):
    return {s["serial"]: s for s in world.run("status", measure, "--json").json["systems"]}


def test_a_measure_has_arrived_when_the_next_message_names_its_answer(world):
    world.system("second", serial="LENS-0002")
    world.renew("second")
    world.upheld()
    licence = world.ids["licence"]
    world.measure("restrict", f"licence/{licence}", scope="capability=capture.headers", finding=world.ids["finding"])
    measure = world.ids["restrict"]
    told = systems(world, measure)
    assert {name: s["has-it"] for name, s in told.items()} == {"LENS-0001": False, "LENS-0002": False}
    assert all(s["lease-ends"] for s in told.values())

    world.renew("system")  # granted within the measure; that it came is not known yet
    assert not systems(world, measure)["LENS-0001"]["has-it"]
    world.renew("system")  # this request names the lease before
    told = systems(world, measure)
    assert told["LENS-0001"]["has-it"] and not told["LENS-0002"]["has-it"]

    # A reply that was lost has not arrived, however often it is asked again.
    world.run("system", "renew", "--system", "second", "--request", "r")
    world.run("lease", "grant", "--request", "r", "-o", "lost")
    world.run("system", "renew", "--system", "second", "--request", "r")
    world.run("lease", "grant", "--request", "r", "-o", "reply")
    assert not systems(world, measure)["LENS-0002"]["has-it"]
    world.run("system", "renew", "--system", "second", "--reply", "reply")
    world.renew("second")
    assert systems(world, measure)["LENS-0002"]["has-it"]

    text = world.run("status").out
    assert "has it" in text and "not yet" not in text
    one = world.run("status", world.ids["system"], "--json").json["measures"]
    assert [m["systems"][0]["has-it"] for m in one] == [True]
    assert "lease ends" in world.run("status", measure).out
    assert world.run("replay").status == 0 and world.run("audit").status == 0


def test_a_disconnection_has_arrived_when_its_refusal_is_named(world):
    world.upheld()
    world.measure("disconnect", f"system/{world.ids['system']}", finding=world.ids["finding"])
    measure = world.ids["disconnect"]
    assert not systems(world, measure)["LENS-0001"]["has-it"]
    world.renew("system", status=1)  # refused: the refusal is on the log
    assert not systems(world, measure)["LENS-0001"]["has-it"]
    world.renew("system", status=1)
    told = systems(world, measure)["LENS-0001"]
    assert told["has-it"] and told["lease-ends"]
    assert world.run("replay").status == 0 and world.run("audit").status == 0
    # Lifted, it is not in force, and has nowhere to arrive.
    world.sign("lift", {"measure": measure, "reason": "Mended."}, "ada")
    world.sign("approve", {"proposal": world.ids["lift"]}, "ben", name="approve-lift")
    assert systems(world, measure) == {}


def test_a_measure_on_a_country_an_exporter_or_an_item_aims_at_their_systems(world):
    world.upheld()
    targets = ("country/XR", "exporter/Harbour Optics Ltd", "item/lens", "end-user/Ruritanian Police")
    for target in targets:
        world.measure("restrict", target, scope="capability=capture.headers", finding=world.ids["finding"])
    measures = world.run("status", "--json").json["measures"]
    assert {m["target"]: [s["serial"] for s in m["systems"]] for m in measures} == \
        {target: ["LENS-0001"] for target in targets}
