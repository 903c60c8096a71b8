"""An authority whose log is cosigned before anybody sees it: real witnesses, services and gates."""
import hashlib
import json
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import BUILD, PROVISO

PROVISOD = BUILD / "src" / "server" / "provisod"
NAMES = "w1.example", "w2.example", "w3.example"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Witness:
    """`proviso witness` at an address that stays its own when it is stopped and started."""

    def __init__(self, place, name):
        self.place, self.name, self.port, self.process = place, name, free_port(), None
        place.keygen(name)
        self.key = self.start("--new")

    def start(self, *more):
        self.process = subprocess.Popen(
            [PROVISO, "witness", "--state", f"{self.name}.db", "--key", f"keys/{self.name}.key", "--logs",
             "logs", "--listen", f"127.0.0.1:{self.port}", *more],
            cwd=self.place.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        key = self.process.stdout.readline().split()[-1]
        self.process.stdout.readline()
        return key

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None


@pytest.fixture
def witnessed(place):
    """An authority that demands two of three witnesses, which are at work."""
    place.authority().definitions().declaration().application()
    place.licence()
    log_key = (place.folder / "keys/licensing.example.org.pub").read_text().strip()
    (place.folder / "logs").write_text(f"logs/v0\n\nvkey {log_key}\n")
    place.witnesses = [Witness(place, name) for name in NAMES]
    lines = [f"log {log_key}"]
    lines += [f"witness W{i} {w.key} http://127.0.0.1:{w.port}" for i, w in enumerate(place.witnesses)]
    lines += ["group two 2 W0 W1 W2", "quorum two", ""]
    (place.folder / "policy").write_text("\n".join(lines))
    place.run("log", "cosign", "--policy", "policy")
    yield place
    for witness in place.witnesses:
        witness.stop()


def checkpoint(place, home="authority"):
    return (place.folder / home / "log/checkpoint").read_text()


def signers(text):
    return sorted(line.split()[1] for line in text.splitlines() if line.startswith("— "))


def armed(place, name="system"):
    """As Place.system(), with the policy that its gate enforces."""
    form = place.run("system", "init", "--system", name, "--authority", "keys/licensing.example.org.pub",
                     "--name", "LENS-0001", "--policy", "policy").out
    form = form.replace("licences: []", f"licences: [{place.ids['licence']}]")
    form = form.replace('item-version: ""', 'item-version: "1.0"')
    place.sign("enrol", form, "harbour", name=name)


class Service:
    def __init__(self, place, *words):
        self.port, self.place = free_port(), place
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = place.folder / "provisod.log"
        self.process = subprocess.Popen(
            [PROVISOD, "--home", "authority", "--listen", str(self.port), *map(str, words)],
            cwd=place.folder, stdout=subprocess.PIPE, stderr=self.log.open("a"), text=True)
        self.first = self.process.stdout.readline()

    def ask(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def ready(self):
        status, text = self.ask("/readyz")
        return json.loads(text) if status == 200 else {}

    def until(self, good, what):
        for _ in range(200):
            if good():
                return
            time.sleep(0.1)
        raise AssertionError(f"{what}\n{self.log.read_text()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        assert status == 0, self.log.read_text()


def test_whatever_a_command_publishes_is_cosigned(witnessed):
    place = witnessed
    assert signers(checkpoint(place)) == ["licensing.example.org", *NAMES]
    size = int(checkpoint(place).splitlines()[1])
    place.sign("key", {"role": "auditor", "holder": "Court",
                       "public-key": (place.folder / "keys/w1.example.pub").read_text().strip()}, "ada")
    assert int(checkpoint(place).splitlines()[1]) == size + 1
    assert signers(checkpoint(place)) == ["licensing.example.org", *NAMES]
    # One of three may be away.
    place.witnesses[0].stop()
    answer = place.run("log", "cosign", "--json").json
    assert [w["cosigned"] for w in answer["witnesses"]] == [False, True, True]
    assert signers(checkpoint(place)) == ["licensing.example.org", *NAMES[1:]]
    assert "2 of 3 cosigned" in place.run("status").out
    assert "warning    W0 has not cosigned" in place.run("status").out
    # Two may not: nothing is taken in by a process that cannot compare itself with what they have seen.
    before = checkpoint(place)
    place.witnesses[1].stop()
    answer = place.run("log", "cosign", status=4)
    assert "too few witnesses" in answer.err and "W1: " in answer.err
    assert checkpoint(place) == before
    # One that was away finds the log longer than it knew, and says so (409): it gets its proof.
    place.witnesses[0].start()
    place.witnesses[1].start()
    place.run("log", "cosign")
    assert signers(checkpoint(place)) == ["licensing.example.org", *NAMES]


def test_a_policy_is_kept_only_when_it_is_satisfied(witnessed):
    place = witnessed
    kept = (place.folder / "authority/policy").read_text()
    (place.folder / "other").write_text(kept.replace("group two 2", "group two 4"))
    assert "line 5" in place.run("log", "cosign", "--policy", "other", status=3).err
    foreign = "\n".join(line for line in kept.splitlines() if not line.startswith("log ")) + "\n"
    (place.folder / "other").write_text(foreign)
    assert "no log of the policy" in place.run("log", "cosign", "--policy", "other", status=3).err
    place.witnesses[2].stop()
    (place.folder / "other").write_text(kept.replace("group two 2", "group two 3"))
    place.run("log", "cosign", "--policy", "other", status=4)
    assert (place.folder / "authority/policy").read_text() == kept


def test_an_old_copy_finds_its_witnesses_ahead_and_issues_no_index_twice(witnessed):
    place = witnessed
    shutil.copytree(place.folder / "authority", place.folder / "backup")
    key = (place.folder / "keys/w1.example.pub").read_text().strip()
    place.sign("key", {"role": "auditor", "holder": "Court", "public-key": key}, "ada")
    shutil.copytree(place.folder / "authority/log", place.folder / "mirror")
    shutil.rmtree(place.folder / "authority")
    shutil.copytree(place.folder / "backup", place.folder / "authority")
    before = checkpoint(place)
    other = {"role": "auditor", "holder": "Another",
             "public-key": (place.folder / "keys/w2.example.pub").read_text().strip()}
    for _ in range(2):
        answer = place.sign("key", other, "ada", status=1)
        assert "witness.ahead" in answer.err and "proviso restore" in answer.err
    service = Service(place)
    service.until(lambda: "witness.ahead" in service.log.read_text(), "it says so")
    assert service.ask("/readyz")[0] == 503
    service.stop()
    assert checkpoint(place) == before
    # The mirror has what is missing; from then on the log goes on where it was.
    shutil.rmtree(place.folder / "authority")
    place.run("restore", "--log", "mirror", "--authority", "keys/licensing.example.org.pub",
              "--key", "keys/licensing.example.org.key")
    place.run("log", "cosign", "--policy", "policy")
    place.sign("key", other, "ada")
    assert int(checkpoint(place).splitlines()[1]) == int(before.splitlines()[1]) + 2
    assert signers(checkpoint(place)) == ["licensing.example.org", *NAMES]


def test_a_service_asks_witnesses_and_gives_no_lease_without_them(witnessed):
    place = witnessed
    place.system()
    service = Service(place, "--cosign-seconds", "1")
    service.until(lambda: service.ready() == {"status": "ok"}, "ready")
    place.run("system", "renew", "--system", "system", "--url", service.url)
    # A quiet log is cosigned again: its times go on.
    was = checkpoint(place)
    service.until(lambda: checkpoint(place) != was, "cosigned again")
    assert checkpoint(place).splitlines()[1] == was.splitlines()[1]
    # Officers hear of the first that is missing, while leases still go out.
    place.witnesses[0].stop()
    service.until(lambda: service.ready().get("warning", "").startswith("2 of 3"), "warned")
    assert service.ask("/readyz")[0] == 200 and "proviso_witnesses_answering 2\n" in service.ask("/metrics")[1]
    assert '"event":"witness-missing"' in service.log.read_text().replace(" ", "")
    place.run("system", "renew", "--system", "system", "--url", service.url)
    # Without a quorum there is none, and the log does not grow by what nobody could get.
    place.witnesses[1].stop()
    service.until(lambda: service.ask("/readyz")[0] == 503, "not ready")
    was = checkpoint(place)
    answer = place.run("system", "renew", "--system", "system", "--url", service.url, status=4)
    assert "too few witnesses" in answer.err
    assert checkpoint(place) == was
    # A measure waits for nobody.
    line = (place.folder / "keys/w1.example.pub").read_text().strip()
    (place.folder / "court.yaml").write_text(f"role: auditor\nholder: Court\npublic-key: {line}\n")
    place.run("key", "court.yaml", "--key", "keys/ada.key", "--url", service.url)
    assert checkpoint(place) == was
    said = place.run("status", "--url", service.url)
    assert "1 entries wait for witnesses: no lease is given" in said.out
    assert place.run("status", "--json").json["witnesses"]["waiting"] == 1
    place.witnesses[1].start()
    service.until(lambda: int(checkpoint(place).splitlines()[1]) == int(was.splitlines()[1]) + 1, "published")
    assert service.ask("/readyz")[0] == 200
    place.run("system", "renew", "--system", "system", "--url", service.url)
    service.stop()


def test_a_gate_takes_no_lease_that_its_witnesses_have_not_seen(witnessed):
    place = witnessed
    armed(place)
    digest = hashlib.sha256((place.folder / "policy").read_bytes()).hexdigest()
    assert digest in place.run("show", place.ids["system"], "--json").out
    place.renew("system")
    place.use("system")
    # A key that signs without the home's policy, as one that was stolen or an authority in secret would.
    place.run("system", "renew", "--system", "system", "--request", "request")
    (place.folder / "authority/policy").rename(place.folder / "aside")
    place.run("lease", "grant", "--request", "request", "-o", "reply")
    answer = place.run("system", "renew", "--system", "system", "--reply", "reply", status=1)
    assert "gate.lease-not-witnessed" in answer.err
    place.use("system")
    # In public again: the witnesses see what was done meanwhile.
    (place.folder / "aside").rename(place.folder / "authority/policy")
    place.renew("system")
    # One that was never armed is armed once.
    other = (place.folder / "policy").read_text().replace("group two 2", "group two 1")
    (place.folder / "other").write_text(other)
    assert "gate.policy-armed" in place.run("system", "arm", "--system", "system", "--policy", "other",
                                            status=1).err
    place.run("system", "arm", "--system", "system", "--policy", "policy")


def test_a_proof_that_travels_brings_its_witnesses(witnessed):
    place = witnessed
    pub = "keys/licensing.example.org.pub"
    place.run("log", "prove", place.ids["licence"], "-o", "proof")
    said = place.run("log", "verify", "proof", "--authority", pub, "--policy", "policy").out
    assert "witnessed: by 3" in said
    assert "quorum-time" in place.run("log", "verify", "proof", "--authority", pub, "--policy", "policy",
                                      "--json").json
    assert "witnessed: by 3" in place.run("log", "verify", "--log", "authority/log", "--authority", pub,
                                          "--policy", "policy").out
    place.run("log", "prove", place.ids["licence"], "--proof-only", "-o", "bare")
    assert (place.folder / "bare").read_text().startswith("c2sp.org/tlog-proof@v1\nindex ")
    assert signers((place.folder / "bare").read_text()) == ["licensing.example.org", *NAMES]
    # A stricter party is not satisfied by a quorum of two where it asks for the one that was away.
    place.witnesses[0].stop()
    place.run("log", "cosign")
    place.run("log", "prove", place.ids["licence"], "-o", "proof")
    text = (place.folder / "policy").read_text()
    (place.folder / "strict").write_text(text.replace("group two 2", "group two all"))
    place.run("log", "verify", "proof", "--authority", pub, "--policy", "policy")
    assert "policy.quorum-missing" in place.run("log", "verify", "proof", "--authority", pub, "--policy",
                                                "strict", status=1).err


def test_a_service_and_a_daemon_take_their_policy_at_start(place):
    """The same for those that have no witnesses yet: one file is given to both."""
    place.authority().definitions().declaration().application()
    place.licence()
    place.system()
    log_key = (place.folder / "keys/licensing.example.org.pub").read_text().strip()
    (place.folder / "logs").write_text(f"logs/v0\n\nvkey {log_key}\n")
    witness = Witness(place, NAMES[0])
    (place.folder / "policy").write_text(
        f"log {log_key}\nwitness W {witness.key} http://127.0.0.1:{witness.port}\nquorum W\n")
    service = Service(place, "--policy", "policy")
    service.until(lambda: service.ready() == {"status": "ok"}, "ready")
    gated = subprocess.Popen(
        [BUILD / "src" / "gated" / "proviso-gated", "--system", "system", "--socket", "socket", "--policy",
         "policy", "--url", service.url], cwd=place.folder, stderr=subprocess.PIPE, text=True)
    try:
        def works():
            answer = place.run("system", "status", "--system", "socket", "--json", status=None)
            return answer.status == 0 and answer.json["state"] == "allowed"

        service.until(works, "a lease")
        assert signers(checkpoint(place)) == ["licensing.example.org", NAMES[0]]
        place.run("use", "--system", "socket", "--capability", "capture.headers", "--subject", "tel:+99955501",
                  "--purpose", "serious-crime.kidnapping", "--territory", "XR", "--warrant", "1")
    finally:
        gated.terminate()
        gated.wait(20)
        service.stop()
        witness.stop()
    assert len(json.loads(place.run("system", "arm", "--system", "system", "--policy", "policy",
                                    "--json").out)["policy"]) == 64


class Liar:
    """In a witness's place: answers as it is told to."""

    def __init__(self, port):
        liar = self
        self.asked, self.answer, self.open = 0, (200, b""), threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                liar.asked += 1
                if liar.answer is None:
                    liar.open.wait(60)
                    return
                status, body = liar.answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        ThreadingHTTPServer.allow_reuse_address = True
        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.open.set()
        self.server.shutdown()
        self.server.server_close()


def test_whatever_a_witness_answers_the_others_are_enough(witnessed):
    place = witnessed
    old = next(line for line in checkpoint(place).splitlines() if line.startswith("— w1.example"))
    place.witnesses[0].stop()
    key = (place.folder / "keys/ada.pub").read_text().strip()
    place.sign("key", {"role": "auditor", "holder": "Court",
                       "public-key": (place.folder / "keys/w1.example.pub").read_text().strip()}, "ada")
    other = next(line for line in checkpoint(place).splitlines() if line.startswith("— w2.example"))
    liar = Liar(place.witnesses[0].port)
    try:
        for answer, why in (
                ((200, b""), "no good cosignature"),
                ((200, b"nonsense\n"), "no good cosignature"),
                ((200, old.encode() + b"\n"), "no good cosignature"),       # of the tree before
                ((200, other.replace("w2", "w1").encode() + b"\n"), "no good cosignature"),
                ((200, other.encode() + b"\n"), "no good cosignature"),     # another's
                ((200, b"\xe2\x80\x94 w1.example " + b"A" * 100 + b"\n"), "no good cosignature"),
                ((200, b"\xe2\x80\x94 w1.example AAAA\n" * 200), "no good cosignature"),
                ((200, b"x" * 20000), "writ"),
                ((200, old.encode()), "no good cosignature"),               # without an end
                ((409, b"many\n"), "409 without a size"),
                ((409, b""), "409 without a size"),
                ((409, b"3\n"), "409 again and again"),
                ((403, b"who are you?\n"), "answers 403: who are you?"),
                ((302, b""), "answers 302"),
                ((500, b"\x1b[31m"), "answers 500"),
                (None, "imeout")):
            liar.answer, liar.asked = answer, 0
            told = place.run("log", "cosign", "--json").json["witnesses"]
            assert [w["cosigned"] for w in told] == [False, True, True], answer
            assert why in told[0]["why"], (answer, told)
            assert 1 <= liar.asked <= 3
            assert signers(checkpoint(place)) == ["licensing.example.org", *NAMES[1:]]
        # Only that it has seen more stops everything, and it is named.
        liar.answer = (409, b"1000\n")
        before = checkpoint(place)
        said = place.run("log", "cosign", status=1).err
        assert "witness.ahead" in said and "witness W0 has cosigned 1000 entries" in said
        place.sign("key", {"role": "auditor", "holder": "Other", "public-key": key}, "ada", status=1)
        assert checkpoint(place) == before
    finally:
        liar.stop()
