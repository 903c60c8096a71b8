/*
 * der: an ES256 signature as authenticators give it, an ECDSA-Sig-Value in DER (RFC 3279), into
 * the one form that is taken here: 64 bytes r||s with s in the lower half. Strict: what is
 * written otherwise than DER has it is refused.
 */
import { type Bytes, concat } from "../bytes.js";
import { malformed } from "../verify/fault.js";
import { bigEndian, p256Order } from "../verify/key.js";

const SEQUENCE = 0x30, INTEGER = 0x02, COORDINATE = 32;

function fail(what: string): never {
	malformed("passkey.signature", `the signature is not an ECDSA-Sig-Value in DER: ${what}`);
}

/* The content of one element of `tag`, which ends no later than `all`. */
function element(all: Uint8Array, at: number, tag: number): Uint8Array {
	const length = all[at + 1];
	if (all[at] !== tag || length === undefined)
		fail(`tag ${tag} is due at byte ${at}`);
	/* Nothing here is as long as 128 bytes: the length is one byte. */
	if (length > 0x7f || at + 2 + length > all.length)
		fail(`the length at byte ${at + 1}`);
	return all.subarray(at + 2, at + 2 + length);
}

function positive(content: Uint8Array): bigint {
	const first = content[0], second = content[1];
	if (first === undefined || first > 0x7f || (first === 0 && (second === undefined || second <= 0x7f)))
		fail("a number that is negative, zero, or not shortest");
	const digits = content.subarray(first === 0 ? 1 : 0);
	if (digits.length > COORDINATE)
		fail("a number of more than 32 bytes");
	const value = digits.reduce((n, byte) => (n << 8n) | BigInt(byte), 0n);
	return value < p256Order ? value : fail("a number that is not below the group's order");
}

/* r||s with s turned over where it is in the upper half: both sign the same. */
function joined(r: bigint, s: bigint): Bytes {
	return concat(bigEndian(r), bigEndian(s > p256Order / 2n ? p256Order - s : s));
}

export function signatureOfDer(der: Uint8Array): Bytes {
	const both = element(der, 0, SEQUENCE);
	if (both.length + 2 !== der.length)
		fail("bytes behind it");
	const r = element(both, 0, INTEGER), s = element(both, r.length + 2, INTEGER);
	if (r.length + s.length + 4 !== both.length)
		fail("bytes behind its two numbers");
	return joined(positive(r), positive(s));
}

/* The same of 64 bytes r||s, as WebCrypto signs. */
export function lowered(signature: Uint8Array): Bytes {
	const half = (bytes: Uint8Array) => bytes.reduce((n, byte) => (n << 8n) | BigInt(byte), 0n);
	return joined(half(signature.subarray(0, COORDINATE)), half(signature.subarray(COORDINATE)));
}
