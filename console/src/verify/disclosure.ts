/*
 * disclosure: the value of a redactable field, deterministic CBOR [salt (16 bytes), kind,
 * field path, value], whose SHA-256 stands on the log (the SD-CWT way). One for another
 * field, kind or value does not fit (src/record/redact.c).
 */
import { type Bytes, equal, sha256 } from "../bytes.js";
import { CborReader } from "./cbor.js";
import { Fault, malformed, withinAsync } from "./fault.js";
import { type ProvisoRecord, Redactable, checkText, walk } from "./record.js";

const SALT = 16, VALUE_MAX = 4096;

function decodeDisclosure(bytes: Uint8Array): { kind: string; path: string; value: string } {
	const r = new CborReader(bytes);
	if (r.array() !== 4)
		r.fail("record.disclosure", "a disclosure is [salt, kind, path, value]");
	const salt = r.bytes(), kind = r.text(), path = r.text(), value = r.text();
	r.done();
	if (salt.length !== SALT)
		malformed("record.disclosure", `the salt has ${salt.length} bytes, not ${SALT}`);
	checkText(value, VALUE_MAX);
	return { kind, path, value };
}

function redactableAt(record: ProvisoRecord, path: string): Redactable {
	for (const shown of walk(record.kind.fields, record.body))
		if (shown.path === path && shown.value instanceof Redactable)
			return shown.value;
	return malformed("record.disclosure", `the disclosure is of a field that this ${record.kind.name} does not have`);
}

/* Fits a disclosure to the field it is for, whose value it then has. Errors: record.disclosure. */
export async function disclose(record: ProvisoRecord, bytes: Uint8Array): Promise<void> {
	try {
		await withinAsync("disclosure", async () => {
			const d = decodeDisclosure(bytes);
			if (d.kind !== record.kind.name)
				malformed("record.disclosure", `the disclosure is not of a ${record.kind.name}`);
			const field = redactableAt(record, d.path);
			if (!equal(await sha256(bytes), field.digest))
				malformed("record.disclosure", `the disclosure does not fit the digest in the record (${d.path})`);
			field.value = d.value;
		});
	} catch (fault) {
		throw fault instanceof Fault ? new Fault(fault.kind, "record.disclosure", fault.message) : fault;
	}
}

/* The same for many: an array of them, as it lies beside a record in FILE.disclosures. */
export async function discloseAll(record: ProvisoRecord, all: Uint8Array): Promise<void> {
	const r = new CborReader(all), list: Bytes[] = [];
	for (let left = r.array(); left > 0; left--)
		list.push(r.bytes());
	r.done();
	for (const one of list)
		await disclose(record, one);
}
