// Everything by keys: letters for those who have both hands there, a palette for the rest.
import { Keys, listen, moveFocus } from "../keys/keys.js";
import { CommandPalette, type Command, opensPalette } from "../palette/palette.js";
import { words } from "./words.js";

const OFF = "proviso.keys-off";

function isOff(): boolean {
	try {
		return localStorage.getItem(OFF) === "yes";
	} catch {
		return false;
	}
}

function toggle(): void {
	try {
		localStorage.setItem(OFF, isOff() ? "no" : "yes");
	} catch {
		// Without a store the keys stay as they are.
	}
}

const letters: { [path: string]: string } = {
	"/": "g o", "/work": "g w", "/drafts": "g t", "/systems": "g s", "/measures": "g m", "/reports": "g r", "/applications": "g a",
	"/licences": "g l", "/definitions": "g d", "/log": "g e", "/verify": "g v", "/new": "g n",
};

function places(): Command[] {
	return [...document.querySelectorAll<HTMLAnchorElement>("nav.side a")].map((link) => {
		const hint = letters[link.getAttribute("href") ?? ""];
		return { label: link.textContent ?? "", run: () => link.click(), ...(hint !== undefined && { hint }) };
	});
}

/** What the search page finds, as commands. */
async function look(query: string, signal: AbortSignal): Promise<Command[]> {
	const answer = await fetch(`/search?q=${encodeURIComponent(query)}`, { signal });
	const page = new DOMParser().parseFromString(await answer.text(), "text/html");
	return [...page.querySelectorAll<HTMLAnchorElement>(".results a")].map((link) => ({
		label: (link.textContent ?? "").replace(/\s+/g, " ").trim(), run: () => location.assign(link.getAttribute("href") ?? "/"),
	}));
}

let palette: Promise<CommandPalette> | undefined;

async function makePalette(): Promise<CommandPalette> {
	const says = await words();
	const commands = () => [
		...places(),
		{ label: says.say(isOff() ? "keys.turn-on" : "keys.turn-off"), run: toggle },
	];
	return new CommandPalette({
		commands, look,
		words: {
			label: says.say("palette.label"), placeholder: says.say("palette.placeholder"), none: says.say("palette.none"),
			found: (count) => says.say("palette.found", count),
		},
	});
}

function openPalette(): void {
	palette ??= makePalette();
	void palette.then((one) => one.open());
}

export function startKeys(): void {
	const go = Object.entries(letters).map(([path, keys]) => [keys, () => location.assign(path)] as const);
	listen(new Keys({
		"/": () => document.querySelector<HTMLInputElement>("#find")?.focus(),
		j: () => moveFocus("[data-row] a", 1),
		k: () => moveFocus("[data-row] a", -1),
		"?": openPalette,
		...Object.fromEntries(go),
	}, isOff));
	document.addEventListener("keydown", (event) => {
		if (!opensPalette(event)) return;
		event.preventDefault();
		openPalette();
	});
}
