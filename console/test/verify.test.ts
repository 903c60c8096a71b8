/* The reading of bytes by itself and beside other people's vectors. Beside our own C: tests/cli/test_console.py. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decode, encode, rfc8949EncodeOptions } from "cborg";
import { base64, base64url, concat, equal, fromBase64, fromBase64url, fromHex, hex, textOf, utf8 } from "../src/bytes.js";
import { CborReader, cbor, cborCheck } from "../src/verify/cbor.js";
import { encodeSign1, sigStructure, verifySign1 } from "../src/verify/cose.js";
import { Fault } from "../src/verify/fault.js";
import { bigEndian, keyId, keyLine, p256Order, parseCosignerLine, parseKeyLine, publicKey, verifySignature } from "../src/verify/key.js";
import { inclusionRoot, leafHash, nodeHash, verifyConsistency, verifyInclusion } from "../src/verify/merkle.js";
import { cosignedAt, isSignedBy, openCheckpoint, parseNote } from "../src/verify/note.js";
import { parsePolicy } from "../src/verify/policy.js";
import { parseProof } from "../src/verify/proof.js";
import { verifyReceipt } from "../src/verify/receipt.js";
import { decodeRecord } from "../src/verify/record.js";
import { verify } from "../src/verify/verify.js";
import { needsVectors, vector, vectorJson, vectorPath } from "./vectors.js";

/* The rule by which `body` is refused; "" where it is not. */
async function ruleOf(body: () => unknown): Promise<string> {
	try {
		await body();
		return "";
	} catch (fault) {
		assert.ok(fault instanceof Fault, String(fault));
		return fault.rule;
	}
}

test("base64 and base64url have one spelling", () => {
	for (let length = 0; length < 40; length++) {
		const bytes = crypto.getRandomValues(new Uint8Array(length));
		assert.deepEqual(fromBase64(base64(bytes)), bytes);
		assert.deepEqual(fromBase64url(base64url(bytes)), bytes);
		assert.deepEqual(fromHex(hex(bytes)), bytes);
		assert.equal(base64(bytes), Buffer.from(bytes).toString("base64"));
		assert.equal(base64url(bytes), Buffer.from(bytes).toString("base64url"));
	}
	for (const wrong of ["A", "AB", "AB=", "AB==\n", "A===", "AB=C", "AC==", "AAD=", "A-==", " AAA"])
		assert.ok(fromBase64(wrong) === undefined || base64(fromBase64(wrong)!) === wrong, wrong);
	for (const wrong of ["AB==", "A", "AC=", "AB+_", "A\n", "AD"])
		assert.ok(fromBase64url(wrong) === undefined || base64url(fromBase64url(wrong)!) === wrong, wrong);
	assert.equal(fromBase64("AB=="), undefined);
});

const cborFaults: readonly (readonly [string, string, number])[] = [
	["", "cbor.truncated", 0],
	["1817", "cbor.not-shortest", 0],
	["190017", "cbor.not-shortest", 0],
	["1a0000ffff", "cbor.not-shortest", 0],
	["1b00000000ffffffff", "cbor.not-shortest", 0],
	["5800", "cbor.not-shortest", 0],
	["9f01ff", "cbor.indefinite", 0],
	["5f4100ff", "cbor.indefinite", 0],
	["81ff", "cbor.indefinite", 1],
	["a20201", "cbor.truncated", 0],
	["a202010100", "cbor.key-order", 3],
	["a220010200", "cbor.key-order", 3],
	["a220001864f6", "cbor.key-order", 3],
	["a201000100", "cbor.key-twice", 3],
	["a1f500", "cbor.type", 1],
	["a1410000", "cbor.type", 1],
	["f93c00", "cbor.float", 0],
	["fa3f800000", "cbor.float", 0],
	["fb3ff0000000000000", "cbor.float", 0],
	["f7", "cbor.simple", 0],
	["e0", "cbor.simple", 0],
	["f820", "cbor.simple", 0],
	["1c", "cbor.type", 0],
	["c001", "cbor.tag", 0],
	["81d8ff00", "cbor.tag", 1],
	["61ff", "cbor.utf8", 0],
	["63eda080", "cbor.utf8", 0],
	["62c080", "cbor.utf8", 0],
	["0000", "cbor.trailing", 1],
	["8201", "cbor.truncated", 0],
	["820102f6", "cbor.trailing", 3],
	["8181", "cbor.truncated", 1],
	["19ff", "cbor.truncated", 0],
	["5bffffffffffffffff", "cbor.truncated", 0],
	["9bffffffffffffffff", "cbor.truncated", 0],
	["81".repeat(17) + "00", "cbor.depth", 16],
];

test("what is no deterministic CBOR is refused by name and place", async () => {
	for (const [digits, rule, place] of cborFaults) {
		const refusal = await ruleOf(() => cborCheck(fromHex(digits)!));
		assert.equal(refusal, rule, digits);
		try {
			cborCheck(fromHex(digits)!);
		} catch (fault) {
			assert.match((fault as Fault).message, new RegExp(`^byte ${place}: `), digits);
		}
	}
	for (const digits of ["1818", "1864", "f6", "a2186400" + "2000", "81".repeat(16) + "00", "80", "a0", "60"])
		cborCheck(fromHex(digits)!);
});

test("integers of every width are written shortest and read back", () => {
	for (const at of [0n, 23n, 24n, 255n, 256n, 65535n, 65536n, 4294967295n, 4294967296n, 9223372036854775807n])
		for (const value of [at, -1n - at]) {
			const bytes = cbor.int(value), r = new CborReader(bytes);
			assert.equal(r.int(), value);
			r.done();
			assert.equal(BigInt(decode(bytes, { allowBigInt: true, strict: true })), value);
		}
});

/* A value of random shape, for a library of other hands to encode. */
function randomValue(depth: number): unknown {
	const pick = Math.floor(Math.random() * (depth > 3 ? 6 : 8));
	const text = Math.random().toString(36).slice(2, 2 + Math.floor(Math.random() * 9));
	return [
		() => Math.floor(Math.random() * 2 ** (Math.random() * 53)),
		() => -1 - Math.floor(Math.random() * 2 ** (Math.random() * 52)),
		() => text + "é",
		() => crypto.getRandomValues(new Uint8Array(Math.floor(Math.random() * 40))),
		() => Math.random() < 0.5,
		() => null,
		() => Array.from({ length: Math.floor(Math.random() * 5) }, () => randomValue(depth + 1)),
		() => new Map(Array.from({ length: Math.floor(Math.random() * 5) }, () => [randomValue(9), randomValue(depth + 1)] as const)
			.filter(([key]) => typeof key === "number" || typeof key === "string")),
	][pick]!();
}

test("a library's deterministic CBOR is taken, and of changed bytes only what it would write", () => {
	let taken = 0;
	for (let i = 0; i < 400; i++) {
		const bytes = encode(randomValue(0), rfc8949EncodeOptions);
		cborCheck(bytes);
		for (let j = 0; j < 10; j++) {
			const changed = bytes.slice();
			changed[Math.floor(Math.random() * changed.length)] = Math.floor(Math.random() * 256);
			try {
				cborCheck(changed);
			} catch {
				continue;
			}
			taken++;
			const value = decode(changed, { useMaps: true, strict: true, allowBigInt: true, rejectDuplicateMapKeys: true });
			assert.equal(hex(encode(value, rfc8949EncodeOptions)), hex(changed));
		}
	}
	assert.ok(taken > 100);
});

/* --- Keys ---------------------------------------------------------------------------------- */

test("a key's line is read and written, and a wrong one is named", async () => {
	const line = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
	assert.equal(await keyLine(await parseKeyLine(`${line}\n`)), line);
	for (const [wrong, rule] of [
		["example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.line"],
		["example.com/fo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.line"],
		["example com+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.name"],
		["example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2", "key.line"],
		["example.com/foo+530d903a", "key.line"],
		["example.com/foo+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.line"],
		["+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "key.name"],
		["x+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "key.public"],
	] as const)
		assert.equal(await ruleOf(() => parseKeyLine(wrong)), rule, wrong);
});

test("the thumbprint of a key is that of RFC 9679", async () => {
	/* Its section 5.6 has a P-256 key and the SHA-256 of its required members. */
	const x = fromHex("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d")!;
	const y = fromHex("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c")!;
	const id = await keyId(publicKey("es256", concat(x, y), "x"));
	assert.equal(hex(id), "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec");
});

interface Wycheproof {
	testGroups: { publicKey: { pk?: string; uncompressed?: string }; tests: { tcId: number; msg: string; sig: string; result: string; flags: string[] }[] }[];
}

function wycheproof(name: string): Wycheproof {
	return vectorJson("wycheproof", "testvectors_v1", `${name}.json`);
}

test("Wycheproof's Ed25519 signatures", needsVectors, async () => {
	let count = 0;
	for (const group of wycheproof("ed25519_test").testGroups) {
		const key = publicKey("ed25519", fromHex(group.publicKey.pk!)!, "x");
		for (const t of group.tests) {
			count++;
			assert.equal(await verifySignature(key, fromHex(t.msg)!, fromHex(t.sig)!), t.result === "valid", `${t.tcId}`);
		}
	}
	assert.ok(count > 100);
});

test("Wycheproof's ES256 signatures, with s in the lower half alone", needsVectors, async () => {
	let count = 0, high = 0;
	for (const group of wycheproof("ecdsa_secp256r1_sha256_p1363_test").testGroups) {
		const key = publicKey("es256", fromHex(group.publicKey.uncompressed!)!.slice(1), "x");
		for (const t of group.tests) {
			const signature = fromHex(t.sig)!, s = BigInt(`0x0${hex(signature.slice(32))}`);
			const isHigh = s > p256Order / 2n, due = t.result === "valid" && !isHigh;
			assert.equal(await verifySignature(key, fromHex(t.msg)!, signature), due, `${t.tcId}`);
			if (t.result === "valid" && isHigh) {
				const low = concat(signature.slice(0, 32), bigEndian(p256Order - s));
				assert.equal(await verifySignature(key, fromHex(t.msg)!, low), true, `${t.tcId} turned over`);
				high++;
			}
			count++;
		}
	}
	assert.ok(count > 200 && high > 20);
});

test("points of small order, and what is written for them, sign nothing", async () => {
	for (const y of ["00".repeat(32), `01${"00".repeat(31)}`, `ec${"ff".repeat(30)}7f`, `ed${"ff".repeat(30)}7f`,
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", `01${"00".repeat(30)}80`])
		assert.equal(await ruleOf(() => publicKey("ed25519", fromHex(y)!, "x")), "key.public");
	const key = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
	const raw = new Uint8Array(await crypto.subtle.exportKey("raw", key.publicKey)), message = utf8("m");
	const good = new Uint8Array(await crypto.subtle.sign("Ed25519", key.privateKey, message));
	assert.equal(await verifySignature(publicKey("ed25519", raw, "x"), message, good), true);
	assert.equal(await verifySignature(publicKey("ed25519", raw, "x"), message, concat(fromHex(`01${"00".repeat(31)}`)!, good.slice(32))), false);
	assert.equal(await verifySignature(publicKey("ed25519", raw, "x"), message, good.slice(0, 63)), false);
});

/* --- Trees --------------------------------------------------------------------------------- */

/* RFC 9162 section 2.1, straight from its definition. */
async function rootOf(leaves: Uint8Array[]): Promise<Uint8Array> {
	if (leaves.length === 1)
		return leafHash(leaves[0]!);
	let k = 1;
	while (2 * k < leaves.length)
		k *= 2;
	return nodeHash(await rootOf(leaves.slice(0, k)), await rootOf(leaves.slice(k)));
}

async function pathOf(index: number, leaves: Uint8Array[]): Promise<Uint8Array[]> {
	if (leaves.length === 1)
		return [];
	let k = 1;
	while (2 * k < leaves.length)
		k *= 2;
	return index < k ? [...(await pathOf(index, leaves.slice(0, k))), await rootOf(leaves.slice(k))]
		: [...(await pathOf(index - k, leaves.slice(k))), await rootOf(leaves.slice(0, k))];
}

async function subproof(m: number, leaves: Uint8Array[], isWhole: boolean): Promise<Uint8Array[]> {
	if (m === leaves.length)
		return isWhole ? [] : [await rootOf(leaves)];
	let k = 1;
	while (2 * k < leaves.length)
		k *= 2;
	return m <= k ? [...(await subproof(m, leaves.slice(0, k), isWhole)), await rootOf(leaves.slice(k))]
		: [...(await subproof(m - k, leaves.slice(k), false)), await rootOf(leaves.slice(0, k))];
}

test("every path in every tree up to 17 leaves, and none that is changed", async () => {
	const leaves = Array.from({ length: 17 }, (_, i) => utf8(`leaf ${i}`));
	for (let size = 1; size <= leaves.length; size++) {
		const grown = leaves.slice(0, size), tree = { size: BigInt(size), root: await rootOf(grown) };
		for (let index = 0; index < size; index++) {
			const leaf = await leafHash(grown[index]!), path = await pathOf(index, grown);
			await verifyInclusion(leaf, BigInt(index), tree, path);
			assert.equal(await ruleOf(() => verifyInclusion(leaf, BigInt(index), tree, [...path, leaf])), "log.proof-length");
			if (path.length > 0) {
				assert.equal(await ruleOf(() => verifyInclusion(leaf, BigInt(index), tree, path.slice(1))), "log.proof-length");
				assert.equal(await ruleOf(() => verifyInclusion(leaf, BigInt(index), tree, [leaf, ...path.slice(1)])), "log.proof-root");
			}
		}
		for (let old = 1; old <= size; old++) {
			const earlier = { size: BigInt(old), root: await rootOf(leaves.slice(0, old)) };
			await verifyConsistency(earlier, tree, await subproof(old, grown, true));
		}
	}
	assert.equal(await ruleOf(() => inclusionRoot(leaves[0]!, 3n, 3n, [])), "log.proof-index");
});

interface Path {
	leafIdx: number; treeSize: number; root: string; leafHash: string;
	size1: number; size2: number; root1: string; root2: string;
	proof: string[] | null; wantErr: boolean; desc: string;
}

function* merkleVectors(what: string): Generator<Path> {
	for (const file of readdirSync(vectorPath("merkle", "testdata", what), { recursive: true }) as string[])
		if (file.endsWith(".json"))
			yield vectorJson<Path>("merkle", "testdata", join(what, file));
}

const hashes = (of: string[] | null) => (of ?? []).map((hash) => fromBase64(hash)!);

test("other people's inclusion proofs, good and broken", needsVectors, async () => {
	let count = 0;
	for (const v of merkleVectors("inclusion")) {
		const leaf = fromBase64(v.leafHash ?? "")!, root = fromBase64(v.root ?? "")!;
		if (leaf.length !== 32 || root.length !== 32)
			continue; /* no hash here */
		const rule = await ruleOf(() => verifyInclusion(leaf, BigInt(v.leafIdx), { size: BigInt(v.treeSize), root }, hashes(v.proof)));
		assert.equal(rule !== "", v.wantErr, JSON.stringify(v));
		count++;
	}
	assert.ok(count > 20);
});

test("other people's consistency proofs, good and broken", needsVectors, async () => {
	let count = 0;
	for (const v of merkleVectors("consistency")) {
		const root1 = fromBase64(v.root1 ?? "")!, root2 = fromBase64(v.root2 ?? "")!;
		/* Every tree extends the one of no leaves, which they ask nothing of; and no hash is of another size. */
		if (v.size1 === 0 || root1.length !== 32 || root2.length !== 32)
			continue;
		const rule = await ruleOf(() => verifyConsistency({ size: BigInt(v.size1), root: root1 }, { size: BigInt(v.size2), root: root2 }, hashes(v.proof)));
		assert.equal(rule !== "", v.wantErr, JSON.stringify(v));
		count++;
	}
	assert.ok(count > 20);
});

/* --- Notes, policies, proofs ----------------------------------------------------------------- */

test("a signed note, a log's checkpoints and a witness's cosignature of other people", needsVectors, async () => {
	const key = await parseKeyLine(textOf(vector("tlog", "note-example.vkey"))!.trim());
	const note = vector("tlog", "note-example.txt");
	assert.equal(await isSignedBy(parseNote(note), key), true);
	for (let at = 0; at < note.length; at++) {
		const changed = note.slice();
		changed[at]! ^= 1;
		assert.notEqual(await ruleOf(async () => assert.ok(!(await isSignedBy(parseNote(changed), key)))) || "unsigned", "");
	}
	const log = await parseKeyLine(textOf(vector("tlog", "tessera-log", "log.vkey"))!.trim());
	for (let size = 0; size <= 15; size++)
		assert.equal((await openCheckpoint(vector("tlog", "tessera-log", `checkpoint.${size}`), log)).size, BigInt(size));
	const witness = await parseCosignerLine("witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN");
	const cosigned = parseNote(vector("tlog", "sunlight", "witness", "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706", "checkpoint"));
	assert.equal(await cosignedAt(cosigned, witness), 0x69546780);
});

test("malformed notes are refused by name", async () => {
	for (const [text, rule] of [
		["a\n", "note.separator"],
		["a\r\n\n", "note.control"],
		["a\tb\n\n", "note.control"],
		["a\n\n— x AAAAAAA=", "note.signature"],
		["a\n\n— x AAAAAA==\n", "note.signature"],
		["a\n\n- x AAAAAAAA\n", "note.signature"],
		["a\n\n— x AAAAAAB=\n", "note.signature"],
		["a\n\n— x+y AAAAAAAA\n", "note.signature"],
		["a\n\n" + "— x AAAAAAAA\n".repeat(65), "note.too-many-signatures"],
	] as const)
		assert.equal(await ruleOf(() => parseNote(utf8(text))), rule, text);
	assert.equal(parseNote(utf8("a\n\nb\n\n— x AAAAAAAA\n")).text, "a\n\nb\n");
	assert.equal(await ruleOf(() => parseNote(Uint8Array.of(0xff, 10, 10))), "note.utf8");
});

const logLine = "log example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n";
const witnessLine = "witness W witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN http://w\n";

test("policies are read, and malformed ones refused by name and line", async () => {
	const policy = await parsePolicy(utf8(`# of nobody\n\n${logLine}${witnessLine}group g any W\nquorum g\n`));
	assert.equal(policy.logs.length, 1);
	assert.equal(policy.quorum!.name, "g");
	for (const [text, rule] of [
		[logLine, "policy.quorum"],
		[`${logLine}${logLine}quorum none\n`, "policy.duplicate"],
		[`${witnessLine}${witnessLine}quorum none\n`, "policy.name"],
		[`${witnessLine}${witnessLine.replace(" W ", " V ")}quorum none\n`, "policy.duplicate"],
		[`${witnessLine}group g 2 W\nquorum g\n`, "policy.threshold"],
		[`${witnessLine}group g any W\ngroup h any W\nquorum g\n`, "policy.reference"],
		["group g any W\nquorum g\n", "policy.reference"],
		["quorum none\nquorum none\n", "policy.quorum"],
		["quorum none", "policy.line"],
		["quorum none\r\n", "policy.character"],
		["constructor x\nquorum none\n", "policy.line"],
		[`${logLine.replace("log ", "witness W ")}quorum none\n`, "key.line"],
	] as const)
		assert.equal(await ruleOf(() => parsePolicy(utf8(text))), rule, text);
});

test("malformed proofs are refused by name", async () => {
	const start = "c2sp.org/tlog-proof@v1\n", hash = base64(new Uint8Array(32));
	for (const [text, rule] of [
		["", "proof.header"],
		["c2sp.org/tlog-proof@v1\r\n", "proof.header"],
		[`${start}index 01\n\n`, "proof.index"],
		[`${start}extra !\nindex 1\n\n`, "proof.header"],
		[`${start}index 1\n${hash}\n`, "proof.hash"],
		[`${start}index 1\nAAAA\n\n`, "proof.hash"],
		[`${start}index 1\n${`${hash}\n`.repeat(64)}\n`, "proof.too-long"],
	] as const)
		assert.equal(await ruleOf(() => parseProof(utf8(text))), rule, text);
	const proof = parseProof(utf8(`${start}extra AAAA\nindex 7\n${hash}\n\nx\n`));
	assert.equal(proof.index, 7n);
	assert.equal(textOf(proof.checkpoint), "x\n");
});

/* --- Messages of COSE ------------------------------------------------------------------------ */

test("receipts of the draft are refused for the order of their labels, as everywhere here", needsVectors, async () => {
	const key = publicKey("es256", new Uint8Array(64).fill(7), "x");
	for (const name of ["inclusion-receipt.cbor", "consistency-receipt.cbor"])
		assert.match(await ruleOf(() => verifyReceipt(vector("receipts", name), utf8("entry"), key)), /^(cbor\.key-order|receipt\.malformed)$/);
});

test("what is signed is what COSE's examples sign", needsVectors, async () => {
	interface Example { intermediates: { ToBeSign_hex: string }; output: { cbor: string } }
	const example = vectorJson<Example>("cose", "sign1-tests", "sign-pass-01.json");
	const r = new CborReader(fromHex(example.output.cbor.toLowerCase())!);
	r.tag(18n);
	r.array();
	r.bytes();
	r.anything();
	const payload = r.bytes();
	/* Its protected header is the empty map, and stands for nothing. */
	assert.equal(hex(sigStructure(new Uint8Array(), payload)), example.intermediates.ToBeSign_hex.toLowerCase());
});

async function signedBy(pair: CryptoKeyPair, raw: Uint8Array, change: (parts: Uint8Array[]) => Uint8Array[] = (parts) => parts): Promise<Uint8Array> {
	const key = publicKey("ed25519", raw, "ada");
	const parts = change([
		cbor.int(1), cbor.int(-8), cbor.int(3), cbor.text("application/vnd.proviso.approval+cbor"),
		cbor.int(4), cbor.bytes(await keyId(key)),
		cbor.int(15), cbor.map(cbor.int(1), cbor.text("ada"), cbor.int(2), cbor.text("log.example"), cbor.int(6), cbor.int(1700000000)),
	]);
	const header = cbor.map(...parts), payload = cbor.map(cbor.int(1), cbor.bytes(new Uint8Array(32)));
	const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, sigStructure(header, payload));
	return encodeSign1(header, payload, new Uint8Array(signature));
}

function replaced(parts: Uint8Array[], at: number, by: Uint8Array): Uint8Array[] {
	return parts.map((part, i) => (i === at ? by : part));
}

test("a header with more, less or other than a record's is refused although it is signed", async () => {
	const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
	const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
	const record = await decodeRecord(await signedBy(pair, raw));
	await verifySign1(record.cose!, { key: publicKey("ed25519", raw, "ada") });
	await verifySign1(record.cose!, { key: publicKey("ed25519", raw, "ada"), until: 1700000001 });
	assert.equal(await ruleOf(() => verifySign1(record.cose!, { key: publicKey("ed25519", raw, "ben") })), "record.other-issuer");
	assert.equal(await ruleOf(() => verifySign1(record.cose!, { key: publicKey("ed25519", raw, "ada"), until: 1700000000 })), "record.key-expired");
	assert.equal(await ruleOf(() => verifySign1(record.cose!, { key: publicKey("ed25519", raw, "ada"), passkey: { rpId: "x", origin: "https://x" } })), "cose.wrong-key");
	for (const [change, rule] of [
		[(p: Uint8Array[]) => p.slice(2), "cose.header"],
		[(p: Uint8Array[]) => [...p, cbor.int(16), cbor.text("x")], "cose.header"],
		[(p: Uint8Array[]) => replaced(p, 1, cbor.int(-257)), "cose.algorithm"],
		[(p: Uint8Array[]) => [...p.slice(0, 2), cbor.int(2), cbor.array(cbor.int(3)), ...p.slice(2)], "cose.critical"],
		[(p: Uint8Array[]) => replaced(p, 3, cbor.text("application/vnd.proviso.other+cbor")), "record.kind"],
		[(p: Uint8Array[]) => replaced(p, 3, cbor.text("application/vnd.proviso.lease+cbor")), "record.entry-as-signed"],
		[(p: Uint8Array[]) => replaced(p, 1, cbor.int(-65808)), "passkey.assertion"],
	] as const) {
		const changed = await signedBy(pair, raw, change);
		/* 64 bytes that are to be an assertion are some other CBOR, or none. */
		assert.equal((await ruleOf(() => decodeRecord(changed))).replace(/^cbor\..*/, "passkey.assertion"), rule);
	}
});

test("what is none of all this is said to be so", async () => {
	const trust = { authority: await parseKeyLine("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k") };
	for (const [bytes, rule] of [
		[new Uint8Array(), "note.separator"],
		[Uint8Array.of(0xff), "verify.unknown"],
		[utf8("%PDF-1.7\n"), "note.separator"],
		[fromHex("83")!, "cbor.truncated"],
		[fromHex("82")!, "cbor.truncated"],
		[fromHex("d1")!, "cose.tag"],
	] as const)
		assert.equal(await ruleOf(() => verify(bytes, trust)), rule, hex(bytes));
	assert.ok(equal(Uint8Array.of(1), Uint8Array.of(1)));
});
