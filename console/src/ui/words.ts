// What scripts say, in the page's language: the same catalogues as the server's, fetched when first needed.
const language = document.documentElement.lang || "en";
let catalog: Promise<Record<string, string>> | undefined;

async function load(): Promise<Record<string, string>> {
	const one = async (tag: string) => {
		const answer = await fetch(`/console/messages/${tag}.json`);
		return answer.ok ? ((await answer.json()) as Record<string, string>) : {};
	};
	return language === "en" ? one("en") : { ...(await one("en")), ...(await one(language)) };
}

/** A message without plurals: what scripts say is short. */
export async function say(key: string, ...given: string[]): Promise<string> {
	catalog ??= load();
	const pattern = (await catalog)[key] ?? key;
	return pattern.replace(/\{(\d)\}/g, (_, n: string) => given[Number(n)] ?? "").replace(/''/g, "'");
}

/** Seconds since 1970 as a day and time of the reader's language, in UTC as everywhere here. */
export function instant(seconds: number): string {
	return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" }).format(1000 * seconds) + " UTC";
}
