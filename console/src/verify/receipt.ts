/*
 * receipt: COSE receipts of the profile for RFC 9162 trees (RFC 9942) and SCITT's transparent
 * statements (RFC 9943), as src/log/receipt.h has them: deterministic CBOR, signed by the
 * authority's key, the root detached and recomputed from the path.
 */
import { type Bytes, equal } from "../bytes.js";
import { CborReader, cbor, cborCheck } from "./cbor.js";
import { SIGN1_TAG, encodeSign1, plainAlgorithm, sigStructure } from "./cose.js";
import { malformed, refused, within } from "./fault.js";
import { type PublicKey, SIGNATURE_SIZE, keyId, verifySignature } from "./key.js";
import { PROOF_MAX, inclusionRoot, leafHash } from "./merkle.js";

const RECEIPT_MAX = 8192;
const KID = 4, CLAIMS = 15, RECEIPTS = 394n, STRUCTURE = 395, PROOFS = 396n, INCLUSION = -1n;
const RFC9162_SHA256 = 1;

export interface Receipt {
	index: bigint;
	size: bigint; /* as the receipt says; its signature binds the root alone */
	inclusion: Bytes[];
}

async function protectedHeader(key: PublicKey): Promise<Bytes> {
	return cbor.map(
		cbor.int(1), cbor.int(plainAlgorithm(key.algorithm)),
		cbor.int(KID), cbor.bytes(await keyId(key)),
		cbor.int(CLAIMS), cbor.map(cbor.int(1), cbor.text(key.name)),
		cbor.int(STRUCTURE), cbor.int(RFC9162_SHA256));
}

function readInclusion(bytes: Bytes): Receipt {
	const r = new CborReader(bytes);
	if (r.array() !== 3)
		r.fail("receipt.malformed", "an inclusion proof is an array of three");
	const size = r.uint(), index = r.uint(), count = r.array();
	if (count > PROOF_MAX)
		r.fail("receipt.malformed", `a path of ${count} hashes`);
	const inclusion = Array.from({ length: count }, () => {
		const hash = r.bytes();
		return hash.length === 32 ? hash : r.fail("receipt.malformed", `a hash of ${hash.length} bytes`);
	});
	r.done();
	return { index, size, inclusion };
}

interface Parts {
	protected: Bytes;
	proof: Bytes;
	signature: Bytes;
}

function readReceipt(bytes: Uint8Array): Parts {
	const r = new CborReader(bytes);
	r.tag(BigInt(SIGN1_TAG));
	if (r.array() !== 4)
		r.fail("receipt.malformed", "a receipt is a COSE_Sign1");
	const wrapped = r.bytes();
	if (r.map() !== 1 || r.int() !== PROOFS || r.map() !== 1 || r.int() !== INCLUSION || r.array() !== 1)
		r.fail("receipt.malformed", "its unprotected header is not one inclusion proof");
	const proof = r.bytes();
	r.null();
	const signature = r.bytes();
	if (signature.length !== SIGNATURE_SIZE)
		r.fail("cose.signature", `a signature of ${signature.length} bytes, not ${SIGNATURE_SIZE}`);
	r.done();
	return { protected: wrapped, proof, signature };
}

/* That `entry` is on the log of `authority` by this receipt. */
export async function verifyReceipt(bytes: Uint8Array, entry: Uint8Array, authority: PublicKey): Promise<Receipt> {
	if (bytes.length > RECEIPT_MAX)
		malformed("receipt.too-long", `${bytes.length} bytes are more than ${RECEIPT_MAX}`);
	const { parts, receipt } = within("receipt", () => {
		const parts = readReceipt(bytes);
		cborCheck(parts.protected);
		return { parts, receipt: readInclusion(parts.proof) };
	});
	if (!equal(parts.protected, await protectedHeader(authority)))
		refused("receipt.origin", `it is not a receipt under the key of ${authority.name}`);
	const root = await inclusionRoot(await leafHash(entry), receipt.index, receipt.size, receipt.inclusion);
	if (!(await verifySignature(authority, sigStructure(parts.protected, root), parts.signature)))
		refused("cose.bad-signature", "the signature is not good");
	return receipt;
}

/* --- Transparent statements ---------------------------------------------------------------- */

interface StatementParts {
	protected: Bytes;
	payload: Bytes;
	signature: Bytes;
	receipt: Bytes | undefined;
}

function readStatement(bytes: Uint8Array): StatementParts {
	const r = new CborReader(bytes);
	r.tag(BigInt(SIGN1_TAG));
	if (r.array() !== 4)
		r.fail("receipt.statement", "not a COSE_Sign1");
	const wrapped = r.bytes(), labels = r.map();
	let receipt: Bytes | undefined;
	if (labels > 0) {
		if (labels !== 1 || r.int() !== RECEIPTS || r.array() !== 1)
			r.fail("receipt.statement", "its unprotected header is not one receipt");
		receipt = r.bytes();
	}
	const payload = r.bytes(), signature = r.bytes();
	r.done();
	return { protected: wrapped, payload, signature, receipt };
}

/* A transparent statement as the record, as it is on the log, and its receipt. */
export function splitStatement(bytes: Uint8Array): { record: Bytes; receipt: Bytes } {
	const parts = within("transparent statement", () => readStatement(bytes));
	if (parts.receipt === undefined)
		return malformed("receipt.statement", "there is no receipt in it");
	return { record: encodeSign1(parts.protected, parts.payload, parts.signature), receipt: parts.receipt };
}

export function isStatement(bytes: Uint8Array): boolean {
	try {
		return readStatement(bytes).receipt !== undefined;
	} catch {
		return false;
	}
}
