/*
 * virtual: a table of any length of which only what is seen is in the document. It is a grid to
 * whoever does not see it: the number of all rows and each row's place are told, one row is in
 * the order of tabs, the keyboard moves through all of them (arrows, pages, ends, j and k), and
 * a status says which rows are shown.
 *
 * No style attributes: heights are set through the object model, which the page's policy allows.
 */
import { type Pages } from "./pages.js";
import { type Range, type View, scrolledTo, target, visible } from "./window.js";

export interface VirtualList<Row> {
	host: HTMLElement; /* becomes the list; its height is the style sheet's */
	label: string;
	columns: readonly string[];
	total: number;
	rowHeight: number; /* CSS pixels */
	pages: Pages<Row>;
	cells: (row: Row) => (string | Node)[]; /* one a column */
	waiting: string; /* in place of a row that is not here yet */
	shown: (from: number, to: number, total: number) => string; /* "Rows 1 to 20 of 100,000" */
	failed: (error: unknown) => string;
	open?: (row: Row) => void; /* Enter, or a click on no link */
}

const MORE = 10, SETTLE_MS = 60, STATUS_MS = 500;

export class VirtualTable<Row> {
	private readonly head: HTMLElement;
	private readonly scroller: HTMLElement;
	private readonly body: HTMLElement;
	private readonly status: HTMLElement;
	private readonly rows = new Map<number, HTMLElement>();
	private at = 0; /* the row in the order of tabs */
	private total: number;
	private settling: ReturnType<typeof setTimeout> | undefined;
	private telling: ReturnType<typeof setTimeout> | undefined;

	constructor(private readonly list: VirtualList<Row>) {
		this.total = list.total;
		this.head = part("div", { role: "row", "aria-rowindex": "1", class: "rows-head" });
		this.head.append(...list.columns.map((name) => part("span", { role: "columnheader" }, name)));
		this.scroller = part("div", { class: "rows-scroll", role: "presentation" });
		this.body = part("div", { role: "rowgroup", class: "rows-all" });
		this.status = part("p", { role: "status", class: "rows-status" });
		this.scroller.append(this.body);
		list.host.setAttribute("role", "grid");
		list.host.setAttribute("aria-label", list.label);
		list.host.setAttribute("aria-readonly", "true");
		list.host.replaceChildren(this.head, this.scroller);
		list.host.after(this.status);
		this.listen();
		this.resize(list.total);
	}

	/* The list has become longer or shorter, or is another: what is shown is fetched anew. */
	resize(total: number): void {
		this.total = total;
		this.at = Math.min(this.at, Math.max(0, total - 1));
		this.list.host.setAttribute("aria-rowcount", String(total + 1));
		this.body.style.height = `${total * this.list.rowHeight}px`;
		this.rows.clear();
		this.body.replaceChildren();
		this.draw();
	}

	/* Of the row in the order of tabs. */
	get index(): number {
		return this.at;
	}

	goTo(row: number): void {
		this.at = row;
		this.scroller.scrollTop = scrolledTo(row, this.view());
		this.draw();
		this.rows.get(row)?.focus({ preventScroll: true });
	}

	private listen(): void {
		this.scroller.addEventListener("scroll", () => this.draw(), { passive: true });
		this.list.host.addEventListener("keydown", (event) => this.key(event));
		this.body.addEventListener("click", (event) => this.click(event));
		this.body.addEventListener("focusin", (event) => this.focused(event));
		new ResizeObserver(() => this.draw()).observe(this.scroller);
	}

	private view(): View {
		return { total: this.total, rowHeight: this.list.rowHeight, height: this.scroller.clientHeight, top: this.scroller.scrollTop };
	}

	private key(event: KeyboardEvent): void {
		if (event.ctrlKey || event.metaKey || event.altKey)
			return;
		const row = target(event.key, this.at, this.view());
		const isRow = event.target instanceof HTMLElement && event.target.getAttribute("role") === "row";
		if (row !== undefined)
			this.goTo(row);
		else if (event.key === "Enter" && isRow)
			this.openRow(this.at);
		else
			return;
		event.preventDefault();
		event.stopPropagation();
	}

	private rowOf(event: Event): number | undefined {
		const row = event.target instanceof Element ? event.target.closest("[data-row]") : null;
		return row === null ? undefined : Number(row.getAttribute("data-row"));
	}

	private focused(event: Event): void {
		const row = this.rowOf(event);
		if (row === undefined || row === this.at)
			return;
		this.rows.get(this.at)?.setAttribute("tabindex", "-1");
		this.at = row;
		this.rows.get(row)?.setAttribute("tabindex", "0");
	}

	private click(event: Event): void {
		const row = this.rowOf(event);
		if (row !== undefined && !(event.target as Element).closest("a, button"))
			this.openRow(row);
	}

	private openRow(index: number): void {
		const row = this.list.pages.row(index);
		if (row !== undefined)
			this.list.open?.(row);
	}

	/* Puts in what is seen now, takes out what is not, and has fetched what is missing. */
	private draw(): void {
		const range = visible(this.view(), MORE);
		for (const [index, row] of this.rows)
			if (!isIn(index, range) && index !== this.at) {
				row.remove();
				this.rows.delete(index);
			}
		for (let index = range.from; index < range.to; index++)
			this.put(index);
		if (this.total > 0)
			this.put(this.at);
		clearTimeout(this.settling);
		this.settling = setTimeout(() => void this.settle(range), SETTLE_MS);
	}

	/* Not while it flies past: only where scrolling has come to rest. */
	private async settle(range: Range): Promise<void> {
		this.tell();
		try {
			if (await this.list.pages.need(range.from, range.to))
				for (const [index, row] of this.rows)
					this.fillRow(row, index);
		} catch (error) {
			this.status.textContent = this.list.failed(error);
		}
	}

	private tell(): void {
		const view = this.view(), from = Math.floor(view.top / view.rowHeight);
		const to = Math.min(this.total, Math.ceil((view.top + view.height) / view.rowHeight));
		clearTimeout(this.telling);
		this.telling = setTimeout(() => {
			this.status.textContent = this.list.shown(Math.min(from + 1, this.total), to, this.total);
		}, STATUS_MS);
	}

	/* In the document rows stand in their order, for whoever reads it in that. */
	private put(index: number): void {
		if (this.rows.has(index))
			return;
		const row = part("div", { role: "row", class: "row", "data-row": String(index), "aria-rowindex": String(index + 2),
			tabindex: index === this.at ? "0" : "-1" });
		row.style.top = `${index * this.list.rowHeight}px`;
		row.style.height = `${this.list.rowHeight}px`;
		this.fillRow(row, index);
		const behind = [...this.rows.keys()].filter((other) => other > index);
		this.body.insertBefore(row, behind.length > 0 ? this.rows.get(Math.min(...behind))! : null);
		this.rows.set(index, row);
	}

	private fillRow(element: HTMLElement, index: number): void {
		const row = this.list.pages.row(index);
		const isThere = element.getAttribute("aria-busy") === "false";
		if (row === undefined ? element.hasAttribute("aria-busy") : isThere)
			return;
		const cells = row === undefined ? [this.list.waiting] : this.list.cells(row);
		element.setAttribute("aria-busy", String(row === undefined));
		element.replaceChildren(...cells.map((cell) => part("span", { role: "gridcell" }, cell)));
	}
}

function isIn(index: number, range: Range): boolean {
	return index >= range.from && index < range.to;
}

function part(name: string, attributes: { [name: string]: string }, ...children: (string | Node)[]): HTMLElement {
	const element = document.createElement(name);
	for (const [key, value] of Object.entries(attributes))
		element.setAttribute(key, value);
	element.append(...children);
	return element;
}
