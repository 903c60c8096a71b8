// Signing in and out. It decides nothing: what is signed later is signed one by one.
import { ask, wordsOf } from "./dom.js";
import { isDemo, personOf } from "./person.js";
import { say } from "./words.js";

const LAST = "proviso.last-kid";

function back(): string {
	const path = new URLSearchParams(location.search).get("back") ?? "/";
	return path.startsWith("/") && !path.startsWith("//") && !path.startsWith("/\\") ? path : "/";
}

async function signIn(kid: string): Promise<void> {
	const { signInChallenge, signInAnswer } = await import("../sign/session.js");
	const person = await personOf(kid);
	const { nonce } = (await (await ask("/v1/session/challenge", { method: "POST" })).json()) as { nonce: string };
	const assertion = await person.authenticator.sign(person.credential, await signInChallenge(location.origin, nonce));
	await ask("/v1/session", {
		method: "POST", headers: { "Content-Type": "application/json" },
		body: JSON.stringify(await signInAnswer(person.signer, assertion)),
	});
	localStorage.setItem(LAST, kid);
}

export async function startSignIn(): Promise<void> {
	const form = document.querySelector<HTMLFormElement>("form[data-sign-in]");
	const problem = document.querySelector<HTMLElement>("main [data-problem]");
	const select = form?.querySelector("select"), last = localStorage.getItem(LAST);
	if (select != null && last !== null && [...select.options].some((o) => o.value === last)) select.value = last;
	const tell = async (error: unknown) => { if (problem !== null) problem.textContent = await say("sign-in.failed", wordsOf(error)); };
	form?.addEventListener("submit", (event) => {
		event.preventDefault();
		if (select?.value) signIn(select.value).then(() => location.assign(back()), tell);
	});
	document.querySelector("[data-sign-out]")?.addEventListener("click", () => {
		ask("/v1/session", { method: "DELETE" }).then(() => location.assign("/"), tell);
	});
	for (const button of document.querySelectorAll<HTMLButtonElement>("main button[disabled]")) button.disabled = false;
	const demo = await isDemo();
	for (const mark of document.querySelectorAll<HTMLElement>("[data-demo]")) mark.hidden = !demo;
}
