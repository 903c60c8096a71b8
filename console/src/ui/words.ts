// What scripts say, in the page's language: the same catalogues as the server's, fetched when first needed.
import type { Argument, Catalogue } from "../format/messages.js";

export const language = document.documentElement.lang || "en";
let catalogue: Promise<Catalogue> | undefined;

async function load(): Promise<Catalogue> {
	const { loadCatalogue } = await import("../format/messages.js");
	return loadCatalogue(language, async (tag) => {
		const answer = await fetch(`/console/messages/${tag}.json`);
		return answer.ok ? ((await answer.json()) as Record<string, string>) : {};
	});
}

export function words(): Promise<Catalogue> {
	return (catalogue ??= load());
}

export async function say(key: string, ...given: Argument[]): Promise<string> {
	return (await words()).say(key, ...given);
}

/** Seconds since 1970 as a day and time of the reader's language, in UTC as everywhere here. */
export function instant(seconds: number): string {
	return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" }).format(1000 * seconds) + " UTC";
}

/** What the names of the formats are called: names("field", "valid-until"). */
export type Names = (group: "field" | "choice", name: string) => string | undefined;

let called: Promise<Names> | undefined;

async function loadNames(): Promise<Names> {
	const answer = await fetch(`/console/names/${language}.json`);
	const all = answer.ok ? ((await answer.json()) as Record<string, string>) : {};
	return (group, name) => (Object.hasOwn(all, `${group}.${name}`) ? all[`${group}.${name}`] : undefined);
}

export function names(): Promise<Names> {
	return (called ??= loadNames());
}
