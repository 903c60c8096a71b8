// Charts are drawn from the tables that stand on the page already, which say the same without a script.
import { barChart, byYear } from "../charts/bars.js";
import { type Systems, worldMap } from "../charts/map.js";
import { build } from "../charts/tree.js";
import { language, words } from "./words.js";

const format = (value: number) => new Intl.NumberFormat(language).format(value);
const rightToLeft = document.documentElement.dir === "rtl";

function nameOf(country: string): string {
	try {
		return new Intl.DisplayNames([language], { type: "region" }).of(country) ?? country;
	} catch {
		return country;
	}
}

/** The page's conditions as the map's states: what is stopped weighs most. */
const states = { "in-force": "licensed", restricted: "restricted", "not-in-force": "suspended", "stopped-by-a-measure": "disconnected" } as const;

function numberIn(cell: Element): number {
	return Number(cell.getAttribute("data-value") ?? 0);
}

function rowOf(row: Element): Systems {
	const systems: Systems = { country: row.querySelector("[data-country]")?.getAttribute("data-country") ?? "" };
	for (const cell of row.querySelectorAll("td[data-slug]")) {
		const state = states[cell.getAttribute("data-slug") as keyof typeof states];
		if (state !== undefined) systems[state] = numberIn(cell);
	}
	return systems;
}

async function drawMap(place: HTMLElement, table: HTMLTableElement): Promise<void> {
	const says = await words(), rows = [...table.tBodies[0]!.rows];
	if (rows.length === 0) return;
	place.replaceChildren(build(worldMap({
		id: "map", title: says.say("overview.by-country"), description: says.say("chart.map-description"),
		heading: says.say("system.country"), total: says.say("overview.all"), systems: rows.map(rowOf), nameOf, format, rightToLeft,
		words: {
			licensed: says.say("condition.in-force"), restricted: says.say("condition.restricted"),
			suspended: says.say("condition.not-in-force"), disconnected: says.say("condition.stopped-by-a-measure"),
		},
		href: (country) => `/systems?q=${encodeURIComponent(country)}`,
	})));
	place.hidden = false;
}

async function drawBars(place: HTMLElement, table: HTMLTableElement): Promise<void> {
	const says = await words();
	const counts = [...table.tBodies[0]!.rows].map((row) => ({
		country: row.dataset["country"] ?? "", year: Number(row.dataset["year"]), count: Number(row.dataset["count"]),
	}));
	if (counts.length === 0) return;
	const title = table.caption?.textContent ?? "";
	place.replaceChildren(build(barChart({
		id: place.id, title, description: says.say("chart.bars-description"), heading: says.say("chart.year"), format, rightToLeft,
		...byYear(counts, 5, nameOf, says.say("chart.others")),
	})));
	place.hidden = false;
}

/** Also on a part of a page that does not stand there yet. */
export async function drawCharts(within: ParentNode): Promise<void> {
	const places = [...within.querySelectorAll<HTMLElement>("[data-map], [data-bars]")];
	await Promise.all(places.map(async (place) => {
		const table = within.querySelector<HTMLTableElement>(`table#${place.dataset["map"] ?? place.dataset["bars"]}`);
		if (table !== null) await ("map" in place.dataset ? drawMap(place, table) : drawBars(place, table));
	}));
}

export function startCharts(): Promise<void> {
	return drawCharts(document);
}
