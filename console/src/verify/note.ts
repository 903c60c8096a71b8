/*
 * note: C2SP signed notes, checkpoints (C2SP tlog-checkpoint) as notes, and witnesses'
 * cosignatures on them (C2SP tlog-cosignature). Rules and their names: src/log/note.h.
 */
import { type Bytes, concat, equal, fromBase64, hex, textOf, utf8 } from "../bytes.js";
import { malformed, refused } from "./fault.js";
import { type PublicKey, SIGNATURE_SIZE, noteKeyId, verifySignature } from "./key.js";
import { type Tree, emptyRoot } from "./merkle.js";

const NOTE_MAX = 65536, SIGNATURES_MAX = 64;
const ED25519 = 0x01, COSIGNATURE = 0x04;
const SIZE_MAX = 0x7fffffffffffffffn;

export interface NoteSignature {
	name: string;
	keyId: Bytes;
	blob: Bytes; /* what follows the key id */
}

export interface Note {
	text: string; /* what is signed, with its last LF */
	signatures: NoteSignature[];
}

export interface Checkpoint extends Tree {
	origin: string;
}

/* A number as every format here has it: no sign, no leading zero, below 2^63. */
export function decimal(text: string): bigint | undefined {
	if (!/^(0|[1-9][0-9]{0,18})$/.test(text))
		return undefined;
	const value = BigInt(text);
	return value <= SIZE_MAX ? value : undefined;
}

export function hashLine(line: string): Bytes | undefined {
	const hash = fromBase64(line);
	return hash !== undefined && hash.length === 32 ? hash : undefined;
}

/* --- Reading ------------------------------------------------------------------------------- */

/* UTF-8 without control characters but LF. */
function noteText(bytes: Uint8Array): string {
	if (bytes.length > NOTE_MAX)
		malformed("note.too-large", `a note has at most ${NOTE_MAX} bytes, not ${bytes.length}`);
	for (let i = 0, line = 1; i < bytes.length; i++) {
		const byte = bytes[i]!;
		if (byte === 0x0d)
			malformed("note.control", `line ${line} ends in CR LF (a tool changed its line ends; signatures cover bytes)`);
		if (byte < 0x20 && byte !== 0x0a)
			malformed("note.control", `line ${line} has the control character ${byte.toString(16).padStart(2, "0")}`);
		if (byte === 0x0a)
			line++;
	}
	return textOf(bytes) ?? malformed("note.utf8", "the note is not UTF-8");
}

function parseSignature(line: string, number: number): NoteSignature {
	const parts = /^\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)$/u.exec(line);
	const blob = parts === null ? undefined : fromBase64(parts[2]!);
	if (parts === null || blob === undefined || blob.length <= 4 || /[\s+\u0085]/u.test(parts[1]!))
		return malformed("note.signature", `line ${number} is not a signature (— NAME BASE64)`);
	return { name: parts[1]!, keyId: blob.slice(0, 4), blob: blob.slice(4) };
}

export function parseNote(bytes: Uint8Array): Note {
	const all = noteText(bytes);
	/* The text may hold blank lines itself: the last one separates. */
	const separator = all.lastIndexOf("\n\n");
	if (separator < 0)
		return malformed("note.separator", "no blank line between text and signatures");
	const text = all.slice(0, separator + 1), rest = all.slice(separator + 2);
	const number = text.split("\n").length + 1;
	if (rest !== "" && !rest.endsWith("\n"))
		malformed("note.signature", "the last line does not end in LF");
	const lines = rest === "" ? [] : rest.slice(0, -1).split("\n");
	if (lines.length > SIGNATURES_MAX)
		malformed("note.too-many-signatures", `more than ${SIGNATURES_MAX} signatures`);
	return { text, signatures: lines.map((line, i) => parseSignature(line, number + i)) };
}

/* The text of a note; extension lines are allowed and not kept. */
export async function parseCheckpoint(text: string): Promise<Checkpoint> {
	const [origin = "", size = "", root = "", ...extensions] = text.slice(0, -1).split("\n");
	const entries = decimal(size), hash = hashLine(root);
	if (origin === "")
		malformed("checkpoint.origin", "line 1 is not an origin");
	if (entries === undefined)
		return malformed("checkpoint.size", "line 2 is not a size");
	if (hash === undefined)
		return malformed("checkpoint.root", "line 3 is not a root of 32 bytes in base64");
	if (extensions.includes(""))
		malformed("checkpoint.extension", "an extension line is empty");
	if (entries === 0n && !equal(hash, await emptyRoot()))
		malformed("checkpoint.root", "line 3 is not the root of an empty tree");
	return { origin, size: entries, root: hash };
}

/* --- Verifying ----------------------------------------------------------------------------- */

/*
 * The lines of a key's name and id; undefined where there is none. One that is not good
 * refuses the whole note.
 */
async function signaturesOf<T>(note: Note, key: PublicKey, type: number, good: (blob: Bytes) => Promise<T | undefined>): Promise<T[]> {
	const id = hex(await noteKeyId(key, type)), found: T[] = [];
	for (const signature of note.signatures) {
		if (key.algorithm !== "ed25519" || signature.name !== key.name || hex(signature.keyId) !== id)
			continue;
		const said = await good(signature.blob);
		if (said === undefined)
			refused("note.bad-signature", `the signature of ${key.name} is not good`);
		found.push(said);
	}
	return found;
}

export async function isSignedBy(note: Note, key: PublicKey): Promise<boolean> {
	const message = utf8(note.text);
	const found = await signaturesOf(note, key, ED25519, async (blob) =>
		(await verifySignature(key, message, blob)) ? true : undefined);
	return found.length > 0;
}

function bigEndian64(bytes: Bytes): bigint {
	return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/* The time at which the witness cosigned (of several the latest); undefined where it did not. */
export async function cosignedAt(note: Note, witness: PublicKey): Promise<number | undefined> {
	const times = await signaturesOf(note, witness, COSIGNATURE, async (blob) => {
		const time = bigEndian64(blob.slice(0, 8));
		const message = concat(utf8(`cosignature/v1\ntime ${time}\n`), utf8(note.text));
		const isGood = blob.length === 8 + SIGNATURE_SIZE && time <= SIZE_MAX &&
			(await verifySignature(witness, message, blob.slice(8)));
		return isGood ? Number(time) : undefined;
	});
	return times.length > 0 ? Math.max(...times) : undefined;
}

/* A signed checkpoint whole: parsed, and signed by `log`, whose name is the origin. */
export async function openCheckpoint(bytes: Uint8Array, log: PublicKey): Promise<Checkpoint> {
	const note = parseNote(bytes), checkpoint = await parseCheckpoint(note.text);
	if (checkpoint.origin !== log.name)
		refused("checkpoint.other-origin", `the checkpoint is of ${checkpoint.origin}, not of ${log.name}`);
	if (!(await isSignedBy(note, log)))
		refused("note.unsigned", `there is no signature of ${log.name}`);
	return checkpoint;
}
