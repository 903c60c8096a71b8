import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bars, barChart, barTable, byYear, ticks } from "../src/charts/bars.js";
import { type WorldMap, gravest, worldMap, worldTable } from "../src/charts/map.js";
import { type Tree, markup, tree } from "../src/charts/tree.js";

function* all(node: Tree | string): Generator<Tree> {
	if (typeof node === "string")
		return;
	yield node;
	for (const child of node.children)
		yield* all(child);
}

const named = (node: Tree, name: string) => [...all(node)].filter((one) => one.name === name);
const text = (node: Tree | string): string => (typeof node === "string" ? node : node.children.map(text).join(""));

/* What every chart here must be, whatever it shows. */
function isSound(svg: Tree): void {
	const ids = [...all(svg)].flatMap((node) => (node.attributes["id"] === undefined ? [] : [String(node.attributes["id"])]));
	assert.equal(new Set(ids).size, ids.length, "an id twice");
	for (const node of all(svg)) {
		assert.equal(node.attributes["style"], undefined, "the page's policy takes no style attributes");
		for (const [name, value] of Object.entries(node.attributes)) {
			assert.ok(!/^on/.test(name) && !/NaN|undefined|Infinity/.test(String(value)), `${node.name} ${name}=${value}`);
			for (const [, id] of String(value).matchAll(/url\(#([^)]*)\)/g))
				assert.ok(ids.includes(id!), `no ${id}`);
		}
	}
	assert.ok(["img", "group"].includes(String(svg.attributes["role"])));
	for (const id of String(svg.attributes["aria-labelledby"]).split(" "))
		assert.ok(ids.includes(id), `no ${id}`);
	assert.ok(text(named(svg, "title")[0]!).length > 0 && text(named(svg, "desc")[0]!).length > 0);
}

const bars: Bars = {
	id: "measures", title: "Measures", description: "Measures by country and year", heading: "Year", columns: ["2025", "2026"],
	series: [{ name: "Ruritania", values: [3, 7] }, { name: 'A "b" <c> & d', values: [0, 12] }], format: String, rightToLeft: false,
};

test("ticks are whole, even, and reach the highest", () => {
	for (let highest = 0; highest < 3000; highest++) {
		const marks = ticks(highest), step = marks[1]! - marks[0]!;
		assert.ok(marks[0] === 0 && marks.at(-1)! >= highest && marks.at(-1)! - step < Math.max(highest, 1), String(highest));
		assert.ok(marks.length >= 2 && marks.length <= 6 && /^[125]0*$/.test(String(step)), `${highest}: ${marks}`);
	}
});

test("bars stand for their numbers, which are written too, and the table says the same", () => {
	const svg = barChart(bars);
	isSound(svg);
	const heights = named(svg, "rect").filter((one) => one.attributes["class"] === "bar").map((one) => Number(one.attributes["height"]));
	assert.equal(heights.length, 4);
	assert.ok(Math.abs(heights[0]! / heights[2]! - 3 / 7) < 0.01 && heights[1] === 0);
	assert.equal(named(svg, "text").filter((one) => one.attributes["class"] === "value").map(text).join(), "3,0,7,12");
	const fills = new Set(named(svg, "rect").filter((one) => one.attributes["class"] === "bar").map((one) => one.attributes["fill"]));
	assert.equal(fills.size, 2);
	const rows = named(barTable(bars), "tr").map((row) => row.children.map(text).join("|"));
	assert.deepEqual(rows, ['Year|Ruritania|A "b" <c> & d', "2025|3|0", "2026|7|12"]);
});

test("from right to left everything stands the other way round, and stays in the frame", () => {
	const svg = barChart({ ...bars, rightToLeft: true });
	isSound(svg);
	assert.equal(svg.attributes["direction"], "rtl");
	const columns = named(svg, "text").filter((one) => one.attributes["class"] === "column");
	assert.ok(Number(columns[0]!.attributes["x"]) > Number(columns[1]!.attributes["x"]));
	for (const one of named(svg, "rect"))
		assert.ok(Number(one.attributes["x"] ?? 0) >= 0 && Number(one.attributes["x"] ?? 0) <= 720);
});

test("nothing to show is a chart still", () => {
	isSound(barChart({ ...bars, columns: [], series: [] }));
	isSound(barChart({ ...bars, columns: ["2026"], series: [{ name: "x", values: [] }] }));
	assert.deepEqual(byYear([], 3, String, "others"), { columns: [], series: [] });
});

test("counts become series of the countries with the most of them, with every year between", () => {
	const counts = [["XR", 2022, 1], ["XR", 2025, 4], ["IL", 2022, 2], ["XA", 2022, 1], ["XB", 2023, 1]] as const;
	const of = (most: number) => byYear(counts.map(([country, year, count]) => ({ country, year, count })), most, (code) => `the ${code}`, "others");
	assert.deepEqual(of(2), {
		columns: ["2022", "2023", "2024", "2025"],
		series: [{ name: "the XR", values: [1, 0, 0, 4] }, { name: "the IL", values: [2, 0, 0, 0] }, { name: "others", values: [1, 1, 0, 0] }],
	});
	assert.deepEqual(of(3).series.map((series) => series.name), ["the XR", "the IL", "the XA", "the XB"]);
});

const map: WorldMap = {
	id: "world", title: "Systems", description: "Systems by state", heading: "Country", total: "All",
	systems: [
		{ country: "IL", licensed: 3, suspended: 1 }, { country: "SG", licensed: 1 }, { country: "BR", licensed: 2, disconnected: 1 },
		{ country: "XR", restricted: 5 }, { country: "XS", licensed: 1 }, { country: "FR" },
	],
	words: { disconnected: "disconnected", suspended: "suspended", restricted: "restricted", licensed: "licensed" },
	nameOf: (code) => `<${code}>`, format: String, rightToLeft: false,
};

test("a country is filled by the gravest state of its systems, and has their number on it", () => {
	const svg = worldMap(map);
	isSound(svg);
	const countries = [...all(svg)].filter((one) => String(one.attributes["class"]).startsWith("country "));
	assert.deepEqual(countries.map((one) => `${one.name} ${one.attributes["class"]}`), [
		"path country suspended", "circle country suspended", "circle country licensed", "path country disconnected",
		"circle country restricted", "circle country licensed"]);
	/* A fill of its own for each state besides the class. */
	assert.equal(new Set(countries.map((one) => one.attributes["fill"])).size, 4);
	assert.deepEqual(named(svg, "text").filter((one) => one.attributes["class"] === "count").map(text), ["4", "1", "3", "5", "1"]);
	assert.deepEqual(named(svg, "text").filter((one) => one.attributes["class"] === "name").map(text), ["<XR>", "<XS>"]);
	assert.ok(named(svg, "title").map(text).includes("<IL>: 1 suspended, 3 licensed"));
	assert.equal(gravest({ country: "FR" }), undefined);
	const rows = named(worldTable(map), "tr").map((row) => row.children.map(text).join("|"));
	assert.deepEqual(rows.slice(0, 3), ["Country|All|disconnected|suspended|restricted|licensed", "<IL>|4|0|1|0|3", "<SG>|1|0|0|0|1"]);
	assert.equal(rows.length, 7);
});

test("countries lead somewhere, by name, for whoever uses the keyboard", () => {
	const svg = worldMap({ ...map, href: (code) => `/systems?q=${code}`, rightToLeft: true });
	isSound(svg);
	assert.equal(svg.attributes["role"], "group");
	const links = named(svg, "a");
	assert.deepEqual(links.map((one) => one.attributes["href"]), ["IL", "SG", "BR", "XR", "XS"].map((code) => `/systems?q=${code}`));
	assert.ok(links.every((one) => String(one.attributes["aria-label"]).includes(": ")));
	assert.equal(named(worldTable({ ...map, href: (code) => code }), "a").length, 6);
});

test("every code of ISO 3166 with land has its place, and the whole is drawn within the frame", () => {
	for (const code of ["US", "RU", "FJ", "MT", "BH", "AE", "XK", "PS", "TW", "EH", "VA"]) {
		const svg = worldMap({ ...map, systems: [{ country: code, licensed: 1 }] });
		isSound(svg);
		const [x, y] = ["x", "y"].map((of) => Number(named(svg, "text").find((one) => one.attributes["class"] === "count")!.attributes[of]));
		assert.ok(x! > 0 && x! < 1000 && y! > 0 && y! < 500, `${code} ${x},${y}`);
		assert.ok(!named(svg, "text").some((one) => one.attributes["class"] === "name"), code);
	}
});

test("what is written is text, never markup", () => {
	assert.equal(markup(tree("text", { title: '"<&>' }, "<script>&")), '<text title="&quot;&lt;&amp;&gt;">&lt;script&gt;&amp;</text>');
	assert.ok(!markup(worldMap(map)).includes("<XR>"));
});
