/* page: the modules of a page, given to tests in a browser (tests/console/test_modules.py). */
import { worldMap } from "../src/charts/map.js";
import { build } from "../src/charts/tree.js";
import { fillForm, keepDraft, localDrafts } from "../src/draft/draft.js";
import { Keys, listen, moveFocus } from "../src/keys/keys.js";
import { Pages, cursorPages } from "../src/list/pages.js";
import { VirtualTable } from "../src/list/virtual.js";
import { CommandPalette, opensPalette } from "../src/palette/palette.js";
import { browserAuthenticator } from "../src/sign/authenticator.js";
import { createPasskey } from "../src/sign/create.js";
import { verifyAssertion } from "../src/verify/passkey.js";

const ROWS = 100000, LIMIT = 1000;
const did: string[] = [];

/* As a service pages: each page names the one behind it. */
const source = cursorPages<number>(LIMIT, async (after, limit) => {
	const from = Number(after ?? 0);
	return { items: Array.from({ length: limit }, (_, i) => from + i), next: from + limit < ROWS ? String(from + limit) : null };
});

function system(row: number): (string | Node)[] {
	const link = document.createElement("a");
	link.href = `#${row}`;
	link.append(`System ${row}`);
	return [link, "licensed"];
}

function list(): VirtualTable<number> {
	return new VirtualTable({
		host: document.getElementById("list")!, label: "Systems", columns: ["System", "State"], total: ROWS, rowHeight: 32,
		pages: new Pages(source), cells: system, waiting: "…", failed: String, open: (row) => did.push(`open ${row}`),
		shown: (from, to, total) => `Rows ${from} to ${to} of ${total}`,
	});
}

function palette(): CommandPalette {
	return new CommandPalette({
		commands: () => [{ label: "Systems", run: () => did.push("systems") }, { label: "Measures in force", hint: "g m", run: () => did.push("measures") }],
		look: async (query) => [{ label: `A record of ${query}`, run: () => did.push(`record ${query}`) }],
		words: { label: "Commands", placeholder: "What next?", none: "Nothing fits", found: (count) => `${count} fit` },
	});
}

function map(): void {
	const words = { disconnected: "disconnected", suspended: "suspended", restricted: "restricted", licensed: "licensed" };
	document.getElementById("map")!.append(build(worldMap({
		id: "world", title: "Systems", description: "By country and state", heading: "Country", total: "All", words,
		systems: [{ country: "BR", licensed: 2 }, { country: "IL", suspended: 1 }, { country: "XR", disconnected: 3 }],
		nameOf: (code) => `the ${code}`, format: String, href: (code) => `#${code}`, rightToLeft: false,
	})));
}

/* A passkey is made, and signs twice: asked for by its id, and found by the browser. */
async function passkey(): Promise<object> {
	const rpId = "localhost", made = await createPasskey("ada", rpId);
	const challenge = crypto.getRandomValues(new Uint8Array(32)), where = { key: made.key, rpId, origin: location.origin };
	for (const id of [{ id: made.credentialId }, {}])
		await verifyAssertion(where, challenge, await browserAuthenticator.sign({ ...id, algorithm: made.key.algorithm, rpId }, challenge));
	return { algorithm: made.key.algorithm, fields: made.fields };
}

const drafts = localDrafts(), form = document.querySelector("form")!;
let sent = () => {};

function draft(): string[] {
	const told: string[] = [], kept = drafts.get("report/1");
	if (kept !== undefined)
		fillForm(form, kept.values);
	sent = keepDraft(form, drafts, "report/1", ["secret"], (isKept) => told.push(String(isKept)));
	return told;
}

const commands = palette();
listen(new Keys({
	"/": () => did.push("search"), j: () => moveFocus("#links a", 1), k: () => moveFocus("#links a", -1), "g s": () => did.push("go"),
}));
document.addEventListener("keydown", (event) => {
	if (opensPalette(event)) {
		event.preventDefault();
		commands.open();
	}
});
list();
map();
Object.assign(window, { did, told: draft(), passkey, sent: () => sent() });
