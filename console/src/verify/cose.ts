/*
 * cose: COSE_Sign1 (RFC 9052 section 4.2) as records use it: exactly the protected headers 1
 * alg, 3 content type, 4 kid, 15 CWT claims {1: iss, 2: sub, 6: iat}, none unprotected, and
 * deterministic CBOR throughout. Rules and their names: src/record/cose.h.
 */
import { type Bytes, equal, sha256 } from "../bytes.js";
import { CborReader, cbor } from "./cbor.js";
import { malformed, refused, within } from "./fault.js";
import { type Algorithm, type PublicKey, SIGNATURE_SIZE, keyId, verifySignature } from "./key.js";
import { type Passkey, decodeAssertion, verifyAssertion } from "./passkey.js";

export const SIGN1_TAG = 18;
const EDDSA = -8, ES256 = -7, ED25519 = -19, ESP256 = -9;
const PASSKEY_EDDSA = -65808, PASSKEY_ES256 = -65807;
const TEXT_MAX = 1024;

export interface Sign1 {
	algorithm: number;
	contentType: string;
	kid: Bytes;
	issuer: string; /* the name of the signer's key */
	subject: string; /* the origin of the authority it is made to */
	issuedAt: number;
	protected: Bytes;
	payload: Bytes;
	signature: Bytes;
}

/* Whose signature it is: a key, where it is a passkey where that may sign, and when it ends. */
export interface Signer {
	key: PublicKey;
	until?: number;
	passkey?: { rpId: string; origin: string };
}

export function isPasskeyAlgorithm(algorithm: number): boolean {
	return algorithm === PASSKEY_EDDSA || algorithm === PASSKEY_ES256;
}

function keyAlgorithmOf(algorithm: number): Algorithm {
	return [EDDSA, ED25519, PASSKEY_EDDSA].includes(algorithm) ? "ed25519" : "es256";
}

/* --- Reading ------------------------------------------------------------------------------- */

function readAlgorithm(r: CborReader): number {
	const type = r.peek();
	if (type !== "uint" && type !== "negative")
		r.fail("cose.algorithm", "an algorithm that is no number");
	const algorithm = Number(r.int());
	if (![EDDSA, ES256, ED25519, ESP256, PASSKEY_EDDSA, PASSKEY_ES256].includes(algorithm))
		r.fail("cose.algorithm", `algorithm ${algorithm} is neither EdDSA (-8, -19) nor ES256 (-7, -9)`);
	return algorithm;
}

/* Labels rise, so that a missing one shows as another. */
function readLabel(r: CborReader, label: number, what: string): void {
	const type = r.peek();
	if (type !== "uint" && type !== "negative")
		r.fail("cose.header", `label ${label}, ${what}, is due`);
	const found = r.int();
	if (found === 2n && label === 3)
		r.fail("cose.critical", "a record has no critical parameters");
	if (found !== BigInt(label))
		r.fail("cose.header", `label ${label}, ${what}, is due, not ${found}`);
}

function readName(r: CborReader, what: string): string {
	if (r.peek() !== "text")
		r.fail("cose.header", `${what} is due`);
	const name = r.text();
	if (name === "" || new TextEncoder().encode(name).length > TEXT_MAX || name.includes("\0"))
		r.fail("cose.header", `${what} is 1 to ${TEXT_MAX} bytes without NUL`);
	return name;
}

function readKid(r: CborReader): Bytes {
	if (r.peek() !== "bytes")
		r.fail("cose.header", "the key id is due");
	const kid = r.bytes();
	if (kid.length !== 32)
		r.fail("cose.header", `a key id of ${kid.length} bytes, not 32`);
	return kid;
}

function readClaims(r: CborReader): Pick<Sign1, "issuer" | "subject" | "issuedAt"> {
	if (r.peek() !== "map" || r.map() !== 3)
		r.fail("cose.header", "the claims are iss, sub and iat");
	readLabel(r, 1, "iss");
	const issuer = readName(r, "iss");
	readLabel(r, 2, "sub");
	const subject = readName(r, "sub");
	readLabel(r, 6, "iat");
	const type = r.peek();
	if (type !== "uint" && type !== "negative")
		r.fail("cose.header", "iat is not an integer");
	return { issuer, subject, issuedAt: Number(r.int()) };
}

function readProtected(bytes: Bytes): Omit<Sign1, "protected" | "payload" | "signature"> {
	const r = new CborReader(bytes);
	if (r.peek() !== "map")
		r.fail("cose.header", "a map is due");
	const count = r.map();
	readLabel(r, 1, "algorithm");
	const algorithm = readAlgorithm(r);
	readLabel(r, 3, "content type");
	const contentType = readName(r, "the content type");
	readLabel(r, 4, "kid");
	const kid = readKid(r);
	readLabel(r, 15, "CWT claims");
	const claims = readClaims(r);
	if (count !== 4)
		r.fail("cose.header", "a parameter that no record has follows");
	r.done();
	return { algorithm, contentType, kid, ...claims };
}

function readPart(r: CborReader, rule: string, what: string): Bytes {
	return r.peek() === "bytes" ? r.bytes() : r.fail(rule, `${what} is due`);
}

/*
 * `isSigned` false: what waits for a signature, and has an empty one in its place.
 */
export function decodeSign1(message: Uint8Array, isSigned = true): Sign1 {
	const r = new CborReader(message);
	if (message[0] !== (0xc0 | SIGN1_TAG))
		r.fail("cose.tag", `tag ${SIGN1_TAG} is due`);
	r.tag(BigInt(SIGN1_TAG));
	if (r.peek() !== "array" || r.array() !== 4)
		r.fail("cose.shape", "a COSE_Sign1 is an array of four");
	const wrapped = readPart(r, "cose.shape", "the protected header");
	if (r.peek() !== "map")
		r.fail("cose.shape", "the unprotected header is due");
	if (r.map() !== 0)
		r.fail("cose.unprotected", "the unprotected header of a record is empty");
	const payload = readPart(r, "cose.payload", "a payload");
	const signature = readPart(r, "cose.signature", "a signature");
	if (isSigned && signature.length < SIGNATURE_SIZE)
		r.fail("cose.signature", `a signature of ${signature.length} bytes, not ${SIGNATURE_SIZE}`);
	r.done();
	const header = within("protected header", () => readProtected(wrapped));
	checkLength(header.algorithm, signature, isSigned);
	return { ...header, protected: wrapped, payload, signature };
}

function checkLength(algorithm: number, signature: Bytes, isSigned: boolean): void {
	if (!isSigned && signature.length > 0)
		malformed("cose.signature", "it is signed already");
	if (isSigned && isPasskeyAlgorithm(algorithm))
		decodeAssertion(signature);
	else if (isSigned && signature.length !== SIGNATURE_SIZE)
		malformed("cose.signature", `a signature of ${signature.length} bytes, not ${SIGNATURE_SIZE}`);
}

/* --- Signing and verifying ------------------------------------------------------------------ */

/* Sig_structure, RFC 9052 section 4.4, without external data: what is signed. */
export function sigStructure(wrapped: Uint8Array, payload: Uint8Array): Bytes {
	return cbor.array(cbor.text("Signature1"), cbor.bytes(wrapped), cbor.bytes(new Uint8Array()), cbor.bytes(payload));
}

/* The COSE_Sign1 of these parts. */
export function encodeSign1(wrapped: Uint8Array, payload: Uint8Array, signature: Uint8Array): Bytes {
	return cbor.tag(SIGN1_TAG, cbor.array(cbor.bytes(wrapped), cbor.map(), cbor.bytes(payload), cbor.bytes(signature)));
}

/* Throws unless the record is signed by this very signer, in the way that is its. */
export async function verifySign1(record: Sign1, signer: Signer): Promise<void> {
	const { key, passkey } = signer, byPasskey = isPasskeyAlgorithm(record.algorithm);
	if (!equal(await keyId(key), record.kid))
		refused("cose.wrong-key", `signed by another key than ${key.name}`);
	if (record.issuer !== key.name)
		refused("record.other-issuer", `it claims to be of ${record.issuer}; the key is ${key.name}'s`);
	if (signer.until !== undefined && record.issuedAt >= signer.until)
		refused("record.key-expired", `the key of ${key.name} had ended when it was signed`);
	if (byPasskey !== (passkey !== undefined))
		refused("cose.wrong-key", byPasskey ? `${key.name} is no passkey` : `${key.name} is a passkey, and signs in no other way`);
	if (keyAlgorithmOf(record.algorithm) !== key.algorithm)
		refused("cose.wrong-key", `the header says algorithm ${record.algorithm}, the key is of another`);
	const message = sigStructure(record.protected, record.payload);
	if (passkey !== undefined) {
		const whole: Passkey = { key, ...passkey };
		await verifyAssertion(whole, await sha256(message), decodeAssertion(record.signature));
	} else if (!(await verifySignature(key, message, record.signature))) {
		refused("cose.bad-signature", "the signature is not good");
	}
}

/* The algorithm of a passkey's records, by its key. */
export function passkeyAlgorithm(algorithm: Algorithm): number {
	return algorithm === "ed25519" ? PASSKEY_EDDSA : PASSKEY_ES256;
}

/* The algorithm of any other key's, as it is written. */
export function plainAlgorithm(algorithm: Algorithm): number {
	return algorithm === "ed25519" ? EDDSA : ES256;
}

