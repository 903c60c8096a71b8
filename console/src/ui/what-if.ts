// What a restriction would do, before anybody proposes it.
import { ask, element, fill, wordsOf } from "./dom.js";
import { say } from "./words.js";

interface WhatIf {
	systems: number;
	narrowed: number;
	stopped: number;
	uses: { allowed: number; "would-be-refused": number; "systems-counted": number; caveat: string };
}

const SETTLE_MS = 400;

async function told(answer: WhatIf): Promise<Node[]> {
	const { uses } = answer;
	return [
		element("h3", {}, await say("measure.what-if")),
		element("p", {}, await say("measure.what-if-systems", answer.systems, answer.narrowed, answer.stopped)),
		element("p", {}, await say("measure.what-if-uses", uses["would-be-refused"], uses.allowed, uses["systems-counted"])),
		element("p", { class: "help", lang: "en" }, uses.caveat),
	];
}

export function startWhatIf(): void {
	for (const place of document.querySelectorAll<HTMLElement>("[data-what-if]")) {
		const form = place.closest("form");
		if (form === null) continue;
		const result = element("div", { role: "status" });
		place.append(result);
		let waiting: ReturnType<typeof setTimeout> | undefined, asked = "";
		const look = async () => {
			const fields = new FormData(form), scope = String(fields.get("scope") ?? ""), target = String(fields.get("target") ?? "");
			const query = new URLSearchParams({ target, scope }).toString();
			if (fields.get("action") !== "restrict" || query === asked) return;
			asked = query;
			try {
				const answer = (await (await ask(`/v1/measures/what-if?${query}`)).json()) as WhatIf;
				fill(result, ...(await told(answer)));
			} catch (error) {
				fill(result, element("p", { class: "notice warn" }, wordsOf(error)));
			}
		};
		const soon = () => { clearTimeout(waiting); waiting = setTimeout(() => void look(), SETTLE_MS); };
		form.addEventListener("input", soon);
		form.addEventListener("change", soon);
	}
}
