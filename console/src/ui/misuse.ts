// A report of misuse by anybody: encrypted here for the authority's inbox, and followed by a code.
import { codeOf, newSecret, openAnswer, sealReport, secretOf, idOf, type Followed } from "../report/report.js";
import { type InboxKey } from "../report/inbox.js";
import { type PublicKey, parseKeyLine } from "../verify/key.js";
import { ask, element, fill, wordsOf } from "./dom.js";
import { say } from "./words.js";

function filled(form: HTMLFormElement): { [field: string]: string } {
	const out: { [field: string]: string } = {};
	for (const [name, value] of new FormData(form)) if (typeof value === "string" && value.trim() !== "") out[name] = value.trim();
	return out;
}

/* Nothing is encrypted for a key that is not on the log for all to see. */
async function inboxKey(): Promise<PublicKey> {
	const given = (await (await ask("/v1/inbox/key")).json()) as InboxKey;
	if (given.record === null) throw new Error(await say("misuse.no-key"));
	const { provenInbox } = await import("../report/inbox.js");
	const proof = await ask(`/v1/records/${given.record}/receipt`, { headers: { Accept: "application/octet-stream" } });
	const authority = await parseKeyLine(document.body.dataset["authorityKey"] ?? "");
	return provenInbox(given, new Uint8Array(await proof.arrayBuffer()), { authority });
}

async function send(form: HTMLFormElement): Promise<string> {
	const secret = newSecret(), sealed = await sealReport(await inboxKey(), filled(form), secret);
	await ask("/v1/inbox", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sealed) });
	return codeOf(secret);
}

async function follow(code: string): Promise<Node[]> {
	const secret = secretOf(code);
	if (secret === undefined) throw new Error(await say("misuse.no-code"));
	const told = (await (await ask(`/v1/inbox/${await idOf(secret)}`)).json()) as Followed;
	const answer = await openAnswer(told, secret);
	return [element("p", {}, await say(`misuse.state-${told.state}`)), ...(answer === undefined ? [] : [element("p", { class: "said card" }, answer)])];
}

function start(selector: string, work: (form: HTMLFormElement) => Promise<Node[]>): void {
	const form = document.querySelector<HTMLFormElement>(selector), result = form?.querySelector("[data-result]");
	if (form === null || result == null) return;
	const button = form.querySelector("button")!;
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		button.disabled = true;
		try {
			fill(result, element("div", { class: "notice good", role: "status" }, ...(await work(form))));
		} catch (error) {
			fill(result, element("div", { role: "alert" }, wordsOf(error)));
		}
		button.disabled = false;
	});
	button.disabled = false;
}

export function startMisuse(): void {
	start("form[data-misuse]", async (form) => {
		const code = await send(form);
		form.reset();
		return [element("p", {}, await say("misuse.sent")), element("p", {}, element("code", { class: "code" }, code))];
	});
	start("form[data-follow]", (form) => follow(String(new FormData(form).get("code") ?? "")));
}
