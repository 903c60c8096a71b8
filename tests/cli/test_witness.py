"""`proviso witness`, over HTTP, cosigning the log of an authority."""
import base64
import hashlib
import subprocess
import urllib.error
import urllib.request

import pytest
from conftest import PROVISO, Place


class Witness:
    def __init__(self, place, *words):
        self.process = subprocess.Popen(
            [PROVISO, "witness", "--state", "witness.db", "--key", "keys/witness.example.key",
             "--logs", "logs", "--listen", "127.0.0.1:0", *words],
            cwd=place.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.key = self.process.stdout.readline().split()[-1]
        self.address = self.process.stdout.readline().split()[-1]

    def ask(self, path, body=None):
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", body, timeout=20) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers["Content-Type"], answer.read()

    def add(self, old, checkpoint, *hashes):
        lines = [f"old {old}", *hashes, "", ""]
        return self.ask("/add-checkpoint", "\n".join(lines).encode() + checkpoint)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0, self.process.stderr.read()


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.keygen("agency.example", "ada", "ben", "acme", "witness.example")
    place.run("init", "--name", "agency.example", "--key", "keys/agency.example.key",
              "--officer", "keys/ada.pub", "--officer", "keys/ben.pub")
    key = (tmp_path / "keys/agency.example.pub").read_text().strip()
    (tmp_path / "logs").write_text(f"logs/v0\n\nvkey {key}\n")
    return place


def head(place):
    return (place.folder / "authority/log/checkpoint").read_bytes()


def size(checkpoint):
    return int(checkpoint.split(b"\n")[1])


def grow(place):
    """One record more, and the proof that the log extends what it was."""
    (place.folder / "before").write_bytes(head(place))
    line = (place.folder / "keys/acme.pub").read_text().strip()
    place.sign("key", {"role": "exporter", "holder": "Acme", "public-key": line}, "ada")
    proof = place.run("log", "consistency", "before", "--json").json["proof"]
    return [base64.b64encode(bytes.fromhex(h)).decode() for h in proof]


def test_a_witness_follows_a_log_that_grows(place):
    witness = Witness(place, "--new")
    assert witness.key.startswith("witness.example+")
    first = head(place)
    status, kind, line = witness.add(0, first)
    assert status == 200 and line.startswith("— witness.example ".encode()), line
    hashes = grow(place)
    status, kind, body = witness.add(0, head(place))
    assert (status, kind, body) == (409, "text/x.tlog.size", b"%d\n" % size(first))
    assert witness.add(size(first), head(place))[0] == 422
    assert witness.add(size(first), head(place), *hashes)[0] == 200
    assert witness.ask("/add-checkpoint", b"nonsense")[0] == 400
    origin = hashlib.sha256(b"agency.example").hexdigest()
    status, _, note = witness.ask(f"/{origin}/checkpoint")
    assert status == 200 and note.startswith(head(place)) and note.count("— ".encode()) == 2
    assert witness.ask(f"/{'0' * 64}/checkpoint")[0] == 404
    witness.stop()

    # Another process of the same state goes on where this one ended.
    witness = Witness(place)
    assert witness.add(size(first), head(place), *hashes)[0] == 409
    assert witness.add(size(head(place)), head(place))[0] == 200
    witness.stop()


def test_a_state_is_neither_begun_twice_nor_silently(place):
    words = ["witness", "--state", "witness.db", "--key", "keys/witness.example.key", "--logs", "logs"]
    assert "open" in place.run(*words, status=4).err
    Witness(place, "--new").stop()
    assert "witness.db" in place.run(*words, "--new", status=4).err
    words[4] = "keys/ada.key"
    assert "cosigner.other-key" in place.run(*words, status=1).err


def test_what_it_needs_is_asked_for(place):
    place.run("witness", status=2)
    (place.folder / "logs").write_text("logs/v0\nvkey nonsense\n")
    answer = place.run("witness", "--state", "s", "--key", "keys/ada.key", "--logs", "logs", status=3)
    assert "line 2" in answer.err
