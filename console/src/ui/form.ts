// A form of a record as the JSON that POST /v1/statements takes: fields by name, groups as objects,
// lists as arrays; what is empty is left out.
export type Json = string | number | Json[] | { [name: string]: Json };

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function valueOf(control: Control): Json | undefined {
	const text = control.value.trim();
	if (text === "" || control.disabled) return undefined;
	if (control instanceof HTMLInputElement && control.type === "radio" && !control.checked) return undefined;
	if ("lines" in control.dataset) return text.split(/\n/).map((line) => line.trim()).filter((line) => line !== "");
	return "number" in control.dataset && /^[0-9]{1,15}$/.test(text) ? Number(text) : text;
}

function put(out: { [name: string]: Json }, name: string | undefined, value: Json | undefined): void {
	if (name !== undefined && name !== "" && value !== undefined) out[name] = value;
}

function items(list: HTMLElement): Json | undefined {
	const all = [...list.querySelectorAll<HTMLElement>(":scope > [data-item]")].map(collect).filter((one) => Object.keys(one).length > 0);
	return all.length > 0 ? all : undefined;
}

/** The fields within, but for those of groups and lists within, which are objects of their own. */
export function collect(within: Element): { [name: string]: Json } {
	const out: { [name: string]: Json } = {};
	for (const child of within.children) {
		if (!(child instanceof HTMLElement)) continue;
		const { group, list } = child.dataset;
		if (list !== undefined) put(out, list, items(child));
		else if (group !== undefined) {
			const inside = collect(child);
			put(out, group, Object.keys(inside).length > 0 ? inside : undefined);
		} else if (child instanceof HTMLInputElement || child instanceof HTMLTextAreaElement || child instanceof HTMLSelectElement)
			put(out, child.name, valueOf(child));
		else Object.assign(out, collect(child));
	}
	return out;
}

/** The buttons that add an element to a list, and take it away. */
export function startLists(form: HTMLElement, remove: string): void {
	form.addEventListener("click", (event) => {
		const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-add], [data-remove]") : null;
		const list = button?.closest<HTMLElement>("[data-list]");
		if (button == null || list == null) return;
		if ("remove" in button.dataset) return button.closest("[data-item]")?.remove();
		const template = list.querySelector<HTMLTemplateElement>(":scope > template");
		const item = (template?.content.cloneNode(true) as DocumentFragment | undefined)?.firstElementChild;
		if (item == null) return;
		distinguish(item, list.querySelectorAll("[data-item]").length);
		const button2 = document.createElement("button");
		button2.type = "button";
		button2.dataset["remove"] = "";
		button2.textContent = remove;
		item.append(button2);
		template!.before(item);
		item.querySelector<HTMLElement>("input, textarea, select")?.focus();
	});
}

/** Ids of a copy, told apart from those of the others. */
function distinguish(item: Element, n: number): void {
	for (const at of item.querySelectorAll("[id], [for], [aria-describedby]"))
		for (const name of ["id", "for", "aria-describedby"]) {
			const value = at.getAttribute(name);
			if (value !== null) at.setAttribute(name, `${value}-n${n}`);
		}
}
