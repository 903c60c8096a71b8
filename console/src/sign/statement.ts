/*
 * statement: a decision, from the service's answer to POST /v1/statements to a signed record.
 *
 * Nothing the service says is believed: the page decodes the unsigned bytes by itself and shows
 * those, makes the Sig_structure of them, and has the passkey sign the SHA-256 of that. What
 * the service calls `to_sign` must be the same, or nothing is signed.
 */
import { type Bytes, equal, fromBase64url, hex, sha256 } from "../bytes.js";
import { encodeSign1, passkeyAlgorithm, sigStructure, verifySign1, type Signer } from "../verify/cose.js";
import { discloseAll } from "../verify/disclosure.js";
import { malformed, refused } from "../verify/fault.js";
import { keyId } from "../verify/key.js";
import { type Assertion, encodeAssertion } from "../verify/passkey.js";
import { type ProvisoRecord, Redactable, decodeRecord, decodeUnsigned, walk } from "../verify/record.js";
import { type Authenticator, type Credential } from "./authenticator.js";

/* The answer to POST /v1/statements. */
export interface Prepared {
	unsigned: string;
	to_sign: string;
	text?: string;
	disclosures?: string | null;
}

/* What was asked for: another kind, key or authority in the bytes is not signed. */
export interface Asked {
	kind: string;
	signer: Signer;
	authority: string; /* its origin */
}

export interface Statement {
	record: ProvisoRecord; /* without a signature; its fields are what is shown */
	challenge: Bytes;
	disclosures: Bytes | undefined; /* to be sent along */
}

function bytesOf(text: unknown, what: string): Bytes {
	return (typeof text === "string" ? fromBase64url(text) : undefined) ?? malformed("statement.form", `${what} is not base64url`);
}

async function checkAsked(record: ProvisoRecord, asked: Asked): Promise<void> {
	const cose = record.cose!;
	if (record.kind.name !== asked.kind)
		refused("statement.other", `the service made a ${record.kind.name}, not a ${asked.kind}`);
	if (record.subject !== asked.authority)
		refused("statement.other", `the record is made to ${record.subject}, not to ${asked.authority}`);
	if (!equal(cose.kid, await keyId(asked.signer.key)) || record.issuer !== asked.signer.key.name)
		refused("statement.other", `the record is to be signed by another key than ${asked.signer.key.name}`);
	if (asked.signer.passkey === undefined || cose.algorithm !== passkeyAlgorithm(asked.signer.key.algorithm))
		refused("statement.other", "the record is not to be signed by this passkey");
}

/* Every confidential value is there to be shown: nobody signs a digest unseen. */
async function showAll(record: ProvisoRecord, disclosures: Bytes | undefined): Promise<void> {
	if (disclosures !== undefined)
		await discloseAll(record, disclosures);
	for (const shown of walk(record.kind.fields, record.body))
		if (shown.value instanceof Redactable && shown.value.value === undefined)
			refused("statement.withheld", `the service does not say what the digest of ${shown.path} stands for`);
}

/* The statement as it will be signed, from its bytes alone. */
export async function openStatement(answer: Prepared, asked: Asked): Promise<Statement> {
	const record = await decodeUnsigned(bytesOf(answer.unsigned, "unsigned"));
	await checkAsked(record, asked);
	const message = sigStructure(record.cose!.protected, record.cose!.payload);
	if (!equal(message, bytesOf(answer.to_sign, "to_sign")))
		refused("statement.other-bytes", "what the service wants signed is not what it shows");
	const disclosures = answer.disclosures == null ? undefined : bytesOf(answer.disclosures, "disclosures");
	await showAll(record, disclosures);
	return { record, challenge: await sha256(message), disclosures };
}

/* The signed record's bytes, read and verified again before they are given. */
export async function assemble(statement: Statement, assertion: Assertion, signer: Signer): Promise<ProvisoRecord> {
	const { protected: wrapped, payload } = statement.record.cose!;
	const record = await decodeRecord(encodeSign1(wrapped, payload, encodeAssertion(assertion)));
	await verifySign1(record.cose!, signer);
	return record;
}

/* Has the passkey sign the statement. */
export async function signStatement(statement: Statement, by: Authenticator, signer: Signer, credential: Credential, signal?: AbortSignal): Promise<ProvisoRecord> {
	return assemble(statement, await by.sign(credential, statement.challenge, signal), signer);
}

/* A challenge as people may compare it between two screens. */
export function challengeText(statement: Statement): string {
	return hex(statement.challenge).match(/.{8}/g)!.join(" ");
}
