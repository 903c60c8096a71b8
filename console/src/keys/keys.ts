/*
 * keys: one-letter keys for those who have both hands on the keyboard: `/` to search, `j` and
 * `k` through a list, `g s` to go somewhere. Never while somebody writes, nor with a modifier,
 * which is the browser's; and never the only way. Who dictates or hits keys by mistake can turn
 * them off (WCAG 2.2, 2.1.4).
 */

export type Binding = (event: Pressed) => void;
/* "j", "/", "g s" (one after the other), "?" */
export type Bindings = { readonly [keys: string]: Binding };

/* What is needed of a KeyboardEvent. */
export interface Pressed {
	key: string;
	ctrlKey: boolean;
	metaKey: boolean;
	altKey: boolean;
	isComposing: boolean;
	defaultPrevented: boolean;
	timeStamp: number;
	target: EventTarget | null;
	preventDefault(): void;
}

const SEQUENCE_MS = 1200;
const writing = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable], [role=textbox], [role=combobox]";

export function isWriting(target: EventTarget | null): boolean {
	const element = target as Partial<Element> | null;
	return typeof element?.closest === "function" && element.closest(writing) !== null;
}

export class Keys {
	private begun = "";
	private since = 0;

	constructor(
		private readonly bindings: Bindings,
		private readonly isOff: () => boolean = () => false,
	) {}

	/* True where the key was one of these. */
	press(event: Pressed): boolean {
		const isOurs = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing &&
			!event.defaultPrevented && !isWriting(event.target) && !this.isOff();
		if (!isOurs) {
			this.begun = "";
			return false;
		}
		const isLate = event.timeStamp - this.since > SEQUENCE_MS;
		const keys = this.begun !== "" && !isLate ? `${this.begun} ${event.key}` : event.key;
		return this.run(keys, event) || (keys !== event.key && this.run(event.key, event));
	}

	private run(keys: string, event: Pressed): boolean {
		const binding = Object.hasOwn(this.bindings, keys) ? this.bindings[keys] : undefined;
		const isBeginning = Object.keys(this.bindings).some((other) => other.startsWith(`${keys} `));
		this.begun = binding === undefined && isBeginning ? keys : "";
		this.since = event.timeStamp;
		if (binding === undefined)
			return isBeginning;
		event.preventDefault();
		binding(event);
		return true;
	}
}

/* The next of some elements, or the one before: from the one that has the focus, else the first or last. */
export function moved<T>(items: readonly T[], current: T | undefined, step: 1 | -1): T | undefined {
	const at = current === undefined ? -1 : items.indexOf(current);
	if (at < 0)
		return step > 0 ? items[0] : items.at(-1);
	return items[Math.min(items.length - 1, Math.max(0, at + step))];
}

/* j and k over links of a page: those that `selector` finds, in the order they stand in. */
export function moveFocus(selector: string, step: 1 | -1): void {
	const items = [...document.querySelectorAll<HTMLElement>(selector)].filter((item) => item.offsetParent !== null);
	const current = items.find((item) => item === document.activeElement || item.contains(document.activeElement));
	const next = moved(items, current, step);
	next?.focus();
	next?.scrollIntoView({ block: "nearest" });
}

export function listen(keys: Keys): void {
	document.addEventListener("keydown", (event) => void keys.press(event));
}
