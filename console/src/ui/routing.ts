// Other rules of routing: tried on the cases that are open, then put in the place of those there are. What was not
// tried as it stands can't be applied: whoever changes the rules has seen what that moves.
import { ask, element, fill, wordsOf } from "./dom.js";
import { say, words } from "./words.js";

interface Match {
	rule: string;
	country: string | null;
	capability: string | null;
	item: string | null;
	hits: number;
}

interface Route {
	team: string | null;
	flags: string[];
	bodies: string[];
	checklists: string[];
	matches: Match[];
}

interface Move {
	subject: string;
	kind: string;
	title: string;
	from: Route;
	to: Route;
}

const pages: { [kind: string]: string } = { application: "applications", report: "reports", measure: "measures" };

type Say = (key: string, ...given: string[]) => string;

/** What fits a case, as the words of a rule: "Content: capability capture.content". */
function why(match: Match, says: Say, counts: (n: number) => string): HTMLElement {
	const parts = [
		match.country === null ? "" : says("routing.because-country", match.country),
		match.capability === null ? "" : says("routing.because-capability", match.capability),
		match.item === null ? "" : says("routing.because-item", match.item),
		match.hits === 0 ? "" : counts(match.hits),
	].filter((part) => part !== "");
	return element("li", {}, element("bdi", {}, element("b", {}, match.rule)), " – ", parts.length === 0 ? says("routing.every") : parts.join("; "));
}

function changes(move: Move, says: Say): HTMLElement[] {
	const lists = [["flags", "routing.flags"], ["bodies", "routing.bodies"], ["checklists", "routing.checklists"]] as const;
	const rows = lists.flatMap(([name, key]) => {
		const added = move.to[name].filter((one) => !move.from[name].includes(one));
		const gone = move.from[name].filter((one) => !move.to[name].includes(one));
		return [...added.map((one) => ["ins", "diff.added", one] as const), ...gone.map((one) => ["del", "diff.removed", one] as const)].map(
			([tag, mark, one]) => element("li", {}, says(key), " ", element(tag, {}, element("span", { class: "hidden" }, says(mark)), one)));
	});
	const { from, to } = move;
	if (from.team === to.team) return rows;
	const name = (team: string | null) => element("bdi", {}, element("b", {}, team ?? says("routing.no-team")));
	return [element("li", {}, says("work.team"), " ", name(from.team), ` ${says("routing.to")} `, name(to.team)), ...rows];
}

async function shown(open: number, moves: Move[]): Promise<Node[]> {
	const catalogue = await words(), says: Say = (key, ...given) => catalogue.say(key, ...given);
	const heading = element("h3", { tabindex: "-1" }, catalogue.say("routing.moves", moves.length, open));
	if (moves.length === 0) return [heading, element("p", { class: "empty" }, says("routing.moves-none"))];
	const head = element("tr", {}, ...["routing.case", "routing.what", "routing.why"].map((key) => element("th", { scope: "col" }, says(key))));
	const rows = moves.map((move) => element("tr", { "data-row": "" },
		element("td", {}, element("a", { href: `/${pages[move.kind] ?? "records"}/${move.subject}` }, move.title)),
		element("td", {}, element("ul", { class: "bare" }, ...changes(move, says))),
		element("td", {}, element("ul", { class: "bare" }, ...move.to.matches.map((m) => why(m, says, (n) => catalogue.say("routing.because-hits", n)))))));
	const table = element("table", { class: "list" }, element("thead", {}, head), element("tbody", {}, ...rows));
	return [heading, element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": says("routing.title") }, table)];
}

export function startRouting(): void {
	const form = document.querySelector<HTMLFormElement>("form[data-routing]");
	if (form === null) return;
	const text = form.querySelector("textarea")!, problem = form.querySelector("[data-problem]")!, moves = form.querySelector("[data-moves]")!;
	const apply = form.querySelector<HTMLButtonElement>("[data-apply]")!, undo = form.querySelector<HTMLButtonElement>("[data-undo]");
	const over = new URLSearchParams({ over: form.dataset["routing"] ?? "" });
	const yaml = (body: string, method: string): RequestInit => ({ method, headers: { "Content-Type": "application/yaml" }, body });
	let tried: string | undefined;

	/** To the line at fault, which the error names. */
	const point = (error: unknown) => {
		const line = Number(/line (\d+)/.exec(wordsOf(error))?.[1] ?? 0), lines = text.value.split("\n");
		if (line === 0 || line > lines.length) return;
		const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
		text.setAttribute("aria-invalid", "true");
		text.focus();
		text.setSelectionRange(from, from + lines[line - 1]!.length);
	};
	const step = async (work: () => Promise<void>) => {
		problem.textContent = "";
		text.removeAttribute("aria-invalid");
		try {
			await work();
		} catch (error) {
			fill(moves);
			problem.textContent = await say("sign.refused", wordsOf(error));
			point(error);
		}
	};
	const settle = () => { apply.disabled = tried === undefined || tried !== text.value; };
	const gone = () => { form.dispatchEvent(new CustomEvent("proviso:sent")); location.reload(); };
	text.addEventListener("input", settle);
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		void step(async () => {
			const body = text.value, answer = await ask("/v1/routing/dry-run", yaml(body, "POST"));
			const { open, moves: all } = (await answer.json()) as { open: number; moves: Move[] };
			fill(moves, ...(await shown(open, all)));
			tried = body;
			settle();
			moves.querySelector<HTMLElement>("h3")?.focus();
		});
	});
	apply.addEventListener("click", () => void step(async () => { await ask(`/v1/routing?${over}`, yaml(text.value, "PUT")); gone(); }));
	undo?.addEventListener("click", () => void step(async () => { await ask(`/v1/routing/undo?${over}`, { method: "POST" }); gone(); }));
	form.querySelector<HTMLButtonElement>("[data-try]")!.disabled = false;
	if (undo !== null) undo.disabled = false;
}
