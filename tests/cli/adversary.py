"""An authority that lies: it holds its key, and signs whatever log it makes of the entries it has.

What it cannot do is sign for others. It leaves out, repeats, reorders, alters and forks; the tree and the
checkpoint are always made anew, so that only the rules can tell. Nothing here uses the project's own code.
"""
import base64
import hashlib
import shutil

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

WIDTH = 256  # hashes of a tile; a log of a test stays within one


def leaf(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(hashes[:half]) + root(hashes[half:])).digest()


def read_entries(log):
    """The entries of a published log of one tile, in their order."""
    size = int((log / "checkpoint").read_text().split("\n")[1])
    data, entries = (log / f"tile/entries/000.p/{size}").read_bytes(), []
    while data:
        end = 2 + int.from_bytes(data[:2], "big")
        entries.append(data[2:end])
        data = data[end:]
    assert len(entries) == size
    return entries


def named(entries, record):
    """Where the record of this id is."""
    return next(i for i, entry in enumerate(entries) if hashlib.sha256(entry).hexdigest() == record)


def signature(key_file, public_file, text):
    """The line of a signed note, by a key that is kept open."""
    name, number, _ = public_file.read_text().split("+", 2)
    seed = base64.b64decode(key_file.read_text().split("\n")[1])[:32]
    signed = Ed25519PrivateKey.from_private_bytes(seed).sign(text.encode())
    return f"\u2014 {name} {base64.b64encode(bytes.fromhex(number) + signed).decode()}\n"


def publish(log, entries, keys, name, size=None, origin=None, top=None):
    """A log of these entries, signed; size, origin and root can be lied about."""
    assert 0 < len(entries) < WIDTH
    shutil.rmtree(log, ignore_errors=True)
    hashes = [leaf(entry) for entry in entries]
    for kind, data in (("entries", b"".join(len(e).to_bytes(2, "big") + e for e in entries)), ("0", b"".join(hashes))):
        path = log / f"tile/{kind}/000.p/{len(entries)}"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    text = f"{origin or name}\n{size or len(entries)}\n{base64.b64encode(top or root(hashes)).decode()}\n"
    (log / "checkpoint").write_text(text + "\n" + signature(keys / f"{name}.key", keys / f"{name}.pub", text))
