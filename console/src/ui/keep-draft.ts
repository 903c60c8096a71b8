// Drafts that the service keeps: put there from a form, asked to be read, thrown away.
import { ask, wordsOf } from "./dom.js";
import { collect } from "./form.js";
import { say } from "./words.js";

/** "application.3fa2b1c0": of a kind, and no other draft's. */
function newName(kind: string): string {
	const random = crypto.getRandomValues(new Uint8Array(4));
	return `${kind}.${[...random].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
}

/** Papers hold no characters that turn the text after them; within JSON they can be written otherwise. */
function escaped(json: string): string {
	return json.replace(/[\u2028-\u202e\u2066-\u2069]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}

async function keep(form: HTMLFormElement, name: string, forReview: boolean): Promise<void> {
	const draft = { name, form: escaped(JSON.stringify(collect(form))), ...(forReview ? { review: "asked" } : {}) };
	await ask("/v1/cases/new/papers/draft", {
		method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(draft),
	});
}

function startKeeping(place: HTMLElement): void {
	const form = place.closest("form"), problem = place.querySelector("[data-keep-problem]"), kind = place.dataset["keep"] ?? "";
	if (form === null) return;
	const name = place.dataset["keepName"] || newName(kind);
	const offer = (selector: string, forReview: boolean) => {
		const button = place.querySelector<HTMLButtonElement>(selector);
		if (button === null) return;
		button.disabled = false;
		button.addEventListener("click", () => {
			keep(form, name, forReview).then(
				() => { form.dispatchEvent(new CustomEvent("proviso:kept")); location.assign(`/drafts/${encodeURIComponent(name)}`); },
				async (error: unknown) => { if (problem !== null) problem.textContent = await say("sign.refused", wordsOf(error)); });
		});
	};
	offer("[data-keep-now]", false);
	offer("[data-keep-ask]", true);
	/* What is on the log needs no draft. Another's is his to throw away. */
	if (place.dataset["keepOwn"] === "1")
		form.addEventListener("proviso:sent", () => {
			void fetch(`/v1/cases/new/drafts/${encodeURIComponent(name)}`, {
				method: "DELETE", headers: { "Proviso-Console": "1" }, keepalive: true, credentials: "same-origin",
			});
		});
}

function startDropping(form: HTMLFormElement): void {
	const button = form.querySelector<HTMLButtonElement>("[data-throw-now]"), problem = form.querySelector("[data-problem]");
	if (button === null) return;
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		button.disabled = true;
		try {
			await ask(form.dataset["throw"] ?? "", { method: "DELETE" });
			location.reload();
		} catch (error) {
			if (problem !== null) problem.textContent = await say("sign.refused", wordsOf(error));
			button.disabled = false;
		}
	});
	button.disabled = false;
}

export function startServerDrafts(): void {
	for (const place of document.querySelectorAll<HTMLElement>("[data-keep]")) startKeeping(place);
	for (const form of document.querySelectorAll<HTMLFormElement>("form[data-throw]")) startDropping(form);
}
