"""Passkeys of a demonstration: made, registered, given to the page, and to nobody beyond this machine."""
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from passkeys import Browser, Passkey, unb64u

TOP = Path(__file__).resolve().parents[2]
TOOLS = TOP / "tools"
BUILD = Path(os.environ.get("PROVISO_BUILD", TOP / "build" / "release")).resolve()
PROVISOD = BUILD / "src" / "server" / "provisod"
ORIGIN = "http://localhost:8470"


@pytest.fixture
def demo(world):
    environment = os.environ | {"PATH": f"{BUILD}/src/cli:{os.environ['PATH']}", "PROVISO_HOME": "authority"}
    done = subprocess.run([TOOLS / "demo-passkeys", ORIGIN, "keys/licensing.example.org.key", "demo.passkeys", "dora:officer",
                           "emil:officer", "noor:auditor:XR"], cwd=world.folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.count("may sign") == 3, done.stderr
    return world


@pytest.mark.parametrize("algorithm", ["es256", "ed25519"])
def test_a_software_passkey_is_a_file_of_one_line(place, algorithm):
    told = place.run("keygen", "dora", "--passkey", ORIGIN, "--alg", algorithm, "--json").json
    file = place.folder / "dora.passkey"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and file.read_text().count("\n") == 1
    kept = json.loads(file.read_text())
    assert kept["rp-id"] == told["rp-id"] == "localhost" and kept["origin"] == told["origin"] == ORIGIN
    passkey = Passkey("dora", jwk=kept["jwk"])
    assert kept["kid"] == told["id"] == passkey.kid
    assert kept["public-key"] == passkey.line == (place.folder / "dora.pub").read_text().strip()
    public = passkey.key.public_key()
    if algorithm == "es256":
        numbers = public.public_numbers()
        assert (numbers.x, numbers.y) == tuple(int.from_bytes(unb64u(kept["jwk"][c]), "big") for c in "xy")
    else:
        assert public.public_bytes_raw() == unb64u(kept["jwk"]["x"]) and "y" not in kept["jwk"]
    place.run("keygen", "dora", "--passkey", ORIGIN, status=4)
    place.run("keygen", "emil", "--passkey", "localhost", status=2)
    place.run("keygen", "emil", "--rp-id", "localhost", "--no-passphrase", status=2)
    told = place.run("keygen", "emil", "--passkey", "https://a.b.example:1", "--rp-id", "b.example", "--json").json
    assert told["rp-id"] == "b.example"


def test_the_page_is_given_them_and_signs_in(demo, serve):
    service = serve(demo, "--demo-passkeys", "demo.passkeys")
    answer = service.ask("/demo/passkeys")
    assert answer.status == 200 and "Demonstration" in answer.json["warning"] and answer.headers["Cache-Control"] == "no-store"
    assert [(p["name"], p["role"], p["holder"]) for p in answer.json["passkeys"]] == [
        ("dora", "officer", "dora"), ("emil", "officer", "emil"), ("noor", "auditor", "noor")]
    for given in answer.json["passkeys"]:
        passkey = Passkey(given["name"], given["rp-id"], given["origin"], jwk=given["jwk"])
        assert Browser(service, passkey).sign_in().json["role"] == given["role"]
    # One whose key has ended is given no more.
    keys = [r["id"] for r in service.ask("/v1/records?limit=1000").json["items"] if r["kind"] == "key"]
    dora = next(i for i in keys if service.ask(f"/v1/records/{i}").json["says"]["holder"] == "dora")
    demo.sign("key", {"role": "officer", "holder": "dora", "replaces": dora, "reason": "Lost."}, "licensing.example.org", name="revoke")
    assert [p["name"] for p in service.ask("/demo/passkeys").json["passkeys"]] == ["emil", "noor"]


def test_a_page_of_another_name_is_given_none(demo, serve):
    """A name of the attacker's that leads to 127.0.0.1: to the browser it is his own origin."""
    service = serve(demo, "--demo-passkeys", "demo.passkeys")
    for host in ("evil.example", f"evil.example:{service.port}", "localhost.evil.example", "127.0.0.1.evil.example", ""):
        answer = service.ask("/demo/passkeys", headers={"Host": host})
        assert answer.status in (400, 403) and b'"d"' not in answer.body, host
    for host in (f"localhost:{service.port}", f"[::1]:{service.port}", "127.0.0.1"):
        assert service.ask("/demo/passkeys", headers={"Host": host}).status == 200


def test_only_loopback_has_them(demo, serve):
    for listen in ("0.0.0.0:0", "[::]:0", "unix:demo.sock"):
        done = subprocess.run([PROVISOD, "--home", "authority", "--listen", listen, "--demo-passkeys", "demo.passkeys"],
                              cwd=demo.folder, capture_output=True, text=True, timeout=20)
        assert done.returncode == 2 and "loopback" in done.stderr, done.stderr
    assert serve(demo, "--demo-passkeys", "demo.passkeys", listen="[::1]:0").ask("/demo/passkeys").status == 200


def test_without_it_there_is_no_such_thing(demo, serve):
    assert serve(demo).ask("/demo/passkeys").status == 404


def test_a_file_that_is_none_is_refused(demo):
    for text in ("{}\n", "not JSON\n", "[1]\n", (demo.folder / "demo.passkeys").read_text() + "x\n",
                 (demo.folder / "demo.passkeys").read_text().rstrip("\n")):
        (demo.folder / "bad").write_text(text)
        done = subprocess.run([PROVISOD, "--home", "authority", "--listen", "127.0.0.1:0", "--demo-passkeys", "bad"],
                              cwd=demo.folder, capture_output=True, text=True, timeout=20)
        assert done.returncode == 3 and "demo.passkeys" in done.stderr, done.stderr
