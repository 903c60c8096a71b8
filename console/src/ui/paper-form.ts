// The office's papers on a case: sent as they are, under the session; nothing here is a record.
import { ask, wordsOf } from "./dom.js";
import { collect } from "./form.js";
import { say } from "./words.js";

/** What has arrived already is not sent again when the rest of its form is. */
const arrived = new WeakSet<File>();

async function sendFile(subject: string, file: File, question: string | undefined): Promise<void> {
	if (arrived.has(file)) return;
	const goesWith = question === undefined ? "" : `&question=${encodeURIComponent(question)}`;
	await ask(`/v1/cases/${subject}/attachments?name=${encodeURIComponent(file.name)}${goesWith}`, {
		method: "POST", headers: { "Content-Type": file.type || "application/octet-stream" }, body: file,
	});
	arrived.add(file);
}

/** Files first: with the words the clock goes on. */
async function send(form: HTMLFormElement): Promise<void> {
	const subject = form.dataset["subject"] ?? "", paper = form.dataset["paper"] ?? "";
	const question = form.querySelector<HTMLInputElement>("input[name=question]")?.value;
	for (const file of form.querySelector<HTMLInputElement>("input[type=file]")?.files ?? []) await sendFile(subject, file, question);
	if (paper === "attachment") return;
	await ask(`/v1/cases/${subject}/papers/${paper}`, {
		method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(collect(form)),
	});
}
export function startPapers(): void {
	for (const form of document.querySelectorAll<HTMLFormElement>("form.paper")) {
		const button = form.querySelector<HTMLButtonElement>("[data-prepare]"), problem = form.querySelector("[data-problem]");
		form.addEventListener("submit", async (event) => {
			event.preventDefault();
			if (button !== null) button.disabled = true;
			try {
				await send(form);
				form.dispatchEvent(new CustomEvent("proviso:sent", { bubbles: true }));
				location.reload();
			} catch (error) {
				if (problem !== null) problem.textContent = await say("sign.refused", wordsOf(error));
				if (button !== null) button.disabled = false;
			}
		});
		if (button !== null) button.disabled = false;
	}
}
