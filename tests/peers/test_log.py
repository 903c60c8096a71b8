"""Our log beside Go's: x/mod's sumdb reads what we publish, and we read what it publishes."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
BUILD = pathlib.Path(os.environ.get("PROVISO_BUILD", "build/release")).resolve()
PROVISO = BUILD / "src/cli/proviso"
PEER = BUILD / "tests/peers/peer_log"
SEED = int(os.environ.get("PROVISO_TEST_SEED", random.SystemRandom().getrandbits(32)))
SIZES = 1, 2, 3, 255, 256, 257, 300, 513, 1000


def run(*words, status=0, cwd=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PROVISO_")}
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=environment, text=True,
                          capture_output=True, timeout=120)
    assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


@pytest.fixture(scope="session")
def sumdb(tmp_path_factory):
    if shutil.which("go") is None:
        pytest.skip("no Go")
    program = tmp_path_factory.mktemp("go") / "sumdb"
    subprocess.run(["go", "build", "-o", program, "."], cwd=HERE / "sumdb", check=True)
    return program


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """An authority, and the checkpoint it had before it took its last records."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("agency.example", "ada", "ben", "acme"):
        run(PROVISO, "keygen", name, "--out", "keys", "--no-passphrase", cwd=folder)
    run(PROVISO, "init", "--home", "authority", "--name", "agency.example",
        "--key", "keys/agency.example.key", "--officer", "keys/ada.pub", "--officer", "keys/ben.pub",
        "--threshold", "2", cwd=folder)
    shutil.copy(folder / "authority/log/checkpoint", folder / "before")
    form = (f"role: exporter\nholder: Acme\n"
            f"public-key: {(folder / 'keys/acme.pub').read_text().strip()}\n")
    (folder / "key.yaml").write_text(form)
    run(PROVISO, "key", "--home", "authority", "key.yaml", "--key", "keys/ada.key", cwd=folder)
    return folder


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """A log of ours published at many sizes."""
    folder = tmp_path_factory.mktemp("ours")
    return folder, run(PEER, folder, *SIZES)


def test_go_reads_what_an_authority_publishes(sumdb, home):
    key = (home / "keys/agency.example.pub").read_text()
    size, _ = run(sumdb, "verify", home / "authority/log", key, home / "before").split()
    assert size == (home / "authority/log/checkpoint").read_text().splitlines()[1]


def test_go_takes_our_proofs(sumdb, home):
    key = (home / "keys/agency.example.pub").read_text()
    checkpoint = home / "authority/log/checkpoint"
    hashes = json.loads(run(PROVISO, "log", "consistency", "before", "--home", "authority", "--json",
                            cwd=home))["proof"]
    run(sumdb, "consistency", home / "before", checkpoint, key, *hashes)
    run(sumdb, "consistency", home / "before", checkpoint, key, *hashes[1:], status=1)
    bundle = (home / f"authority/log/tile/entries/000.p/{checkpoint.read_text().splitlines()[1]}"
              ).read_bytes()
    entries = []
    while bundle:
        size = int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2:2 + size])
        bundle = bundle[2 + size:]
    for index, entry in enumerate(entries):
        (home / "entry").write_bytes(entry)
        run(PROVISO, "log", "prove", hashlib.sha256(entry).hexdigest(), "--home", "authority",
            "--proof-only", "-o", "proof", cwd=home)
        assert run(sumdb, "proof", home / "proof", home / "entry", key) == str(index)
        (home / "entry").write_bytes(entry + b"\0")
        run(sumdb, "proof", home / "proof", home / "entry", key, status=1)


def test_go_reads_a_log_of_ours_of_every_shape(sumdb, published):
    folder, key = published
    old = [folder / f"checkpoint.{size}" for size in SIZES]
    size, _ = run(sumdb, "verify", folder, key, *old).split()
    assert int(size) == SIZES[-1]


@pytest.mark.parametrize("size", SIZES)
def test_we_read_a_log_of_gos(sumdb, tmp_path, size):
    key = run(sumdb, "make", tmp_path / "log", "go.example/log", size, *(s for s in SIZES if s < size))
    (tmp_path / "go.pub").write_text(key + "\n")
    said = run(PROVISO, "log", "verify", "--log", tmp_path / "log", "--authority", tmp_path / "go.pub")
    assert "go.example/log" in said and str(size) in said
    _, root = run(sumdb, "verify", tmp_path / "log", key).split()
    assert root in run(PROVISO, "log", "verify", "--json", "--log", tmp_path / "log",
                       "--authority", tmp_path / "go.pub")


def test_both_refuse_a_changed_file(sumdb, published, tmp_path):
    folder, key = published
    rng = random.Random(SEED)
    (tmp_path / "our.pub").write_text(key + "\n")
    for name in ("checkpoint", "tile/0/000", "tile/0/003.p/232", "tile/1/000.p/3",
                 "tile/entries/002", "tile/entries/003.p/232"):
        copy = tmp_path / name.replace("/", "-")
        shutil.copytree(folder, copy)
        content = bytearray((copy / name).read_bytes())
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        (copy / name).write_bytes(content)
        run(sumdb, "verify", copy, key, status=1)
        done = subprocess.run([PROVISO, "log", "verify", "--log", copy, "--authority",
                               tmp_path / "our.pub"], capture_output=True, text=True)
        assert done.returncode in (1, 3, 4), (SEED, name, done.stdout, done.stderr)
