/*
 * words: what was changed between two texts, word by word, in any script: words are what the
 * language's rules say (Intl.Segmenter), compared by Myers' greedy algorithm (1986), which
 * finds a shortest way from the one to the other. Pure.
 */

export interface Part {
	kind: "same" | "added" | "removed";
	text: string;
}

/* Beyond so many changes two texts have little in common: they are shown one after the other. */
const CHANGES_MAX = 2000;

function wordsOf(text: string, language: string): string[] {
	return Array.from(new Intl.Segmenter(language, { granularity: "word" }).segment(text), (one) => one.segment);
}

/*
 * How far one gets with d changes on each diagonal k = x - y, for every d up to the shortest
 * way; undefined where that takes more than CHANGES_MAX.
 */
function furthest(a: readonly string[], b: readonly string[]): Map<number, number>[] | undefined {
	const trail: Map<number, number>[] = [];
	let last = new Map([[1, 0]]);
	for (let d = 0; d <= Math.min(a.length + b.length, CHANGES_MAX); d++) {
		const now = new Map<number, number>();
		trail.push(now);
		for (let k = -d; k <= d; k += 2) {
			const isDown = k === -d || (k !== d && (last.get(k - 1) ?? -1) < (last.get(k + 1) ?? -1));
			let x = isDown ? last.get(k + 1)! : last.get(k - 1)! + 1;
			while (x < a.length && x - k < b.length && a[x] === b[x - k])
				x++;
			now.set(k, x);
			if (x >= a.length && x - k >= b.length)
				return trail;
		}
		last = now;
	}
	return undefined;
}

/* The way back from the end: one step a word. */
function steps(a: readonly string[], b: readonly string[], trail: readonly Map<number, number>[]): Part[] {
	const found: Part[] = [];
	let x = a.length, y = b.length;
	const same = (untilX: number, untilY: number) => {
		for (; x > untilX && y > untilY; x--, y--)
			found.push({ kind: "same", text: a[x - 1]! });
	};
	for (let d = trail.length - 1; d > 0; d--) {
		const k = x - y, last = trail[d - 1]!;
		const isDown = k === -d || (k !== d && (last.get(k - 1) ?? -1) < (last.get(k + 1) ?? -1));
		const fromK = isDown ? k + 1 : k - 1, fromX = last.get(fromK)!, fromY = fromX - fromK;
		same(isDown ? fromX : fromX + 1, isDown ? fromY + 1 : fromY);
		found.push(isDown ? { kind: "added", text: b[--y]! } : { kind: "removed", text: a[--x]! });
	}
	same(0, 0);
	return found.reverse();
}

/* White space alone between two changes is read as part of them. */
function joinChanges(parts: readonly Part[]): Part[] {
	return parts.flatMap((part, i): Part[] => {
		const isBetween = part.kind === "same" && /^\s+$/.test(part.text) && parts[i - 1] !== undefined &&
			parts[i - 1]!.kind !== "same" && parts[i + 1] !== undefined && parts[i + 1]!.kind !== "same";
		return isBetween ? [{ kind: "removed", text: part.text }, { kind: "added", text: part.text }] : [part];
	});
}

/* Runs of one kind together; within a change what was removed stands before what was added. */
function gathered(parts: readonly Part[]): Part[] {
	const out: Part[] = [];
	let removed = "", added = "";
	const flush = () => {
		if (removed !== "")
			out.push({ kind: "removed", text: removed });
		if (added !== "")
			out.push({ kind: "added", text: added });
		removed = added = "";
	};
	for (const part of parts) {
		const last = out.at(-1);
		if (part.kind === "removed")
			removed += part.text;
		else if (part.kind === "added")
			added += part.text;
		else if (removed === "" && added === "" && last?.kind === "same")
			last.text += part.text;
		else {
			flush();
			out.push({ ...part });
		}
	}
	flush();
	return out;
}

export function diffWords(before: string, after: string, language: string): Part[] {
	const a = wordsOf(before, language), b = wordsOf(after, language);
	let start = 0, end = 0;
	while (start < a.length && start < b.length && a[start] === b[start])
		start++;
	while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
		end++;
	const left = a.slice(start, a.length - end), right = b.slice(start, b.length - end);
	const trail = furthest(left, right);
	const middle: Part[] = trail !== undefined ? steps(left, right, trail)
		: [{ kind: "removed", text: left.join("") }, { kind: "added", text: right.join("") }];
	const edge = (words: string[]): Part[] => words.map((text) => ({ kind: "same", text }));
	return gathered(joinChanges([...edge(a.slice(0, start)), ...middle, ...edge(a.slice(a.length - end))]));
}
