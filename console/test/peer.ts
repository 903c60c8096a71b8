/*
 * peer: the modules, asked by tests in other languages. Reads a JSON array of requests from
 * its input, answers with one of results; bytes travel as files.
 *
 *     {"do": "decode", "file"}           the record's fields as `proviso show --json` has them
 *     {"do": "verify", "file", "authority", "policy"?, "keys"?, "record"?, "disclosures"?}
 *     {"do": "growth", "earlier", "later", "proof": [base64], "authority", "policy"?}
 *     {"do": "passkey", "algorithm", "name", "rpId", "origin", "out"}   makes one; its key's line
 *     {"do": "sign", "file", "passkey", "out"}   a record signed by another key, signed by this passkey
 *     {"do": "report", "inbox": JSON, "proof": base64, "authority", "fields": JSON}   the body of POST /v1/inbox, and its code
 *     {"do": "answer", "followed": JSON, "code"}            what was answered
 *
 * A result is {"ok": ...}, or {"rule", "kind", "text"}.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { base64url, fromBase64, hex } from "../src/bytes.js";
import { type Followed, type Report, codeOf, newSecret, openAnswer, sealReport, secretOf } from "../src/report/report.js";
import { type InboxKey, provenInbox } from "../src/report/inbox.js";
import { type SoftwarePasskey, keyOf, makeSoftwarePasskey, softwareAuthenticator } from "../src/sign/software.js";
import { openStatement, signStatement } from "../src/sign/statement.js";
import { cbor } from "../src/verify/cbor.js";
import { encodeSign1, passkeyAlgorithm, sigStructure } from "../src/verify/cose.js";
import { Fault } from "../src/verify/fault.js";
import { type Algorithm, keyId, keyLine, parseKeyFile, parseKeyLine } from "../src/verify/key.js";
import { parsePolicy } from "../src/verify/policy.js";
import { type ProvisoRecord, decodeRecord, instantText, plain } from "../src/verify/record.js";
import { type Trust, type Verified, provenSigner, verify, verifyGrowth } from "../src/verify/verify.js";

interface Request {
	do: string;
	[argument: string]: string | string[] | undefined;
}

function read(path: unknown): Uint8Array {
	return new Uint8Array(readFileSync(path as string));
}

function recordJson(record: ProvisoRecord): object {
	return {
		id: hex(record.id), kind: record.kind.name, "signed-by": record.issuer, "made-to": record.subject,
		"issued-at": instantText(record.issuedAt), says: plain(record.kind.fields, record.body),
	};
}

async function trustOf(request: Request): Promise<Trust> {
	const trust: Trust = { authority: await parseKeyFile(read(request.authority)) };
	if (request.policy !== undefined)
		trust.policy = await parsePolicy(read(request.policy));
	const keys = (request.keys ?? []) as string[];
	return { ...trust, signers: await Promise.all(keys.map((file) => provenSigner(read(file), trust))) };
}

function verifiedJson(verified: Verified): object {
	if (verified.what === "checkpoint")
		return { what: "checkpoint", size: Number(verified.policed.checkpoint.size), witnesses: verified.policed.witnesses.length };
	const { record, signature, onLog } = verified;
	return {
		...recordJson(record), signature: signature.state, by: onLog?.by,
		index: Number(onLog === undefined ? -1 : onLog.by === "proof" ? onLog.proven.index : onLog.receipt.index),
		witnesses: onLog?.by === "proof" ? onLog.proven.witnesses.length : 0,
	};
}

/* What the service would have answered, had the statement been asked of it for this passkey. */
async function signByPasskey(request: Request): Promise<string> {
	const record = await decodeRecord(read(request.file)), cose = record.cose!;
	const passkey = JSON.parse(readFileSync(request.passkey as string, "utf8")) as SoftwarePasskey;
	const key = keyOf(passkey), signer = { key, passkey };
	const header = cbor.map(cbor.int(1), cbor.int(passkeyAlgorithm(key.algorithm)), cbor.int(3), cbor.text(cose.contentType),
		cbor.int(4), cbor.bytes(await keyId(key)), cbor.int(15), cbor.map(cbor.int(1), cbor.text(key.name),
			cbor.int(2), cbor.text(cose.subject), cbor.int(6), cbor.int(cose.issuedAt)));
	const statement = await openStatement({
		unsigned: base64url(encodeSign1(header, cose.payload, new Uint8Array())),
		to_sign: base64url(sigStructure(header, cose.payload)),
	}, { kind: record.kind.name, authority: cose.subject, signer });
	const signed = await signStatement(statement, await softwareAuthenticator(passkey), signer, { algorithm: key.algorithm, rpId: passkey.rpId });
	writeFileSync(request.out as string, signed.bytes);
	return hex(signed.id);
}

const actions: { [name: string]: (request: Request) => Promise<unknown> } = {
	decode: async (request) => recordJson(await decodeRecord(read(request.file))),
	verify: async (request) => verifiedJson(await verify(read(request.file), await trustOf(request), {
		...(request.record !== undefined && { record: read(request.record) }),
		...(request.disclosures !== undefined && { disclosures: read(request.disclosures) }),
	})),
	passkey: async (request) => {
		const { algorithm, name, rpId, origin } = request as unknown as SoftwarePasskey & { algorithm: Algorithm };
		const passkey = await makeSoftwarePasskey(algorithm, { name, rpId, origin });
		writeFileSync(request.out as string, JSON.stringify(passkey));
		return keyLine(keyOf(passkey));
	},
	sign: signByPasskey,
	report: async (request) => {
		const secret = newSecret(), given = JSON.parse(request.inbox as string) as InboxKey;
		const inbox = await provenInbox(given, fromBase64(request.proof as string)!, { authority: await parseKeyLine(request.authority as string) });
		return { code: codeOf(secret), body: await sealReport(inbox, JSON.parse(request.fields as string) as Report, secret) };
	},
	answer: (request) => openAnswer(JSON.parse(request.followed as string) as Followed, secretOf(request.code as string)!),
	growth: async (request) => {
		const [from, to] = await verifyGrowth(read(request.earlier), read(request.later),
			(request.proof as string[]).map((hash) => fromBase64(hash)!), await trustOf(request));
		return [Number(from.size), Number(to.size)];
	},
};

async function answer(request: Request): Promise<object> {
	try {
		return { ok: await actions[request.do]!(request) };
	} catch (fault) {
		if (!(fault instanceof Fault))
			throw fault;
		return { rule: fault.rule, kind: fault.kind, text: fault.message };
	}
}

const results: object[] = [];
for (const request of JSON.parse(readFileSync(0, "utf8")) as Request[])
	results.push(await answer(request));
console.log(JSON.stringify(results));
