// Nothing typed is lost: a form with data-draft is kept in this browser until it is sent or forgotten.
import { fillForm, keepDraft, localDrafts } from "../draft/draft.js";
import { element } from "./dom.js";
import { say } from "./words.js";

async function notice(form: HTMLFormElement, forget: () => void): Promise<void> {
	const button = element("button", { type: "button" }, await say("form.forget"));
	const told = element("p", { class: "notice", role: "status" }, await say("form.kept"), " ", button);
	button.addEventListener("click", () => { forget(); form.reset(); told.remove(); form.dispatchEvent(new Event("change")); });
	form.prepend(told);
}

export function startDrafts(): void {
	const drafts = localDrafts();
	for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) {
		const name = form.dataset["draft"] ?? "", kept = drafts.get(name);
		if (kept !== undefined) {
			fillForm(form, kept.values);
			form.dispatchEvent(new Event("change"));
			void notice(form, () => drafts.drop(name));
		}
		const end = keepDraft(form, drafts, name, [], () => undefined);
		form.addEventListener("proviso:sent", end);
		form.addEventListener("proviso:kept", end);
	}
}
