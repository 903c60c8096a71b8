// A record that names others by their digests says nothing to whoever reads it: those it names are
// shown below it, read from bytes that have that very digest. So an approval shows what it approves.
import { hex } from "../bytes.js";
import { type Body, type Field, type ProvisoRecord, decodeRecord, instantText, walk } from "../verify/record.js";
import { ask, element, wordsOf } from "./dom.js";
import { instant, names, say } from "./words.js";

type Fields = (fields: readonly Field[], body: Body) => HTMLElement;

async function recordOf(id: string): Promise<ProvisoRecord> {
	const answer = await ask(`/v1/records/${id}`, { headers: { Accept: "application/cose" } });
	const record = await decodeRecord(new Uint8Array(await answer.arrayBuffer()));
	if (hex(record.id) !== id) throw new Error(await say("sign.another-record"));
	return record;
}

async function shown(name: string, id: string, fieldsOf: Fields): Promise<HTMLElement> {
	const called = (await names())("field", name) ?? name, heading = element("h3", {}, await say("sign.names", called));
	try {
		const record = await recordOf(id);
		const kind = await say(`kind.${record.kind.name}`), at = element("time", { datetime: instantText(record.issuedAt) }, instant(record.issuedAt));
		return element("section", { class: "named" }, heading, element("p", { class: "muted" }, element("bdi", {}, kind), " · ", element("bdi", {}, record.issuer ?? ""), " · ", at), fieldsOf(record.kind.fields, record.body));
	} catch (error) {
		return element("section", { class: "named" }, heading, element("p", { class: "notice warn" }, await say("sign.unread", wordsOf(error))));
	}
}

/** The records that `record` names, in the order in which it does. */
export function namedBy(record: ProvisoRecord, fieldsOf: Fields): Promise<HTMLElement[]> {
	const references = [...walk(record.kind.fields, record.body)].filter((one) => one.field.type === "reference");
	return Promise.all(references.map((one) => shown(one.path, hex(one.value as Uint8Array), fieldsOf)));
}
