/* Reports to the inbox. That the C opens them and answers: tests/cli/test_inbox.py. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { base64url, fromBase64url, hex } from "../src/bytes.js";
import { bytesLeft, codeOf, idOf, newSecret, openAnswer, sealReport, secretOf } from "../src/report/report.js";
import { WRAP_MAX } from "../src/report/wrap.js";
import { keyOf, makeSoftwarePasskey } from "../src/sign/software.js";
import { Fault } from "../src/verify/fault.js";

const where = { name: "log.example/inbox", rpId: "x", origin: "https://x" };

async function ruleOf(body: () => Promise<unknown>): Promise<string> {
	try {
		await body();
		return "";
	} catch (fault) {
		assert.ok(fault instanceof Fault, String(fault));
		return fault.rule;
	}
}

test("a code is read as people type it, and another is another", () => {
	for (let i = 0; i < 200; i++) {
		const secret = newSecret(), code = codeOf(secret);
		assert.match(code, /^([0-9a-hjkmnp-tv-z]{5}-){5}[0-9a-hjkmnp-tv-z]$/);
		for (const typed of [code, code.toUpperCase(), code.replace(/-/g, " "), code.replace(/0/g, "o").replace(/1/g, "L")])
			assert.equal(hex(secretOf(typed)!), hex(secret), typed);
	}
	assert.equal(codeOf(new Uint8Array(16)), "00000-00000-00000-00000-00000-0");
	assert.equal(codeOf(new Uint8Array(16).fill(255)), "zzzzz-zzzzz-zzzzz-zzzzz-zzzzz-w");
	for (const wrong of ["", "00000", "00000-00000-00000-00000-00000-1", "u0000-00000-00000-00000-00000-0", `${codeOf(newSecret())}0`])
		assert.equal(secretOf(wrong), undefined, wrong);
});

test("the length of what is sent says little of what was written", async () => {
	const inbox = keyOf(await makeSoftwarePasskey("es256", where));
	const lengths = new Set<number>();
	for (let i = 0; i < 40; i++)
		lengths.add(fromBase64url((await sealReport(inbox, { allegation: "x".repeat(20 * i) }, newSecret())).message)!.length);
	assert.equal(lengths.size, 1);
	const secret = newSecret(), [one, two] = [await sealReport(inbox, { a: "b" }, secret), await sealReport(inbox, { a: "b" }, secret)];
	assert.equal(one.id, await idOf(secret));
	assert.notEqual(one.message, two.message);
});

test("what cannot be sent is refused before it is", async () => {
	const inbox = keyOf(await makeSoftwarePasskey("es256", where)), other = keyOf(await makeSoftwarePasskey("ed25519", where));
	const most = { allegation: "é".repeat(Math.floor((WRAP_MAX - 1200) / 2)) };
	assert.ok(bytesLeft(most) >= 0);
	await sealReport(inbox, most, newSecret());
	assert.equal(await ruleOf(() => sealReport(inbox, { allegation: "x".repeat(WRAP_MAX) }, newSecret())), "inbox.message");
	assert.equal(await ruleOf(() => sealReport(inbox, { code: "x" }, newSecret())), "inbox.message");
	assert.equal(await ruleOf(() => sealReport(other, { a: "x" }, newSecret())), "key.algorithm");
});

test("an answer that is not for this code is none", async () => {
	const followed = (answer: string | null) => ({ state: "answered" as const, received: "", answer });
	assert.equal(await openAnswer(followed(null), newSecret()), undefined);
	assert.equal(await ruleOf(() => openAnswer(followed(base64url(new Uint8Array(40))), newSecret())), "inbox.answer");
	assert.equal(await ruleOf(() => openAnswer(followed(base64url(new Uint8Array(4))), newSecret())), "inbox.answer");
	assert.equal(await ruleOf(() => openAnswer(followed("a b"), newSecret())), "inbox.answer");
});
