// Inviting people, and being invited: a passkey is put forward by a secret link, and registered by a record that
// officers sign. Endpoints: doc/api.md, "Inviting".
import { base64url, concat, fromBase64url, hex, sha256, utf8 } from "../bytes.js";
import { createPasskey } from "../sign/create.js";
import { browserAuthenticator, rememberCredential } from "../sign/authenticator.js";
import { malformed } from "../verify/fault.js";
import { ask, element, fill, wordsOf } from "./dom.js";
import { collect } from "./form.js";
import { startForms } from "./record-form.js";
import { say } from "./words.js";

interface Invited {
	stage: string;
	name: string;
	by: string;
	form: { [field: string]: string };
}

interface Waiting extends Invited {
	id: string;
	record: string | null;
}

const json = (body: unknown, method = "POST") => ({ method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/* --- For who invites ------------------------------------------------------------------------ */

async function row(one: Waiting): Promise<HTMLElement> {
	const says = Object.entries(one.form).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, String(value))));
	const card = element("article", { class: "card" }, element("h3", {}, one.form["holder"] ?? "", " ", element("span", { class: "badge" }, one.stage)),
		element("dl", { class: "fields" }, ...says));
	const box = document.querySelector<HTMLTemplateElement>("template[data-sign-key]")?.content.cloneNode(true) as DocumentFragment | undefined;
	const form = box?.querySelector<HTMLFormElement>("form");
	if (one.stage === "put forward" && form != null) {
		form.dataset["json"] = JSON.stringify(one.form);
		card.append(element("p", { class: "notice warn" }, await say("people.compare")), form);
	}
	if (one.record !== null) card.append(element("p", {}, element("a", { href: `/records/${one.record}` }, await say("kind.key"))));
	return card;
}

async function startOffice(form: HTMLFormElement): Promise<void> {
	const list = document.querySelector("[data-invitations]"), problem = form.querySelector("[data-problem]"), link = form.querySelector("[data-link]");
	const show = async () => {
		const { items } = (await (await ask("/v1/invitations")).json()) as { items: Waiting[] };
		fill(list!, ...(await Promise.all(items.map(row))));
		await startForms(list!);
	};
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		try {
			const made = (await (await ask("/v1/invitations", json(collect(form)))).json()) as { link: string };
			fill(link!, element("p", { class: "notice good" }, await say("people.link"), " ", element("code", { class: "id" }, made.link)));
			await show();
		} catch (error) {
			problem!.textContent = await say("sign.refused", wordsOf(error));
		}
	});
	form.querySelector("button")!.disabled = false;
	await show();
}

/* --- For who is invited --------------------------------------------------------------------- */

async function putForward(id: string, secret: string, told: Invited): Promise<string> {
	const rpId = told.form["rp-id"] ?? location.hostname, made = await createPasskey(told.name, rpId, told.form["holder"] ?? told.name);
	const bytes = fromBase64url(secret) ?? malformed("invitation.secret", "the link is not whole");
	const challenge = await sha256(concat(utf8("proviso invitation\0"), utf8(`${location.origin}\0`), bytes));
	const assertion = await browserAuthenticator.sign({ id: made.credentialId, algorithm: made.key.algorithm, rpId }, challenge);
	const { spkiOf } = await import("../verify/key.js");
	await ask(`/v1/invitations/${id}/key`, {
		method: "POST", headers: { "Content-Type": "application/json", Authorization: `Bearer ${secret}` },
		body: JSON.stringify({
			"public-key": base64url(spkiOf(made.key)), authenticatorData: base64url(assertion.authenticatorData),
			clientDataJSON: base64url(assertion.clientData), signature: base64url(assertion.signature),
		}),
	});
	rememberCredential(localStorage, hex(made.kid), made.credentialId);
	return hex(made.kid);
}

async function startInvited(place: HTMLElement): Promise<void> {
	const id = location.pathname.split("/").at(-1) ?? "", secret = location.hash.slice(1), problem = document.querySelector("main [data-problem]")!;
	const tell = (error: unknown) => { problem.textContent = wordsOf(error); };
	if (secret === "") return tell(new Error(await say("join.no-link")));
	try {
		const told = (await (await ask(`/v1/invitations/${id}`, { headers: { Authorization: `Bearer ${secret}` } })).json()) as Invited;
		const button = element("button", { type: "button", class: "primary" }, await say("join.make"));
		fill(place, element("p", {}, await say("join.as", told.by, told.form["holder"] ?? "", told.form["role"] ?? "")), element("p", { class: "actions" }, button));
		button.addEventListener("click", () => {
			putForward(id, secret, told).then(async (kid) => {
				fill(place, element("div", { class: "notice good", role: "status" }, await say("join.done"), " ", element("code", { class: "id" }, kid)));
			}, tell);
		});
	} catch (error) {
		tell(error);
	}
}

export async function startPeople(): Promise<void> {
	const form = document.querySelector<HTMLFormElement>("form[data-invite]"), place = document.querySelector<HTMLElement>("[data-join]");
	if (form !== null) await startOffice(form);
	if (place !== null) await startInvited(place);
}
