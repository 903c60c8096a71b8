/*
 * proof: that an entry is on a log, as it travels: a C2SP tlog-proof file, or what `proviso log
 * prove` writes, deterministic CBOR [entry, tlog-proof] (doc/decisions/proof-files.md).
 */
import { type Bytes, concat, fromBase64, textOf, utf8 } from "../bytes.js";
import { CborReader } from "./cbor.js";
import { malformed } from "./fault.js";
import { PROOF_MAX, leafHash, verifyInclusion } from "./merkle.js";
import { decimal, hashLine } from "./note.js";
import { type Policed, type Policy, openPoliced } from "./policy.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const FILE_MAX = 65536 + 8192;

export interface LogProof {
	index: bigint;
	inclusion: Bytes[]; /* the leaf's sibling first */
	checkpoint: Bytes; /* the signed note, verbatim */
}

export function parseProof(bytes: Uint8Array): LogProof {
	if (bytes.length > FILE_MAX)
		malformed("proof.too-long", `a proof has at most ${FILE_MAX} bytes, not ${bytes.length}`);
	const text = textOf(bytes) ?? malformed("proof.header", "the proof is not UTF-8");
	const end = text.indexOf("\n\n");
	const lines = (end < 0 ? text : text.slice(0, end)).split("\n");
	if (lines[0] !== HEADER)
		malformed("proof.header", `line 1 is not ${HEADER}${lines[0]!.endsWith("\r") ? ", it ends in CR LF (a tool changed its line ends)" : ""}`);
	let number = 1;
	/* Not authenticated, and so not looked at. */
	if (lines[number]?.startsWith("extra ")) {
		if (fromBase64(lines[number]!.slice(6)) === undefined)
			malformed("proof.header", 'line 2 is not base64 after "extra"');
		number++;
	}
	const index = decimal(/^index (.*)$/.exec(lines[number] ?? "")?.[1] ?? "");
	if (index === undefined)
		return malformed("proof.index", `line ${number + 1} is not "index NUMBER"`);
	const hashes = lines.slice(number + 1);
	if (hashes.length > PROOF_MAX)
		malformed("proof.too-long", `more than ${PROOF_MAX} hashes`);
	if (end < 0)
		malformed("proof.hash", `line ${lines.length}: the blank line before the checkpoint is missing`);
	const inclusion = hashes.map((line, i) => hashLine(line) ??
		malformed("proof.hash", `line ${number + 2 + i} is not a hash of 32 bytes in base64`));
	return { index, inclusion, checkpoint: concat(bytes.slice(utf8(text.slice(0, end)).length + 2)) };
}

/* Whether bytes are [entry, tlog-proof] and not a record or a bare proof. */
export function isProven(bytes: Uint8Array): boolean {
	return bytes[0] === 0x82;
}

export function splitProven(bytes: Uint8Array): { entry: Bytes; proof: Bytes } {
	const r = new CborReader(bytes);
	if (r.array() !== 2)
		r.fail("reply.malformed", "not an array of an entry and its proof");
	const entry = r.bytes(), proof = utf8(r.text());
	r.done();
	return { entry, proof };
}

/* Proven to be entry `index` of the checkpoint's log. */
export interface Proven extends Policed {
	index: bigint;
}

/* That `entry` is on a log of the policy: signature, cosignatures of the quorum, then the path. */
export async function verifyProof(proof: LogProof, entry: Uint8Array, policy: Policy): Promise<Proven> {
	const policed = await openPoliced(proof.checkpoint, policy);
	await verifyInclusion(await leafHash(entry), proof.index, policed.checkpoint, proof.inclusion);
	return { ...policed, index: proof.index };
}
