/*
 * show: a diff as text with <ins> and <del>, which say by themselves what they are; for readers
 * that do not, `words` are put before and behind each change, to be hidden from sight by class.
 */
import { type Tree, tree } from "../charts/tree.js";
import { type Part } from "./words.js";

export interface DiffWords {
	added: string; /* "added: " */
	removed: string;
	end: string; /* " end of change. " */
}

function change(name: "ins" | "del", text: string, before: string, end: string): Tree {
	const unseen = (words: string) => tree("span", { class: "unseen" }, words);
	return tree(name, {}, unseen(before), text, unseen(end));
}

export function shownDiff(parts: readonly Part[], words: DiffWords): (Tree | string)[] {
	return parts.map((part) =>
		part.kind === "same" ? part.text
			: part.kind === "added" ? change("ins", part.text, words.added, words.end)
				: change("del", part.text, words.removed, words.end));
}
