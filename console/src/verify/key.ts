/*
 * key: public keys, their lines and ids, and the one rule by which all parties verify
 * (src/base/key.h): Ed25519 without cofactor, S below the group order, canonical encodings, no
 * points of small order; ES256 as 64 bytes r||s with s in the lower half. The arithmetic is
 * WebCrypto's; what it leaves open is checked here first, so that a browser and a gate never
 * disagree on a signature.
 */
import { type Bytes, compare, concat, equal, fromBase64, base64, hex, sha256, textOf, utf8 } from "../bytes.js";
import { cbor } from "./cbor.js";
import { malformed } from "./fault.js";

export type Algorithm = "ed25519" | "es256";

export interface PublicKey {
	algorithm: Algorithm;
	raw: Bytes; /* 32 bytes of Ed25519, x||y of ES256 */
	name: string;
}

export const SIGNATURE_SIZE = 64;
const NAME_MAX = 255, LINE_MAX = 512;
const NOTE_ED25519 = 0x01, NOTE_ECDSA = 0x02, NOTE_COSIGNER = 0x04;

/* SubjectPublicKeyInfo of a P-256 key up to its x coordinate (RFC 5480). */
const spkiHead = Uint8Array.of(
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
	0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04);

const ed25519SpkiHead = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

/* The key as a SubjectPublicKeyInfo (RFC 5280, RFC 8410), as a browser's getPublicKey() gives it. */
export function spkiOf(key: PublicKey): Bytes {
	return concat(key.algorithm === "es256" ? spkiHead : ed25519SpkiHead, key.raw);
}

/* --- Names and lines ----------------------------------------------------------------------- */

/* Unicode's white space, control characters, and '+'. */
const unfit = /[\u0000-\u0020\u007f-\u00a0+\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;

export function checkKeyName(name: string): void {
	const found = unfit.exec(name);
	if (name === "")
		malformed("key.name", "the name of a key is empty");
	if (utf8(name).length > NAME_MAX)
		malformed("key.name", `the name of a key is longer than ${NAME_MAX} bytes`);
	if (found !== null)
		malformed("key.name", `the name of a key may not hold U+${found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")} (no white space, control characters or '+')`);
}

/* A key from its raw bytes; one that could verify nothing, or everything, is no key. */
export function publicKey(algorithm: Algorithm, raw: Uint8Array, name: string): PublicKey {
	const due = algorithm === "ed25519" ? 32 : 64;
	if (raw.length !== due)
		malformed("key.public", `a public key of ${raw.length} bytes, not ${due}`);
	if (algorithm === "ed25519" && (!isCanonical(raw) || hasSmallOrder(raw)))
		malformed("key.public", "the public key is no usable point of its curve");
	return { algorithm, raw: concat(raw), name };
}

function typed(key: PublicKey, type: number): Bytes {
	return key.algorithm === "es256" ? concat(Uint8Array.of(type), spkiHead, key.raw) : concat(Uint8Array.of(type), key.raw);
}

/* The four bytes that name a key in a signed note, for a note signature of `type`. */
export async function noteKeyId(key: PublicKey, type: number): Promise<Bytes> {
	const digest = type === NOTE_ECDSA
		? await sha256(spkiHead, key.raw)
		: await sha256(utf8(key.name), Uint8Array.of(0x0a, type), key.raw);
	return digest.slice(0, 4);
}

/* NAME+ID+BASE64, a C2SP signed-note verifier key. */
export async function keyLine(key: PublicKey): Promise<string> {
	const type = key.algorithm === "es256" ? NOTE_ECDSA : NOTE_ED25519;
	return `${key.name}+${hex(await noteKeyId(key, type))}+${base64(typed(key, type))}`;
}

function untyped(bytes: Bytes, type: number, name: string): PublicKey {
	if (type === NOTE_ED25519 || type === NOTE_COSIGNER)
		return publicKey("ed25519", bytes.slice(1), name);
	if (type !== NOTE_ECDSA)
		malformed("key.line", `key type 0x${type.toString(16).padStart(2, "0")} is not known`);
	if (!equal(bytes.slice(1, 1 + spkiHead.length), spkiHead))
		malformed("key.line", "the key is not an uncompressed P-256 key");
	return publicKey("es256", bytes.slice(1 + spkiHead.length), name);
}

async function parse(text: string, isCosigner: boolean): Promise<PublicKey> {
	const line = text.endsWith("\n") ? text.slice(0, -1) : text;
	const parts = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(line);
	if (utf8(text).length > LINE_MAX)
		malformed("key.line", `the line is longer than ${LINE_MAX} bytes`);
	if (parts === null)
		return malformed("key.line", "a public key is NAME+ID+BASE64 in one line");
	const name = parts[1]!, bytes = fromBase64(parts[3]!);
	checkKeyName(name);
	if (bytes === undefined || bytes.length === 0)
		return malformed("key.line", "a public key is NAME+ID+BASE64 in one line: this is no base64");
	const type = bytes[0]!;
	if ((type === NOTE_COSIGNER) !== isCosigner)
		malformed("key.line", isCosigner ? `${name}'s key is not one that cosigns (type 0x04)` : `${name}'s key cosigns, and signs nothing else`);
	const key = untyped(bytes, type, name), id = hex(await noteKeyId(key, type));
	if (parts[2] !== id)
		malformed("key.line", `the id ${parts[2]!.slice(0, 16)} is not that of the key, ${id}`);
	if (key.algorithm === "es256")
		await cryptoKey(key);
	return key;
}

/* Of a person, a device or an authority. With or without its LF. */
export function parseKeyLine(line: string): Promise<PublicKey> {
	return parse(line, false);
}

/* Of a witness: a key that cosigns and signs nothing else (C2SP tlog-cosignature). */
export function parseCosignerLine(line: string): Promise<PublicKey> {
	return parse(line, true);
}

/* A key's id: its COSE key thumbprint (RFC 9679). */
export function keyId(key: PublicKey): Promise<Bytes> {
	const x = key.raw.slice(0, 32);
	return sha256(key.algorithm === "ed25519"
		? cbor.map(cbor.int(1), cbor.int(1), cbor.int(-1), cbor.int(6), cbor.int(-2), cbor.bytes(x))
		: cbor.map(cbor.int(1), cbor.int(2), cbor.int(-1), cbor.int(1), cbor.int(-2), cbor.bytes(x),
			cbor.int(-3), cbor.bytes(key.raw.slice(32))));
}

/* --- Verifying ----------------------------------------------------------------------------- */

/* 2^255 - 19 and the order of the group, little endian. */
const prime = littleEndian((1n << 255n) - 19n);
const ed25519Order = littleEndian((1n << 252n) + 27742317777372353535851937790883648493n);
/* The order of P-256's group, and the largest s that is taken. */
export const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const halfOrder = bigEndian(p256Order >> 1n);

export function bigEndian(n: bigint): Bytes {
	return Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * (31 - i))) & 255n));
}

function littleEndian(n: bigint): Bytes {
	return bigEndian(n).reverse();
}

function isBelow(a: Uint8Array, b: Uint8Array): boolean {
	return compare(a.slice().reverse(), b.slice().reverse()) < 0;
}

function withoutSign(point: Uint8Array): Bytes {
	const y = concat(point);
	y[31] = y[31]! & 0x7f;
	return y;
}

function isCanonical(point: Uint8Array): boolean {
	return isBelow(withoutSign(point), prime);
}

/* The y coordinates of the eight points whose order divides 8, and of what they are written as. */
const smallOrder: readonly Bytes[] = [
	littleEndian(0n),
	littleEndian(1n),
	littleEndian(0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n),
	littleEndian(0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7n),
	littleEndian((1n << 255n) - 20n),
	littleEndian((1n << 255n) - 19n),
	littleEndian((1n << 255n) - 18n),
];

function hasSmallOrder(point: Uint8Array): boolean {
	const y = withoutSign(point);
	return smallOrder.some((small) => equal(small, y));
}

async function cryptoKey(key: PublicKey): Promise<CryptoKey> {
	if (key.algorithm === "ed25519")
		return crypto.subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
	try {
		return await crypto.subtle.importKey("raw", concat(Uint8Array.of(4), key.raw), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
	} catch {
		return malformed("key.public", "the public key is no usable point of its curve");
	}
}

/* One answer for every party: see the head of this file. */
export async function verifySignature(key: PublicKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
	if (signature.length !== SIGNATURE_SIZE)
		return false;
	const first = signature.slice(0, 32), s = signature.slice(32);
	if (key.algorithm === "ed25519" && (!isBelow(s, ed25519Order) || hasSmallOrder(first)))
		return false;
	if (key.algorithm === "es256" && compare(s, halfOrder) > 0)
		return false;
	const algorithm = key.algorithm === "ed25519" ? "Ed25519" : { name: "ECDSA", hash: "SHA-256" };
	return crypto.subtle.verify(algorithm, await cryptoKey(key), concat(signature), concat(message));
}

/* For a key of any record or file given as bytes. */
export async function parseKeyFile(bytes: Uint8Array): Promise<PublicKey> {
	return parseKeyLine(textOf(bytes) ?? malformed("key.line", "the key is not UTF-8"));
}
