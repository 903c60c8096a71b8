// All systems in one list, however many: rows are fetched as they come in sight.
import { Pages, cursorPages } from "../list/pages.js";
import { VirtualTable } from "../list/virtual.js";
import { ask, element, wordsOf } from "./dom.js";
import { words } from "./words.js";

interface Row {
	system: string;
	serial: string;
	condition: string;
	"end-user": string;
	country: string;
	licence: string;
}

const ROWS = 100, HEIGHT = 36;

export async function startSystems(): Promise<void> {
	const place = document.querySelector<HTMLElement>("[data-all-systems]");
	if (place === null) return;
	const says = await words(), total = Number(place.dataset["allSystems"]);
	const pages = new Pages(cursorPages<Row>(ROWS, async (after, limit) => {
		const query = new URLSearchParams({ limit: String(limit), ...(after !== undefined && { after }) });
		return (await ask(`/v1/systems?${query}`)).json() as Promise<{ items: Row[]; next: string | null }>;
	}));
	const slug = (condition: string) => condition.toLowerCase().replace(/[^a-z0-9]/g, "-");
	const host = element("div", { class: "rows" });
	place.replaceWith(host);
	document.querySelector(".pages")?.remove();
	new VirtualTable<Row>({
		host, total, pages, rowHeight: HEIGHT, label: says.say("systems.title"),
		columns: ["system.system", "system.condition", "system.end-user", "system.country"].map((key) => says.say(key)),
		cells: (row) => [
			element("a", { href: `/systems/${row.system}` }, `${row.serial} `, element("code", {}, row.system.slice(0, 8))),
			element("span", { class: `badge ${slug(row.condition)}` }, says.say(`condition.${slug(row.condition)}`)),
			row["end-user"], row.country,
		],
		waiting: "…", shown: (from, to, all) => says.say("list.shown", from, to, all),
		failed: (error) => wordsOf(error), open: (row) => location.assign(`/systems/${row.system}`),
	});
}
