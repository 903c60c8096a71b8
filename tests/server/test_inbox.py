"""Reports that anybody leaves: encrypted in the browser's code, opened and answered by the command."""
import base64
import hashlib
import json
import stat
from concurrent.futures import ThreadPoolExecutor

from conftest import ask_console

JSON = {"Content-Type": "application/json"}
REPORT = {"allegation": "My telephone was broken into.\nTwice.", "subject": "I, a journalist", "contact": "\x1b[2Jme@example.org"}


def sealed(service, given=None, **fields):
    """As the page does: for a key that is proven to be on the log, and for no other."""
    given = given or service.ask("/v1/inbox/key").json
    if given["record"] is None:
        service.place.run("inbox", "publish")
        given = service.ask("/v1/inbox/key").json
    proof = service.ask(f"/v1/records/{given['record']}/receipt", headers={"Accept": "application/octet-stream"}).body
    line = (service.place.folder / "keys/licensing.example.org.pub").read_text().strip()
    (answer,) = ask_console([{"do": "report", "inbox": json.dumps(given), "proof": base64.b64encode(proof).decode(),
                              "authority": line, "fields": json.dumps(fields or REPORT)}])
    return answer


def seal(service, **fields):
    return sealed(service, **fields)["ok"]


def leave(service, body):
    return service.ask("/v1/inbox", json.dumps(body).encode(), JSON)


def test_a_report_is_left_read_answered_and_followed(world, serve):
    service = serve(world, "--rate-address", 0)
    assert world.run("inbox", "list").out == "nobody has written\n"
    report = seal(service)
    body, code = report["body"], report["code"]
    assert leave(service, body).status == 201
    follow = lambda: service.ask(f"/v1/inbox/{body['id']}")  # noqa: E731
    assert follow().json == {"state": "received", "received": follow().json["received"], "answer": None}
    assert follow().json["received"].endswith("T00:00:00Z") and follow().headers["Cache-Control"] == "no-store"

    # Only what is encrypted is there, for the home's keeper alone.
    file = world.folder / "authority/inbox" / body["id"]
    assert b"journalist" not in file.read_bytes() and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((world.folder / "authority/inbox.key").stat().st_mode) == 0o600
    assert body["id"][:8] in world.run("inbox", "list").out and "new" in world.run("inbox", "list").out

    opened = world.run("inbox", "open", body["id"][:10])
    assert "allegation\n    My telephone was broken into.\n    Twice.\n" in opened.out
    assert "\x1b" not in opened.out and "?[2Jme@example.org" in opened.out and "padding" not in opened.out
    assert world.run("inbox", "open", body["id"], "--json").json == REPORT | {"code": code, "id": body["id"]}
    assert follow().json["state"] == "read"

    world.run("inbox", "answer", body["id"], "It is looked into.\nCome back in May.")
    followed = follow().json
    assert followed["state"] == "answered" and b"May" not in base64.urlsafe_b64decode(followed["answer"] + "==")
    other = seal(service)["code"]
    right, wrong = ask_console([{"do": "answer", "followed": json.dumps(followed), "code": c.upper()} for c in (code, other)])
    assert right["ok"] == "It is looked into.\nCome back in May." and wrong["rule"] == "inbox.answer"
    # Who left it is nowhere.
    assert "127.0.0.1" not in service.logged().replace(service.address, "")


def test_the_secret_key_may_be_kept_elsewhere(world, serve):
    service = serve(world, "--rate-address", 0)
    body = seal(service)["body"]
    assert leave(service, body).status == 201
    (world.folder / "authority/inbox.key").rename(world.folder / "inbox.key")
    assert leave(service, seal(service)["body"]).status == 201
    world.run("inbox", "open", body["id"], status=4)
    assert "journalist" in world.run("inbox", "open", body["id"], "--key", "inbox.key").out
    world.run("inbox", "open", body["id"], "--key", "keys/ada.key", status=3)
    world.run("inbox", "open", "", "--key", "inbox.key", status=1)
    world.run("inbox", "open", "zz", "--key", "inbox.key", status=1)


def test_what_is_no_message_for_this_inbox_is_not_kept(world, serve):
    service = serve(world, "--rate-address", 0)
    body = seal(service)["body"]
    message = base64.urlsafe_b64decode(body["message"] + "==")
    encoded = lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")  # noqa: E731
    other = message.replace(message[-98 - 32:][:32], bytes(32))
    for wrong in ({}, {"id": body["id"]}, body | {"more": 1}, body | {"id": "x" * 64}, body | {"message": "a b"},
                  body | {"message": encoded(b"hello")}, body | {"message": encoded(message[:-1])},
                  body | {"message": encoded(message + b"x")}, body | {"id": body["id"][:62]}, [], "x"):
        answer = leave(service, wrong)
        assert (answer.status, answer.json["rule"].split(".")[0]) == (400, "inbox"), wrong
    assert other == message or leave(service, body | {"message": encoded(other)}).status == 400
    assert service.ask("/v1/inbox", json.dumps(body).encode(), {"Content-Type": "text/plain"}).status == 415
    assert service.ask("/v1/inbox", b"x" * 200_000, JSON).status == 413
    assert not (world.folder / "authority/inbox").exists()
    assert leave(service, body).status == 201 and leave(service, body).json["rule"] == "inbox.duplicate"
    assert service.ask(f"/v1/inbox/{'0' * 64}").status == 404 and service.ask("/v1/inbox/..").status in (400, 404)

    # Changed on the way or on the disk it cannot be opened, and says so.
    file = world.folder / "authority/inbox" / body["id"]
    file.write_bytes(message[:60] + bytes([message[60] ^ 1]) + message[61:])
    assert "key.unwrap" in world.run("inbox", "open", body["id"], status=1).err


def test_the_inbox_is_bounded_in_number_and_rate(world, serve):
    folder = world.folder / "authority/inbox"
    folder.mkdir(mode=0o700)
    for i in range(4096):
        (folder / hashlib.sha256(b"%d" % i).hexdigest()).touch()
    service = serve(world)
    body = seal(service)["body"]
    full = leave(service, body)
    assert (full.status, full.json["rule"]) == (503, "inbox.full") and full.headers["Retry-After"] == "3600"
    (folder / hashlib.sha256(b"0").hexdigest()).unlink()
    statuses = [leave(service, body).status for _ in range(12)]
    assert 429 in statuses and set(statuses) <= {201, 409, 429}
    assert service.ask("/healthz").status == 200


def test_two_that_need_the_key_first_make_one(world, serve):
    service = serve(world, "--rate-address", 0)
    with ThreadPoolExecutor(8) as many:
        keys = {answer.body for answer in many.map(lambda _: service.ask("/v1/inbox/key"), range(32))}
    assert len(keys) == 1
    assert json.loads(next(iter(keys)))["key"].startswith("licensing.example.org/inbox+")
    # One that died between the two files left the secret alone: the public one is made of it.
    (world.folder / "authority/inbox.pub").unlink()
    assert service.ask("/v1/inbox/key").body in keys


def test_a_key_that_is_not_on_the_log_is_refused_by_the_page_and_told_by_the_monitor(world, serve):
    service = serve(world, "--rate-address", 0)
    watch = ["monitor", "--log", service.url + "/log", "--authority", "keys/licensing.example.org.pub", "--state",
             "seen", "--service", service.url]
    assert service.ask("/v1/inbox/key").json["record"] is None
    assert "ALERT  inbox-key" in world.run(*watch, status=1).out
    first = world.run("inbox", "publish").id
    assert "already" in world.run("inbox", "publish").out
    assert "of the key for which reports are encrypted" in world.run(*watch, status=1).out
    world.run(*watch)
    given = service.ask("/v1/inbox/key").json
    assert given["record"] == first and seal(service)["code"]

    # Another key in the answer, and the record of another role, are both refused.
    other = (world.folder / "keys/ada.pub").read_text().strip()
    assert sealed(service, given | {"key": other})["rule"] == "inbox.key"
    auditor = world.ids["key-ombudsman"]
    assert sealed(service, given | {"record": auditor})["rule"] == "inbox.key"

    # Whoever has the disk swaps the key: the page is told of no record, and the monitor tells of it.
    for file in ("inbox.key", "inbox.pub"):
        (world.folder / "authority" / file).unlink()
    assert service.ask("/v1/inbox/key").json["record"] is None
    assert "ALERT  inbox-key" in world.run(*watch, status=1).out
    second = world.run("inbox", "publish").id
    assert first in world.run("show", second, "--json").out
    assert "ALERT  keys" in world.run(*watch, status=1).out
    world.run(*watch)
