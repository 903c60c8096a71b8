/*
 * match: which commands fit what was typed, best first. Letters must come in their order; those
 * at the beginning of words, and runs of them, count for more. Case and accents do not matter, in any
 * script. Pure.
 */

export interface Match<T> {
	item: T;
	score: number;
	marks: number[]; /* places in the label that were matched, as UTF-16 units */
}

const WORD = 8, RUN = 5, FIRST = 3, GAP = -0.1;

/* Letters without case and marks, each with its place in the text. */
function letters(text: string): { letter: string; at: number }[] {
	const found: { letter: string; at: number }[] = [];
	let at = 0;
	for (const character of text) {
		for (const letter of character.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase())
			found.push({ letter, at });
		at += character.length;
	}
	return found;
}

function isWordStart(text: string, at: number): boolean {
	return at === 0 || /[\s\-/.·:]/u.test(text[at - 1]!);
}

/* The best way to find `query` in `text`: by the best score that ends at each letter (Smith-Waterman's table). */
export function matchText(query: string, text: string): { score: number; marks: number[] } | undefined {
	const wanted = letters(query).filter((one) => one.letter.trim() !== ""), given = letters(text);
	if (wanted.length === 0)
		return { score: 0, marks: [] };
	interface Way { score: number; marks: number[] }
	let last: (Way | undefined)[] = [];
	for (const [i, { letter }] of wanted.entries()) {
		const now: (Way | undefined)[] = [];
		let best: Way | undefined; /* of the letters before, that end before this one */
		for (const [j, { letter: found, at }] of given.entries()) {
			const run = i === 0 ? undefined : last[j - 1];
			const from = i === 0 ? { score: j === 0 ? FIRST : GAP * j, marks: [] } : better(best, run && { ...run, score: run.score + RUN });
			now[j] = letter === found && from !== undefined
				? { score: from.score + 1 + (isWordStart(text, at) ? WORD : 0), marks: [...from.marks, at] } : undefined;
			best = better(best && { ...best, score: best.score + GAP }, i === 0 ? undefined : last[j - 1]);
		}
		last = now;
	}
	return last.reduce((best, way) => better(best, way), undefined);
}

function better<Way extends { score: number }>(a: Way | undefined, b: Way | undefined): Way | undefined {
	return a === undefined || (b !== undefined && b.score > a.score) ? b : a;
}

/* Of one score the shorter label first, then the order given. */
export function matchAll<T>(query: string, items: readonly T[], labelOf: (item: T) => string, most: number): Match<T>[] {
	return items.flatMap((item) => {
		const match = matchText(query, labelOf(item));
		return match === undefined ? [] : [{ item, ...match }];
	}).sort((a, b) => b.score - a.score || (query === "" ? 0 : labelOf(a.item).length - labelOf(b.item).length)).slice(0, most);
}
