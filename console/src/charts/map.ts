/*
 * map: systems by state on a map of the world. A country is filled by the gravest state of any
 * of its systems, with a hatching of its own for each state, and has the number of its systems
 * written on it; what is too small for the scale is a circle, and a code that is on no map (the
 * examples' XA to XZ) stands in a row below. The table says all of it in words.
 */
import world from "./world.json";
import { definitions, fill, legend } from "./patterns.js";
import { type Tree, at, tree } from "./tree.js";

/* From the gravest down. */
export const states = ["disconnected", "suspended", "restricted", "licensed"] as const;
/* The plainer a pattern, the less grave. */
const byGravity = [...states].reverse();

export type State = (typeof states)[number];

export type Systems = { country: string } & { [state in State]?: number };

export interface WorldMap {
	id: string;
	title: string;
	description: string;
	heading: string; /* of the column of countries */
	total: string; /* of the column of all systems */
	systems: readonly Systems[];
	words: { [state in State]: string };
	nameOf: (country: string) => string;
	format: (value: number) => string;
	href?: (country: string) => string; /* where a country leads */
	rightToLeft: boolean;
}

interface World {
	width: number;
	height: number;
	paths: { [code: string]: string };
	others: string;
	places: { [code: string]: number[] };
}

const { width, height, paths, others, places } = world as World;
const RADIUS = 9, ROW = 26;
/* So that a number can be read on a hatching; its colour is the style sheet's. */
const halo = { "paint-order": "stroke", "stroke-width": 3, "stroke-linejoin": "round" };

function count(systems: Systems): number {
	return states.reduce((sum, state) => sum + (systems[state] ?? 0), 0);
}

export function gravest(systems: Systems): State | undefined {
	return states.find((state) => (systems[state] ?? 0) > 0);
}

/* "Israel: 3 licensed, 1 suspended" */
function inWords(map: WorldMap, systems: Systems): string {
	const parts = states.filter((state) => (systems[state] ?? 0) > 0).map((state) => `${map.format(systems[state]!)} ${map.words[state]}`);
	return `${map.nameOf(systems.country)}: ${parts.join(", ")}`;
}

/* The middle of the largest ring's bounds: good enough to write a number on. */
function middle(path: string): [number, number] {
	let best: [number, number] = [0, 0], size = -1;
	for (const ring of path.split("M").slice(1)) {
		const numbers = ring.match(/-?\d+/g)!.map(Number);
		let [x, y] = [numbers[0]!, numbers[1]!], [left, right, top, bottom] = [x, x, y, y];
		for (let i = 2; i + 1 < numbers.length; i += 2) {
			[x, y] = [x + numbers[i]!, y + numbers[i + 1]!];
			[left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
		}
		if ((right - left) * (bottom - top) > size)
			[size, best] = [(right - left) * (bottom - top), [at((left + right) / 2), at((top + bottom) / 2)]];
	}
	return best;
}

function number(map: WorldMap, systems: Systems, x: number, y: number): Tree {
	return tree("text", { x, y: y + 4, "text-anchor": "middle", class: "count", ...halo }, map.format(count(systems)));
}

/* A country with systems: its shape, or a circle, with the number on it; a link where it leads somewhere. */
function country(map: WorldMap, systems: Systems, spot?: [number, number]): Tree {
	const state = gravest(systems)!, code = systems.country, path = spot === undefined ? paths[code] : undefined;
	const looks = { fill: fill(map.id, byGravity.indexOf(state)), class: `country ${state}` };
	const place = (places[code] as [number, number] | undefined) ?? spot;
	const drawn = [
		...(map.href === undefined ? [tree("title", {}, inWords(map, systems))] : []), /* a link has it as its name */
		...(path !== undefined ? [tree("path", { d: path, ...looks })] : []),
		...(place !== undefined ? [tree("circle", { cx: place[0], cy: place[1], r: RADIUS, ...looks })] : []),
		number(map, systems, ...(place ?? middle(path!))),
	];
	return map.href === undefined
		? tree("g", {}, ...drawn)
		: tree("a", { href: map.href(code), "aria-label": `${map.format(count(systems))} – ${inWords(map, systems)}` }, ...drawn);
}

function isOnMap(code: string): boolean {
	return paths[code] !== undefined || places[code] !== undefined;
}

/* Codes of no place, in a row below the map, each with its name. */
function beside(map: WorldMap, systems: readonly Systems[]): Tree[] {
	const room = width / Math.max(systems.length, 6);
	return systems.map((one, i) => {
		const from = i * room + RADIUS + 4, x = at(map.rightToLeft ? width - from : from), y = height + ROW / 2;
		return tree("g", {}, country(map, one, [x, y]),
			tree("text", { x: map.rightToLeft ? x - RADIUS - 6 : x + RADIUS + 6, y: y + 4, "text-anchor": "start", class: "name" }, map.nameOf(one.country)));
	});
}

export function worldMap(map: WorldMap): Tree {
	const shown = map.systems.filter((systems) => gravest(systems) !== undefined);
	const on = shown.filter((systems) => isOnMap(systems.country)), off = shown.filter((systems) => !isOnMap(systems.country));
	const filled = new Set(on.map((systems) => systems.country));
	const rest = Object.entries(paths).filter(([code]) => !filled.has(code)).map(([, path]) => path).join("") + others;
	const foot = height + (off.length > 0 ? ROW : 0);
	const key = legend({ prefix: map.id, words: byGravity.map((state) => map.words[state]), x: 8, y: foot + 8, width: width - 16, rightToLeft: map.rightToLeft });
	return tree("svg", {
		viewBox: `0 0 ${width} ${foot + key.height + 12}`, role: map.href === undefined ? "img" : "group", class: "world",
		"aria-labelledby": `${map.id}-title`, "aria-describedby": `${map.id}-description`, direction: map.rightToLeft ? "rtl" : "ltr",
	},
		tree("title", { id: `${map.id}-title` }, map.title), tree("desc", { id: `${map.id}-description` }, map.description),
		definitions(map.id, byGravity), tree("path", { d: rest, class: "land" }),
		...on.map((systems) => country(map, systems)), ...beside(map, off), key.drawn);
}

export function worldTable(map: WorldMap): Tree {
	const heads = [map.heading, map.total, ...states.map((state) => map.words[state])];
	const row = (systems: Systems) => tree("tr", {},
		tree("th", { scope: "row" }, map.href === undefined ? map.nameOf(systems.country) : tree("a", { href: map.href(systems.country) }, map.nameOf(systems.country))),
		...[count(systems), ...states.map((state) => systems[state] ?? 0)].map((value) => tree("td", { class: "n" }, map.format(value))));
	return tree("table", { class: "list" }, tree("caption", {}, map.title),
		tree("thead", {}, tree("tr", {}, ...heads.map((head, i) => tree("th", { scope: "col", ...(i > 0 && { class: "n" }) }, head)))),
		tree("tbody", {}, ...map.systems.map(row)));
}
