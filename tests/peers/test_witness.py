"""Witnesses of others and logs of others: transparency-dev's formats and Tessera, Torchwood's litewitness."""
import base64
import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import time

import pytest
from test_log import HERE, PROVISO, run


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(good, what):
    for _ in range(200):
        if good():
            return
        time.sleep(0.1)
    raise AssertionError(what)


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """Our small program on their packages, and their witness as it is."""
    if shutil.which("go") is None:
        pytest.skip("no Go")
    folder = tmp_path_factory.mktemp("go-witness")
    for name, package in (("witness", "."), ("litewitness", "filippo.io/torchwood/cmd/litewitness")):
        subprocess.run(["go", "build", "-o", folder / name, package], cwd=HERE / "witness", check=True)
    return folder


class Ours:
    """`proviso witness` for the logs whose keys are in a file."""

    def __init__(self, folder, name):
        run(PROVISO, "keygen", name, "--out", "keys", "--no-passphrase", cwd=folder)
        self.port = free_port()
        self.process = subprocess.Popen(
            [PROVISO, "witness", "--state", f"{name}.db", "--new", "--key", f"keys/{name}.key", "--logs", "logs",
             "--listen", f"127.0.0.1:{self.port}"], cwd=folder, text=True, stdout=subprocess.PIPE)
        self.key = self.process.stdout.readline().split()[-1]
        self.process.stdout.readline()
        self.url = f"http://127.0.0.1:{self.port}"


class Litewitness:
    """It keeps its key in an ssh-agent, and its logs in a database (which witnessctl fills)."""

    def __init__(self, programs, folder, name, origin, log_key):
        if shutil.which("ssh-agent") is None:
            pytest.skip("no ssh-agent")
        self.port, sock, database = free_port(), folder / "agent", folder / "litewitness.db"
        self.agent = subprocess.Popen(["ssh-agent", "-D", "-a", sock], stdout=subprocess.DEVNULL)
        until(sock.exists, "ssh-agent")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "lite"], check=True)
        subprocess.run(["ssh-add", "-q", folder / "lite"], check=True,
                       env=os.environ | {"SSH_AUTH_SOCK": str(sock)})
        blob = base64.b64decode((folder / "lite.pub").read_text().split()[1])
        public = blob[-32:]
        fingerprint = "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        key = b"\4" + public
        key_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex()
        self.key = f"{name}+{key_id}+{base64.b64encode(key).decode()}"
        with sqlite3.connect(database) as db:
            db.execute("CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL,"
                       " tree_hash TEXT NOT NULL)")
            db.execute("CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL,"
                       " FOREIGN KEY(origin) REFERENCES log(origin))")
            db.execute("INSERT INTO log VALUES (?, 0, ?)",
                       (origin, base64.b64encode(hashlib.sha256(b"").digest()).decode()))
            db.execute("INSERT INTO key VALUES (?, ?)", (origin, log_key))
        db.close()
        self.process = subprocess.Popen(
            [programs / "litewitness", "-name", name, "-db", database, "-ssh-agent", sock, "-listen",
             f"127.0.0.1:{self.port}", "-key", fingerprint], stderr=subprocess.DEVNULL)
        until(lambda: answers(self.port), "litewitness")
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        for process in self.process, self.agent:
            process.terminate()
            process.wait(20)


@pytest.fixture
def authority(tmp_path):
    for name in ("agency.example", "ada", "ben", "acme"):
        run(PROVISO, "keygen", name, "--out", "keys", "--no-passphrase", cwd=tmp_path)
    run(PROVISO, "init", "--home", "authority", "--name", "agency.example", "--key", "keys/agency.example.key",
        "--officer", "keys/ada.pub", "--officer", "keys/ben.pub", "--threshold", "2", cwd=tmp_path)
    return tmp_path


def add_record(folder):
    (folder / "key.yaml").write_text(
        f"role: exporter\nholder: Acme\npublic-key: {(folder / 'keys/acme.pub').read_text().strip()}\n")
    run(PROVISO, "key", "--home", "authority", "key.yaml", "--key", "keys/ada.key", cwd=folder)


def test_their_witness_and_ours_cosign_our_log_and_they_agree_on_it(programs, authority):
    log_key = (authority / "keys/agency.example.pub").read_text().strip()
    (authority / "logs").write_text(f"logs/v0\n\nvkey {log_key}\n")
    ours = Ours(authority, "w.example")
    theirs = Litewitness(programs, authority, "lite.example", "agency.example", log_key)
    try:
        policy = authority / "policy"
        policy.write_text(f"log {log_key}\nwitness W {ours.key} {ours.url}\nwitness L {theirs.key} {theirs.url}\n"
                          "group both 2 W L\nquorum both\n")
        run(PROVISO, "log", "cosign", "--home", "authority", "--policy", "policy", cwd=authority)
        first = authority / "first"
        shutil.copy(authority / "authority/log/checkpoint", first)
        add_record(authority)
        checkpoint = authority / "authority/log/checkpoint"
        assert checkpoint.read_text().splitlines()[1] != first.read_text().splitlines()[1]
        for text in first, checkpoint:
            said = run(programs / "witness", "check", policy, text).splitlines()
            assert [line.split()[0] for line in said] == ["lite.example", "w.example"]
            assert all(abs(int(line.split()[1]) - time.time()) < 600 for line in said)
        # Both find the same fault: one line less, one bit more.
        lines = checkpoint.read_text().splitlines(keepends=True)
        broken = authority / "broken"
        broken.write_text("".join(line for line in lines if "lite.example" not in line))
        run(programs / "witness", "check", policy, broken, status=1)
        text = checkpoint.read_text()
        at = text.index("w.example ") + 60
        broken.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:])
        run(programs / "witness", "check", policy, broken, status=1)
        # Their witness holds an old copy back as ours does.
        shutil.copytree(authority / "authority", authority / "old")
        add = (authority / "key.yaml").read_text().replace("exporter", "auditor").replace("Acme", "Court")
        run(PROVISO, "keygen", "court", "--out", "keys", "--no-passphrase", cwd=authority)
        (authority / "key.yaml").write_text(add.split("public-key")[0] + "public-key: " +
                                            (authority / "keys/court.pub").read_text())
        run(PROVISO, "key", "--home", "authority", "key.yaml", "--key", "keys/ada.key", cwd=authority)
        ours.process.terminate()
        ours.process.wait(20)
        (authority / "old/policy").write_text(f"log {log_key}\nwitness L {theirs.key} {theirs.url}\nquorum L\n")
        done = subprocess.run([PROVISO, "key", "--home", "old", "key.yaml", "--key", "keys/ada.key"], cwd=authority,
                              capture_output=True, text=True)
        assert done.returncode == 1 and "witness.ahead" in done.stderr, done.stderr
    finally:
        theirs.stop()
        if ours.process.poll() is None:
            ours.process.terminate()
            ours.process.wait(20)


def test_our_witness_cosigns_a_log_of_tesseras(programs, tmp_path):
    secret, public = run(programs / "witness", "keygen", "tessera.example/log").splitlines()
    (tmp_path / "secret").write_text(secret + "\n")
    (tmp_path / "log.pub").write_text(public + "\n")
    (tmp_path / "logs").write_text(f"logs/v0\n\nvkey {public}\n")
    witnesses = [Ours(tmp_path, f"w{i}.example") for i in range(2)]
    try:
        policy = tmp_path / "policy"
        policy.write_text(
            f"log {public}\n" + "".join(f"witness W{i} {w.key} {w.url}\n" for i, w in enumerate(witnesses)) +
            "group all-of-them all W0 W1\nquorum all-of-them\n")
        run(programs / "witness", "log", tmp_path / "log", tmp_path / "secret", policy, 3)
        # It goes on later, where it ended, past a bundle of partial tiles.
        run(programs / "witness", "log", tmp_path / "log", tmp_path / "secret", policy, 4)
        said = run(programs / "witness", "check", policy, tmp_path / "log/checkpoint").splitlines()
        assert [line.split()[0] for line in said] == ["w0.example", "w1.example"]
        words = run(PROVISO, "log", "verify", "--log", tmp_path / "log", "--authority", tmp_path / "log.pub",
                    "--policy", policy)
        assert "the 7 entries" in words and "witnessed: by 2" in words
    finally:
        for witness in witnesses:
            witness.process.terminate()
            witness.process.wait(20)
