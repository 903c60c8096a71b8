/*
 * verify: what somebody dropped on the page, taken apart and checked: a record, a record with
 * its proof, a PDF that carries both, a transparent statement, a bare proof or receipt (of a record given besides), or
 * a checkpoint. Pure but for WebCrypto; nothing is sent anywhere.
 *
 * Of a record there are two questions, answered apart: is it on the log (`onLog`), and is it
 * signed by the key it names (`signature`). For the latter the key record of the signer must be
 * known; where it is not, the log's proof alone speaks, and that is said.
 */
import { equal, textOf } from "../bytes.js";
import { discloseAll } from "./disclosure.js";
import { malformed, refused } from "./fault.js";
import { type Signer, verifySign1 } from "./cose.js";
import { carriedBy, isPdf } from "./document.js";
import { type PublicKey, keyId } from "./key.js";
import { type Tree, verifyConsistency } from "./merkle.js";
import { type Policed, type Policy, openPoliced, policyOf } from "./policy.js";
import { type Proven, isProven, parseProof, splitProven, verifyProof } from "./proof.js";
import { type ProvisoRecord, decodeRecord, signerOf } from "./record.js";
import { type Receipt, isStatement, splitStatement, verifyReceipt } from "./receipt.js";

export interface Trust {
	authority: PublicKey;
	policy?: Policy; /* absent: the authority's own signature is enough */
	signers?: readonly Signer[]; /* from key records */
}

export type Signature =
	| { state: "good"; signer: Signer }
	| { state: "unknown-key" } /* no key record of this signer was given */
	| { state: "none" }; /* the log's own entry */

export type OnLog =
	| { by: "proof"; proven: Proven }
	| { by: "receipt"; receipt: Receipt }
	| undefined; /* a bare record */

export type Verified =
	| { what: "record"; record: ProvisoRecord; signature: Signature; onLog: OnLog }
	| { what: "checkpoint"; policed: Policed };

export interface Beside {
	record?: Uint8Array; /* for a bare proof or receipt */
	disclosures?: Uint8Array;
}

function policyIn(trust: Trust): Policy {
	return trust.policy ?? policyOf(trust.authority);
}

/* The signer of the record among those known, and the authority itself. */
async function findSigner(record: ProvisoRecord, trust: Trust): Promise<Signer | undefined> {
	for (const signer of [...(trust.signers ?? []), { key: trust.authority }])
		if (equal(await keyId(signer.key), record.cose!.kid))
			return signer;
	return undefined;
}

async function checkSignature(record: ProvisoRecord, trust: Trust): Promise<Signature> {
	if (record.cose === undefined)
		return { state: "none" };
	const signer = await findSigner(record, trust);
	if (signer === undefined)
		return { state: "unknown-key" };
	await verifySign1(record.cose, signer);
	return { state: "good", signer };
}

async function verifyRecord(entry: Uint8Array, onLog: OnLog, trust: Trust, beside: Beside): Promise<Verified> {
	const record = await decodeRecord(entry);
	if (record.subject !== trust.authority.name)
		refused("record.other-authority", `the record was made to ${record.subject}, not to ${trust.authority.name}`);
	const signature = await checkSignature(record, trust);
	if (beside.disclosures !== undefined)
		await discloseAll(record, beside.disclosures);
	return { what: "record", record, signature, onLog };
}

/* A policy may know several logs; this question is of one. */
function checkOrigin(policed: Policed, trust: Trust): void {
	const origin = policed.checkpoint.origin;
	if (origin !== trust.authority.name)
		refused("checkpoint.other-origin", `the checkpoint is of ${origin}, not of ${trust.authority.name}`);
}

async function verifyProven(entry: Uint8Array, proof: Uint8Array, trust: Trust, beside: Beside): Promise<Verified> {
	const proven = await verifyProof(parseProof(proof), entry, policyIn(trust));
	checkOrigin(proven, trust);
	return verifyRecord(entry, { by: "proof", proven }, trust, beside);
}

async function verifyReceived(entry: Uint8Array, receipt: Uint8Array, trust: Trust, beside: Beside): Promise<Verified> {
	const checked = await verifyReceipt(receipt, entry, trust.authority);
	return verifyRecord(entry, { by: "receipt", receipt: checked }, trust, beside);
}

function recordBeside(beside: Beside, what: string): Uint8Array {
	return beside.record ?? malformed("verify.record-missing", `a ${what} does not hold its record: give both`);
}

export async function openCheckpointOf(bytes: Uint8Array, trust: Trust): Promise<Policed> {
	const policed = await openPoliced(bytes, policyIn(trust));
	checkOrigin(policed, trust);
	return policed;
}

async function isRecord(bytes: Uint8Array): Promise<boolean> {
	try {
		await decodeRecord(bytes);
		return true;
	} catch {
		return false;
	}
}

/* A COSE_Sign1 that is no record may be a receipt of the record given. */
async function verifySigned(bytes: Uint8Array, trust: Trust, beside: Beside): Promise<Verified> {
	if (isStatement(bytes)) {
		const { record, receipt } = splitStatement(bytes);
		return verifyReceived(record, receipt, trust, beside);
	}
	if (beside.record !== undefined && !(await isRecord(bytes)))
		return verifyReceived(beside.record, bytes, trust, beside);
	return verifyRecord(bytes, undefined, trust, beside);
}

/* The record is what holds, and not what pages show that were changed since they were set. */
async function verifyDocument(bytes: Uint8Array, trust: Trust, beside: Beside): Promise<Verified> {
	const carried = await carriedBy(bytes);
	const { entry, proof } = splitProven(carried.attachment);
	const verified = await verifyProven(entry, proof, trust, beside);
	if (!carried.isAsWritten)
		refused("document.changed", "the record in it is on the log, but the file was changed since it was written: its pages may show something else");
	return verified;
}

/* Throws a Fault that names what failed and where. */
export async function verify(bytes: Uint8Array, trust: Trust, beside: Beside = {}): Promise<Verified> {
	if (isPdf(bytes))
		return verifyDocument(bytes, trust, beside);
	if (isProven(bytes)) {
		const { entry, proof } = splitProven(bytes);
		return verifyProven(entry, proof, trust, beside);
	}
	if (bytes.length > 0 && (bytes[0]! >> 5 === 4 || bytes[0]! >> 5 === 6))
		return verifySigned(bytes, trust, beside);
	const text = textOf(bytes) ?? malformed("verify.unknown", "neither a record, a proof, a receipt nor a checkpoint");
	if (text.startsWith("c2sp.org/tlog-proof@"))
		return verifyProven(recordBeside(beside, "proof"), bytes, trust, beside);
	return { what: "checkpoint", policed: await openCheckpointOf(bytes, trust) };
}

/*
 * That the log of `later` is the one of `earlier` grown, by a consistency proof (RFC 9162):
 * both are checkpoints of the authority, cosigned as the policy asks.
 */
export async function verifyGrowth(earlier: Uint8Array, later: Uint8Array, proof: readonly Uint8Array[], trust: Trust): Promise<[Tree, Tree]> {
	const from = (await openCheckpointOf(earlier, trust)).checkpoint, to = (await openCheckpointOf(later, trust)).checkpoint;
	await verifyConsistency(from, to, proof);
	return [from, to];
}

/* The signer that a key record registers which is proven to be on the log: [entry, tlog-proof]. */
export async function provenSigner(bytes: Uint8Array, trust: Trust): Promise<Signer> {
	const verified = await verify(bytes, trust);
	if (verified.what !== "record" || verified.onLog === undefined)
		return refused("verify.not-proven", "the key record does not come with its proof");
	return signerOf(verified.record);
}
