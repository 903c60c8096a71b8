/*
 * bytes: what every format here is made of. Text forms are read strictly: what is accepted has
 * one spelling (RFC 4648 with no stray bits, no white space), as in src/base/bytes.h.
 */

/* Bytes in a buffer of their own kind, which is what WebCrypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

export function concat(...parts: readonly Uint8Array[]): Bytes {
	const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

/* Bytewise lexicographic order: below, above or 0. */
export function compare(a: Uint8Array, b: Uint8Array): number {
	const common = Math.min(a.length, b.length);
	for (let i = 0; i < common; i++) {
		const difference = a[i]! - b[i]!;
		if (difference !== 0)
			return difference;
	}
	return a.length - b.length;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && compare(a, b) === 0;
}

export function utf8(text: string): Bytes {
	return concat(new TextEncoder().encode(text));
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/* undefined where the bytes are no UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
	try {
		return decoder.decode(bytes);
	} catch {
		return undefined;
	}
}

export function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text: string): Bytes | undefined {
	if (!/^([0-9a-f]{2})*$/.test(text))
		return undefined;
	return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

const standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const forUrls = standard.slice(0, 62) + "-_";

function encode(bytes: Uint8Array, alphabet: string): string {
	let text = "";
	for (let i = 0; i < bytes.length; i += 3) {
		const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
		const digits = Math.min(bytes.length - i, 3) + 1;
		for (let digit = 0; digit < digits; digit++)
			text += alphabet[(group >> (18 - 6 * digit)) & 63];
	}
	return text;
}

/* Digits without padding; undefined for any that could be written otherwise. */
function decode(text: string, alphabet: string): Bytes | undefined {
	if (text.length % 4 === 1)
		return undefined;
	const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
	let bits = 0, held = 0, at = 0;
	for (const character of text) {
		const digit = alphabet.indexOf(character);
		if (digit < 0)
			return undefined;
		held = (held << 6) | digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[at++] = (held >> bits) & 255;
			held &= (1 << bits) - 1;
		}
	}
	return held === 0 ? bytes : undefined;
}

export function base64(bytes: Uint8Array): string {
	const text = encode(bytes, standard);
	return text + "=".repeat((4 - (text.length % 4)) % 4);
}

export function fromBase64(text: string): Bytes | undefined {
	if (text.length % 4 !== 0)
		return undefined;
	const digits = text.replace(/={1,2}$/, "");
	return decode(digits, standard);
}

/* RFC 4648 section 5, without padding: as WebAuthn and the API have it. */
export function base64url(bytes: Uint8Array): string {
	return encode(bytes, forUrls);
}

export function fromBase64url(text: string): Bytes | undefined {
	return decode(text, forUrls);
}

/* Of the parts behind one another. */
export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
	return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}
