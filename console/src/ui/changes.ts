// What changed between definitions and those before them, word by word.
import { build } from "../charts/tree.js";
import { shownDiff } from "../diff/show.js";
import { diffWords } from "../diff/words.js";
import { element } from "./dom.js";
import { language, words } from "./words.js";

function textsOf(article: Element, label: string): string[] {
	return [...article.querySelectorAll(`[data-diff="${CSS.escape(label)}"] [data-text]`)].map((at) => at.textContent ?? "");
}

async function show(now: Element, before: Element): Promise<void> {
	const says = await words();
	const marks = { added: says.say("diff.added"), removed: says.say("diff.removed"), end: says.say("diff.end") };
	for (const purpose of now.querySelectorAll<HTMLElement>("[data-diff]")) {
		const old = textsOf(before, purpose.dataset["diff"] ?? "");
		[...purpose.querySelectorAll("[data-text]")].forEach((at, i) => {
			const parts = shownDiff(diffWords(old[i] ?? "", at.textContent ?? "", language), marks);
			at.replaceChildren(...parts.map((part) => (typeof part === "string" ? part : build(part))));
		});
	}
}

export async function startChanges(): Promise<void> {
	const articles = [...document.querySelectorAll<HTMLElement>("article.definitions")], says = await words();
	articles.forEach((now, i) => {
		const before = articles[i + 1];
		if (before === undefined) return;
		const button = element("button", { type: "button", "data-changes": "" }, says.say("definitions.changes"));
		button.addEventListener("click", () => { button.disabled = true; void show(now, before.cloneNode(true) as Element); });
		now.querySelector(".actions")?.prepend(button);
	});
}
