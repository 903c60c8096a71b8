/*
 * world: the outlines of countries for the map, made when the console is built: the topology of
 * world-atlas (Natural Earth, 1:110m) projected, rounded to whole units of a drawing 1000 wide,
 * keyed by ISO 3166 alpha-2. States too small for that scale get a place, from 1:50m. What the
 * page loads then is text for paths, and needs neither topology nor projection.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { geoArea, geoEqualEarth, geoPath } from "d3-geo";
import type { Feature } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";

const WIDTH = 1000, LEAST_AREA = 0.0006; /* steradians: below it a state is a place besides */

/* ISO 3166: alpha-2 and numeric. XK is what everybody uses for Kosovo, and has no number. */
const codes = `AD020 AE784 AF004 AG028 AI660 AL008 AM051 AO024 AQ010 AR032 AS016 AT040 AU036 AW533 AX248 AZ031 BA070 BB052 BD050
	BE056 BF854 BG100 BH048 BI108 BJ204 BL652 BM060 BN096 BO068 BQ535 BR076 BS044 BT064 BV074 BW072 BY112 BZ084 CA124 CC166
	CD180 CF140 CG178 CH756 CI384 CK184 CL152 CM120 CN156 CO170 CR188 CU192 CV132 CW531 CX162 CY196 CZ203 DE276 DJ262 DK208
	DM212 DO214 DZ012 EC218 EE233 EG818 EH732 ER232 ES724 ET231 FI246 FJ242 FK238 FM583 FO234 FR250 GA266 GB826 GD308 GE268
	GF254 GG831 GH288 GI292 GL304 GM270 GN324 GP312 GQ226 GR300 GS239 GT320 GU316 GW624 GY328 HK344 HM334 HN340 HR191 HT332
	HU348 ID360 IE372 IL376 IM833 IN356 IO086 IQ368 IR364 IS352 IT380 JE832 JM388 JO400 JP392 KE404 KG417 KH116 KI296 KM174
	KN659 KP408 KR410 KW414 KY136 KZ398 LA418 LB422 LC662 LI438 LK144 LR430 LS426 LT440 LU442 LV428 LY434 MA504 MC492 MD498
	ME499 MF663 MG450 MH584 MK807 ML466 MM104 MN496 MO446 MP580 MQ474 MR478 MS500 MT470 MU480 MV462 MW454 MX484 MY458 MZ508
	NA516 NC540 NE562 NF574 NG566 NI558 NL528 NO578 NP524 NR520 NU570 NZ554 OM512 PA591 PE604 PF258 PG598 PH608 PK586 PL616
	PM666 PN612 PR630 PS275 PT620 PW585 PY600 QA634 RE638 RO642 RS688 RU643 RW646 SA682 SB090 SC690 SD729 SE752 SG702 SH654
	SI705 SJ744 SK703 SL694 SM674 SN686 SO706 SR740 SS728 ST678 SV222 SX534 SY760 SZ748 TC796 TD148 TF260 TG768 TH764 TJ762
	TK772 TL626 TM795 TN788 TO776 TR792 TT780 TV798 TW158 TZ834 UA804 UG800 UM581 US840 UY858 UZ860 VA336 VC670 VE862 VG092
	VI850 VN704 VU548 WF876 WS882 YE887 YT175 ZA710 ZM894 ZW716`;

const alpha2 = new Map(codes.split(/\s+/).map((code) => [code.slice(2), code.slice(0, 2)]));

type Countries = Topology<{ countries: GeometryCollection<{ name: string }> }>;

interface Outline {
	code: string | undefined;
	shape: Feature;
}

function outlines(scale: string): Outline[] {
	const file = createRequire(import.meta.url).resolve(`world-atlas/countries-${scale}.json`);
	const topology = JSON.parse(readFileSync(file, "utf8")) as Countries;
	return feature(topology, topology.objects.countries).features.map((country) => ({
		code: country.properties.name === "Kosovo" ? "XK" : alpha2.get(String(country.id)),
		shape: country,
	}));
}

/* Rings of whole units, each point as a step from the one before it. */
function relative(path: string): string {
	return path.split("M").slice(1).map((ring) => {
		const points = ring.replace("Z", "").split("L").map((point) => point.split(",").map(Number) as [number, number]);
		let [x, y] = points[0]!;
		let text = `M${x},${y}l`;
		let steps = 0;
		for (const [nextX, nextY] of points.slice(1)) {
			if (nextX === x && nextY === y)
				continue;
			text += `${steps++ === 0 || nextX - x < 0 ? "" : " "}${nextX - x}${nextY - y < 0 ? "" : ","}${nextY - y}`;
			[x, y] = [nextX, nextY];
		}
		return steps >= 2 ? `${text}z` : "";
	}).join("");
}

/* Antarctica has no licences, and would be a third of the drawing. */
const land = outlines("110m").filter((country) => country.code !== "AQ");
const whole = { type: "FeatureCollection" as const, features: land.map((country) => country.shape) };
const projection = geoEqualEarth().fitWidth(WIDTH, whole);
const path = geoPath(projection).digits(0);
const height = Math.ceil(path.bounds(whole)[1][1]);

const paths: { [code: string]: string } = {};
let others = "";
for (const { code, shape } of land) {
	const text = relative(path(shape) ?? "");
	if (code === undefined)
		others += text;
	else
		paths[code] = text;
}

/* Of islands that are drawn apart but share a code the largest is the place. */
const places: { [code: string]: [number, number] } = {};
const bySize = outlines("50m").sort((a, b) => geoArea(b.shape) - geoArea(a.shape));
for (const { code, shape } of bySize) {
	const isSmall = code !== undefined && (paths[code] === undefined || geoArea(shape) < LEAST_AREA);
	const isFirst = code !== undefined && bySize.find((other) => other.code === code)!.shape === shape;
	const [x, y] = path.centroid(shape);
	if (isSmall && isFirst && code !== "AQ")
		places[code] = [Math.round(x), Math.round(y)];
}

const world = JSON.stringify({ width: WIDTH, height, paths, others, places });
const out = new URL("../src/charts/world.json", import.meta.url);
if (!existsSync(out) || readFileSync(out, "utf8") !== world)
	writeFileSync(out, world);
