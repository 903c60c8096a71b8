// Small help with elements. Text is only ever put in as text: there is no way here to put in HTML.
import { language, words } from "./words.js";

type Child = Node | string | null | undefined;

export function element<K extends keyof HTMLElementTagNameMap>(
	name: K, attributes: Record<string, string> = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
	for (const child of children) if (child !== null && child !== undefined) made.append(child);
	return made;
}

export function fill(target: Element, ...children: Child[]): void {
	target.replaceChildren(...children.filter((c) => c !== null && c !== undefined));
}

/** What went wrong, in words: those of a problem (RFC 9457) or of an Error. */
export function wordsOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

export class Problem extends Error {
	constructor(readonly status: number, readonly rule: string, readonly field: string | undefined, detail: string) {
		super(detail);
	}
}

/** A problem in the page's language: its rule, and in brackets what English says of this case of it. */
async function told(status: number, rule: string, detail: string): Promise<string> {
	if (language === "en" || rule === "") return detail;
	const says = await words(), key = `rule.${rule}`;
	const own = says.say(says.has(key) ? key : status === 400 ? "rule.input" : "rule.other");
	return `${own} (\u2068${rule}: ${detail}\u2069)`;
}

/** Asks the service; whatever is no 2xx is thrown as a Problem. */
export async function ask(path: string, options: RequestInit = {}): Promise<Response> {
	const headers = new Headers(options.headers);
	if (options.method !== undefined && options.method !== "GET") headers.set("Proviso-Console", "1");
	const answer = await fetch(path, { ...options, headers, cache: "no-store", credentials: "same-origin" });
	if (answer.ok) return answer;
	const problem = await answer.json().catch(() => ({})) as { detail?: string; rule?: string; field?: string; title?: string };
	const rule = problem.rule ?? "", detail = problem.detail ?? problem.title ?? answer.statusText;
	throw new Problem(answer.status, rule, problem.field, await told(answer.status, rule, detail));
}
