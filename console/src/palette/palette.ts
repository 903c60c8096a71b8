/*
 * palette: everything one can do or go to, by typing a few letters of it: a dialog with a
 * combobox and a list (WAI-ARIA's pattern), so that the arrows choose while one types. What is
 * looked up elsewhere (records, systems) comes behind the commands as it is found.
 */
import { type Match, matchAll } from "./match.js";

export interface Command {
	label: string;
	hint?: string; /* "g s", or what kind of thing it is */
	run: () => void;
}

export interface PaletteWords {
	label: string; /* of the dialog and its field */
	placeholder: string;
	none: string;
	found: (count: number) => string; /* told to whoever does not see the list */
}

export interface Palette {
	commands: () => readonly Command[];
	/* For what was typed: more of them, as from a search; aborted when something else is typed. */
	look?: (query: string, signal: AbortSignal) => Promise<readonly Command[]>;
	words: PaletteWords;
}

const MOST = 12, LOOK_MS = 150;

export class CommandPalette {
	private readonly dialog = document.createElement("dialog");
	private readonly field = document.createElement("input");
	private readonly list = document.createElement("ul");
	private readonly status = document.createElement("p");
	private shown: Match<Command>[] = [];
	private chosen = 0;
	private looking: AbortController | undefined;
	private waiting: ReturnType<typeof setTimeout> | undefined;

	constructor(private readonly palette: Palette) {
		const { words } = palette;
		this.dialog.className = "palette";
		this.dialog.setAttribute("aria-label", words.label);
		this.list.id = "palette-list";
		this.list.setAttribute("role", "listbox");
		this.list.setAttribute("aria-label", words.label);
		this.status.setAttribute("role", "status");
		this.status.className = "palette-status";
		for (const [name, value] of Object.entries({
			type: "text", role: "combobox", placeholder: words.placeholder, autocomplete: "off", spellcheck: "false",
			"aria-label": words.label, "aria-autocomplete": "list", "aria-expanded": "true", "aria-controls": this.list.id,
		}))
			this.field.setAttribute(name, value);
		this.dialog.append(this.field, this.list, this.status);
		this.listen();
	}

	/* The browser gives the focus back to where it was when the dialog closes. */
	open(): void {
		if (this.dialog.open)
			return;
		if (!this.dialog.isConnected)
			document.body.append(this.dialog);
		this.field.value = "";
		this.dialog.showModal();
		this.field.focus();
		this.typed();
	}

	close(): void {
		this.dialog.close();
	}

	private listen(): void {
		this.field.addEventListener("input", () => this.typed());
		this.field.addEventListener("keydown", (event) => this.key(event));
		this.list.addEventListener("click", (event) => {
			const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
			if (option !== null)
				this.run([...this.list.children].indexOf(option));
		});
		/* A click beside it is on the dialog itself. */
		this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.close());
		this.dialog.addEventListener("close", () => {
			this.looking?.abort();
			clearTimeout(this.waiting);
		});
	}

	private typed(): void {
		const query = this.field.value.trim();
		this.looking?.abort();
		clearTimeout(this.waiting);
		this.show(matchAll(query, this.palette.commands(), (command) => command.label, MOST));
		if (query !== "" && this.palette.look !== undefined)
			this.waiting = setTimeout(() => void this.look(query), LOOK_MS);
	}

	private async look(query: string): Promise<void> {
		const looking = (this.looking = new AbortController());
		try {
			const more = await this.palette.look!(query, looking.signal);
			if (!looking.signal.aborted)
				this.show([...this.shown, ...more.map((item) => ({ item, score: 0, marks: [] }))].slice(0, 2 * MOST), this.chosen);
		} catch {
			/* Nothing more was found: the commands are there. */
		}
	}

	private key(event: KeyboardEvent): void {
		if (event.isComposing)
			return;
		const count = this.shown.length, { key } = event;
		if (key === "Enter" && count > 0)
			this.run(this.chosen);
		else if ((key === "ArrowDown" || key === "ArrowUp") && count > 0)
			this.choose((this.chosen + (key === "ArrowDown" ? 1 : count - 1)) % count);
		else if (key !== "Enter")
			return;
		event.preventDefault();
	}

	private run(index: number): void {
		const match = this.shown[index];
		this.close();
		match?.item.run();
	}

	private show(matches: Match<Command>[], chosen = 0): void {
		this.shown = matches;
		this.list.replaceChildren(...matches.map((match, i) => option(match, i)));
		this.status.textContent = matches.length === 0 ? this.palette.words.none : this.palette.words.found(matches.length);
		this.choose(Math.min(chosen, Math.max(0, matches.length - 1)));
	}

	private choose(index: number): void {
		this.chosen = index;
		[...this.list.children].forEach((one, i) => one.setAttribute("aria-selected", String(i === index)));
		const option = this.list.children[index];
		if (option === undefined)
			return this.field.removeAttribute("aria-activedescendant");
		this.field.setAttribute("aria-activedescendant", option.id);
		option.scrollIntoView({ block: "nearest" });
	}
}

function option(match: Match<Command>, index: number): HTMLElement {
	const element = document.createElement("li"), { label, hint } = match.item;
	element.id = `palette-${index}`;
	element.setAttribute("role", "option");
	element.append(...marked(label, match.marks));
	if (hint !== undefined) {
		const small = document.createElement("kbd");
		small.append(hint);
		element.append(" ", small);
	}
	return element;
}

/* The label with what was typed of it marked. */
function marked(label: string, marks: readonly number[]): (Node | string)[] {
	const parts: (Node | string)[] = [];
	let at = 0;
	for (const character of label) {
		if (marks.includes(at)) {
			const mark = document.createElement("mark");
			mark.append(character);
			parts.push(mark);
		} else {
			parts.push(character);
		}
		at += character.length;
	}
	return parts;
}

/* Ctrl+K, or Command+K where that is the key. */
export function opensPalette(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): boolean {
	return event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
}
