/*
 * pages: rows by their place, out of pages that are fetched when they are looked at. At most
 * `keep` pages stay; one that is asked for twice while it is under way is fetched once. A
 * service that pages by "after" alone gives its pages in order (cursorPages).
 */

export interface Source<Row> {
	readonly size: number; /* rows a page */
	/* Rows of page 0, 1, ...; fewer than `size` only in the last. */
	page(index: number): Promise<readonly Row[]>;
}

export class Pages<Row> {
	private readonly kept = new Map<number, readonly Row[]>(); /* the longest unused first */
	private readonly underWay = new Map<number, Promise<void>>();

	constructor(
		private readonly source: Source<Row>,
		private readonly keep = 20,
	) {}

	/* undefined: not here yet. */
	row(index: number): Row | undefined {
		const page = Math.floor(index / this.source.size);
		return this.kept.get(page)?.[index - page * this.source.size];
	}

	/* Fetches what is missing of [from, to); true when something came. A failure is the caller's to tell. */
	async need(from: number, to: number): Promise<boolean> {
		const missing: Promise<void>[] = [];
		for (let page = Math.floor(from / this.source.size); page * this.source.size < to; page++)
			if (!this.touch(page))
				missing.push(this.fetch(page));
		await Promise.all(missing);
		return missing.length > 0;
	}

	/* Nothing that is here is true any more. */
	forget(): void {
		this.kept.clear();
	}

	private touch(page: number): boolean {
		const rows = this.kept.get(page);
		if (rows === undefined)
			return false;
		this.kept.delete(page);
		this.kept.set(page, rows);
		return true;
	}

	private fetch(page: number): Promise<void> {
		const already = this.underWay.get(page);
		if (already !== undefined)
			return already;
		const coming = this.source.page(page).then((rows) => {
			this.kept.set(page, rows);
			for (const old of this.kept.keys())
				if (this.kept.size > this.keep)
					this.kept.delete(old);
		}).finally(() => this.underWay.delete(page));
		this.underWay.set(page, coming);
		return coming;
	}
}

export interface CursorPage<Row> {
	items: readonly Row[];
	next: string | null; /* "after" of the page behind it */
}

/*
 * Random access over a service that knows only the page behind the one it gave: the cursors are
 * walked once, and kept; the pages passed on the way are not fetched again for that.
 */
export function cursorPages<Row>(size: number, fetchPage: (after: string | undefined, limit: number) => Promise<CursorPage<Row>>): Source<Row> {
	const cursors: (string | undefined | null)[] = [undefined]; /* of each page; null: behind the last */
	const passed = new Map<number, readonly Row[]>();
	let walk: Promise<unknown> = Promise.resolve();

	const take = async (index: number): Promise<readonly Row[]> => {
		const cursor = cursors[index];
		if (cursor === null || (cursor === undefined && index > 0))
			return [];
		const { items, next } = await fetchPage(cursor, size);
		cursors[index + 1] = next;
		return items;
	};
	const reach = async (index: number): Promise<readonly Row[]> => {
		while (cursors.length <= index && cursors.at(-1) !== null)
			passed.set(cursors.length - 1, await take(cursors.length - 1));
		const rows = passed.get(index) ?? (await take(index));
		passed.delete(index);
		return rows;
	};
	return {
		size,
		/* One walk at a time, so that no page is asked for by two. */
		page: (index) => {
			const rows = walk.then(() => reach(index));
			walk = rows.catch(() => undefined);
			return rows;
		},
	};
}
