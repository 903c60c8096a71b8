"""Software passkeys: what a browser and its authenticator do, by pyca/cryptography."""
import base64
import hashlib
import json

import cbor2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PRESENT, VERIFIED = 1, 4


def b64u(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Passkey:
    def __init__(self, name, rp_id="localhost", origin="http://localhost:8470", algorithm="es256", jwk=None):
        self.name, self.rp_id, self.origin, self.count = name, rp_id, origin, 0
        self.is_es256 = (jwk["kty"] == "EC") if jwk else algorithm == "es256"
        if jwk:
            scalar = unb64u(jwk["d"])
            self.key = (ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1()) if self.is_es256
                        else Ed25519PrivateKey.from_private_bytes(scalar))
        else:
            self.key = ec.generate_private_key(ec.SECP256R1()) if self.is_es256 else Ed25519PrivateKey.generate()
        public = self.key.public_key()
        self.spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        if self.is_es256:
            raw = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)[1:]
            note, kid = b"\x02" + self.spki, hashlib.sha256(self.spki)
            thumb = b"\xa4\x01\x02\x20\x01\x21\x58\x20" + raw[:32] + b"\x22\x58\x20" + raw[32:]
        else:
            raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            note, kid = b"\x01" + raw, hashlib.sha256(name.encode() + b"\n\x01" + raw)
            thumb = b"\xa3\x01\x01\x20\x06\x21\x58\x20" + raw
        self.kid = hashlib.sha256(thumb).hexdigest()
        self.line = f"{name}+{kid.hexdigest()[:8]}+{base64.b64encode(note).decode()}"

    def form(self, role="officer", **more):
        """The key record that registers it."""
        return {"role": role, "holder": self.name, "public-key": self.line, "rp-id": self.rp_id,
                "origin": self.origin, **more}

    def sign(self, message):
        if not self.is_es256:
            return self.key.sign(message)
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")

    def assertion(self, challenge, origin=None, rp_id=None, flags=PRESENT | VERIFIED, cross=False):
        """(authenticatorData, clientDataJSON, signature), as navigator.credentials.get() gives them, s low."""
        self.count += 1
        client = json.dumps({"type": "webauthn.get", "challenge": b64u(challenge), "origin": origin or self.origin,
                             "crossOrigin": cross}, separators=(",", ":")).encode()
        data = hashlib.sha256((rp_id or self.rp_id).encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")
        return data, client, self.sign(data + hashlib.sha256(client).digest())

    def seal(self, statement, **how):
        """The record that a statement becomes by this passkey's assertion."""
        return put_in(unb64u(statement["unsigned"]),
                      self.assertion(hashlib.sha256(unb64u(statement["to_sign"])).digest(), **how))


def put_in(unsigned, assertion):
    record = cbor2.loads(unsigned)
    assert record.value[3] == b""
    record.value[3] = cbor2.dumps(list(assertion))
    return cbor2.dumps(record)


def statement(service, kind, kid, form, status=200):
    answer = service.ask("/v1/statements", json.dumps({"kind": kind, "kid": kid, "form": form}).encode(),
                         {"Content-Type": "application/json"})
    assert answer.status == status, answer.body
    return answer.json


def submission(record, disclosures):
    """The record with its confidential values, for /v1/records."""
    return b"\x82" + cbor2.dumps(record) + unb64u(disclosures)


class Browser:
    """A page of the console in a browser: its cookies, and the headers that it sends of itself."""

    def __init__(self, service, passkey):
        self.service, self.passkey, self.cookies = service, passkey, {}

    def ask(self, path, body=None, method=None, headers=None, without=(), **more):
        method = method or ("GET" if body is None else "POST")
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Content-Type": "application/json",
                "Sec-Fetch-Site": "same-origin", "Accept": "application/json"}
        if method != "GET":
            sent |= {"Origin": self.passkey.origin, "Proviso-Console": "1"}
        sent |= headers or {}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        answer = self.service.ask(path, body, {k: v for k, v in sent.items() if v and k not in without}, method=method, **more)
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in line:
                del self.cookies[name]
        return answer

    def answer(self, nonce, passkey=None, **how):
        passkey = passkey or self.passkey
        challenge = hashlib.sha256(b"proviso sign-in\0" + passkey.origin.encode() + b"\0" + unb64u(nonce)).digest()
        data, client, signature = passkey.assertion(challenge, **how)
        return {"kid": passkey.kid, "authenticatorData": b64u(data), "clientDataJSON": b64u(client), "signature": b64u(signature)}

    def challenge(self):
        answer = self.ask("/v1/session/challenge", b"", headers={"Content-Type": None})
        assert answer.status == 200, answer.body
        return answer.json["nonce"]

    def sign_in(self, **how):
        return self.ask("/v1/session", self.answer(self.challenge(), **how))

    def decide(self, kind, form, **how):
        """What an officer does: has a statement made, reads it, has the passkey sign it, sends it."""
        made = statement(self.service, kind, self.passkey.kid, form)
        return self.service.submit(self.passkey.seal(made, **how))
