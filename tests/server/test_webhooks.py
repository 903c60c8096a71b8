"""Webhooks, to a receiver that fails at first, goes away, and lies."""
import base64
import http.server
import json
import signal
import socket
import threading
import time

import pytest
from conftest import PROVISOD, wait_until
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Receiver:
    """Keeps what it is sent; answers by `answers` first, then 204."""

    def __init__(self, *answers, port=0, headers=None, pause=0):
        self.got, self.answers, kept = [], list(answers), self
        # While it is away nobody else gets its port.
        self.place = socket.socket()
        self.place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.place.bind(("127.0.0.1", port))

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = kept.answers.pop(0) if kept.answers else 204
                kept.got.append((status, self.path, self.headers, body))
                time.sleep(pause)
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                kept.got.append((0, self.path, self.headers, b""))
                self.send_error(404)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(self.place.getsockname(), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def heard(self):
        return [json.loads(body)["data"] for status, _, _, body in self.got if status == 204]


@pytest.fixture
def receiver():
    made = []

    def make(*answers, **options):
        made.append(Receiver(*answers, **options))
        return made[-1]

    yield make
    for r in made:
        r.close()
        r.place.close()


@pytest.fixture
def follow(world, serve):
    """A service whose followers are the lines given."""
    world.run("keygen", "hooks", "--out", "keys", "--no-passphrase")

    def start(*lines, **options):
        (world.folder / "followers").write_text("# who follows what\n\n" + "".join(line + "\n" for line in lines))
        return serve(world, "--webhooks", "followers", "--webhook-key", "keys/hooks.key", "--webhook-retry-seconds", 1,
                     **options)
    return start


def verified(service, headers, body):
    """As Standard Webhooks has it, by another's Ed25519; the id."""
    public = service.ask("/v1/webhook-key").json["key"]
    assert public.startswith("whpk_")
    version, signature = headers["webhook-signature"].split(",")
    assert version == "v1a" and abs(int(headers["webhook-timestamp"]) - time.time()) < 300
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public[5:]))
    key.verify(base64.b64decode(signature), signed + body)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature), signed + body + b" ")
    return headers["webhook-id"]


def test_a_receiver_that_fails_at_first_is_told_in_the_end(world, follow, receiver):
    r = receiver(500, 503)
    service = follow(f"desk {r.url} licence/{world.ids['licence'][:8]}")
    world.measure("suspend", world.ids["licence"], approve=None, basis="section 4")
    wait_until(lambda: r.heard())
    assert [status for status, *_ in r.got] == [500, 503, 204]
    assert len({verified(service, headers, body) for _, _, headers, body in r.got}) == 1
    event = json.loads(r.got[-1][3])
    assert event["type"] == "record.measure" and event["data"]["record"] == world.ids["suspend"]
    assert event["data"]["concerns"] == [f"licence/{world.ids['licence']}"] and event["data"]["action"] == "suspend"
    assert world.run("show", event["data"]["record"]).out
    wait_until(lambda: service.metric('proviso_webhook_delivered_total{name="desk"}') == 1)
    assert service.metric('proviso_webhook_failed_total{name="desk"}') == 2
    wait_until(lambda: service.metric('proviso_webhook_behind{name="desk"}') == 0)
    assert service.stop() == 0
    assert '"webhook-failed"' in service.logged() and '"webhook-heard"' in service.logged()


def test_each_hears_what_is_about_what_he_follows_and_nothing_else(world, follow, receiver):
    system, licence, both, every, lists = (receiver() for _ in range(5))
    world.upheld()
    follow(f"system {system.url} system/{world.ids['system']}", f"licence {licence.url} licence/{world.ids['licence']}",
           f"country {both.url} country/XB", f"every {every.url} all", f"lists {lists.url} list/own")
    world.measure("suspend", "country/XB", approve=None, basis="section 4")
    world.measure("restrict", world.ids["system"], approve="ben", scope="capability=capture.headers",
                  finding=world.ids["finding"])
    (world.folder / "own.csv").write_text("id,name,type,aliases,country,birth,identifier\n7,Ivan Orlenko,person,,RU,,\n")
    world.run("lists", "add", "own", "own.csv", "--format", "csv")
    wait_until(lambda: lists.heard() and len(every.heard()) >= 4)
    assert [e["kind"] for e in lists.heard()] == ["listing"]
    kinds = [e["kind"] for e in every.heard()]
    assert kinds[:4] == ["measure", "measure", "approval", "listing"] and "lease" not in kinds
    assert [e["concerns"] for e in both.heard()] == [["country/XB"]]
    wait_until(lambda: len(system.heard()) == 2)
    # The measure on a system is not the licence's; a proposal has no action, its approval has.
    assert [(e["kind"], e["action"]) for e in system.heard()][-1] == ("approval", "restrict")
    assert all(f"system/{world.ids['system']}" in e["concerns"] for e in system.heard()) and licence.heard() == []


def test_nothing_is_lost_while_a_receiver_or_the_service_is_away(world, follow, receiver):
    r = receiver()
    line = f"desk {r.url} all"
    service = follow(line)
    world.measure("suspend", "country/XB", approve=None, basis="section 4")
    wait_until(lambda: len(r.heard()) == 1)
    r.close()
    first = r.heard()
    world.measure("suspend", "country/XC", approve=None, basis="section 4")
    wait_until(lambda: service.metric('proviso_webhook_failed_total{name="desk"}') >= 1)
    service.stop(signal.SIGKILL)
    # What comes on the log while no service runs at all is told as well.
    world.measure("suspend", "country/XD", approve=None, basis="section 4")
    again = receiver(port=r.port)
    service = follow(line)
    wait_until(lambda: len(again.heard()) >= 2)
    heard = first + again.heard()
    assert sorted({e["seq"] for e in heard}) == list(range(first[0]["seq"], first[0]["seq"] + 3))
    assert [e["seq"] for e in again.heard()] == sorted(e["seq"] for e in again.heard())
    wait_until(lambda: service.metric('proviso_webhook_behind{name="desk"}') == 0)
    service.stop()
    assert (world.folder / "authority/webhooks/desk").read_text() == f"{heard[-1]['seq'] + 1}\n"


def test_who_was_told_as_the_service_stops_is_not_told_again(world, follow, receiver):
    r = receiver(pause=0.4)
    service = follow(f"desk {r.url} all")
    world.measure("suspend", "country/XB", approve=None, basis="section 4")
    wait_until(lambda: r.got)
    assert service.stop() == 0
    told = json.loads(r.got[0][3])["data"]["seq"]
    assert (world.folder / "authority/webhooks/desk").read_text() == f"{told + 1}\n"


def test_an_answer_leads_nowhere_and_ends_nothing(world, follow, receiver):
    elsewhere = receiver()
    liar = receiver(302, 302, headers={"Location": elsewhere.url})
    gone, other = receiver(410), receiver()
    service = follow(f"liar {liar.url} all", f"gone {gone.url} all", f"other {other.url} all")
    world.measure("suspend", "country/XB", approve=None, basis="section 4")
    world.measure("suspend", "country/XC", approve=None, basis="section 4")
    wait_until(lambda: len(liar.heard()) == 2 and len(other.heard()) == 2)
    assert elsewhere.got == [] and [status for status, *_ in gone.got] == [410]
    assert service.metric('proviso_webhook_gone{name="gone"}') == 1


@pytest.mark.parametrize("line, says", [
    ("desk http://169.254.169.254/latest all", "webhooks.url"), ("desk http://example.org/x all", "webhooks.url"),
    ("desk http://127.0.0.1.example.org/ all", "webhooks.url"), ("desk file:///etc/passwd all", "webhooks.url"),
    ("desk https://user:word@example.org/ all", "webhooks.url"), ("desk https:///x all", "webhooks.url"),
    ("Desk https://example.org/ all", "webhooks.syntax"), ("../x https://example.org/ all", "webhooks.syntax"),
    ("desk https://example.org/", "follows nothing"), ("desk https://example.org/ licence/ffffffff", "no-such-id"),
    ("desk https://example.org/ planet/X", "webhooks.target")])
def test_followers_that_are_not_well_named_are_said(world, line, says):
    world.run("keygen", "hooks", "--out", "keys", "--no-passphrase")
    (world.folder / "followers").write_text(f"\n{line}\n")
    words = ("--home", "authority", "--webhooks", "followers", "--check-config")
    answer = world.run(*words, "--webhook-key", "keys/hooks.key", command=PROVISOD, env={"PROVISO_HOME": ""},
                       status=1 if "no-such-id" in says else 3)
    assert says in answer.err and "followers: line 2" in answer.err
    assert "webhook-key" in world.run(*words, command=PROVISOD, env={"PROVISO_HOME": ""}, status=2).err
    assert "authority's own key" in world.run(*words, "--webhook-key", "authority/authority.key", command=PROVISOD,
                                              env={"PROVISO_HOME": ""}, status=3).err
