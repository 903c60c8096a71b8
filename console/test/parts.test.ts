/* The logic of the small parts: diff, long lists, palette, drafts, keys. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markup } from "../src/charts/tree.js";
import { shownDiff } from "../src/diff/show.js";
import { type Part, diffWords } from "../src/diff/words.js";
import { Drafts, type Store } from "../src/draft/draft.js";
import { type Pressed, Keys, moved } from "../src/keys/keys.js";
import { Pages, cursorPages } from "../src/list/pages.js";
import { scrolledTo, target, visible } from "../src/list/window.js";
import { matchAll, matchText } from "../src/palette/match.js";

/* --- Diff ---------------------------------------------------------------------------------- */

const short = (parts: Part[]) => parts.map((part) => `${{ same: "", added: "+", removed: "-" }[part.kind]}${part.text}`).join("|");
const before = (parts: Part[]) => parts.filter((part) => part.kind !== "added").map((part) => part.text).join("");
const after = (parts: Part[]) => parts.filter((part) => part.kind !== "removed").map((part) => part.text).join("");

test("changes are whole words, in any script", () => {
	for (const [a, b, language, due] of [
		["", "", "en", ""],
		["same", "same", "en", "same"],
		["", "new", "en", "+new"],
		["gone", "", "en", "-gone"],
		["To prevent terrorism.", "To prevent or investigate terrorism.", "en", "To prevent |+or investigate |terrorism."],
		["six years of prison", "five years of prison", "en", "-six|+five| years of prison"],
		["a big old house", "a small new house", "en", "a |-big old|+small new| house"],
		["פשע חמור בלבד", "פשע חמור מאוד", "he", "פשע חמור |-בלבד|+מאוד"],
		["جرائم خطيرة", "جرائم إرهابية", "ar", "جرائم |-خطيرة|+إرهابية"],
		["l'été", "l'hiver", "fr", "-l'été|+l'hiver"],
	] as const) {
		const parts = diffWords(a, b, language);
		assert.equal(before(parts), a);
		assert.equal(after(parts), b);
		if (language !== "fr")
			assert.equal(short(parts), due);
	}
});

test("a diff gives both texts back, and says no more than was changed", () => {
	const words = ["a ", "b ", "c "], pick = () => words[Math.floor(Math.random() * 3)]!;
	for (let i = 0; i < 400; i++) {
		const a = Array.from({ length: Math.floor(Math.random() * 12) }, pick), b = Array.from({ length: Math.floor(Math.random() * 12) }, pick);
		const parts = diffWords(a.join(""), b.join(""), "en");
		assert.equal(before(parts), a.join(""), `${a} ${b}`);
		assert.equal(after(parts), b.join(""), `${a} ${b}`);
	}
	const long = Array.from({ length: 3000 }, (_, i) => `w${i} `), other = Array.from({ length: 3000 }, (_, i) => `v${i} `);
	assert.deepEqual(diffWords(long.join(""), other.join(""), "en").map((part) => part.kind), ["removed", "added", "same"]);
	const changed = long.map((word, i) => (i % 500 === 7 ? "x " : word));
	assert.equal(diffWords(long.join(""), changed.join(""), "en").filter((part) => part.kind === "added").length, 6);
});

test("changes are told in words too, and text is never markup", () => {
	const shown = shownDiff(diffWords("a <b>", "a c", "en"), { added: "added: ", removed: "removed: ", end: ". " }).map(markup).join("");
	assert.match(shown, /^a <del><span class="unseen">removed: <\/span>&lt;b&gt;<span class="unseen">\. <\/span><\/del><ins>/);
});

/* --- Long lists ------------------------------------------------------------------------------ */

test("what is seen of a list is in the document, with some more, and nothing beyond its ends", () => {
	const view = { total: 100000, rowHeight: 40, height: 600, top: 0 };
	assert.deepEqual(visible(view, 10), { from: 0, to: 26 });
	assert.deepEqual(visible({ ...view, top: 40 * 5000 + 7 }, 10), { from: 4990, to: 5026 });
	assert.deepEqual(visible({ ...view, top: 40 * 100000 - 600 }, 10), { from: 99975, to: 100000 });
	assert.deepEqual(visible({ ...view, total: 0 }, 10), { from: 0, to: 0 });
	assert.deepEqual(visible({ ...view, total: 3 }, 10), { from: 0, to: 3 });
	assert.deepEqual(visible({ ...view, total: 3, top: 9999 }, 1), { from: 3, to: 3 });
});

test("the keyboard goes through all rows and no further", () => {
	const view = { total: 100, rowHeight: 40, height: 400, top: 0 };
	const goes = (key: string, at: number) => target(key, at, view);
	assert.deepEqual(["ArrowDown", "j", "ArrowUp", "k", "PageDown", "PageUp", "Home", "End", "x", "toString"].map((key) => goes(key, 50)),
		[51, 51, 49, 49, 59, 41, 0, 99, undefined, undefined]);
	assert.deepEqual([goes("k", 0), goes("j", 99), goes("PageUp", 3), goes("PageDown", 95)], [0, 99, 0, 99]);
	assert.equal(target("j", 0, { ...view, total: 0 }), undefined);
	assert.deepEqual([scrolledTo(0, { ...view, top: 90 }), scrolledTo(5, view), scrolledTo(10, view), scrolledTo(99, view)], [0, 0, 40, 3600]);
});

test("pages are fetched when they are looked at, once, and those longest unused make room", async () => {
	const asked: number[] = [];
	const pages = new Pages({
		size: 10,
		page: async (index) => {
			asked.push(index);
			await new Promise((done) => setTimeout(done, 1));
			return Array.from({ length: 10 }, (_, i) => `row ${index * 10 + i}`);
		},
	}, 3);
	assert.equal(pages.row(5), undefined);
	await Promise.all([pages.need(5, 15), pages.need(8, 9), pages.need(0, 20)]);
	assert.deepEqual(asked, [0, 1]);
	assert.deepEqual([pages.row(5), pages.row(19), pages.row(20)], ["row 5", "row 19", undefined]);
	assert.equal(await pages.need(0, 20), false);
	await pages.need(30, 31);
	await pages.need(0, 10);
	await pages.need(40, 41);
	assert.deepEqual(asked, [0, 1, 3, 4]);
	assert.deepEqual([pages.row(0), pages.row(10), pages.row(30), pages.row(40)], ["row 0", undefined, "row 30", "row 40"]);
	pages.forget();
	assert.equal(pages.row(0), undefined);
});

test("a failure is told and asked for again", async () => {
	let fails = true;
	const pages = new Pages({ size: 2, page: async (index) => (fails ? Promise.reject(new Error("away")) : [index]) });
	await assert.rejects(pages.need(0, 1), /away/);
	fails = false;
	assert.equal(await pages.need(0, 1), true);
	assert.equal(pages.row(0), 0);
});

test("a service that pages by cursors gives any page, each once", async () => {
	const asked: (string | undefined)[] = [];
	const source = cursorPages(3, async (after, limit) => {
		asked.push(after);
		const from = after === undefined ? 0 : Number(after) + 1;
		const items = Array.from({ length: Math.min(limit, 8 - from) }, (_, i) => from + i);
		return { items, next: from + limit < 8 ? String(from + limit - 1) : null };
	});
	const [third, first] = await Promise.all([source.page(2), source.page(0)]);
	assert.deepEqual([third, first], [[6, 7], [0, 1, 2]]);
	assert.deepEqual(await source.page(1), [3, 4, 5]);
	assert.deepEqual(asked, [undefined, "2", "5"]);
	assert.deepEqual(await source.page(9), []);
	assert.deepEqual(await source.page(1), [3, 4, 5]);
	assert.deepEqual(asked, [undefined, "2", "5", "2"]);
});

/* --- Palette --------------------------------------------------------------------------------- */

test("commands are found by their letters, the beginnings of words first", () => {
	const labels = ["Propose a measure", "Measures in force", "Systems", "Sign in", "Search", "Éléments", "מערכות"];
	const found = (query: string) => matchAll(query, labels, (label) => label, 3).map((match) => match.item);
	assert.deepEqual(found("mea"), ["Measures in force", "Propose a measure"]);
	assert.equal(found("pm")[0], "Propose a measure");
	assert.equal(found("mif")[0], "Measures in force");
	assert.equal(found("SI")[0], "Sign in");
	assert.deepEqual(found("ele"), ["Éléments"]);
	assert.deepEqual(found("מע"), ["מערכות"]);
	assert.deepEqual(found("zzz"), []);
	assert.deepEqual(found(""), labels.slice(0, 3));
	assert.deepEqual(matchText("sys", "My systems")!.marks, [3, 4, 5]);
	assert.deepEqual(matchText("ms", "Measures and systems")!.marks, [0, 13]);
	assert.equal(matchText("sm", "ms"), undefined);
});

/* --- Drafts ---------------------------------------------------------------------------------- */

function storeOf(room: number): Store & { kept: Map<string, string> } {
	const kept = new Map<string, string>();
	return {
		kept,
		getItem: (key) => kept.get(key) ?? null,
		setItem: (key, value) => {
			if ([...kept].reduce((sum, [k, v]) => sum + (k === key ? 0 : v.length), value.length) > room)
				throw new DOMException("full", "QuotaExceededError");
			kept.set(key, value);
		},
		removeItem: (key) => void kept.delete(key),
		key: (index) => [...kept.keys()][index] ?? null,
		get length() { return kept.size; },
	};
}

test("what was typed is there again, of its own form, until it is sent or too old", () => {
	let now = 1000;
	const store = storeOf(1e6), drafts = new Drafts(store, () => now);
	assert.equal(drafts.keep("measure/1", { reason: "Two findings", "provisos": ["a", ""] }), true);
	now++;
	drafts.keep("measure/2", { reason: "Another" });
	assert.deepEqual(drafts.get("measure/1"), { values: { reason: "Two findings", provisos: ["a", ""] }, at: 1000 });
	assert.deepEqual(drafts.list(), [{ name: "measure/2", at: 1001 }, { name: "measure/1", at: 1000 }]);
	drafts.keep("measure/2", { reason: "", more: ["", ""] });
	assert.equal(drafts.get("measure/2"), undefined);
	now += 31 * 86400;
	assert.equal(drafts.get("measure/1"), undefined);
	assert.equal(store.kept.size, 0);
});

test("a full, broken or missing store is told, and loses no newer draft", () => {
	let now = 0;
	const store = storeOf(300), drafts = new Drafts(store, () => ++now);
	for (let i = 0; i < 6; i++)
		assert.equal(drafts.keep(`form/${i}`, { text: "x".repeat(40) }), true);
	assert.deepEqual(drafts.list().map((draft) => draft.name).slice(0, 2), ["form/5", "form/4"]);
	assert.equal(drafts.get("form/0"), undefined);
	assert.equal(drafts.keep("large", { text: "x".repeat(1000) }), false);
	store.kept.set("proviso.draft.broken", "{");
	store.kept.set("proviso.draft.other", '{"values":1,"at":"x"}');
	assert.equal(drafts.get("broken") ?? drafts.get("other"), undefined);
	const none = new Drafts({ ...store, setItem: () => { throw new Error("denied"); }, getItem: () => { throw new Error("denied"); } }, () => 0);
	assert.equal(none.keep("a", { b: "c" }), false);
	assert.equal(none.get("a"), undefined);
});

/* --- Keys ------------------------------------------------------------------------------------ */

function pressed(key: string, more: Partial<Pressed> = {}): Pressed & { taken: boolean } {
	return {
		key, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, defaultPrevented: false, timeStamp: 0, target: null,
		taken: false, preventDefault() { this.taken = true; }, ...more,
	} as Pressed & { taken: boolean };
}

test("keys do what they are bound to, also two behind one another, and nothing while somebody writes", () => {
	const did: string[] = [];
	let off = false;
	const keys = new Keys(Object.fromEntries(["j", "/", "s", "g s", "g m"].map((name) => [name, () => did.push(name)])), () => off);
	for (const key of ["j", "/", "x", "g", "s", "g", "x", "s"])
		keys.press(pressed(key));
	assert.deepEqual(did.splice(0), ["j", "/", "g s", "s"]);
	keys.press(pressed("g", { timeStamp: 0 }));
	keys.press(pressed("s", { timeStamp: 5000 }));
	assert.deepEqual(did.splice(0), ["s"]);
	const field = { closest: () => ({}) } as unknown as EventTarget;
	for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { isComposing: true }, { defaultPrevented: true }, { target: field }])
		assert.equal(keys.press(pressed("j", more)), false);
	keys.press(pressed("g"));
	keys.press(pressed("j", { ctrlKey: true }));
	keys.press(pressed("m"));
	off = true;
	assert.equal(keys.press(pressed("j")), false);
	assert.deepEqual(did, []);
	off = false;
	const slash = pressed("/");
	assert.equal(keys.press(slash) && slash.taken, true);
	assert.equal(keys.press(pressed("constructor")), false);
});

test("j and k move from where one is, and stop at the ends", () => {
	const items = ["a", "b", "c"];
	assert.deepEqual([moved(items, undefined, 1), moved(items, undefined, -1), moved(items, "a", 1), moved(items, "a", -1), moved(items, "c", 1)],
		["a", "c", "b", "a", "c"]);
	assert.equal(moved([], undefined, 1), undefined);
});
