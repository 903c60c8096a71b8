import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { IntlMessageFormat } from "intl-messageformat";
import { Catalogue, type Messages, loadCatalogue } from "../src/format/messages.js";
import { valuesIn } from "../src/format/values.js";

const folder = new URL("../messages/", import.meta.url);
const read = (tag: string) => JSON.parse(readFileSync(new URL(`${tag}.json`, folder), "utf8")) as Messages;
const tags = readdirSync(folder).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));

for (const tag of tags)
	test(`every message in ${tag} is one that scripts can say`, () => {
		const messages = read(tag), catalogue = new Catalogue(tag, messages);
		for (const [key, pattern] of Object.entries(messages)) {
			assert.doesNotThrow(() => IntlMessageFormat.__parse!(pattern, { ignoreTag: true }), `${tag}: ${key}`);
			const said = catalogue.say(key, 2, 3, 4);
			assert.ok(said !== "" && said !== key && !/[{}]|undefined|NaN|Invalid/.test(said), `${tag}: ${key}: ${said}`);
		}
	});

test("arguments are numbered, or named, and plural by the language's own rules", () => {
	const pattern = "{0, plural, zero {z} one {# o} two {t} few {# f} many {# m} other {# x}}";
	const forms = (tag: string) => [0, 1, 2, 5, 11, 100].map((n) => new Catalogue(tag, { k: pattern }).say("k", n)).join(" ");
	assert.equal(forms("en"), "0 x 1 o 2 x 5 x 11 x 100 x");
	assert.equal(forms("he"), "0 x 1 o t 5 x 11 x 100 x");
	assert.equal(new Intl.PluralRules("ar").select(2), "two");
	assert.equal(forms("fr").slice(0, 7), "0 o 1 o");
	const english = new Catalogue("en", {
		named: "{who} of {all, number}", nested: "{0, select, a {{1, plural, one {# thing} other {# things}}} other {none}}",
		quoted: "it''s '{0}' <b>{0}</b>", count: "{0, number}",
	});
	assert.equal(english.say("named", { who: "ada", all: 1234567 }), "ada of 1,234,567");
	assert.equal(english.say("nested", "a", 1), "1 thing");
	assert.equal(english.say("nested", "b", 1), "none");
	assert.equal(english.say("quoted", "<i>"), "it's {0} <b><i></b>");
	assert.equal(english.say("count", "12000"), "12,000");
	assert.equal(english.say("count"), "0");
	assert.equal(english.say("named"), " of 0");
});

test("times are told in UTC, of seconds or of an instant's text", () => {
	const pattern = "{0, date, medium}, {0, time, short} UTC";
	const at = 1772323199; /* 2026-02-28T23:59:59Z */
	assert.equal(new Catalogue("en", { k: pattern }).say("k", at).replace(/\u202f/g, " "), "Feb 28, 2026, 11:59 PM UTC");
	assert.equal(new Catalogue("fr", { k: pattern }).say("k", "2026-02-28T23:59:59Z"), "28 févr. 2026, 23:59 UTC");
	assert.equal(new Catalogue("en", { k: "{0, date}" }).say("k", at), "Feb 28, 2026");
	assert.equal(new Catalogue("en", { k: "{0, date, long}" }).say("k", 0), "January 1, 1970");
});

test("what a language lacks is said in English, and what nothing has by its key", async () => {
	const fetched: string[] = [];
	const catalogue = await loadCatalogue("he", async (tag) => {
		fetched.push(tag);
		return tag === "en" ? { a: "A", b: "{0, plural, one {one} other {many}}", c: "C" } : { a: "א", c: "{broken" };
	});
	assert.deepEqual(fetched, ["en", "he"]);
	assert.deepEqual(["a", "b", "c", "d", "constructor"].map((key) => catalogue.say(key, 1)), ["א", "one", "C", "d", "constructor"]);
	assert.deepEqual(["a", "b", "d", "toString"].map((key) => catalogue.has(key)), [true, true, false, false]);
});

test("values are told in the reader's language", () => {
	const en = valuesIn("en"), fr = valuesIn("fr"), es = valuesIn("es");
	assert.equal(en.number(1234567), "1,234,567");
	assert.equal(es.number(1234567), "1.234.567");
	assert.equal(en.day(0), "January 1, 1970");
	assert.match(fr.instant(0), /1 janv\. 1970.*00:00:00 UTC/);
	assert.deepEqual([90, -30, 0, 86400, -172800, 40 * 86400, 800 * 86400].map((d) => en.until(1000 + d, 1000)),
		["in 1 minute", "30 seconds ago", "now", "tomorrow", "2 days ago", "next month", "in 2 years"]);
	assert.deepEqual([0, 59, 60, 3661, 90061, -5].map(en.duration), ["0 sec", "59 sec", "1 min", "1 hr 1 min", "1 day 1 hr", "0 sec"]);
	assert.deepEqual(["IL", "XR", "il", "country"].map(en.country), ["Israel", "XR", "il", "country"]);
	assert.equal(valuesIn("he").country("IL"), "ישראל");
	assert.equal(en.list(["a", "b", "c"]), "a, b, and c");
	assert.deepEqual([0, 999, 61440, 2_500_000].map(en.bytes), ["0 byte", "999 byte", "61.4 kB", "2.5 MB"]);
});
