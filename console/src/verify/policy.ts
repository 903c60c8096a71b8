/*
 * policy: which logs and witnesses a party trusts, as a C2SP tlog-policy file, and whether a
 * checkpoint satisfies it. Cosignatures carry times: of a group of k, `time` is the k-th
 * latest of its members' and `late` the k-th earliest of those that signed, so that fewer than
 * k that lie move neither past the truth (doc/decisions/the-quorum-s-time.md).
 */
import { equal, textOf } from "../bytes.js";
import { malformed, refused, withinAsync } from "./fault.js";
import { type PublicKey, parseCosignerLine, parseKeyLine } from "./key.js";
import { type Checkpoint, type Note, cosignedAt, decimal, isSignedBy, parseCheckpoint, parseNote } from "./note.js";

const POLICY_MAX = 65536, LOGS_MAX = 64, MEMBERS_MAX = 128;

export interface PolicyLog {
	key: PublicKey; /* its name is the origin */
	url: string | undefined;
}

export type Member =
	| { name: string; witness: PublicKey; url: string | undefined }
	| { name: string; threshold: number; members: Member[] };

export interface Policy {
	logs: PolicyLog[];
	members: Member[]; /* witnesses and groups, each after what it refers to */
	quorum: Member | undefined; /* undefined: no cosignature is needed */
}

/* --- Reading ------------------------------------------------------------------------------- */

interface Parsing {
	policy: Policy;
	taken: Set<Member>;
	hasQuorum: boolean;
	items: string[];
	line: number;
}

function newName(p: Parsing): string {
	const name = p.items[1]!;
	if (name === "none" || p.policy.members.some((member) => member.name === name))
		malformed("policy.name", `line ${p.line}: the name "${name}" is taken`);
	if (p.policy.members.length === MEMBERS_MAX)
		malformed("policy.too-large", `line ${p.line}: more than ${MEMBERS_MAX} witnesses and groups`);
	return name;
}

function isSameKey(a: PublicKey, b: PublicKey): boolean {
	return a.algorithm === b.algorithm && equal(a.raw, b.raw);
}

async function readLog(p: Parsing): Promise<void> {
	const [, line, url] = p.items;
	if (line === undefined || p.items.length > 3)
		return malformed("policy.line", `line ${p.line} is not "log VKEY [URL]"`);
	if (p.policy.logs.length === LOGS_MAX)
		malformed("policy.too-large", `line ${p.line}: more than ${LOGS_MAX} logs`);
	const key = await withinAsync(`line ${p.line}`, () => parseKeyLine(line));
	if (key.algorithm !== "ed25519")
		malformed("key.line", `line ${p.line}: a log's key is Ed25519`);
	const same = p.policy.logs.find((log) => isSameKey(log.key, key));
	if (same !== undefined)
		malformed("policy.duplicate", `line ${p.line}: the key is that of log ${same.key.name}`);
	p.policy.logs.push({ key, url });
}

async function readWitness(p: Parsing): Promise<void> {
	const [, , line, url] = p.items;
	if (line === undefined || p.items.length > 4)
		return malformed("policy.line", `line ${p.line} is not "witness NAME VKEY [URL]"`);
	const name = newName(p);
	const witness = await withinAsync(`line ${p.line}`, () => parseCosignerLine(line));
	const same = p.policy.members.find((member) => "witness" in member && isSameKey(member.witness, witness));
	if (same !== undefined)
		malformed("policy.duplicate", `line ${p.line}: the key is that of witness ${same.name}`);
	p.policy.members.push({ name, witness, url });
}

function readThreshold(p: Parsing, count: number): number {
	const text = p.items[2]!, threshold = decimal(text);
	if (text === "any" || text === "all")
		return text === "any" ? 1 : count;
	if (threshold === undefined || threshold < 1n || threshold > BigInt(count))
		return malformed("policy.threshold", `line ${p.line}: "${text}" is not all, any, or 1 to ${count}`);
	return Number(threshold);
}

function findMember(p: Parsing, name: string): Member {
	return p.policy.members.find((member) => member.name === name) ??
		malformed("policy.reference", `line ${p.line}: no line before it defines "${name}"`);
}

/* A name is a member once at most, so each witness counts in one way only. */
function takeMember(p: Parsing, name: string): Member {
	const member = findMember(p, name);
	if (p.taken.has(member))
		malformed("policy.reference", `line ${p.line}: "${name}" is a member already`);
	p.taken.add(member);
	return member;
}

async function readGroup(p: Parsing): Promise<void> {
	const names = p.items.slice(3);
	if (names.length === 0)
		malformed("policy.line", `line ${p.line} is not "group NAME all|any|K MEMBER..."`);
	const name = newName(p), threshold = readThreshold(p, names.length);
	p.policy.members.push({ name, threshold, members: names.map((member) => takeMember(p, member)) });
}

async function readQuorum(p: Parsing): Promise<void> {
	if (p.items.length !== 2)
		malformed("policy.line", `line ${p.line} is not "quorum NAME"`);
	if (p.hasQuorum)
		malformed("policy.quorum", `line ${p.line}: there is a quorum already`);
	p.hasQuorum = true;
	p.policy.quorum = p.items[1] === "none" ? undefined : findMember(p, p.items[1]!);
}

const readers: { [word: string]: (p: Parsing) => Promise<void> } = {
	log: readLog, witness: readWitness, group: readGroup, quorum: readQuorum,
};

function policyText(bytes: Uint8Array): string {
	if (bytes.length > POLICY_MAX)
		malformed("policy.too-large", `a policy has at most ${POLICY_MAX} bytes, not ${bytes.length}`);
	const text = textOf(bytes) ?? malformed("policy.character", "the policy is not UTF-8");
	const found = /[\u0000-\u0008\u000b-\u001f\u007f]/.exec(text);
	if (found !== null)
		malformed("policy.character", `line ${text.slice(0, found.index).split("\n").length} ` +
			(found[0] === "\r" ? "ends in CR LF (a tool changed its line ends)" : "has a control character"));
	return text;
}

export async function parsePolicy(bytes: Uint8Array): Promise<Policy> {
	const lines = policyText(bytes).split("\n");
	const p: Parsing = { policy: { logs: [], members: [], quorum: undefined }, taken: new Set(), hasQuorum: false, items: [], line: 0 };
	if (lines.pop() !== "")
		malformed("policy.line", `line ${lines.length + 1} does not end in LF`);
	for (const line of lines) {
		p.line++;
		p.items = line.split(/[ \t]+/).filter((item) => item !== "");
		const word = p.items[0];
		if (word === undefined || word.startsWith("#"))
			continue;
		const read = Object.hasOwn(readers, word) ? readers[word] : undefined;
		if (read === undefined)
			return malformed("policy.line", `line ${p.line} begins with neither log, witness, group nor quorum`);
		await read(p);
	}
	if (!p.hasQuorum)
		malformed("policy.quorum", "the policy has no quorum line");
	return p.policy;
}

/* --- Judging ------------------------------------------------------------------------------- */

interface Times {
	time: number;
	late: number;
}

function groupTimes(of: readonly Times[], k: number): Times | undefined {
	if (of.length < k)
		return undefined;
	const time = of.map((member) => member.time).sort((a, b) => b - a);
	const late = of.map((member) => member.late).sort((a, b) => a - b);
	return { time: time[k - 1]!, late: late[k - 1]! };
}

export interface Policed {
	checkpoint: Checkpoint;
	log: PolicyLog;
	witnesses: { name: string; time: number }[]; /* that cosigned, and well */
	times: Times | undefined; /* the quorum's; undefined with `quorum none` */
}

async function judge(policy: Policy, note: Note): Promise<Pick<Policed, "witnesses" | "times">> {
	const times = new Map<Member, Times>(), witnesses: Policed["witnesses"] = [];
	for (const member of policy.members) {
		if ("witness" in member) {
			const time = await cosignedAt(note, member.witness);
			if (time !== undefined) {
				times.set(member, { time, late: time });
				witnesses.push({ name: member.name, time });
			}
			continue;
		}
		const of = member.members.flatMap((one) => times.get(one) ?? []), group = groupTimes(of, member.threshold);
		if (group !== undefined)
			times.set(member, group);
	}
	if (policy.quorum === undefined)
		return { witnesses, times: undefined };
	return { witnesses, times: times.get(policy.quorum) ??
		refused("policy.quorum-missing", `the checkpoint has ${witnesses.length} good cosignatures, which are no quorum "${policy.quorum.name}"`) };
}

/*
 * A signed checkpoint whole: of one of the policy's logs and signed by it, with cosignatures
 * of the quorum. A bad signature of a log or witness that the policy knows refuses it.
 */
export async function openPoliced(bytes: Uint8Array, policy: Policy): Promise<Policed> {
	const note = parseNote(bytes), checkpoint = await parseCheckpoint(note.text);
	const known = policy.logs.filter((log) => log.key.name === checkpoint.origin);
	if (known.length === 0)
		refused("policy.unknown-log", `${checkpoint.origin} is no log of the policy`);
	let log: PolicyLog | undefined;
	for (const one of known)
		if (await isSignedBy(note, one.key))
			log = one;
	if (log === undefined)
		return refused("note.unsigned", `there is no signature of ${checkpoint.origin}`);
	return { checkpoint, log, ...(await judge(policy, note)) };
}

export function policyOf(log: PublicKey): Policy {
	return { logs: [{ key: log, url: undefined }], members: [], quorum: undefined };
}

