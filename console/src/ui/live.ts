// Parts of a page that show themselves anew: a part is fetched with its whole page and put in the place of
// the old one, so that there is one way to make it, the server's.
//
//   <div data-live="SYSTEM">        when something touched that system (server-sent events)
//   <div data-live-all="SECONDS">   when there is anything new; also after so many seconds, where it says how many
//   <div data-live-every="SECONDS"> every so often, until the attribute is gone from the answer
//
// Whoever does not see the page hears of it once: data-summary, in the page's [data-news], where it is another.

async function renew(part: HTMLElement, selector: string, ready?: (fresh: HTMLElement) => Promise<void>): Promise<HTMLElement | null> {
	const answer = await fetch(location.href, { headers: { Accept: "text/html", "Proviso-Live": "1" }, cache: "no-store" });
	if (!answer.ok) return part;
	const page = new DOMParser().parseFromString(await answer.text(), "text/html");
	const fresh = page.querySelector<HTMLElement>(selector);
	const whole = fresh ?? page.querySelector<HTMLElement>("main > div");
	if (whole === null) return null;
	await ready?.(whole);
	keepState(part, whole);
	part.replaceWith(whole);
	tell(part, whole);
	whole.dispatchEvent(new CustomEvent("proviso:fresh", { bubbles: true }));
	return fresh;
}

/** What the reader opened and where the focus is must not be lost by news. */
function keepState(old: HTMLElement, fresh: HTMLElement): void {
	const before = [...old.querySelectorAll("details")];
	[...fresh.querySelectorAll("details")].forEach((d, i) => (d.open = before[i]?.open ?? d.open));
	const focus = document.activeElement;
	if (!(focus instanceof HTMLElement || focus instanceof SVGElement) || !old.contains(focus)) return;
	const selector = focus.localName, nth = [...old.querySelectorAll(selector)].indexOf(focus), href = focus.getAttribute("href");
	requestAnimationFrame(() => {
		const all = [...fresh.querySelectorAll<HTMLElement | SVGElement>(selector)];
		(href === null ? all[nth] : all.find((one) => one.getAttribute("href") === href))?.focus();
	});
}

function tell(old: HTMLElement, fresh: HTMLElement): void {
	const news = document.querySelector("[data-news]"), summary = fresh.dataset["summary"];
	if (news !== null && summary !== undefined && summary !== old.dataset["summary"]) news.textContent = summary;
}

function watch(part: HTMLElement): void {
	const system = part.dataset["live"] ?? "";
	let current: HTMLElement | null = part;
	const events = new EventSource(`/v1/systems/${system}/watch`);
	events.addEventListener("changed", async () => {
		try {
			if (current !== null) current = (await renew(current, `[data-live="${system}"]`)) ?? current;
		} catch {
			// The service is away for a moment: what is shown stays.
		}
	});
}

/* News comes in bursts: the page is fetched for the first, and once more when they have ceased for so long. */
const CALM_MS = 1500;

function watchAll(part: HTMLElement): void {
	let current = part, busy = false, again = false;
	const look = async () => {
		if (busy || document.hidden) {
			again = true;
			return;
		}
		busy = true;
		again = false;
		try {
			const { drawCharts } = await import("./charts.js");
			current = (await renew(current, "[data-live-all]", drawCharts)) ?? current;
		} catch {
			// The service is away for a moment: what is shown stays.
		}
		const seconds = Number(current.dataset["liveAll"] ?? 0);
		setTimeout(() => {
			busy = false;
			if (again || seconds > 0) void look();
		}, Math.max(CALM_MS, 1000 * seconds));
	};
	const events = new EventSource("/v1/watch");
	events.addEventListener("changed", () => void look());
	document.addEventListener("visibilitychange", () => { if (again && !document.hidden) void look(); });
	if (Number(part.dataset["liveAll"] ?? 0) > 0) void look();
}

async function poll(part: HTMLElement): Promise<void> {
	for (let at: HTMLElement | null = part; at !== null; ) {
		await new Promise((done) => setTimeout(done, 1000 * Number(at?.dataset["liveEvery"] ?? 1)));
		if (document.hidden) continue;
		try {
			at = await renew(at, "[data-live-every]");
		} catch {
			// The service is away for a moment: what is shown stays, and is asked for again.
		}
	}
}

export function startLive(): void {
	for (const part of document.querySelectorAll<HTMLElement>("[data-live]")) watch(part);
	for (const part of document.querySelectorAll<HTMLElement>("[data-live-all]")) watchAll(part);
	for (const part of document.querySelectorAll<HTMLElement>("[data-live-every]")) void poll(part);
}
