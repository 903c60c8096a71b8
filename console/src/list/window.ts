/*
 * window: which rows of a long list are in the document, and where the keyboard goes in it.
 * Pure. Rows are of one height.
 */

export interface View {
	total: number;
	rowHeight: number;
	height: number; /* of what is seen */
	top: number; /* how far it is scrolled */
}

export interface Range {
	from: number;
	to: number; /* behind the last */
}

/* The rows that are seen, and `more` on either side, so that scrolling finds them there. */
export function visible(view: View, more: number): Range {
	const first = Math.floor(view.top / view.rowHeight), count = Math.ceil(view.height / view.rowHeight) + 1;
	const last = Math.max(0, view.total);
	return { from: Math.min(last, Math.max(0, first - more)), to: Math.min(last, Math.max(0, first + count + more)) };
}

/* Where a key leads from row `at`; undefined where it leads nowhere in a list. */
export function target(key: string, at: number, view: View): number | undefined {
	const page = Math.max(1, Math.floor(view.height / view.rowHeight) - 1);
	const steps: { [key: string]: number } = {
		ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, PageDown: at + page, PageUp: at - page,
		Home: 0, End: view.total - 1,
	};
	return Object.hasOwn(steps, key) && view.total > 0 ? Math.min(view.total - 1, Math.max(0, steps[key]!)) : undefined;
}

/* How far to scroll so that a row is wholly seen: no further than it takes. */
export function scrolledTo(row: number, view: View): number {
	const top = row * view.rowHeight, bottom = top + view.rowHeight;
	if (top < view.top)
		return top;
	return bottom > view.top + view.height ? bottom - view.height : view.top;
}
