/*
 * document: the record in a PDF that `proviso document` made, as doc/protocol.md ("Documents") has
 * it. Nothing of the PDF is followed but the one dictionary that is marked; the pages are not read.
 */
import { type Bytes, concat, hex } from "../bytes.js";
import { malformed, refused } from "./fault.js";

const FILE_MAX = 16 << 20, ATTACHMENT_MAX = 1 << 20, DICTIONARY_MAX = 8192, FOUND_MAX = 16, DEPTH = 16;
const MARK = "/ProvisoProof";

/* A byte a character, so that places in the text are places in the file. */
function characters(bytes: Uint8Array): string {
	let text = "";
	for (let at = 0; at < bytes.length; at += 8192)
		text += String.fromCharCode(...bytes.subarray(at, at + 8192));
	return text;
}

export function isPdf(bytes: Uint8Array): boolean {
	return characters(bytes.subarray(0, 5)) === "%PDF-";
}

interface Value {
	type: "name" | "text" | "hex" | "number" | "other";
	text: string;
	at: number; /* where its text begins in the file */
}

const space = /(?:[\0\t\n\f\r ]|%[^\n\r]*)*/y, regular = /[^\0\t\n\f\r ()<>[\]{}/%]*/y;
const reference = /[\0\t\n\f\r ]+\d+[\0\t\n\f\r ]+R(?![^\0\t\n\f\r ()<>[\]{}/%])/y;

/* Values of a dictionary (ISO 32000-1, 7.3), from a place in a file on; undefined: it is none. */
class Reader {
	constructor(
		readonly file: string,
		public at: number,
		readonly end: number,
	) {}

	take(what: RegExp): string {
		what.lastIndex = this.at;
		const taken = what.exec(this.file)?.[0] ?? "";
		this.at += taken.length;
		return taken;
	}

	begins(text: string): boolean {
		return this.at < this.end && this.file.startsWith(text, this.at);
	}

	dictionary(depth = 0): Map<string, Value> | undefined {
		const entries = new Map<string, Value>();
		if (depth > DEPTH || !this.begins("<<"))
			return undefined;
		for (this.at += 2; ; ) {
			this.take(space);
			if (this.begins(">>")) {
				this.at += 2;
				return entries;
			}
			if (!this.begins("/"))
				return undefined;
			this.at++;
			const name = this.take(regular);
			this.take(space);
			const value = this.value(depth + 1);
			if (value === undefined)
				return undefined;
			entries.set(name, value);
		}
	}

	private array(depth: number): Value | undefined {
		const at = this.at++, values: Value[] = [];
		for (;;) {
			this.take(space);
			if (this.begins("]")) {
				this.at++;
				/* An array of one is as good as its one: filters are written either way. */
				return values.length === 1 ? values[0] : { type: "other", text: "", at };
			}
			const value = depth > DEPTH ? undefined : this.value(depth + 1);
			if (value === undefined)
				return undefined;
			values.push(value);
		}
	}

	/* Brackets in a text are balanced or escaped. */
	private text(): Value | undefined {
		const at = ++this.at;
		for (let open = 1; this.at < this.end; this.at++) {
			const c = this.file[this.at];
			if (c === "\\")
				this.at++;
			else if (c === "(")
				open++;
			else if (c === ")" && --open === 0)
				return { type: "text", text: this.file.slice(at, this.at++), at };
		}
		return undefined;
	}

	private value(depth: number): Value | undefined {
		if (this.begins("<<"))
			return this.dictionary(depth) === undefined ? undefined : { type: "other", text: "", at: this.at };
		if (this.begins("["))
			return this.array(depth);
		if (this.begins("("))
			return this.text();
		if (this.begins("<")) {
			const at = this.at + 1, end = this.file.indexOf(">", at);
			if (end < 0 || end >= this.end)
				return undefined;
			this.at = end + 1;
			return { type: "hex", text: this.file.slice(at, end), at };
		}
		const isName = this.begins("/");
		this.at += isName ? 1 : 0;
		const at = this.at, text = this.take(regular);
		if (this.at > this.end || (text === "" && !isName))
			return undefined;
		const isNumber = !isName && /^(0|[1-9]\d*)$/.test(text) && this.take(reference) === "";
		return { type: isName ? "name" : isNumber ? "number" : "other", text, at };
	}
}

interface Found {
	proof: string;
	file: Value | undefined;
	begin: number;
	end: number; /* of the stream */
	filter: string;
}

/* The stream whose dictionary is around a mark. */
function foundAt(file: string, mark: number): Found | undefined {
	const object = file.lastIndexOf("obj", mark);
	if (object <= Math.max(0, mark - DICTIONARY_MAX))
		return undefined;
	const r = new Reader(file, object + 3, Math.min(file.length, object + 2 * DICTIONARY_MAX));
	r.take(space);
	const entries = r.dictionary(), proof = entries?.get("ProvisoProof");
	if (entries === undefined || proof?.type !== "hex" || proof.text.length !== 64)
		return undefined;
	r.take(space);
	if (!file.startsWith("stream", r.at))
		malformed("document.stream", "the record's attachment is no stream");
	let begin = r.at + 6;
	begin += file[begin] === "\r" ? 1 : 0;
	begin += file[begin] === "\n" ? 1 : 0;
	/* A length elsewhere in the file is not followed: what stands before the end will do. */
	const length = entries.get("Length"), filter = entries.get("Filter");
	const end = length?.type === "number" ? begin + Number(length.text) : file.indexOf("endstream", begin);
	if (end < begin || end > file.length)
		malformed("document.stream", "the record's attachment ends too soon");
	const file_ = entries.get("ProvisoFile");
	return { proof: proof.text, file: file_?.type === "hex" ? file_ : undefined, begin, end,
		filter: filter === undefined ? "" : filter.type === "name" ? filter.text : "?" };
}

async function inflated(bytes: Uint8Array): Promise<Bytes> {
	const parts: Uint8Array[] = [];
	let length = 0;
	try {
		const stream = new Blob([concat(bytes)]).stream().pipeThrough(new DecompressionStream("deflate"));
		for (const reader = stream.getReader(); ; ) {
			const { done, value } = await reader.read();
			if (done)
				return concat(...parts);
			length += value.length;
			if (length > ATTACHMENT_MAX)
				break;
			parts.push(value);
		}
	} catch {
		/* said below */
	}
	return malformed("document.stream", "the record's attachment cannot be inflated");
}

async function digest(bytes: Uint8Array): Promise<string> {
	return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", concat(bytes))));
}

async function attachmentOf(bytes: Uint8Array, found: Found): Promise<Bytes> {
	const stored = bytes.subarray(found.begin, found.end);
	if (found.filter !== "" && found.filter !== "FlateDecode")
		malformed("document.stream", "the record's attachment is packed in a way not known here");
	const attachment = found.filter === "" ? concat(stored) : await inflated(stored);
	if (await digest(attachment) !== found.proof.toLowerCase())
		refused("document.altered", "the record in this PDF was altered or damaged: it is not what was put into it");
	return attachment;
}

/* Whether no byte of the file was changed or added since it was written. */
async function isAsWritten(bytes: Uint8Array, found: Found): Promise<boolean> {
	if (found.file === undefined || found.file.text.length !== 64)
		return false;
	const zeroed = concat(bytes);
	zeroed.fill(0x30, found.file.at, found.file.at + 64);
	return await digest(zeroed) === found.file.text;
}

export interface Carried {
	attachment: Bytes; /* [entry, tlog-proof] */
	isAsWritten: boolean; /* of the pages: a checksum, and nobody's signature */
}

export async function carriedBy(bytes: Uint8Array): Promise<Carried> {
	if (bytes.length > FILE_MAX)
		malformed("document.too-large", `${bytes.length} bytes are more than ${FILE_MAX}`);
	if (!isPdf(bytes))
		malformed("document.not-pdf", "this is no PDF");
	const file = characters(bytes);
	let carried: Carried | undefined, count = 0;
	for (let mark = file.indexOf(MARK); mark >= 0; ) {
		const found = foundAt(file, mark);
		if (found !== undefined) {
			const attachment = await attachmentOf(bytes, found);
			if (++count > FOUND_MAX || (carried !== undefined && hex(carried.attachment) !== hex(attachment)))
				malformed("document.two-records", "more than one record is in this PDF: it is nobody's document");
			carried = { attachment, isAsWritten: await isAsWritten(bytes, found) };
		}
		/* A record may say anything, this mark too: it goes on behind it. */
		mark = file.indexOf(MARK, found?.end ?? mark + MARK.length);
	}
	return carried ?? malformed("document.no-record", "no record is in this PDF: it was not made by Proviso, or printed anew");
}
