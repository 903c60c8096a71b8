/*
 * patterns: fills that are told apart without colour: each series and each state of a system has
 * its own hatching besides its class. A fill is `url(#PREFIX-N)`; ids are the page's, hence
 * the prefix.
 */
import { type Tree, tree } from "./tree.js";

const SIZE = 8;

/* Drawn over the class's colour. */
const marks: readonly (readonly Tree[])[] = [
	[],
	[line("M0,8L8,0M-2,2L2,-2M6,10L10,6")],
	[dot(2, 2), dot(6, 6)],
	[line("M0,0L8,8M0,8L8,0")],
	[line("M0,4H8")],
	[line("M4,0V8")],
];

function line(d: string): Tree {
	return tree("path", { d, class: "hatch", fill: "none", "stroke-width": 1.5 });
}

function dot(cx: number, cy: number): Tree {
	return tree("circle", { cx, cy, r: 1.3, class: "hatch-dot" });
}

export const PATTERNS = marks.length;

/* One pattern: the ground in the colour of `name`'s class, and its marks. */
function pattern(prefix: string, index: number, name: string): Tree {
	return tree("pattern", { id: `${prefix}-${index}`, width: SIZE, height: SIZE, patternUnits: "userSpaceOnUse" },
		tree("rect", { width: SIZE, height: SIZE, class: `fill ${name}` }), ...marks[index % PATTERNS]!);
}

/* `names`: the classes of the series, in their order. */
export function definitions(prefix: string, names: readonly string[]): Tree {
	return tree("defs", {}, ...names.map((name, i) => pattern(prefix, i, name)));
}

export function fill(prefix: string, index: number): string {
	return `url(#${prefix}-${index})`;
}

export interface Legend {
	prefix: string;
	words: readonly string[];
	x: number;
	y: number;
	width: number;
	rightToLeft: boolean;
}

const BOX = 14, ROW = 20, LETTER = 7.5;

/* A row of boxes and words, in as many lines as it takes. */
export function legend(l: Legend): { drawn: Tree; height: number } {
	let x = 0, y = 0;
	const items = l.words.map((word, i) => {
		const width = BOX + 8 + word.length * LETTER + 16;
		if (x > 0 && x + width > l.width)
			[x, y] = [0, y + ROW];
		const left = l.rightToLeft ? l.width - x - BOX : x;
		const text = l.rightToLeft ? left - 6 : left + BOX + 6;
		x += width;
		return tree("g", {}, tree("rect", { x: left, y, width: BOX, height: BOX, fill: fill(l.prefix, i), class: "swatch" }),
			tree("text", { x: text, y: y + 12, "text-anchor": "start", class: "legend" }, word));
	});
	return { drawn: tree("g", { transform: `translate(${l.x},${l.y})`, "aria-hidden": "true" }, ...items), height: y + ROW };
}
