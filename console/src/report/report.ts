/*
 * report: a report of misuse by whoever visits, encrypted for the authority's inbox before it
 * leaves the page, and followed by a code. The code is 16 random bytes; the service knows its
 * digest, by which it is asked what has become of the report. An answer is sealed for the code,
 * so that neither the service nor anybody who sees its disk reads either of the two
 * (src/authority/inbox.h).
 */
import { type Bytes, base64url, fromBase64url, hex, sha256, textOf, utf8 } from "../bytes.js";
import { malformed } from "../verify/fault.js";
import { type PublicKey } from "../verify/key.js";
import { WRAP_MAX, wrap } from "./wrap.js";

const SECRET = 16, GROUP = 5, NONCE = 12, PAD = 1024;

/* --- Codes --------------------------------------------------------------------------------- */

/* Crockford's base32: nothing in it is taken for something else when it is read aloud. */
const digits = "0123456789abcdefghjkmnpqrstvwxyz";

export function newSecret(): Bytes {
	return crypto.getRandomValues(new Uint8Array(SECRET));
}

/* 26 digits in groups of five. */
export function codeOf(secret: Uint8Array): string {
	let value = secret.reduce((n, byte) => (n << 8n) | BigInt(byte), 0n) << 2n, text = "";
	for (; text.length < 26; value >>= 5n)
		text = digits[Number(value & 31n)]! + text;
	return text.match(new RegExp(`.{1,${GROUP}}`, "g"))!.join("-");
}

/* As people type it: any case, o for 0, i and l for 1. undefined where it is no code. */
export function secretOf(code: string): Bytes | undefined {
	const text = code.toLowerCase().replace(/[\s-]/g, "").replace(/o/g, "0").replace(/[il]/g, "1");
	if (text.length !== 26 || [...text].some((digit) => !digits.includes(digit)))
		return undefined;
	const value = [...text].reduce((n, digit) => (n << 5n) | BigInt(digits.indexOf(digit)), 0n);
	if ((value & 3n) !== 0n)
		return undefined;
	return Uint8Array.from({ length: SECRET }, (_, i) => Number((value >> BigInt(2 + 8 * (SECRET - 1 - i))) & 255n));
}

/* By what the service knows the report. */
export async function idOf(secret: Uint8Array): Promise<string> {
	return hex(await sha256(utf8("proviso-inbox-1\0"), secret));
}

/* --- Sending ------------------------------------------------------------------------------- */

/* What somebody wrote, by the names of the form's fields: "allegation", "subject", "contact", ... */
export interface Report {
	[field: string]: string;
}

const reserved = ["code", "padding"];

/* So that the length of what is sent says little of what was written. */
function padded(report: Report, code: string): Bytes {
	const whole = (padding: string) => utf8(JSON.stringify({ ...report, code, padding }));
	const length = whole("").length;
	return whole(" ".repeat((PAD - (length % PAD)) % PAD));
}

/* The bytes still free, for a form that counts them. */
export function bytesLeft(report: Report): number {
	return WRAP_MAX - PAD - utf8(JSON.stringify(report)).length;
}

/* The body of POST /v1/inbox. */
export async function sealReport(inbox: PublicKey, report: Report, secret: Uint8Array): Promise<{ id: string; message: string }> {
	for (const name of reserved)
		if (Object.hasOwn(report, name))
			malformed("inbox.message", `a report has no field ${name}`);
	return { id: await idOf(secret), message: base64url(await wrap(inbox, padded(report, codeOf(secret)))) };
}

/* --- Following ------------------------------------------------------------------------------ */

/* The answer to GET /v1/inbox/ID. */
export interface Followed {
	state: "received" | "read" | "answered";
	received: string;
	answer?: string | null;
}

/* What was answered; undefined where nothing was. Error: inbox.answer. */
export async function openAnswer(followed: Followed, secret: Uint8Array): Promise<string | undefined> {
	if (followed.answer == null)
		return undefined;
	const sealed = fromBase64url(followed.answer) ?? malformed("inbox.answer", "the answer is not base64url");
	const shared = await crypto.subtle.importKey("raw", Uint8Array.from(secret), "HKDF", false, ["deriveKey"]);
	const key = await crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8("proviso inbox answer") },
		shared, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
	try {
		const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.slice(0, NONCE) }, key, sealed.slice(NONCE));
		return textOf(new Uint8Array(plain)) ?? malformed("inbox.answer", "the answer is not UTF-8");
	} catch (fault) {
		if (fault instanceof DOMException)
			malformed("inbox.answer", "the answer was not sealed for this code, or was changed since");
		throw fault;
	}
}
