/*
 * values: numbers, times and names of countries in the reader's language, by the browser's own
 * Intl. Times are in UTC, and say so.
 */

export interface Values {
	number(value: number): string;
	day(seconds: number): string;
	instant(seconds: number): string;
	/* "in 3 minutes", "2 days ago": between two instants, in the largest unit that fits. */
	until(seconds: number, now: number): string;
	/* "3 min 20 sec": two units at most. */
	duration(seconds: number): string;
	/* Of an ISO 3166 code; one of no country is said as it is. */
	country(code: string): string;
	list(parts: readonly string[]): string;
	bytes(count: number): string;
}

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
	["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1],
];

const durations = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]] as const;

function until(format: Intl.RelativeTimeFormat, difference: number): string {
	const [unit, size] = units.find(([, size]) => Math.abs(difference) >= size) ?? ["second", 1];
	return format.format(Math.trunc(difference / size), unit);
}

function duration(language: string, seconds: number): string {
	let rest = Math.max(0, Math.floor(seconds));
	const parts: string[] = [];
	for (const [unit, size] of durations) {
		const count = Math.floor(rest / size);
		if (parts.length < 2 && (count > 0 || (unit === "second" && parts.length === 0)))
			parts.push(new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(count));
		else if (parts.length > 0)
			break;
		rest -= count * size;
	}
	return parts.join(" ");
}

function bytes(language: string, count: number): string {
	const names = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
	const power = Math.min(names.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
	const options = { style: "unit", unit: names[power]!, unitDisplay: "short", maximumSignificantDigits: 3 } as const;
	return new Intl.NumberFormat(language, options).format(count / 1000 ** power);
}

export function valuesIn(language: string): Values {
	const numbers = new Intl.NumberFormat(language);
	const days = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });
	const instants = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
	const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
	const regions = new Intl.DisplayNames(language, { type: "region" });
	const lists = new Intl.ListFormat(language);
	return {
		number: (value) => numbers.format(value),
		day: (seconds) => days.format(1000 * seconds),
		instant: (seconds) => `${instants.format(1000 * seconds)} UTC`,
		until: (seconds, now) => until(relative, seconds - now),
		duration: (seconds) => duration(language, seconds),
		country: (code) => (/^[A-Z]{2}$/.test(code) ? (regions.of(code) ?? code) : code),
		list: (parts) => lists.format(parts),
		bytes: (count) => bytes(language, count),
	};
}
