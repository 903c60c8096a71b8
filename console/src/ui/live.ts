// Parts of a page that show themselves anew: a part is fetched with its whole page and put in the place of
// the old one, so that there is one way to make it, the server's.
//
//   <div data-live="SYSTEM">        when something touched that system (server-sent events)
//   <div data-live-every="SECONDS"> every so often, until the attribute is gone from the answer

async function renew(part: HTMLElement, selector: string): Promise<HTMLElement | null> {
	const answer = await fetch(location.href, { headers: { Accept: "text/html", "Proviso-Live": "1" }, cache: "no-store" });
	if (!answer.ok) return part;
	const page = new DOMParser().parseFromString(await answer.text(), "text/html");
	const fresh = page.querySelector<HTMLElement>(selector);
	const whole = fresh ?? page.querySelector<HTMLElement>("main > div");
	if (whole === null) return null;
	keepState(part, whole);
	part.replaceWith(whole);
	whole.dispatchEvent(new CustomEvent("proviso:fresh", { bubbles: true }));
	return fresh;
}

/** What the reader opened and where the focus is must not be lost by news. */
function keepState(old: HTMLElement, fresh: HTMLElement): void {
	const before = [...old.querySelectorAll("details")];
	[...fresh.querySelectorAll("details")].forEach((d, i) => (d.open = before[i]?.open ?? d.open));
	const focus = document.activeElement;
	if (!(focus instanceof HTMLAnchorElement) || !old.contains(focus)) return;
	const href = focus.getAttribute("href");
	requestAnimationFrame(() => {
		for (const link of fresh.querySelectorAll("a")) if (link.getAttribute("href") === href) return link.focus();
	});
}

function watch(part: HTMLElement): void {
	const system = part.dataset["live"] ?? "";
	let current: HTMLElement | null = part;
	const events = new EventSource(`/v1/systems/${system}/watch`);
	events.addEventListener("changed", async () => {
		if (current !== null) current = (await renew(current, `[data-live="${system}"]`)) ?? current;
	});
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
	for (const part of document.querySelectorAll<HTMLElement>("[data-live-every]")) void poll(part);
}
