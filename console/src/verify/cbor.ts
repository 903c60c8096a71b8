/*
 * cbor: deterministic CBOR (RFC 8949 section 4.2.1), and nothing else; the rules and their
 * names are those of src/record/cbor.h. A pull reader that refuses where it stands, by name
 * and offset: what it takes has one encoding, the one that was read. Libraries read other
 * orders of keys too, and say no place; one is the peer of this in the tests.
 */
import { type Bytes, compare, concat, textOf, utf8 } from "../bytes.js";
import { malformed } from "./fault.js";

export const CBOR_DEPTH = 16;

export type CborType = "uint" | "negative" | "bytes" | "text" | "array" | "map" | "tag" | "bool" | "null" | "nothing";

const majors: readonly CborType[] = ["uint", "negative", "bytes", "text", "array", "map", "tag"];

const words: Record<CborType, string> = {
	uint: "an unsigned integer",
	negative: "a negative integer",
	bytes: "a byte string",
	text: "a text",
	array: "an array",
	map: "a map",
	tag: "a tag",
	bool: "a boolean",
	null: "null",
	nothing: "nothing",
};

interface Head {
	type: CborType;
	argument: bigint;
	length: number;
}

interface Level {
	isMap: boolean;
	atValue: boolean;
	left: bigint; /* items still to come; of a map: pairs */
	lastKey: Bytes | undefined;
}

export class CborReader {
	readonly all: Bytes;
	private offset = 0;
	private item = 0; /* where the item read last begins: the place that a fault names */
	private levels: Level[] = [];

	constructor(all: Uint8Array) {
		this.all = all as Bytes;
	}

	/* Every fault passes here, also the caller's own. */
	fail(rule: string, message: string): never {
		malformed(rule, `byte ${this.item}: ${message}`);
	}

	/* What comes next, without reading it. */
	peek(): CborType {
		return this.offset === this.all.length ? "nothing" : this.head().type;
	}

	uint(): bigint {
		return this.scalar("uint").argument;
	}

	int(): bigint {
		const head = this.head();
		if (head.type !== "uint" && head.type !== "negative")
			return this.wrongType(head, "an integer");
		if (head.argument > 0x7fffffffffffffffn)
			this.fail("cbor.range", "an integer beyond 64 bits with sign");
		this.end(head.length);
		return head.type === "uint" ? head.argument : -1n - head.argument;
	}

	bytes(): Bytes {
		return this.string("bytes");
	}

	text(): string {
		const content = textOf(this.string("text"));
		return content ?? this.fail("cbor.utf8", "a text that is not UTF-8");
	}

	bool(): boolean {
		return this.scalar("bool").argument === 21n;
	}

	null(): void {
		this.scalar("null");
	}

	/* What a tag is on must follow, or a tag alone would count as nothing left. */
	tag(want: bigint): void {
		const head = this.typed("tag");
		if (head.argument !== want)
			this.fail("cbor.tag", `tag ${head.argument} where tag ${want} is due`);
		if (this.offset + head.length === this.all.length)
			this.fail("cbor.truncated", "the input ends behind a tag");
		this.offset += head.length;
	}

	/* Enter an array or a map, which ends by itself with its last item. */
	array(): number {
		return this.enter(this.typed("array"));
	}

	map(): number {
		return this.enter(this.typed("map"));
	}

	/* Reads over one item whole, checking all of it; gives its bytes. */
	anything(): Bytes {
		const from = this.offset, depth = this.levels.length;
		do {
			const head = this.head();
			if (head.type === "bytes")
				this.bytes();
			else if (head.type === "text")
				this.text();
			else if (head.type === "array" || head.type === "map")
				this.enter(head);
			else if (head.type === "tag")
				this.wrongType(head, "an untagged item");
			else
				this.end(head.length);
		} while (this.levels.length > depth);
		return this.all.slice(from, this.offset);
	}

	/* Call at the end: nothing is left over. */
	done(): void {
		this.item = this.offset;
		if (this.offset < this.all.length)
			this.fail("cbor.trailing", `${this.all.length - this.offset} bytes left over`);
		if (this.levels.length > 0)
			this.fail("cbor.truncated", "the input ends within an array or a map");
	}

	private head(): Head {
		this.item = this.offset;
		const initial = this.all[this.offset];
		if (initial === undefined)
			return this.fail("cbor.truncated", "the input ends where an item should be");
		const info = initial & 31;
		const type = majors[initial >> 5] ?? this.simple(info);
		if (this.atKey() !== undefined && type !== "uint" && type !== "negative" && type !== "text")
			this.fail("cbor.type", "a map key that is neither an integer nor a text");
		return info < 24 ? { type, argument: BigInt(info), length: 1 } : this.wide(type, info);
	}

	private simple(info: number): CborType {
		if (info === 20 || info === 21)
			return "bool";
		if (info === 22)
			return "null";
		if (info >= 25 && info <= 27)
			this.fail("cbor.float", "a floating-point number");
		if (info === 31)
			this.fail("cbor.indefinite", "the end of an indefinite length");
		return this.fail("cbor.simple", "a simple value other than false, true and null");
	}

	/* An argument that follows the initial byte in 1, 2, 4 or 8 bytes. */
	private wide(type: CborType, info: number): Head {
		if (info === 31)
			this.fail("cbor.indefinite", "an indefinite length");
		if (info > 27)
			this.fail("cbor.type", `additional information ${info} is reserved`);
		const width = 1 << (info - 24), from = this.offset + 1;
		if (this.all.length - from < width)
			this.fail("cbor.truncated", "the input ends within a head");
		let argument = 0n;
		for (let i = 0; i < width; i++)
			argument = (argument << 8n) | BigInt(this.all[from + i]!);
		/* What half the width could hold (or, of one byte, the initial byte) is not shortest. */
		if (width === 1 ? argument < 24n : argument >> BigInt(4 * width) === 0n)
			this.fail("cbor.not-shortest", `${argument} has a shorter head`);
		return { type, argument, length: 1 + width };
	}

	private wrongType(head: Head, wanted: string): never {
		if (head.type === "tag")
			this.fail("cbor.tag", `tag ${head.argument} where ${wanted} is due`);
		this.fail("cbor.type", `${words[head.type]} where ${wanted} is due`);
	}

	private typed(type: CborType): Head {
		const head = this.head();
		return head.type === type ? head : this.wrongType(head, words[type]);
	}

	private scalar(type: CborType): Head {
		const head = this.typed(type);
		this.end(head.length);
		return head;
	}

	private string(type: "bytes" | "text"): Bytes {
		const head = this.typed(type), from = this.offset + head.length;
		const room = this.all.length - from;
		if (head.argument > BigInt(room))
			this.fail("cbor.truncated", `a string of ${head.argument} bytes where ${room} are left`);
		const length = Number(head.argument);
		this.end(head.length + length);
		return this.all.slice(from, from + length);
	}

	private enter(head: Head): number {
		const isMap = head.type === "map", room = this.all.length - this.offset - head.length;
		if (head.argument > BigInt(isMap ? Math.floor(room / 2) : room))
			this.fail("cbor.truncated", `${head.argument} ${isMap ? "pairs" : "items"} where ${room} bytes are left`);
		if (this.levels.length === CBOR_DEPTH)
			this.fail("cbor.depth", `nested deeper than ${CBOR_DEPTH}`);
		if (head.argument === 0n) {
			this.end(head.length);
			return 0;
		}
		this.offset += head.length;
		this.levels.push({ isMap, atValue: false, left: head.argument, lastKey: undefined });
		return Number(head.argument);
	}

	/* The level whose next item is a key. */
	private atKey(): Level | undefined {
		const level = this.levels.at(-1);
		return level !== undefined && level.isMap && !level.atValue ? level : undefined;
	}

	/* Goes over an item of `length` bytes, or over a level that is empty. */
	private end(length: number): void {
		const map = this.atKey();
		this.offset += length;
		if (map !== undefined)
			return this.endKey(map);
		for (let level = this.levels.at(-1); level !== undefined; level = this.levels.at(-1)) {
			level.atValue = false;
			if (--level.left > 0n)
				break;
			this.levels.pop();
		}
	}

	private endKey(map: Level): void {
		const key = this.all.slice(this.item, this.offset);
		const order = map.lastKey === undefined ? -1 : compare(map.lastKey, key);
		if (order === 0)
			this.fail("cbor.key-twice", "the same map key twice");
		if (order > 0)
			this.fail("cbor.key-order", "this key sorts before the one in front of it");
		map.lastKey = key;
		map.atValue = true;
	}
}

/* Whether the bytes are one item in deterministic form, with nothing behind it. */
export function cborCheck(all: Uint8Array): void {
	const r = new CborReader(all);
	r.anything();
	r.done();
}

/* --- Writing ------------------------------------------------------------------------------ */

function head(major: number, argument: bigint): Bytes {
	if (argument < 24n)
		return Uint8Array.of((major << 5) | Number(argument));
	const info = argument < 1n << 8n ? 24 : argument < 1n << 16n ? 25 : argument < 1n << 32n ? 26 : 27;
	const width = 1 << (info - 24), out = new Uint8Array(1 + width);
	out[0] = (major << 5) | info;
	for (let i = width; i > 0; i--, argument >>= 8n)
		out[i] = Number(argument & 255n);
	return out;
}

/* Items as bytes, to be put behind one another; the order of a map's keys is the caller's. */
export const cbor = {
	int(value: number | bigint): Bytes {
		const n = BigInt(value);
		return n < 0n ? head(1, -1n - n) : head(0, n);
	},
	bytes: (content: Uint8Array): Bytes => concat(head(2, BigInt(content.length)), content),
	text: (content: string): Bytes => {
		const encoded = utf8(content);
		return concat(head(3, BigInt(encoded.length)), encoded);
	},
	array: (...items: readonly Uint8Array[]): Bytes => concat(head(4, BigInt(items.length)), ...items),
	/* Keys and values in turn. */
	map: (...items: readonly Uint8Array[]): Bytes => concat(head(5, BigInt(items.length / 2)), ...items),
	tag: (number: number, item: Uint8Array): Bytes => concat(head(6, BigInt(number)), item),
	null: Uint8Array.of(0xf6) as Bytes,
};
