// What a restriction would do, before anybody proposes it.
import { ask, element, fill, wordsOf } from "./dom.js";
import { say } from "./words.js";

interface WhatIf {
	systems: number;
	narrowed: number;
	stopped: number;
	uses: { allowed: number; "would-be-refused": number; "systems-counted": number; "systems-not-counted": number; "subjects-not-judged": boolean };
}

const SETTLE_MS = 400;

/** What the numbers leave out. */
async function left(uses: WhatIf["uses"]): Promise<Node[]> {
	const silent = uses["systems-not-counted"], said = [
		...(silent > 0 ? [await say("measure.what-if-silent", silent)] : []),
		...(uses["subjects-not-judged"] ? [await say("measure.what-if-subjects")] : []),
	];
	return (said.length > 0 ? said : [await say("measure.what-if-all")]).map((one) => element("p", { class: "help" }, one));
}

async function told(answer: WhatIf): Promise<Node[]> {
	const { uses } = answer;
	return [
		element("h3", {}, await say("measure.what-if")),
		element("p", {}, await say("measure.what-if-systems", answer.systems, answer.narrowed, answer.stopped)),
		element("p", {}, await say("measure.what-if-uses", uses["would-be-refused"], uses.allowed, uses["systems-counted"])),
		...(await left(uses)),
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
