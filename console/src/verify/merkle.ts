/*
 * merkle: proofs in the tree of RFC 9162 section 2.1: leaf SHA-256(0x00 || d), node
 * SHA-256(0x01 || left || right). Errors are refusals: log.proof-index, log.proof-length,
 * log.proof-root.
 */
import { type Bytes, equal, sha256 } from "../bytes.js";
import { refused } from "./fault.js";

export const PROOF_MAX = 63;

export function leafHash(entry: Uint8Array): Promise<Bytes> {
	return sha256(Uint8Array.of(0), entry);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
	return sha256(Uint8Array.of(1), left, right);
}

/* SHA-256(""): the root of the tree without leaves. */
export function emptyRoot(): Promise<Bytes> {
	return sha256();
}

/* Where in the tree a path has come to: the index of a node and of the last one of its level. */
class Climb {
	constructor(
		public at: bigint,
		public last: bigint,
	) {}

	/* Whether the sibling is on the left; `up` afterwards. */
	isRight(what: string): boolean {
		if (this.last === 0n)
			refused("log.proof-length", `the ${what} proof has hashes too many`);
		return (this.at & 1n) === 1n || this.at === this.last;
	}

	/* A last node without a sibling goes up by itself. */
	up(isRight: boolean): void {
		while (isRight && (this.at & 1n) === 0n && this.at !== 0n)
			this.halve();
		this.halve();
	}

	halve(): void {
		this.at >>= 1n;
		this.last >>= 1n;
	}

	end(what: string): void {
		if (this.last !== 0n)
			refused("log.proof-length", `the ${what} proof has hashes too few`);
	}
}

/* The root that an inclusion proof leads to, the leaf's sibling first. RFC 9162 section 2.1.3.2. */
export async function inclusionRoot(leaf: Uint8Array, index: bigint, size: bigint, proof: readonly Uint8Array[]): Promise<Bytes> {
	if (index >= size)
		refused("log.proof-index", `entry ${index} is not in a tree of ${size}`);
	const climb = new Climb(index, size - 1n);
	let root: Bytes = Uint8Array.from(leaf);
	for (const sibling of proof) {
		const isRight = climb.isRight("inclusion");
		root = isRight ? await nodeHash(sibling, root) : await nodeHash(root, sibling);
		climb.up(isRight);
	}
	climb.end("inclusion");
	return root;
}

export interface Tree {
	size: bigint;
	root: Uint8Array;
}

export async function verifyInclusion(leaf: Uint8Array, index: bigint, tree: Tree, proof: readonly Uint8Array[]): Promise<void> {
	if (!equal(await inclusionRoot(leaf, index, tree.size, proof), tree.root))
		refused("log.proof-root", "the inclusion proof does not lead to the root");
}

/* That `later` extends `earlier`; one of size 0 takes an empty proof only. RFC 9162 section 2.1.4.2. */
export async function verifyConsistency(earlier: Tree, later: Tree, proof: readonly Uint8Array[]): Promise<void> {
	if (earlier.size > later.size)
		refused("log.proof-index", `a tree of ${later.size} does not extend one of ${earlier.size}`);
	if (later.size === 0n && !equal(later.root, await emptyRoot()))
		refused("log.proof-root", "the root is not that of the empty tree");
	if (earlier.size === 0n || earlier.size === later.size)
		return verifySame(earlier, later, proof);
	if (proof.length === 0)
		refused("log.proof-length", "the consistency proof is empty");
	return climbBoth(earlier, later, proof);
}

function verifySame(earlier: Tree, later: Tree, proof: readonly Uint8Array[]): void {
	if (proof.length > 0)
		refused("log.proof-length", "the consistency proof has hashes too many");
	/* Every tree extends the empty one, whose root nobody has to be told. */
	if (earlier.size !== 0n && !equal(earlier.root, later.root))
		refused("log.proof-root", "the two trees of one size have different roots");
}

async function climbBoth(earlier: Tree, later: Tree, proof: readonly Uint8Array[]): Promise<void> {
	/* A complete old tree is its own first hash and is left out of the proof. */
	const isComplete = (earlier.size & (earlier.size - 1n)) === 0n;
	const [first, ...rest] = isComplete ? [earlier.root, ...proof] : proof;
	const climb = new Climb(earlier.size - 1n, later.size - 1n);
	while ((climb.at & 1n) === 1n)
		climb.halve();
	let from = first!, to = first!;
	for (const sibling of rest) {
		const isRight = climb.isRight("consistency");
		if (isRight)
			from = await nodeHash(sibling, from);
		to = isRight ? await nodeHash(sibling, to) : await nodeHash(to, sibling);
		climb.up(isRight);
	}
	climb.end("consistency");
	if (!equal(from, earlier.root))
		refused("log.proof-root", "the consistency proof does not lead to the old root");
	if (!equal(to, later.root))
		refused("log.proof-root", "the consistency proof does not lead to the root");
}
