// A form that becomes a record: filled in, shown as it will be signed from the very bytes, signed by a
// passkey, sent. Until the last step nothing leaves the page but the form's fields.
import type { Statement } from "../sign/statement.js";
import { Redactable, instantText, type Field, type Value } from "../verify/record.js";
import { Problem, ask, element, fill, wordsOf } from "./dom.js";
import { type Json, collect, startLists } from "./form.js";
import { type Person, personOf } from "./person.js";
import { type Names, instant, names, say } from "./words.js";

/** A value as its bytes say it; a word of a choice also as the page's language has it. */
function shown(field: Field, value: Value, called: Names): Node {
	if (value instanceof Redactable) return element("span", {}, value.value ?? "");
	if (value instanceof Uint8Array) return element("code", { class: "id" }, [...value].map((b) => b.toString(16).padStart(2, "0")).join(""));
	if (Array.isArray(value))
		return element("ul", {}, ...value.map((one) => element("li", {}, shown({ ...field, type: field.element ?? "text" }, one, called))));
	if (typeof value === "object") return fieldsOf(field.fields ?? [], value, called);
	if (field.type === "time") return element("time", { datetime: instantText(value as number) }, instant(value as number));
	const own = field.type === "choice" ? called("choice", String(value)) : undefined;
	if (own === undefined) return element("span", { dir: "auto" }, String(value));
	return element("span", {}, own, " ", element("code", { dir: "ltr" }, String(value)));
}

function fieldsOf(fields: readonly Field[], body: { [name: string]: Value }, called: Names): HTMLElement {
	const rows = fields.filter((f) => body[f.name] !== undefined);
	return element("dl", { class: "fields" }, ...rows.map((f) =>
		element("div", {}, element("dt", { title: f.name }, called("field", f.name) ?? f.name), element("dd", {}, shown(f, body[f.name]!, called)))));
}

/** As filled in; or, where there is nothing to fill in, as data-json says. */
function fieldsIn(form: HTMLFormElement): { [name: string]: Json } {
	const given = form.dataset["json"];
	return given !== undefined ? (JSON.parse(given) as { [name: string]: Json }) : collect(form);
}

async function prepare(form: HTMLFormElement, person: Person): Promise<Statement> {
	const { openStatement } = await import("../sign/statement.js");
	const kind = form.dataset["kind"] ?? "";
	const answer = await ask("/v1/statements", {
		method: "POST", headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ kind, kid: person.kid, form: fieldsIn(form) }),
	});
	const asked = { kind, signer: person.signer, authority: document.body.dataset["origin"] ?? "" };
	return openStatement(await answer.json(), asked);
}

/** With confidential values: [record, disclosures]; both are CBOR already. */
function submission(record: Uint8Array, disclosures: Uint8Array | undefined): [string, Uint8Array<ArrayBuffer>] {
	if (disclosures === undefined) return ["application/cose", new Uint8Array(record)];
	const head = record.length < 24 ? [0x40 | record.length]
		: record.length < 256 ? [0x58, record.length] : [0x59, record.length >> 8, record.length & 255];
	return ["application/vnd.proviso.submission+cbor", Uint8Array.of(0x82, ...head, ...record, ...disclosures)];
}

async function send(statement: Statement, person: Person): Promise<string> {
	const { signStatement } = await import("../sign/statement.js");
	const { hex } = await import("../bytes.js");
	const record = await signStatement(statement, person.authenticator, person.signer, person.credential);
	const [type, body] = submission(record.bytes, statement.disclosures);
	await ask("/v1/records", { method: "POST", headers: { "Content-Type": type }, body });
	return hex(record.id);
}

class RecordForm {
	private readonly form: HTMLFormElement;
	private readonly preview: HTMLElement | null;
	private statement: Statement | undefined;
	private person: Person | undefined;

	constructor(form: HTMLFormElement) {
		this.form = form;
		this.preview = this.part("preview");
		form.addEventListener("submit", (event) => { event.preventDefault(); void this.step(() => this.show()); });
		this.part("confirm")?.addEventListener("click", () => void this.step(() => this.sign()));
		this.part("cancel")?.addEventListener("click", () => this.close());
		form.addEventListener("input", () => this.close());
		/* Without a script it would be sent as an address: it can't be pressed before somebody listens. */
		for (const button of form.querySelectorAll<HTMLButtonElement>("[data-prepare]")) button.disabled = false;
	}

	private part(name: string): HTMLElement | null {
		return this.form.querySelector<HTMLElement>(`[data-${name}]`);
	}

	private close(): void {
		if (this.preview === null || this.preview.hidden) return;
		this.preview.hidden = true;
		this.part("prepare")!.hidden = false;
		this.statement = undefined;
	}

	/** One step; whatever goes wrong is said, and what was typed stays. */
	private async step(work: () => Promise<void>): Promise<void> {
		const buttons = [...this.form.querySelectorAll("button")], problem = this.part("problem"), status = this.part("status");
		buttons.forEach((b) => (b.disabled = true));
		if (problem !== null) problem.textContent = "";
		try {
			await work();
		} catch (error) {
			if (status !== null) status.textContent = "";
			if (problem !== null) problem.textContent = error instanceof DOMException ? await say("sign.cancelled") : await say("sign.refused", wordsOf(error));
			if (error instanceof Problem && error.field !== undefined) this.point(error.field);
		} finally {
			buttons.forEach((b) => (b.disabled = false));
		}
	}

	/** To the field at fault: "item.version", "offences.1.label". */
	private point(path: string): void {
		const name = path.split(/[./]/).filter((p) => !/^\d+$/.test(p)).at(-1) ?? "";
		for (const marked of this.form.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
		const field = this.form.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]`);
		field?.setAttribute("aria-invalid", "true");
		field?.focus();
	}

	private async show(): Promise<void> {
		const kid = document.body.dataset["kid"];
		if (kid === undefined || this.preview === null) return;
		this.person ??= await personOf(kid);
		this.statement = await prepare(this.form, this.person);
		const { record } = this.statement;
		const { challengeText } = await import("../sign/statement.js");
		const kind = await say(`kind.${record.kind.name}`), known = await names();
		const facts = element("p", { class: "muted" }, element("bdi", {}, kind), " ", element("code", { dir: "ltr" }, record.kind.name), " · ",
			element("bdi", {}, record.issuer ?? ""), " · ", element("bdi", { dir: "ltr" }, record.subject), " · ",
			element("time", { datetime: instantText(record.issuedAt) }, instant(record.issuedAt)));
		const demo = this.person.authenticator.isDemo ? element("p", { class: "demo" }, await say("sign.demo")) : null;
		const { namedBy } = await import("./named.js");
		const called = (all: readonly Field[], body: { [name: string]: Value }) => fieldsOf(all, body, known);
		fill(this.part("words")!, facts, called(record.kind.fields, record.body), ...(await namedBy(record, called)), demo);
		this.part("digest")!.textContent = challengeText(this.statement);
		this.preview.hidden = false;
		this.part("prepare")!.hidden = true;
		this.preview.querySelector<HTMLElement>("[tabindex]")?.focus();
	}

	private async sign(): Promise<void> {
		if (this.statement === undefined || this.person === undefined) return;
		this.part("status")!.textContent = await say("sign.sending");
		const id = await send(this.statement, this.person);
		this.form.dispatchEvent(new CustomEvent("proviso:sent", { bubbles: true }));
		this.part("status")!.textContent = await say("sign.done");
		const next = this.form.dataset["next"] ?? "";
		if (next === "") location.reload();
		else location.assign(next + id);
	}
}

export async function startForms(within: ParentNode = document): Promise<void> {
	const remove = await say("form.remove");
	for (const form of within.querySelectorAll<HTMLFormElement>("form.record")) {
		startLists(form, remove);
		new RecordForm(form);
	}
}
