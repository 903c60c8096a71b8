/*
 * bars: numbers of a few series over a few columns (measures by country and year), as bars with
 * the number above each, and as a table that says the same to whoever does not see them.
 */
import { definitions, fill, legend } from "./patterns.js";
import { type Tree, at, tree } from "./tree.js";

export interface Bars {
	id: string; /* of the chart on its page */
	title: string;
	description: string;
	heading: string; /* of the table's first column, which names the columns of bars */
	columns: readonly string[]; /* "2025", "2026" */
	series: readonly { name: string; values: readonly number[] }[]; /* a value a column */
	format: (value: number) => string;
	rightToLeft: boolean;
}

const WIDTH = 720, HEIGHT = 220, TOP = 24, SIDE = 56, FOOT = 28, GAP = 0.2;
const WIDEST = 64; /* of a bar: one alone is not a wall */

/* Whole steps of 1, 2 or 5 times a power of ten, at most `most` of them, up to or beyond `highest`. */
export function ticks(highest: number, most = 5): number[] {
	const least = Math.max(highest, 1) / most;
	const power = 10 ** Math.floor(Math.log10(least));
	const step = Math.max(1, [1, 2, 5, 10].find((times) => times * power >= least)! * power);
	return Array.from({ length: Math.ceil(Math.max(highest, 1) / step) + 1 }, (_, i) => i * step);
}

/* Series have the classes series-0, series-1, ... */
function classes(bars: Bars): string[] {
	return bars.series.map((_, i) => `series-${i}`);
}

/* Where bars begin: the wider margin, with the axis' numbers, is where lines of text begin. */
function start(bars: Bars): number {
	return bars.rightToLeft ? SIDE / 2 : SIDE;
}

function axis(bars: Bars, marks: readonly number[], y: (value: number) => number): Tree {
	const left = start(bars), right = left + WIDTH - SIDE * 1.5;
	return tree("g", { class: "axis", "aria-hidden": "true" }, ...marks.flatMap((mark) => [
		tree("line", { x1: left, x2: right, y1: y(mark), y2: y(mark), class: mark === 0 ? "base" : "grid" }),
		tree("text", { x: bars.rightToLeft ? right + 8 : left - 8, y: y(mark) + 4, "text-anchor": "end" }, bars.format(mark)),
	]));
}

function bar(bars: Bars, series: number, value: number, x: number, width: number, y: (value: number) => number): Tree {
	const top = y(value), name = bars.series[series]!.name;
	return tree("g", {},
		tree("rect", { x: at(x), y: top, width: at(width), height: at(y(0) - top), fill: fill(bars.id, series), class: "bar" },
			tree("title", {}, `${name}: ${bars.format(value)}`)),
		tree("text", { x: at(x + width / 2), y: top - 5, "text-anchor": "middle", class: "value" }, bars.format(value)));
}

function column(bars: Bars, index: number, room: number, y: (value: number) => number): Tree {
	const place = bars.rightToLeft ? bars.columns.length - 1 - index : index;
	const left = start(bars) + place * room, width = Math.min(WIDEST, (room * (1 - GAP)) / bars.series.length);
	const first = left + (room - width * bars.series.length) / 2;
	const drawn = bars.series.map((series, i) => {
		const at = bars.rightToLeft ? bars.series.length - 1 - i : i;
		return bar(bars, i, series.values[index] ?? 0, first + at * width, width, y);
	});
	return tree("g", {}, ...drawn,
		tree("text", { x: at(left + room / 2), y: HEIGHT - FOOT + 18, "text-anchor": "middle", class: "column" }, bars.columns[index]!));
}

export function barChart(bars: Bars): Tree {
	const marks = ticks(Math.max(0, ...bars.series.flatMap((series) => series.values)));
	const highest = marks.at(-1)!, room = (WIDTH - SIDE * 1.5) / Math.max(1, bars.columns.length);
	const y = (value: number) => at(HEIGHT - FOOT - (value / highest) * (HEIGHT - FOOT - TOP));
	const key = legend({
		prefix: bars.id, words: bars.series.map((series) => series.name), x: start(bars), y: HEIGHT + 4, width: WIDTH - SIDE * 1.5,
		rightToLeft: bars.rightToLeft,
	});
	return tree("svg", {
		viewBox: `0 0 ${WIDTH} ${HEIGHT + key.height + 8}`, role: "img", class: "bars",
		"aria-labelledby": `${bars.id}-title ${bars.id}-description`, direction: bars.rightToLeft ? "rtl" : "ltr",
	},
		tree("title", { id: `${bars.id}-title` }, bars.title), tree("desc", { id: `${bars.id}-description` }, bars.description),
		definitions(bars.id, classes(bars)), axis(bars, marks, y),
		...bars.columns.map((_, index) => column(bars, index, room, y)), key.drawn);
}

/* The same numbers for readers and for whoever copies them. */
export function barTable(bars: Bars): Tree {
	const heads = [bars.heading, ...bars.series.map((series) => series.name)];
	return tree("table", { class: "list" }, tree("caption", {}, bars.title),
		tree("thead", {}, tree("tr", {}, ...heads.map((head, i) => tree("th", { scope: "col", ...(i > 0 && { class: "n" }) }, head)))),
		tree("tbody", {}, ...bars.columns.map((name, index) => tree("tr", {}, tree("th", { scope: "row" }, name),
			...bars.series.map((series) => tree("td", { class: "n" }, bars.format(series.values[index] ?? 0)))))));
}

export interface Count {
	country: string;
	year: number;
	count: number;
}

/*
 * Counts by country and year as series of the `most` countries with the most of them, the rest
 * together as `others`; every year between the first and the last has its column.
 */
export function byYear(counts: readonly Count[], most: number, nameOf: (country: string) => string, others: string): Pick<Bars, "columns" | "series"> {
	const years = counts.map((count) => count.year), first = Math.min(...years);
	const columns = counts.length === 0 ? [] : Array.from({ length: Math.max(...years) - first + 1 }, (_, i) => first + i);
	const sum = (of: readonly Count[], year?: number) =>
		of.filter((count) => year === undefined || count.year === year).reduce((total, count) => total + count.count, 0);
	const groups = [...new Set(counts.map((count) => count.country))].map((country) => ({ country, of: counts.filter((count) => count.country === country) }))
		.sort((a, b) => sum(b.of) - sum(a.of) || (a.country < b.country ? -1 : 1));
	/* One too many is shown by itself: "others" would take its place and say less. */
	const shown = groups.length === most + 1 ? groups : groups.slice(0, most);
	const rest = groups.slice(shown.length).flatMap((group) => group.of);
	const all = [...shown.map((group) => ({ name: nameOf(group.country), of: group.of })), ...(rest.length > 0 ? [{ name: others, of: rest }] : [])];
	return {
		columns: columns.map(String),
		series: all.map(({ name, of }) => ({ name, values: columns.map((year) => sum(of, year)) })),
	};
}
