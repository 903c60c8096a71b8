/*
 * messages: what scripts say, by the catalogues that the server says it with (ICU messages,
 * console/messages/LANGUAGE.json), so that a text is translated once. Arguments are as
 * src/console/catalog.h has them: numbered in the order given, or named; of {0, date} and
 * {0, time} seconds since 1970 or an instant's text; in UTC, as everywhere here.
 */
import { IntlMessageFormat } from "intl-messageformat";

export type Argument = string | number;
export type Messages = { [key: string]: string };

/* Laid over the formatter's own styles of these names. */
const utc = Object.fromEntries(["short", "medium", "long", "full"].map((style) => [style, { timeZone: "UTC" }]));
const formats = { date: utc, time: utc };

interface Element {
	type: number;
	value?: string;
	style?: unknown;
	options?: { [selector: string]: { value: Element[] } };
}

/* As the parser numbers them. */
const ARGUMENT = 1, NUMBER = 2, DATE = 3, TIME = 4, PLURAL = 6;

/* What a message's arguments are, anywhere in it: the kind by name. Of a plural and a text a plural. */
function argumentsOf(elements: Element[], found = new Map<string, number>()): Map<string, number> {
	for (const element of elements) {
		if (element.type === DATE || element.type === TIME)
			element.style ??= "medium"; /* as in ICU4C */
		if (element.type >= ARGUMENT && element.type <= PLURAL)
			found.set(element.value!, Math.max(element.type, found.get(element.value!) ?? 0));
		for (const option of Object.values(element.options ?? {}))
			argumentsOf(option.value, found);
	}
	return found;
}

/* What is not given is nothing: no text, or 0. */
function valueOf(kind: number, given: Argument | undefined): Argument {
	if (kind === DATE || kind === TIME)
		return typeof given === "string" ? Date.parse(given) : 1000 * (given ?? 0);
	return kind === NUMBER || kind === PLURAL ? Number(given ?? 0) : (given ?? "");
}

class Message {
	private readonly kinds: Map<string, number>;
	private readonly format: IntlMessageFormat;

	/* A "<" is a "<": messages are text. */
	constructor(pattern: string, language: string) {
		const parsed = IntlMessageFormat.__parse!(pattern, { ignoreTag: true });
		this.kinds = argumentsOf(parsed as Element[]);
		this.format = new IntlMessageFormat(parsed, language, formats, { ignoreTag: true });
	}

	say(given: { [name: string]: Argument }): string {
		const values = [...this.kinds].map(([name, kind]) => [name, valueOf(kind, given[name])] as const);
		return String(this.format.format(Object.fromEntries(values)));
	}
}

export class Catalogue {
	private readonly known = new Map<string, Message | undefined>();

	/* `english` says what `messages` lack, in its own language. */
	constructor(
		readonly language: string,
		private readonly messages: Messages,
		private readonly english?: Catalogue,
	) {}

	/* Whether there is such a message, here or in English. */
	has(key: string): boolean {
		return Object.hasOwn(this.messages, key) || (this.english?.has(key) ?? false);
	}

	/* The key itself where nothing has it, or what has it is no ICU message. */
	say(key: string, ...given: Argument[]): string;
	say(key: string, given: { [name: string]: Argument }): string;
	say(key: string, ...given: (Argument | { [name: string]: Argument })[]): string {
		const named = typeof given[0] === "object" ? given[0] : Object.fromEntries(given.map((value, i) => [i, value as Argument]));
		const message = this.message(key);
		if (message === undefined)
			return this.english?.say(key, named) ?? key;
		try {
			return message.say(named);
		} catch {
			return key;
		}
	}

	private message(key: string): Message | undefined {
		if (!this.known.has(key))
			this.known.set(key, this.parse(key));
		return this.known.get(key);
	}

	private parse(key: string): Message | undefined {
		if (!Object.hasOwn(this.messages, key))
			return undefined;
		try {
			return new Message(this.messages[key]!, this.language);
		} catch {
			return undefined;
		}
	}
}

/* The page's own language over English, fetched by `fetchOne` (/console/messages/TAG.json). */
export async function loadCatalogue(language: string, fetchOne: (tag: string) => Promise<Messages>): Promise<Catalogue> {
	const english = new Catalogue("en", await fetchOne("en"));
	return language === "en" ? english : new Catalogue(language, await fetchOne(language), english);
}
