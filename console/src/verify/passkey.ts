/*
 * passkey: a WebAuthn assertion, judged from its bytes alone as src/record/passkey.h does: the
 * client data byte for byte as Web Authentication (level 3) section 5.8.1.2 has it, the user
 * present and verified, nothing more than 37 bytes of authenticator data.
 */
import { type Bytes, base64url, concat, equal, sha256, utf8 } from "../bytes.js";
import { CborReader, cbor } from "./cbor.js";
import { refused } from "./fault.js";
import { type PublicKey, SIGNATURE_SIZE, verifySignature } from "./key.js";

const AUTHENTICATOR_DATA = 37, CLIENT_DATA_MAX = 2048;
const USER_PRESENT = 0x01, USER_VERIFIED = 0x04, BACKUP_ELIGIBLE = 0x08, BACKED_UP = 0x10;
const HAS_CREDENTIAL = 0x40, HAS_EXTENSIONS = 0x80;

export interface Passkey {
	key: PublicKey;
	rpId: string; /* `authority.example` */
	origin: string; /* `https://authority.example`: the one place it may sign at */
}

export interface Assertion {
	authenticatorData: Bytes;
	clientData: Bytes;
	signature: Bytes; /* 64 bytes; of ES256 r||s with s in the lower half */
}

export function decodeAssertion(message: Uint8Array): Assertion {
	const r = new CborReader(message);
	if (r.peek() !== "array" || r.array() !== 3)
		r.fail("passkey.assertion", "an assertion is an array of three");
	const assertion = { authenticatorData: r.bytes(), clientData: r.bytes(), signature: r.bytes() };
	if (assertion.authenticatorData.length !== AUTHENTICATOR_DATA ||
		assertion.clientData.length > CLIENT_DATA_MAX || assertion.signature.length !== SIGNATURE_SIZE)
		r.fail("passkey.assertion",
			`it is ${AUTHENTICATOR_DATA} bytes of authenticator data, at most ${CLIENT_DATA_MAX} of client data and a signature of ${SIGNATURE_SIZE}`);
	r.done();
	return assertion;
}

export function encodeAssertion(assertion: Assertion): Bytes {
	return cbor.array(cbor.bytes(assertion.authenticatorData), cbor.bytes(assertion.clientData), cbor.bytes(assertion.signature));
}

function checkClientData(passkey: Passkey, challenge: Uint8Array, found: Bytes): void {
	const due = utf8(`{"type":"webauthn.get","challenge":"${base64url(challenge)}","origin":"${passkey.origin}","crossOrigin":false`);
	const next = found[due.length];
	if (found.length <= due.length || !equal(found.slice(0, due.length), due) || found.at(-1) !== 0x7d ||
		(found.length > due.length + 1 && next !== 0x2c))
		refused("passkey.client-data", `it was not made for this record at ${passkey.origin}`);
}

async function checkAuthenticatorData(passkey: Passkey, data: Bytes): Promise<void> {
	const flags = data[32]!;
	if (!equal(data.slice(0, 32), await sha256(utf8(passkey.rpId))))
		refused("passkey.rp-id", `it was made for another site than ${passkey.rpId}`);
	if ((flags & (HAS_CREDENTIAL | HAS_EXTENSIONS)) !== 0 || ((flags & BACKED_UP) !== 0 && (flags & BACKUP_ELIGIBLE) === 0))
		refused("passkey.authenticator-data", `flags 0x${flags.toString(16).padStart(2, "0")} do not fit an assertion without extensions`);
	if ((flags & USER_PRESENT) === 0)
		refused("passkey.user-absent", "nobody was at the authenticator");
	if ((flags & USER_VERIFIED) === 0)
		refused("passkey.user-unverified", "the authenticator did not verify who was there (PIN, biometric)");
}

/* Throws unless the holder was there, was verified, and signed this `challenge` at its origin. */
export async function verifyAssertion(passkey: Passkey, challenge: Uint8Array, assertion: Assertion): Promise<void> {
	checkClientData(passkey, challenge, assertion.clientData);
	await checkAuthenticatorData(passkey, assertion.authenticatorData);
	const message = concat(assertion.authenticatorData, await sha256(assertion.clientData));
	if (!(await verifySignature(passkey.key, message, assertion.signature)))
		refused("passkey.signature", "the signature is not good");
}
