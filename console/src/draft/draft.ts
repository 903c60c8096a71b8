/*
 * draft: nothing typed is lost. What stands in a form is kept in this browser while it is
 * written, offered again when the form is opened anew, and gone when it was sent. Kept by the
 * form's name and its subject ("measure/3fa2b1c0"), so that two forms do not meet; not for ever.
 *
 * Drafts are on this machine in clear: what is confidential asks for that by name (`except`).
 */

export type Values = { [field: string]: string | string[] };

export interface Draft {
	values: Values;
	at: number; /* seconds since 1970, when it was written last */
}

const PREFIX = "proviso.draft.", KEPT_SECONDS = 30 * 86400, MOST = 50;

/* What is needed of localStorage. */
export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export class Drafts {
	constructor(
		private readonly store: Store,
		private readonly now: () => number,
	) {}

	/* False when there is no room or no store: then the form must say that it keeps nothing. */
	keep(name: string, values: Values): boolean {
		const isEmpty = Object.values(values).every((value) => (typeof value === "string" ? value === "" : value.every((one) => one === "")));
		if (isEmpty)
			return this.drop(name);
		const text = JSON.stringify({ values, at: this.now() } satisfies Draft);
		/* What was kept longest without a change makes room. */
		for (let tries = 0; tries < MOST; tries++)
			try {
				this.store.setItem(PREFIX + name, text);
				return true;
			} catch {
				const oldest = this.list().filter((draft) => draft.name !== name).at(-1);
				if (oldest === undefined || !this.drop(oldest.name))
					return false;
			}
		return false;
	}

	/* undefined: none, or one too old, or broken, which is no more. */
	get(name: string): Draft | undefined {
		const draft = this.read(PREFIX + name);
		if (draft !== undefined && this.now() - draft.at <= KEPT_SECONDS)
			return draft;
		this.drop(name);
		return undefined;
	}

	/* Also where no store is to be had; true where it is gone. */
	drop(name: string): boolean {
		try {
			this.store.removeItem(PREFIX + name);
			return true;
		} catch {
			return false;
		}
	}

	/* The latest first: for a page that shows what was begun and not sent. */
	list(): { name: string; at: number }[] {
		const found: { name: string; at: number }[] = [];
		try {
			for (let i = 0; i < this.store.length; i++) {
				const key = this.store.key(i), draft = key?.startsWith(PREFIX) ? this.read(key) : undefined;
				if (draft !== undefined)
					found.push({ name: key!.slice(PREFIX.length), at: draft.at });
			}
		} catch {
			return [];
		}
		return found.sort((a, b) => b.at - a.at);
	}

	private read(key: string): Draft | undefined {
		try {
			const draft = JSON.parse(this.store.getItem(key) ?? "null") as Partial<Draft> | null;
			return typeof draft?.at === "number" && typeof draft.values === "object" && draft.values !== null ? (draft as Draft) : undefined;
		} catch {
			return undefined;
		}
	}
}

/* --- Forms --------------------------------------------------------------------------------- */

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function fieldsOf(form: HTMLFormElement): Field[] {
	return [...form.elements].filter((field): field is Field =>
		(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) &&
		field.name !== "" && !["password", "file", "hidden", "submit", "button"].includes(field.type));
}

function isCheck(field: Field): field is HTMLInputElement {
	return field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
}

/* Fields of one name are a list, in their order; of boxes those that are checked. */
export function valuesOf(form: HTMLFormElement, except: readonly string[] = []): Values {
	const values: Values = {};
	for (const field of fieldsOf(form)) {
		if (except.includes(field.name) || (isCheck(field) && !field.checked))
			continue;
		const before = values[field.name];
		values[field.name] = before === undefined ? field.value : [...(typeof before === "string" ? [before] : before), field.value];
	}
	return values;
}

/* What the form does not have any more is passed over; a list needs its rows to be there first. */
export function fillForm(form: HTMLFormElement, values: Values): void {
	const left = new Map(Object.entries(values).map(([name, value]) => [name, typeof value === "string" ? [value] : [...value]]));
	for (const field of fieldsOf(form)) {
		const due = left.get(field.name);
		if (isCheck(field))
			field.checked = due?.includes(field.value) ?? false;
		else if (due !== undefined && due.length > 0)
			field.value = due.shift()!;
	}
	form.dispatchEvent(new Event("input", { bubbles: true }));
}

const PAUSE_MS = 400;

/*
 * Keeps what is typed into a form, at the latest when the page is left; `told` hears whether
 * it could be. Gives what ends it: called when the form was sent.
 */
export function keepDraft(form: HTMLFormElement, drafts: Drafts, name: string, except: readonly string[], told: (isKept: boolean) => void): () => void {
	let waiting: ReturnType<typeof setTimeout> | undefined;
	const now = () => {
		clearTimeout(waiting);
		waiting = undefined;
		told(drafts.keep(name, valuesOf(form, except)));
	};
	const soon = () => {
		clearTimeout(waiting);
		waiting = setTimeout(now, PAUSE_MS);
	};
	const leaving = () => {
		if (waiting !== undefined)
			now();
	};
	form.addEventListener("input", soon);
	form.addEventListener("change", soon);
	document.addEventListener("visibilitychange", leaving);
	window.addEventListener("pagehide", leaving);
	return () => {
		clearTimeout(waiting);
		waiting = undefined;
		form.removeEventListener("input", soon);
		form.removeEventListener("change", soon);
		document.removeEventListener("visibilitychange", leaving);
		window.removeEventListener("pagehide", leaving);
		drafts.drop(name);
	};
}

/* This browser's drafts; where it has no store nothing is kept, and `keep` says so. */
export function localDrafts(): Drafts {
	const now = () => Math.floor(Date.now() / 1000);
	const none: Store = { getItem: () => null, setItem: () => { throw new Error("no store"); }, removeItem: () => undefined, key: () => null, length: 0 };
	try {
		return new Drafts(localStorage, now);
	} catch {
		return new Drafts(none, now);
	}
}
