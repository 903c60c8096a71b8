/* Signing by passkeys, by itself. That the C takes what is made here: tests/cli/test_console.py. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, base64url, concat, equal, fromHex, hex, sha256, utf8 } from "../src/bytes.js";
import { credentialOf, rememberCredential, signatureOf } from "../src/sign/authenticator.js";
import { keyOfCose, newPasskey } from "../src/sign/create.js";
import { lowered, signatureOfDer } from "../src/sign/der.js";
import { findPasskey, signInAnswer, signInChallenge } from "../src/sign/session.js";
import { type SoftwarePasskey, assertionBy, keyOf, makeSoftwarePasskey, softwareAuthenticator } from "../src/sign/software.js";
import { type Asked, type Prepared, openStatement, signStatement } from "../src/sign/statement.js";
import { CborReader, cbor } from "../src/verify/cbor.js";
import { encodeSign1, passkeyAlgorithm, sigStructure } from "../src/verify/cose.js";
import { Fault } from "../src/verify/fault.js";
import { type Algorithm, bigEndian, keyId, p256Order, parseKeyLine, publicKey, verifySignature } from "../src/verify/key.js";
import { decodeAssertion, encodeAssertion, verifyAssertion } from "../src/verify/passkey.js";
import { needsVectors, vectorJson } from "./vectors.js";

async function ruleOf(body: () => unknown): Promise<string> {
	try {
		await body();
		return "";
	} catch (fault) {
		assert.ok(fault instanceof Fault, String(fault));
		return fault.rule;
	}
}

const where = { name: "ada", rpId: "authority.example", origin: "https://authority.example" };

/* --- DER ----------------------------------------------------------------------------------- */

interface DerVectors {
	testGroups: { publicKey: { uncompressed: string }; tests: { tcId: number; msg: string; sig: string; result: string; comment: string }[] }[];
}

test("Wycheproof's DER: what is valid is turned into r||s and verifies, all else is refused", needsVectors, async () => {
	let count = 0;
	for (const group of vectorJson<DerVectors>("wycheproof", "testvectors_v1", "ecdsa_secp256r1_sha256_test.json").testGroups) {
		const key = publicKey("es256", fromHex(group.publicKey.uncompressed)!.slice(1), "x");
		for (const t of group.tests) {
			let isGood = false;
			try {
				isGood = await verifySignature(key, fromHex(t.msg)!, signatureOfDer(fromHex(t.sig)!));
			} catch (fault) {
				assert.ok(fault instanceof Fault && fault.rule === "passkey.signature");
			}
			assert.equal(isGood, t.result === "valid", `${t.tcId} ${t.comment}`);
			count++;
		}
	}
	assert.ok(count > 400);
});

test("DER has one spelling, and s is turned over", async () => {
	const one = `02${"01"}01`, high = hex(bigEndian(p256Order - 1n));
	assert.equal(hex(signatureOfDer(fromHex(`3006${one}${one}`)!)), hex(concat(bigEndian(1n), bigEndian(1n))));
	assert.equal(hex(signatureOfDer(fromHex(`3026${one}022100${high}`)!)), hex(concat(bigEndian(1n), bigEndian(1n))));
	assert.equal(hex(lowered(concat(bigEndian(5n), bigEndian(p256Order - 7n)))), hex(concat(bigEndian(5n), bigEndian(7n))));
	for (const wrong of ["", "30", "3000", "3006020101020181", "3007020101020101", `3006${one}${one}00`, "308106020101020101",
		"30070201010202ff01", "300702010102020001", "3006020101020100", "3005020101 0201".replace(" ", ""), "3106020101020101",
		`3026${one}022100${hex(bigEndian(p256Order))}`, `3027${one}022201${high}00`])
		assert.equal(await ruleOf(() => signatureOfDer(fromHex(wrong)!)), "passkey.signature", wrong);
	assert.equal(await ruleOf(() => signatureOf("ed25519", new Uint8Array(63))), "passkey.signature");
});

/* --- Assertions ---------------------------------------------------------------------------- */

for (const algorithm of ["es256", "ed25519"] as const)
	test(`an assertion of ${algorithm} is this passkey's, for this challenge and place, and every changed byte is refused`, async () => {
		const passkey = await makeSoftwarePasskey(algorithm, where), key = keyOf(passkey);
		const challenge = await sha256(utf8("a record"));
		for (let i = 0; i < 8; i++)
			await verifyAssertion({ ...where, key }, challenge, decodeAssertion(encodeAssertion(await assertionBy(passkey, challenge))));
		const bytes = encodeAssertion(await assertionBy(passkey, challenge));
		for (let at = 0; at < bytes.length; at++) {
			const changed = bytes.slice();
			changed[at]! ^= 1;
			assert.notEqual(await ruleOf(() => verifyAssertion({ ...where, key }, challenge, decodeAssertion(changed))), "", `byte ${at}`);
		}
		const good = decodeAssertion(bytes);
		const judge = (over: object, assertion = good) => ruleOf(() => verifyAssertion({ ...where, key, ...over }, challenge, assertion));
		assert.equal(await judge({ origin: "https://authority.example:8443" }), "passkey.client-data");
		assert.equal(await judge({ rpId: "other.example" }), "passkey.rp-id");
		assert.equal(await ruleOf(() => verifyAssertion({ ...where, key }, new Uint8Array(32), good)), "passkey.client-data");
		for (const [flags, rule] of [[0x04, "passkey.user-absent"], [0x01, "passkey.user-unverified"], [0x45, "passkey.authenticator-data"],
			[0x85, "passkey.authenticator-data"], [0x15, "passkey.authenticator-data"]] as const) {
			const data = good.authenticatorData.slice();
			data[32] = flags;
			assert.equal(await judge({}, { ...good, authenticatorData: data }), rule);
		}
		for (const [more, rule] of [[',"x":1}', "passkey.signature"], ["}}", "passkey.client-data"], ["x}", "passkey.client-data"], ["", "passkey.client-data"]] as const)
			assert.equal(await judge({}, { ...good, clientData: concat(good.clientData.slice(0, -1), utf8(more)) }), rule, more);
	});

test("a browser that does not say which passkey it asked is found out by the signature", async () => {
	const passkeys = await Promise.all(["a", "b", "c"].map((name) => makeSoftwarePasskey("es256", { ...where, name })));
	const known = passkeys.map((passkey) => ({ ...where, key: keyOf(passkey) }));
	const challenge = await signInChallenge(where.origin, base64url(utf8("nonce")));
	const assertion = await assertionBy(passkeys[1]!, challenge);
	assert.equal((await findPasskey(known, challenge, assertion))!.key.name, "b");
	assert.equal(await findPasskey([known[0]!, known[2]!], challenge, assertion), undefined);
	assert.equal(equal(challenge, await sha256(utf8("proviso sign-in\0https://authority.example\0nonce"))), true);
	assert.equal(await ruleOf(() => signInChallenge(where.origin, "a b")), "session.challenge");
	const answer = await signInAnswer({ key: known[1]!.key }, assertion);
	assert.deepEqual(Object.keys(answer), ["kid", "authenticatorData", "clientDataJSON", "signature"]);
	assert.match(answer["kid"]!, /^[0-9a-f]{64}$/);
});

/* --- Statements ---------------------------------------------------------------------------- */

interface World {
	passkey: SoftwarePasskey;
	asked: Asked;
	answer: Prepared;
}

const SALT = new Uint8Array(16).fill(9);

function disclosure(path: string, value: string): Bytes {
	return cbor.array(cbor.bytes(SALT), cbor.text("report"), cbor.text(path), cbor.text(value));
}

/* What a service would answer, of a report to log.example. */
async function prepared(algorithm: Algorithm): Promise<World> {
	const passkey = await makeSoftwarePasskey(algorithm, where), key = keyOf(passkey);
	const header = cbor.map(
		cbor.int(1), cbor.int(passkeyAlgorithm(algorithm)), cbor.int(3), cbor.text("application/vnd.proviso.report+cbor"),
		cbor.int(4), cbor.bytes(await keyId(key)),
		cbor.int(15), cbor.map(cbor.int(1), cbor.text("ada"), cbor.int(2), cbor.text("log.example"), cbor.int(6), cbor.int(1700000000)));
	const subject = disclosure("subject", "A journalist"), reporter = disclosure("reporter", "A lab");
	const payload = cbor.map(cbor.int(1), cbor.bytes(await sha256(subject)), cbor.int(3), cbor.text("<b>Listened to</b>"),
		cbor.int(5), cbor.bytes(await sha256(reporter)));
	return {
		passkey,
		asked: { kind: "report", authority: "log.example", signer: { key, passkey: where } },
		answer: {
			unsigned: base64url(encodeSign1(header, payload, new Uint8Array())),
			to_sign: base64url(sigStructure(header, payload)),
			disclosures: base64url(cbor.array(cbor.bytes(subject), cbor.bytes(reporter))),
		},
	};
}

for (const algorithm of ["es256", "ed25519"] as const)
	test(`a statement is shown from its bytes and signed by a passkey of ${algorithm}`, async () => {
		const { passkey, asked, answer } = await prepared(algorithm);
		const statement = await openStatement(answer, asked);
		assert.equal(statement.record.body["allegation"], "<b>Listened to</b>");
		const record = await signStatement(statement, await softwareAuthenticator(passkey), asked.signer, { algorithm, rpId: where.rpId });
		assert.equal(record.issuer, "ada");
		const other = await makeSoftwarePasskey(algorithm, where);
		const forged = signStatement(statement, await softwareAuthenticator(other), asked.signer, { algorithm, rpId: where.rpId });
		assert.equal(await ruleOf(() => forged), "passkey.signature");
	});

test("nothing is signed that differs from what is shown or was asked for", async () => {
	const { asked, answer } = await prepared("es256");
	const cases: [string, Prepared, Asked][] = [
		["statement.other-bytes", { ...answer, to_sign: base64url(utf8("x")) }, asked],
		["statement.form", { ...answer, to_sign: "a b" }, asked],
		["statement.form", { ...answer, unsigned: "=" }, asked],
		["statement.other", answer, { ...asked, kind: "measure" }],
		["statement.other", answer, { ...asked, authority: "other.example" }],
		["statement.other", answer, { ...asked, signer: { ...asked.signer, key: { ...asked.signer.key, name: "ben" } } }],
		["statement.other", answer, { ...asked, signer: { key: asked.signer.key } }],
		["statement.other", answer, { ...asked, signer: { key: keyOf(await makeSoftwarePasskey("es256", where)), passkey: where } }],
		["statement.withheld", { ...answer, disclosures: null }, asked],
		["statement.withheld", { ...answer, disclosures: base64url(cbor.array(cbor.bytes(disclosure("subject", "A journalist")))) }, asked],
		["record.disclosure", { ...answer, disclosures: base64url(cbor.array(cbor.bytes(disclosure("subject", "Another")))) }, asked],
	];
	for (const [rule, prepared, due] of cases)
		assert.equal(await ruleOf(() => openStatement(prepared, due)), rule);
	const bytes = Buffer.from(answer.unsigned, "base64url");
	for (let at = 0; at < bytes.length; at++) {
		const changed = Uint8Array.from(bytes);
		changed[at]! ^= 1;
		assert.notEqual(await ruleOf(() => openStatement({ ...answer, unsigned: base64url(changed) }, asked)), "", `byte ${at}`);
	}
});

/* --- Creation ------------------------------------------------------------------------------ */

function coseKey(algorithm: Algorithm, raw: Uint8Array): Bytes {
	const x = cbor.bytes(raw.slice(0, 32));
	return algorithm === "es256"
		? cbor.map(cbor.int(1), cbor.int(2), cbor.int(3), cbor.int(-7), cbor.int(-1), cbor.int(1), cbor.int(-2), x, cbor.int(-3), cbor.bytes(raw.slice(32)))
		: cbor.map(cbor.int(1), cbor.int(1), cbor.int(3), cbor.int(-8), cbor.int(-1), cbor.int(6), cbor.int(-2), x);
}

test("a new passkey's key is the line of a key record", async () => {
	for (const algorithm of ["es256", "ed25519"] as const) {
		const key = keyOf(await makeSoftwarePasskey(algorithm, where)), id = utf8("credential");
		const data = (flags: number, cose = coseKey(algorithm, key.raw)) => concat(new Uint8Array(0), hashOf, Uint8Array.of(flags, 0, 0, 0, 0),
			new Uint8Array(16), Uint8Array.of(0, id.length), id, cose, cbor.map(cbor.text("x"), cbor.int(1)));
		const hashOf = await sha256(utf8(where.rpId));
		const made = await newPasskey(data(0xc5), "ada", where.rpId, where.origin);
		assert.deepEqual(await parseKeyLine(made.fields["public-key"]), key);
		assert.equal(hex(made.kid), hex(await keyId(key)));
		assert.equal(hex(made.credentialId), hex(id));
		assert.deepEqual([made.fields["rp-id"], made.fields.origin], [where.rpId, where.origin]);
		for (const [rule, body] of [
			["passkey.authenticator-data", () => newPasskey(data(0x05), "ada", where.rpId, where.origin)],
			["passkey.user-unverified", () => newPasskey(data(0x41), "ada", where.rpId, where.origin)],
			["passkey.rp-id", () => newPasskey(data(0x45), "ada", "other.example", where.origin)],
			["key.name", () => newPasskey(data(0x45), "a da", where.rpId, where.origin)],
			["cbor.truncated", () => newPasskey(data(0x45).slice(0, 90), "ada", where.rpId, where.origin)],
			["key.public", () => newPasskey(data(0x45, cbor.map(cbor.int(1), cbor.int(3), cbor.int(3), cbor.int(-257))), "ada", where.rpId, where.origin)],
		] as const)
			assert.equal(await ruleOf(body), rule);
	}
	assert.equal(await ruleOf(() => keyOfCose(new CborReader(coseKey("ed25519", new Uint8Array(32))), "x")), "key.public");
});

test("the ids of credentials are kept, and a broken store is an empty one", () => {
	const kept = new Map<string, string>();
	const storage = { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v) } as unknown as Storage;
	rememberCredential(storage, "aa", utf8("one"));
	rememberCredential(storage, "bb", utf8("two"));
	assert.equal(hex(credentialOf(storage, "aa")!), hex(utf8("one")));
	assert.equal(credentialOf(storage, "cc"), undefined);
	kept.set("proviso.credentials", "{");
	assert.equal(credentialOf(storage, "aa"), undefined);
});
