"""A receipt of a real authority, checked by other people's COSE and CBOR libraries."""
import base64
import hashlib
import os
import subprocess
from pathlib import Path

import cbor2
import pytest
from pycose.keys import OKPKey
from pycose.messages import CoseMessage, Sign1Message

PROVISO = Path(os.environ.get("PROVISO_BUILD", "build/release")).resolve() / "src/cli/proviso"
RECEIPTS, STRUCTURE, PROOFS, INCLUSION = 394, 395, 396, -1


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("receipts")

    def proviso(*words):
        return subprocess.run([PROVISO, *words], cwd=folder, check=True, text=True, capture_output=True).stdout

    for name in ("log.example", "ada", "ben"):
        proviso("keygen", name, "--no-passphrase")
    proviso("init", "--home", "home", "--name", "log.example", "--key", "log.example.key", "--officer", "ada.pub",
            "--officer", "ben.pub")
    proviso("keygen", "eve", "--no-passphrase")
    (folder / "new.yaml").write_text(
        "role: auditor\nholder: An ombudsman\ncountry: XR\npublic-key: \"@eve.pub\"\n")
    entry = proviso("key", "new.yaml", "--home", "home", "--key", "ada.key").split()[0]
    for form in ("receipt", "statement"):
        proviso("log", "prove", entry, "--home", "home", f"--{form}", "-o", form)
    return folder


def public_key(folder):
    """The verifier key line of a signed note: name, id, type and key."""
    raw = base64.b64decode((folder / "log.example.pub").read_text().strip().split("+", 2)[2])
    assert raw[0] == 1
    return OKPKey(crv="ED25519", x=raw[1:], optional_params={"ALG": "EDDSA"})


def root_of(entry, size, index, path):
    """RFC 9162 section 2.1.3.2."""
    node = hashlib.sha256(b"\0" + entry).digest()
    at, last = index, size - 1
    for sibling in path:
        assert last > 0
        if at & 1 or at == last:
            node = hashlib.sha256(b"\1" + sibling + node).digest()
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + sibling).digest()
        at, last = at >> 1, last >> 1
    assert last == 0
    return node


def check_receipt(receipt, entry, key):
    outer = cbor2.loads(receipt)
    assert outer.tag == 18
    protected, unprotected, payload, signature = outer.value
    header = cbor2.loads(protected)
    assert payload is None and header[STRUCTURE] == 1 and header[15] == {1: "log.example"} and header[1] == -8
    (proof,) = unprotected[PROOFS][INCLUSION]
    size, index, path = cbor2.loads(proof)
    message = Sign1Message.from_cose_obj([protected, {}, root_of(entry, size, index, path), signature], True)
    message.key = key
    return message.verify_signature()


def test_pycose_verifies_a_receipt(home):
    receipt, statement = ((home / name).read_bytes() for name in ("receipt", "statement"))
    protected, unprotected, payload, signature = cbor2.loads(statement).value
    assert unprotected == {RECEIPTS: [receipt]}
    record = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))
    key = public_key(home)
    assert check_receipt(receipt, record, key)
    assert not check_receipt(receipt, record[:-1] + bytes([record[-1] ^ 1]), key)


def test_a_statement_is_read_as_cose(home):
    message = CoseMessage.decode((home / "statement").read_bytes())
    assert isinstance(message, Sign1Message) and message.payload


@pytest.mark.parametrize("form, more", [("receipt", ["--record", "record"]), ("statement", [])])
def test_our_own_check_agrees(home, form, more):
    protected, _, payload, signature = cbor2.loads((home / "statement").read_bytes()).value
    (home / "record").write_bytes(cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature])))
    words = [PROVISO, "log", "verify", form, "--authority", "log.example.pub", *more]
    assert subprocess.run(words, cwd=home).returncode == 0
    words[words.index("log.example.pub")] = "ada.pub"
    assert subprocess.run(words, cwd=home, capture_output=True).returncode == 1
