// Verification on a page: of the record that is shown (data-verify), or of a file dropped (data-drop).
import type { Trust, Verified } from "../verify/verify.js";
import { ask, element, fill, wordsOf } from "./dom.js";
import { instant, say } from "./words.js";

const proofs = "application/octet-stream";

async function trustOf(): Promise<Trust> {
	const { parseKeyLine } = await import("../verify/key.js");
	return { authority: await parseKeyLine(document.body.dataset["authorityKey"] ?? "") };
}

async function bytesOf(path: string): Promise<Uint8Array> {
	return new Uint8Array(await (await ask(path, { headers: { Accept: proofs } })).arrayBuffer());
}

/** The signer's own key record, itself proven to be on the log; undefined where there is none. */
async function signersOf(kid: string, trust: Trust): Promise<Trust> {
	const { provenSigner } = await import("../verify/verify.js");
	const answer = await fetch(`/v1/keys/${kid}`);
	if (!answer.ok) return trust;
	const { record } = (await answer.json()) as { record: string };
	return { ...trust, signers: [await provenSigner(await bytesOf(`/v1/records/${record}/receipt`), trust)] };
}

async function check(bytes: Uint8Array, beside?: { record?: Uint8Array }): Promise<Verified> {
	const { verify } = await import("../verify/verify.js");
	const { hex } = await import("../bytes.js");
	const trust = await trustOf();
	const first = await verify(bytes, trust, beside);
	if (first.what !== "record" || first.signature.state !== "unknown-key") return first;
	return verify(bytes, await signersOf(hex(first.record.cose!.kid), trust), beside);
}

async function step(key: string, good: boolean, ...given: string[]): Promise<HTMLElement> {
	return element("li", { class: good ? "good" : "open" }, await say(key, ...given));
}

async function tell(found: Verified): Promise<HTMLElement[]> {
	if (found.what === "checkpoint") {
		const { checkpoint } = found.policed;
		return [await step("verify.checkpoint", true, checkpoint.origin, String(checkpoint.size))];
	}
	const { record, signature, onLog } = found, steps: HTMLElement[] = [];
	const { hex } = await import("../bytes.js");
	steps.push(await step("verify.record", true, record.kind.name, hex(record.id)));
	if (signature.state === "good")
		steps.push(await step("verify.signature", true, record.issuer ?? "", instant(record.issuedAt)));
	else steps.push(await step(signature.state === "none" ? "verify.keeper" : "verify.unknown-key", signature.state === "none", record.issuer ?? ""));
	if (onLog === undefined) steps.push(await step("verify.bare", false));
	else if (onLog.by === "proof")
		steps.push(await step("verify.on-log", true, String(onLog.proven.index), String(onLog.proven.checkpoint.size), onLog.proven.checkpoint.origin));
	else steps.push(await step("verify.received", true, String(onLog.receipt.index), String(onLog.receipt.size)));
	return steps;
}

async function show(target: Element, work: () => Promise<Verified>): Promise<void> {
	fill(target, element("p", { role: "status" }, await say("verify.working")));
	try {
		const steps = await tell(await work());
		fill(target, element("div", { class: "notice good", role: "status" },
			element("strong", {}, await say("verify.holds")), element("ol", { class: "steps" }, ...steps)));
	} catch (error) {
		const rule = error instanceof Error && "rule" in error ? String(error.rule) : "";
		fill(target, element("div", { class: "notice bad", role: "alert" },
			element("strong", {}, await say("verify.fails")), element("p", {}, wordsOf(error)), rule === "" ? null : element("code", {}, rule)));
	}
}

async function startRecord(target: HTMLElement): Promise<void> {
	const id = target.dataset["verify"] ?? "", result = element("div");
	const button = element("button", { type: "button", class: "primary", "data-verify-now": "" }, await say("verify.now"));
	button.addEventListener("click", () => void show(result, async () => check(await bytesOf(`/v1/records/${id}/receipt`))));
	fill(target, element("p", { class: "actions" }, button), result);
}

async function checkFiles(files: FileList): Promise<Verified> {
	const all = await Promise.all([...files].slice(0, 2).map(async (f) => new Uint8Array(await f.arrayBuffer())));
	const [one, other] = all;
	if (one === undefined) throw new Error("no file");
	if (other === undefined) return check(one);
	try {
		return await check(one, { record: other });
	} catch {
		return check(other, { record: one });
	}
}

async function startDrop(target: HTMLElement): Promise<void> {
	const input = element("input", { type: "file", id: "file", multiple: "" }), result = element("div");
	fill(target, element("p", { class: "field" }, element("label", { for: "file" }, await say("verify.choose")), input), result);
	input.addEventListener("change", () => input.files !== null && input.files.length > 0 && void show(result, () => checkFiles(input.files!)));
	target.addEventListener("dragover", (e) => { e.preventDefault(); target.classList.add("over"); });
	target.addEventListener("dragleave", () => target.classList.remove("over"));
	target.addEventListener("drop", (e) => {
		e.preventDefault();
		target.classList.remove("over");
		const files = e.dataTransfer?.files;
		if (files !== undefined && files.length > 0) void show(result, () => checkFiles(files));
	});
}

export async function startVerify(): Promise<void> {
	await Promise.all([...document.querySelectorAll<HTMLElement>("[data-verify]")].map(startRecord));
	await Promise.all([...document.querySelectorAll<HTMLElement>("[data-drop]")].map(startDrop));
}
