/*
 * fault: what an error says, as `struct err` does: whether the bytes are malformed ("input")
 * or what they say is not so ("refused"), the rule broken by the name it has in doc/rules.md,
 * and in words what and where.
 */

export type FaultKind = "input" | "refused";

export class Fault extends Error {
	constructor(
		readonly kind: FaultKind,
		readonly rule: string,
		message: string,
	) {
		super(message);
		this.name = "Fault";
	}
}

export function malformed(rule: string, message: string): never {
	throw new Fault("input", rule, message);
}

export function refused(rule: string, message: string): never {
	throw new Fault("refused", rule, message);
}

function inContext(context: string, fault: unknown): unknown {
	return fault instanceof Fault ? new Fault(fault.kind, fault.rule, `${context}: ${fault.message}`) : fault;
}

/* Whatever `body` finds wrong is said to be of `context`. */
export function within<T>(context: string, body: () => T): T {
	try {
		return body();
	} catch (fault) {
		throw inContext(context, fault);
	}
}

export async function withinAsync<T>(context: string, body: () => Promise<T>): Promise<T> {
	try {
		return await body();
	} catch (fault) {
		throw inContext(context, fault);
	}
}
