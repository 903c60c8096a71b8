"""The API, by its own words: records in and out, leases, watches, the log, health."""
import gzip
import signal

from conftest import Watch


def signed(place, word, form, key, name):
    """A record as bytes, not submitted."""
    place.sign(word, form, key, "-o", f"{name}.cose", name=name)
    return (place.folder / f"{name}.cose").read_bytes()


def suspension(place, **more):
    return {"target": place.ids["system"], "action": "suspend", "reason": "A doubt.", "basis": "section 4",
            **more}


def test_a_record_is_taken_once_and_answered_the_same_again(world, serve):
    service = serve(world)
    record = signed(world, "measure", suspension(world), "ada", "m")
    first, again = service.submit(record), service.submit(record)
    assert (first.status, again.status) == (201, 200), first.body
    assert first.json["id"] == world.ids["m"] and not first.json["was-there"]
    assert again.json == first.json | {"was-there": True}
    assert first.headers["Location"] == f"/v1/records/{world.ids['m']}"
    shown = service.ask(first.headers["Location"])
    assert shown.json["kind"] == "measure" and shown.json["seq"] == first.json["seq"]
    raw = service.ask(first.headers["Location"], headers={"Accept": "application/cose"})
    assert raw.body == record and "immutable" in raw.headers["Cache-Control"]
    assert service.stop() == 0


def test_errors_are_problems_with_the_rule(world, serve):
    service = serve(world)
    by_exporter = signed(world, "measure", suspension(world), "harbour", "m")
    forged = bytearray(signed(world, "measure", suspension(world), "ada", "f"))
    forged[-1] ^= 1  # the last byte of a signature is often 0 already
    for body, status, rule in ((by_exporter, 403, "record.wrong-role"), (b"", 400, None), (b"\xd2\x84", 400, None),
                               (forged, 403, "record.bad-signature")):
        answer = service.submit(body)
        assert answer.status == status, answer.body
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json["status"] == status and (rule is None or answer.json["rule"] == rule)
    assert service.ask("/v1/records", b"x", {"Content-Type": "text/plain"}).status == 415
    assert service.ask("/v1/records", b"x" * 300000, {"Content-Type": "application/cose"}).status == 413
    assert service.ask("/v1/systems", method="DELETE").status == 405
    assert service.ask("/v1/records/ffffffff").json["rule"] == "store.no-such-id"
    assert service.ask("/v1/records/zz").status == 400
    assert service.ask(f"/v1/systems/{world.ids['licence']}").status == 404


def test_a_system_renews_and_is_refused_by_entries_of_the_log(world, serve):
    service = serve(world)
    world.run("system", "renew", "--system", "system", "--request", "request")
    request = (world.folder / "request").read_bytes()
    reply = service.lease(request)
    assert reply.status == 200
    (world.folder / "reply").write_bytes(reply.body)
    world.run("system", "renew", "--system", "system", "--reply", "reply")
    world.use("system")
    # The same request again: its counter is used, and that answer is on the log too.
    again = service.lease(request)
    assert again.status == 200 and b"renewal.counter-reused" in again.body
    # Disconnected: the refusal is on the log, and its proof is the answer.
    world.upheld()
    world.measure("disconnect", world.ids["system"], finding=world.ids["finding"])
    world.run("system", "renew", "--system", "system", "--request", "request")
    refused = service.lease((world.folder / "request").read_bytes())
    assert refused.status == 200 and b"renewal.measure" in refused.body, refused.body
    (world.folder / "reply").write_bytes(refused.body)
    world.run("system", "renew", "--system", "system", "--reply", "reply", status=1)
    world.use("system", status=1)
    assert service.lease(b"nonsense").status == 400


MAC0, SIGN1 = 0xD1, 0xD2  # the tags 17 and 18 of CBOR


def test_routine_renewals_carry_a_tag_and_a_service_started_anew_knows_the_session(world, serve):
    def ask():
        world.run("system", "renew", "--system", "system", "--request", "request")
        return (world.folder / "request").read_bytes()

    def take(reply):
        assert reply.status == 200, reply.body
        (world.folder / "reply").write_bytes(reply.body)
        world.run("system", "renew", "--system", "system", "--reply", "reply")

    service = serve(world)
    request = ask()
    assert request[0] == SIGN1
    take(service.lease(request))
    request = ask()
    assert request[0] == MAC0
    forged = service.lease(request[:-1] + bytes([request[-1] ^ 1]))
    assert forged.status == 403 and forged.json["rule"] == "renewal.bad-tag", forged.body
    take(service.lease(request))
    service.stop()
    service = serve(world)
    request = ask()
    assert request[0] == MAC0
    take(service.lease(request))
    ask()  # its answer is lost
    request = ask()
    assert request[0] == SIGN1
    take(service.lease(request))
    assert ask()[0] == MAC0
    assert world.run("replay").status == 0 and world.run("audit").status == 0


def test_receipts_verify_offline(world, serve):
    service = serve(world)
    receipt = service.ask(f"/v1/records/{world.ids['licence']}/receipt")
    (world.folder / "receipt").write_bytes(receipt.body)
    world.run("log", "verify", "receipt", "--authority", "keys/licensing.example.org.pub")
    assert service.ask("/v1/records/ffffffff/receipt").status == 404


def test_the_log_is_served_as_it_lies_there(world, serve):
    service = serve(world)
    for path in ("checkpoint", "tile/0/000.p/15", "tile/entries/000.p/15"):
        file = next((world.folder / "authority/log").glob(path.replace("15", "*")))
        path = str(file.relative_to(world.folder / "authority/log"))
        answer = service.ask(f"/log/{path}")
        assert answer.status == 200 and answer.body == file.read_bytes()
        same = service.ask(f"/log/{path}", headers={"If-None-Match": answer.headers["ETag"]})
        assert same.status == 304 and same.body == b""
    for path in ("", "tile/../../authority.key", "tile/%2e%2e/%2e%2e/authority.key", "authority.key", "tile/9/000"):
        assert service.ask(f"/log/{path}").status == 404, path


def test_lists_page_and_compress(world, serve):
    service = serve(world)
    seen, path = [], "/v1/records?limit=4"
    while path:
        answer = service.ask(path)
        seen += [r["seq"] for r in answer.json["items"]]
        link = answer.headers["Link"]
        path = link[1:link.index(">")] if link else None
        assert (answer.json["next"] is None) == (path is None)
    assert seen == list(range(len(seen))) and len(seen) > 10
    packed = service.ask("/v1/records?limit=1000", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == service.ask("/v1/records?limit=1000").body
    for name in ("systems", "licences", "measures"):
        assert service.ask(f"/v1/{name}").json["next"] is None
        assert service.ask(f"/v1/{name}?limit=0").status == 400
        assert service.ask(f"/v1/{name}?after=zz").status == 400
    assert service.ask("/v1/systems").json["items"][0]["serial"] == "LENS-0001"


def test_words_are_those_of_the_command(world, serve):
    service = serve(world)
    system, text = world.ids["system"], {"Accept": "text/plain"}
    for path, words in ((f"/v1/systems/{system}", ("status", system)), ("/v1/status", ("status",)),
                        (f"/v1/systems/{system}/explain", ("explain", system)),
                        (f"/v1/records/{system}", ("show", system))):
        assert service.ask(path, headers=text).body.decode() == world.run(*words).out
        assert service.ask(path).json == world.run(*words, "--json").json


def test_a_watch_hears_what_touches_its_system_and_nothing_else(world, serve):
    world.system("other", serial="LENS-0002")
    service = serve(world, "--beat-seconds", 1)
    mine, other = Watch(service, world.ids["system"]), Watch(service, world.ids["other"])
    assert mine.event()[0] == other.event()[0] == "watching"
    world.upheld()
    form = {"target": world.ids["system"], "action": "disconnect", "reason": "On the finding.",
            "finding": world.ids["finding"]}
    proposal = service.submit(signed(world, "measure", form, "ada", "m")).json
    approval = service.submit(signed(world, "approve", {"proposal": world.ids["m"]}, "ben", "a"))
    assert approval.status == 201, approval.body
    name, number, data = mine.event()
    assert (name, data["action"], data["record"]) == ("changed", "disconnect", world.ids["a"])
    assert number == data["entries"] == approval.json["seq"] + 1
    # Of all end users in the country: both hear it, and the proposal before it neither did.
    form |= {"target": "country/XR", "action": "suspend"}
    service.submit(signed(world, "measure", form, "ben", "s"))
    assert mine.event()[2]["record"] == other.event()[2]["record"] == world.ids["s"]
    assert proposal["seq"] < approval.json["seq"]
    # Who comes back is told what it missed, and not told again what it knows.
    for last in (0, number - 1, number):
        back = Watch(service, world.ids["system"], last=last)
        assert back.event()[0] == "watching" and back.event()[0] == "changed"
        back.close()
    knows = Watch(service, world.ids["system"], last=service.ask("/v1/authority").json["entries"])
    knows.event()
    assert next(iter(knows.stream)) == b":\n"  # a beat
    assert service.metric("proviso_watches") >= 3
    mine.close(), other.close(), knows.close()
    # Streams that are open do not hold up the end.
    held = Watch(service, world.ids["system"])
    held.event()
    assert service.stop() == 0


def test_who_looks_at_everything_hears_that_there_is_more_and_not_of_whom(world, serve):
    service = serve(world)
    everything = Watch(service, None)
    assert everything.event()[0] == "watching"
    service.submit(signed(world, "measure", suspension(world), "ada", "m"))
    name, number, data = everything.event()
    assert (name, data["action"], data["record"]) == ("changed", "record", None) and data["entries"] == number
    world.run("system", "renew", "--system", "system", "--url", service.url, status=1)  # refused: it is suspended
    assert everything.event()[2]["action"] == "lease"
    back = Watch(service, None, last=number)
    assert back.event()[0] == "watching" and back.event()[0] == "changed"
    everything.close(), back.close()


def test_a_watch_hears_what_came_through_a_command_or_another_service(world, serve):
    service, another = serve(world), serve(world)
    watches = [Watch(s, world.ids["system"]) for s in (service, another)]
    assert [w.event()[0] for w in watches] == ["watching"] * 2
    world.upheld()
    world.measure("restrict", world.ids["system"], scope="capability=capture.headers", finding=world.ids["finding"])
    assert [w.event()[2]["action"] for w in watches] == ["restrict"] * 2
    world.sign("measure", {"target": world.ids["system"], "action": "suspend", "reason": "A doubt.",
                           "basis": "section 4"}, "ada", "-o", "suspend.cose")
    assert another.submit((world.folder / "suspend.cose").read_bytes()).status == 201
    heard = [w.event() for w in watches]
    assert heard[0] == heard[1] and heard[0][2]["action"] == "suspend"
    # Nobody is told twice: the next that comes is of the next record.
    world.sign("measure", {"target": "country/XR", "action": "suspend", "reason": "A doubt.", "basis": "section 4"}, "ben",
               name="next")
    told = [w.event() for w in watches]
    assert told[0] == told[1] and told[0][1] == heard[0][1] + 1
    for w in watches:
        w.close()


def test_a_watcher_from_before_a_restart_is_told_to_ask(world, serve):
    service = serve(world)
    watch = Watch(service, world.ids["system"])
    _, number, _ = watch.event()
    service.stop(signal.SIGKILL)
    world.renew("system")
    service = serve(world)
    back = Watch(service, world.ids["system"], last=number)
    assert back.event()[0] == "watching"
    assert back.event()[2]["action"] == "unknown"


def test_health_metrics_and_description(world, serve):
    service = serve(world)
    assert service.ask("/healthz").json == {"status": "ok"}
    assert service.ask("/readyz").json == {"status": "ok"}
    service.submit(signed(world, "measure", suspension(world), "ada", "m"))
    assert service.metric("proviso_records_total") == 1
    assert service.metric('proviso_http_requests_total{method="POST",route="/v1/records",status="2xx"}') == 1
    assert service.ask("/v1/openapi.json").json["openapi"] == "3.1.0"


def test_another_process_may_write_the_home_meanwhile(world, serve):
    service = serve(world)
    world.sign("measure", suspension(world), "ada", name="m")
    assert service.ask(f"/v1/records/{world.ids['m']}").status == 200
    answer = service.submit(signed(world, "measure", suspension(world, target="country/XA"), "ben", "n"))
    assert answer.status == 201
    world.run("log", "verify")
