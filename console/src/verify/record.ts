/*
 * record: every statement of the system, decoded into named fields by the table of its kind
 * (fields.ts, made of src/record/kinds.c). A record is a COSE_Sign1, what the log's keeper
 * says an unsigned entry [content type, claims, payload]. What a field may hold is judged as
 * src/record/fields.c does, but for the canonical form of scopes, which is the authority's to
 * judge before a record is on its log.
 */
import { type Bytes, hex, sha256, utf8 } from "../bytes.js";
import { CborReader } from "./cbor.js";
import { type Sign1, type Signer, decodeSign1 } from "./cose.js";
import { Fault, malformed, within } from "./fault.js";
import { checkKeyName, parseKeyLine } from "./key.js";
import { kinds } from "./fields.js";

export const RECORD_MAX = 65535;
const LINE_MAX = 600, LABEL_MAX = 127, SCOPE_MAX = 32768, KEY_NAME_MAX = 255;
const INSTANT_FIRST = -62167219200n, INSTANT_LAST = 253402300799n;

export type FieldType = "text" | "label" | "country" | "uint" | "time" | "bytes" | "hash" | "reference" |
	"scope" | "public-key" | "choice" | "redactable" | "struct" | "list";

export interface Field {
	key: number;
	name: string;
	type: FieldType;
	optional?: true;
	most?: number;
	size?: number;
	words?: readonly string[];
	element?: FieldType;
	fields?: readonly Field[];
}

export interface Kind {
	name: string;
	contentType: string;
	isSigned: boolean;
	fields: readonly Field[];
}

/* Stands on the log as the digest of a disclosure; `value` once that was shown. */
export class Redactable {
	value: string | undefined;
	constructor(readonly digest: Bytes) {}
}

/* A time is seconds since 1970; a scope, a label, a key's line or a word is a string. */
export type Value = string | number | Bytes | Redactable | Value[] | Body;
export interface Body {
	[field: string]: Value;
}

export interface ProvisoRecord {
	kind: Kind;
	id: Bytes;
	bytes: Bytes;
	issuer: string | undefined; /* undefined: the log's own entry */
	subject: string;
	issuedAt: number;
	cose: Sign1 | undefined;
	body: Body;
}

export function kindByName(name: string): Kind | undefined {
	return kinds.find((kind) => kind.name === name);
}

function kindByContentType(type: string): Kind {
	return kinds.find((kind) => kind.contentType === type) ?? malformed("record.kind", "there is no such kind of record");
}

/* --- What a value may be ------------------------------------------------------------------- */

/* Control characters, separators of lines, and what turns the direction of writing. */
const misleading = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/u;

export function checkText(text: string, most: number): void {
	const length = utf8(text).length;
	if (length > most)
		malformed("record.field-value", `${length} bytes of text; at most ${most} fit`);
	if (text === "")
		malformed("record.field-value", "the text is empty");
	if (most <= LINE_MAX && text.includes("\n"))
		malformed("record.field-value", "the text must be one line");
	const found = misleading.exec(text);
	if (found !== null)
		malformed("record.field-value", `the character at byte ${utf8(text.slice(0, found.index)).length} of the text may not stand in a record (control, or of writing direction)`);
}

const checks: { [type in FieldType]?: (text: string, field: Field) => void } = {
	text: (text, field) => checkText(text, field.most!),
	label: (text) => {
		if (text.length > LABEL_MAX || !/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(text))
			malformed("scope.label", "it is not a label: letters, digits, '-', and '.' between segments");
	},
	country: (text) => {
		if (!/^[A-Z]{2}$/.test(text))
			malformed("record.field-value", "a country is two capital letters (ISO 3166-1)");
	},
	scope: (text) => {
		if (text.length > SCOPE_MAX || !/^[\x20-\x7e\x80-\u{10ffff}]+$/u.test(text))
			malformed("record.field-value", "a scope is one line of text");
	},
	"public-key": (text) => checkText(text, LINE_MAX),
	choice: (text, field) => {
		if (!field.words!.includes(text))
			malformed("record.field-value", `expected one of: ${field.words!.join(", ")}`);
	},
};

/* --- Decoding ------------------------------------------------------------------------------ */

const wire: Record<FieldType, [words: string, type: string]> = {
	text: ["text", "text"],
	label: ["text", "text"],
	country: ["text", "text"],
	uint: ["a number of 0 or more", "uint"],
	time: ["a time as an integer", "uint"],
	bytes: ["bytes", "bytes"],
	hash: ["32 bytes", "bytes"],
	reference: ["32 bytes", "bytes"],
	scope: ["a scope as text", "text"],
	"public-key": ["a public key as text", "text"],
	choice: ["a word as text", "text"],
	redactable: ["32 bytes", "bytes"],
	struct: ["a map", "map"],
	list: ["an array", "array"],
};

function readHash(r: CborReader): Bytes {
	const hash = r.bytes();
	return hash.length === 32 ? hash : r.fail("record.field-type", `expected 32 bytes, not ${hash.length}`);
}

function readUint(r: CborReader, field: Field): number {
	const value = r.uint();
	if (value > BigInt(field.most!))
		r.fail("record.field-value", `${value} is more than ${field.most}`);
	return Number(value);
}

function readTime(r: CborReader): number {
	const at = r.int();
	if (at < INSTANT_FIRST || at > INSTANT_LAST)
		r.fail("record.field-value", "the time is not in the years 0000 to 9999");
	return Number(at);
}

function readBytes(r: CborReader, field: Field): Bytes {
	const bytes = r.bytes();
	if (field.size !== undefined && bytes.length !== field.size)
		r.fail("record.field-value", `${bytes.length} bytes, not ${field.size}`);
	if (bytes.length > field.most!)
		r.fail("record.field-value", `${bytes.length} bytes; at most ${field.most} fit`);
	return bytes;
}

function readList(r: CborReader, field: Field): Value[] {
	const count = r.array();
	if (count > field.most!)
		r.fail("record.field-value", `a list of ${count}; at most ${field.most} fit`);
	if (count === 0 && field.optional)
		r.fail("record.field-value", "an empty list is left out");
	const element: Field = { key: 0, name: field.name, type: field.element!, most: 4096, ...(field.fields && { fields: field.fields }) };
	return Array.from({ length: count }, (_, i) => within(String(i + 1), () => readValue(r, element)));
}

function readValue(r: CborReader, field: Field): Value {
	const [due, type] = wire[field.type], found = r.peek();
	if (found !== type && found !== "nothing" && !(field.type === "time" && found === "negative"))
		r.fail("record.field-type", `expected ${due}`);
	switch (field.type) {
	case "uint": return readUint(r, field);
	case "time": return readTime(r);
	case "bytes": return readBytes(r, field);
	case "hash":
	case "reference": return readHash(r);
	case "redactable": return new Redactable(readHash(r));
	case "struct": return readFields(r, field.fields!);
	case "list": return readList(r, field);
	default: {
		const text = r.text();
		checks[field.type]!(text, field);
		return text;
	}
	}
}

function skipAbsent(r: CborReader, fields: readonly Field[], from: number, key: number): number {
	let at = from;
	for (; at < fields.length && fields[at]!.key < key; at++)
		if (!fields[at]!.optional)
			r.fail("record.field-missing", `${fields[at]!.name} is missing`);
	return at;
}

/* The keys of a map rise, and so do those of a table: one walk over both. */
function readFields(r: CborReader, fields: readonly Field[]): Body {
	const body: Body = {};
	const pairs = r.map();
	let at = 0;
	for (let i = 0; i < pairs; i++) {
		const type = r.peek();
		if (type !== "uint" && type !== "nothing")
			r.fail("record.field-unknown", "a key that is not a number");
		const key = r.uint();
		at = skipAbsent(r, fields, at, Number(key));
		const field = fields[at];
		if (field === undefined || BigInt(field.key) !== key)
			return r.fail("record.field-unknown", `there is no field with key ${key}`);
		body[field.name] = within(field.name, () => readValue(r, field));
		at++;
	}
	skipAbsent(r, fields, at, Infinity);
	return body;
}

function decodeFields(bytes: Uint8Array, fields: readonly Field[]): Body {
	const r = new CborReader(bytes);
	if (r.peek() !== "map" && r.peek() !== "nothing")
		r.fail("record.field-type", "expected a map");
	const body = readFields(r, fields);
	r.done();
	return body;
}

const claims: readonly Field[] = [
	{ key: 2, name: "sub", type: "text", most: KEY_NAME_MAX },
	{ key: 6, name: "iat", type: "time" },
];

/* Issuer and subject are names of keys, and must be fit to be shown. */
function checkName(claim: string, name: string): void {
	try {
		checkKeyName(name);
		checkText(name, KEY_NAME_MAX);
	} catch (fault) {
		malformed("record.claims", `${claim}: ${(fault as Fault).message}`);
	}
}

type Undigested = Omit<ProvisoRecord, "id">;

function decodeSigned(bytes: Bytes, isSigned: boolean): Undigested {
	const cose = decodeSign1(bytes, isSigned);
	const kind = kindByContentType(cose.contentType);
	if (!kind.isSigned)
		malformed("record.entry-as-signed", `a ${kind.name} is the log's own entry and is not signed`);
	return within(kind.name, () => {
		checkName("iss", cose.issuer);
		checkName("sub", cose.subject);
		if (cose.issuedAt < Number(INSTANT_FIRST) || cose.issuedAt > Number(INSTANT_LAST))
			malformed("record.field-value", "iat: the time is not in the years 0000 to 9999");
		const body = decodeFields(cose.payload, kind.fields);
		return { kind, bytes, issuer: cose.issuer, subject: cose.subject, issuedAt: cose.issuedAt, cose, body };
	});
}

function decodeEntry(bytes: Bytes): Undigested {
	const r = new CborReader(bytes);
	if (r.array() !== 3 || r.peek() !== "text")
		r.fail("record.entry", "an entry is [content type, claims, payload]");
	const kind = kindByContentType(r.text());
	if (kind.isSigned)
		r.fail("record.signed-as-entry", `a ${kind.name} must be signed`);
	return within(kind.name, () => {
		if (r.peek() !== "map")
			r.fail("record.entry", "the claims of an entry are a map");
		const { sub, iat } = readFields(r, claims) as { sub: string; iat: number };
		checkName("sub", sub);
		if (r.peek() !== "map")
			r.fail("record.entry", "the payload of an entry is a map");
		const body = readFields(r, kind.fields);
		r.done();
		return { kind, bytes, issuer: undefined, subject: sub, issuedAt: iat, cose: undefined, body };
	});
}

async function decode(given: Uint8Array, isSigned: boolean): Promise<ProvisoRecord> {
	if (given.length > RECORD_MAX)
		malformed("record.too-large", `a record of ${given.length} bytes; at most ${RECORD_MAX} fit`);
	const bytes = Uint8Array.from(given);
	/* Major type 4: what is neither this nor tag 18 is judged, and refused, as a COSE_Sign1. */
	const isArray = bytes.length > 0 && bytes[0]! >> 5 === 4;
	const record = isArray && isSigned ? decodeEntry(bytes) : decodeSigned(bytes, isSigned);
	for (const shown of walk(record.kind.fields, record.body))
		if (shown.field.type === "public-key")
			await parseKeyLine(shown.value as string);
	return { ...record, id: await sha256(bytes) };
}

/* Checks shape and every field, not the signature. The id is the SHA-256 of the bytes. */
export function decodeRecord(bytes: Uint8Array): Promise<ProvisoRecord> {
	return decode(bytes, true);
}

/* The same of a record that waits for its signature; its id is then of no meaning. */
export function decodeUnsigned(bytes: Uint8Array): Promise<ProvisoRecord> {
	return decode(bytes, false);
}

/* --- Going through a record ----------------------------------------------------------------- */

export interface Shown {
	path: string; /* "evidence.0.digest" */
	field: Field; /* of a list's element the list's, with the element's type */
	value: Exclude<Value, Value[] | Body>;
}

function* walkValue(path: string, field: Field, value: Value): Generator<Shown> {
	if (field.type === "struct")
		yield* walk(field.fields!, value as Body, path);
	else if (field.type === "list")
		for (const [i, element] of (value as Value[]).entries())
			yield* walkValue(`${path}.${i}`, { ...field, type: field.element! }, element);
	else
		yield { path, field, value: value as Shown["value"] };
}

/* Every value of a body with its path, in the order of the bytes. */
export function* walk(fields: readonly Field[], body: Body, path = ""): Generator<Shown> {
	for (const field of fields) {
		const value = body[field.name];
		if (value !== undefined)
			yield* walkValue(path === "" ? field.name : `${path}.${field.name}`, field, value);
	}
}

/* RFC 3339 in UTC, to the second. */
export function instantText(at: number): string {
	return new Date(at * 1000).toISOString().replace(".000Z", "Z");
}

export type Plain = string | number | Plain[] | { [name: string]: Plain };

/* As `proviso show --json` says it: times as RFC 3339, bytes in hex, what is withheld by digest. */
export function plain(fields: readonly Field[], body: Body): { [name: string]: Plain } {
	const out: { [name: string]: Plain } = {};
	for (const field of fields)
		if (body[field.name] !== undefined)
			out[field.name] = plainValue(field, body[field.name]!);
	return out;
}

function plainValue(field: Field, value: Value): Plain {
	if (field.type === "struct")
		return plain(field.fields!, value as Body);
	if (field.type === "list")
		return (value as Value[]).map((element) => plainValue({ ...field, type: field.element! }, element));
	if (value instanceof Redactable)
		return value.value ?? { withheld: hex(value.digest) };
	if (value instanceof Uint8Array)
		return hex(value);
	return field.type === "time" ? instantText(value as number) : (value as string | number);
}

/* --- Who signs ------------------------------------------------------------------------------ */

/* The signer that a key record registers; one that only revokes registers none. */
export async function signerOf(record: ProvisoRecord): Promise<Signer> {
	const line = record.body["public-key"], rpId = record.body["rp-id"], origin = record.body["origin"];
	const until = record.body["valid-until"];
	if (record.kind.name !== "key" || typeof line !== "string")
		return malformed("record.kind", `a ${record.kind.name} registers no key`);
	const key = await parseKeyLine(line);
	return {
		key, ...(typeof until === "number" && { until }),
		...(typeof rpId === "string" && typeof origin === "string" && { passkey: { rpId, origin } }),
	};
}
