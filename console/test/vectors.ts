/* vectors: other people's test vectors, from the folder in PROVISO_TEST_DATA. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.PROVISO_TEST_DATA;

/* For a test's options: skipped where the folder is not there. */
export const needsVectors = {
	skip: folder !== undefined && existsSync(join(folder, "vectors")) ? false : "PROVISO_TEST_DATA has no vectors",
};

export function vectorPath(...path: string[]): string {
	return join(folder!, "vectors", ...path);
}

export function vector(...path: string[]): Uint8Array {
	return new Uint8Array(readFileSync(vectorPath(...path)));
}

export function vectorJson<T>(...path: string[]): T {
	return JSON.parse(readFileSync(vectorPath(...path), "utf8")) as T;
}
