"""Our CBOR and COSE beside libraries of others: cbor2, pycose, and fxamacker/cbor (Go)."""

import functools
import hashlib
import os
import pathlib
import random
import shutil
import subprocess

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pycose.algorithms import EdDSA, Es256
from pycose.headers import KID, Algorithm, ContentType
from pycose.keys import EC2Key, OKPKey
from pycose.messages import CoseMessage, Sign1Message

HERE = pathlib.Path(__file__).parent
PEER = pathlib.Path(os.environ.get("PROVISO_BUILD", "build/release")) / "tests/peers/peer_cbor"
SEED = int(os.environ.get("PROVISO_TEST_SEED", random.SystemRandom().getrandbits(32)))
ITEMS = 6000


def ask(lines, command=None):
    """One answer for each line."""
    done = subprocess.run([command or PEER], input="".join(f"{line}\n" for line in lines),
                          text=True, capture_output=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines)
    return answers


# An encoder of the deterministic form, written from RFC 8949 section 4.2.1 alone.


def head(major, argument):
    if argument < 24:
        return bytes([major << 5 | argument])
    for info, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << 8 * width:
            return bytes([major << 5 | info]) + argument.to_bytes(width, "big")
    raise ValueError(argument)


def encode(value):
    if value is None or isinstance(value, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return head(3, len(text)) + text
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    pairs = sorted((encode(k), encode(v)) for k, v in value.items())
    return head(5, len(pairs)) + b"".join(k + v for k, v in pairs)


def number(rng):
    return rng.randrange(1 << rng.choice((3, 5, 8, 16, 32, 64)))


def text(rng):
    return "".join(rng.choice("aZ\n\"é水𐅑") for _ in range(rng.choice((0, 1, 3, 23, 24, 90))))


def generate(rng, depth=0, keys=("uint", "negative", "text")):
    """A value of the profile; `keys` are the kinds of keys its maps may have."""
    kind = rng.randrange(9 if depth < 5 else 6)
    if kind == 0:
        return number(rng)
    if kind == 1:
        return -1 - number(rng)
    if kind == 2:
        return rng.randbytes(rng.choice((0, 1, 23, 24, 255, 256)))
    if kind == 3:
        return text(rng)
    if kind == 4:
        return rng.choice((False, True))
    if kind == 5:
        return None
    if kind == 6:
        return [generate(rng, depth + 1, keys) for _ in range(rng.randrange(5))]
    make = {"uint": number, "negative": lambda r: -1 - number(r), "text": text}
    return {make[rng.choice(keys)](rng): generate(rng, depth + 1, keys)
            for _ in range(rng.randrange(6))}


def mutate(rng, item):
    """Somebody else's bytes: cut, longer, or changed in a few places."""
    out = bytearray(item)
    for _ in range(rng.randrange(1, 3)):
        place = rng.randrange(len(out) + 1)
        how = rng.randrange(4)
        if how == 0:
            out[place:place + 1] = bytes([rng.randrange(256)])
        elif how == 1:
            del out[place:place + rng.randrange(1, 4)]
        elif how == 2:
            out[place:place] = rng.choice((b"\x18", b"\x9f", b"\xff", b"\xf9\x00\x00", b"\xc1",
                                           b"\xf7", b"\x81", b"\xa1", rng.randbytes(2)))
        elif place < len(out):
            out[place] ^= 1 << rng.randrange(8)
    return bytes(out)


@pytest.fixture(scope="session", autouse=True)
def _seed():
    print(f"PROVISO_TEST_SEED={SEED}")


def test_what_an_encoder_by_the_rfc_writes_is_accepted():
    rng = random.Random(SEED)
    items = [encode(generate(rng)).hex() for _ in range(ITEMS)]
    for item, answer in zip(items, ask([f"check {item}" for item in items])):
        assert answer == f"yes {item}", (SEED, item)


def test_cbor2_reads_and_writes_the_same():
    """cbor2 orders keys by length first (RFC 7049): the same within one kind of keys."""
    rng = random.Random(SEED)
    for keys in ("uint",), ("negative",), ("text",):
        values = [generate(rng, keys=keys) for _ in range(ITEMS // 3)]
        items = [cbor2.dumps(value, canonical=True).hex() for value in values]
        for value, item, answer in zip(values, items, ask([f"check {i}" for i in items])):
            assert answer == f"yes {item}", (SEED, item)
            assert cbor2.loads(bytes.fromhex(item)) == value, (SEED, item)


def test_order_of_mixed_keys_is_that_of_rfc_8949():
    value = {100: 0, -1: 0}
    assert ask([f"check {cbor2.dumps(value, canonical=True).hex()}"]) == ["no cbor.key-order"]
    assert ask([f"check {encode(value).hex()}"]) == [f"yes {encode(value).hex()}"]


@functools.cache
def fxamacker(folder):
    if shutil.which("go") is None:
        pytest.skip("no Go")
    program = folder / "fxamacker"
    subprocess.run(["go", "build", "-o", program, "."], cwd=HERE / "fxamacker", check=True)
    return program


@pytest.fixture(scope="session")
def go_peer(tmp_path_factory):
    return fxamacker(tmp_path_factory.mktemp("go"))


def test_fxamacker_agrees_on_every_item(go_peer):
    """
    Same profile, same answer, for generated items and for what they are mutated to. One
    difference is theirs: a key below -2^63 is a big.Int in Go, which can't be a map key.
    """
    rng = random.Random(SEED)
    items = [encode(generate(rng)) for _ in range(ITEMS)]
    items += [mutate(rng, item) for item in items for _ in range(3)]
    items = [item.hex() for item in items if item]
    ours = [answer.split()[0] for answer in ask([f"check {item}" for item in items])]
    theirs = ask(items, go_peer)
    differ = [item for item, a, b in zip(items, ours, theirs)
              if a != b.split()[0] and not b.endswith("invalid map key type: big.Int")]
    assert not differ, (SEED, len(differ), sorted(differ, key=len)[:5])
    assert ours.count("yes") > ITEMS and ours.count("no") > ITEMS


BORDER = {
    "nesting of 16": "81" * 15 + "80",
    "nesting of 17": "81" * 16 + "80",
    "item in nesting of 16": "81" * 16 + "00",
    "item in nesting of 17": "81" * 17 + "00",
    "maps in nesting of 16": "a100" * 16 + "00",
    "maps in nesting of 17": "a100" * 17 + "00",
    "undefined": "f7",
    "simple 32": "f820",
    "simple 20 in two bytes": "f814",
    "half": "f93c00",
    "bytes as key": "a1410000",
    "array as key": "a18000",
    "null as key": "a1f600",
    "tag": "c11a514b67b0",
    "bignum": "c249010000000000000000",
    "bignum that fits": "c24101",
    "huge string": "5bffffffffffffffff",
    "huge array": "9bffffffffffffffff",
    "huge map": "bbffffffffffffffff",
    "least integer": "3bffffffffffffffff",
    "surrogate": "63eda080",
    "nothing": "",
}


@pytest.mark.parametrize("name", BORDER)
def test_fxamacker_agrees_at_the_border(go_peer, name):
    item = BORDER[name]
    if not item:
        assert ask(["check 6000"]) == ["no cbor.trailing"]
        item = "6000"
    assert ask([f"check {item}"])[0].split()[0] == ask([item], go_peer)[0].split()[0]


class Signer:
    """A key of a seed, as others derive it."""

    def __init__(self, algorithm, seed):
        self.algorithm, self.seed = algorithm, seed
        if algorithm == "ed25519":
            key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
            self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
            self.cose = OKPKey(crv="ED25519", x=self.public, d=seed)
            self.thumbprint = encode({1: 1, -1: 6, -2: self.public})
            self.alg = EdDSA
        else:
            key = ec.derive_private_key(int.from_bytes(seed, "big"), ec.SECP256R1())
            point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            self.public = point[1:]
            x, y = self.public[:32], self.public[32:]
            self.cose = EC2Key(crv="P_256", x=x, y=y, d=seed)
            self.thumbprint = encode({1: 2, -1: 1, -2: x, -3: y})
            self.alg = Es256
        self.kid = hashlib.sha256(self.thumbprint).digest()

    def verify(self, message):
        return ask([f"verify {self.public.hex()} {self.algorithm} {message.hex()}"])[0]


# Of an ECDSA signature's two forms we take the one with the low s, and no other.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def has_high_s(signer, message):
    return signer.algorithm == "es256" and int.from_bytes(message[-32:], "big") > P256_ORDER // 2


def with_low_s(signer, message):
    if not has_high_s(signer, message):
        return message
    return message[:-32] + (P256_ORDER - int.from_bytes(message[-32:], "big")).to_bytes(32, "big")


@pytest.fixture(params=["ed25519", "es256"])
def signers(request):
    rng = random.Random(SEED)
    return [Signer(request.param, rng.randbytes(31).rjust(32, b"\1")) for _ in range(12)]


def test_pycose_verifies_our_records(signers):
    rng = random.Random(SEED)
    for signer in signers:
        payload = encode({1: rng.randbytes(rng.randrange(200))})
        command = f"sign {signer.seed.hex()} {signer.algorithm} {payload.hex()}"
        record = bytes.fromhex(ask([command])[0])
        message = CoseMessage.decode(record)
        assert isinstance(message, Sign1Message)
        message.key = signer.cose
        assert message.verify_signature()
        assert message.payload == payload
        assert message.uhdr == {}
        assert message.phdr[Algorithm] == signer.alg
        assert message.phdr[ContentType] == "application/vnd.proviso.licence+cbor"
        assert message.phdr[KID] == signer.kid
        assert message.phdr[15] == {1: "signer.example", 2: "origin.example/log", 6: 1767225600}
        message.payload = payload + b"\0"
        assert not message.verify_signature()
        assert signer.verify(record) == "record"


def test_a_record_made_by_pycose_is_a_record(signers):
    for signer in signers:
        message = Sign1Message(
            phdr={Algorithm: signer.alg, ContentType: "application/vnd.proviso.licence+cbor",
                  KID: signer.kid, 15: {1: "iss", 2: "sub", 6: 1}},
            payload=encode({1: "a"}), key=signer.cose)
        record = with_low_s(signer, message.encode())
        assert signer.verify(record) == "record"
        assert signer.verify(record[:-1] + bytes([record[-1] ^ 1])) == "no cose.bad-signature"


def test_foreign_messages_of_pycose_are_verified(signers):
    for signer in signers:
        for protected, unprotected in (({Algorithm: signer.alg}, {}),
                                       ({Algorithm: signer.alg}, {KID: b"11"}),
                                       ({Algorithm: signer.alg, ContentType: 0}, {}),
                                       ({}, {Algorithm: signer.alg})):
            message = Sign1Message(phdr=protected, uhdr=unprotected, payload=b"content",
                                   key=signer.cose).encode()
            want = "no cose.bad-signature" if has_high_s(signer, message) else "foreign"
            assert signer.verify(message) == want
            assert signer.verify(with_low_s(signer, message)) == "foreign"


def test_a_header_out_of_order_is_refused(signers):
    signer = signers[0]
    message = Sign1Message(phdr={KID: b"11", Algorithm: signer.alg}, payload=b"", key=signer.cose)
    assert signer.verify(message.encode()) == "no cbor.key-order"
