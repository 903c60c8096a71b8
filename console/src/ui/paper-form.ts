// The office's papers on a case: sent as they are, under the session; nothing here is a record.
import { ask, wordsOf } from "./dom.js";
import { collect } from "./form.js";
import { say } from "./words.js";

async function sendFile(subject: string, input: HTMLInputElement): Promise<void> {
	const file = input.files?.[0];
	if (file === undefined) return;
	await ask(`/v1/cases/${subject}/attachments?name=${encodeURIComponent(file.name)}`, {
		method: "POST", headers: { "Content-Type": file.type || "application/octet-stream" }, body: file,
	});
}

async function send(form: HTMLFormElement): Promise<void> {
	const subject = form.dataset["subject"] ?? "", input = form.querySelector<HTMLInputElement>("input[type=file]");
	if (input !== null) return sendFile(subject, input);
	await ask(`/v1/cases/${subject}/papers/${form.dataset["paper"] ?? ""}`, {
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
