// Who is at the page, and what holds their passkey: the browser, or in a demo the page itself.
import type { Authenticator, Credential } from "../sign/authenticator.js";
import type { Signer } from "../verify/cose.js";
import { ask } from "./dom.js";

export interface Person {
	kid: string;
	signer: Signer;
	credential: Credential;
	authenticator: Authenticator;
}

interface KeyAnswer {
	kid: string;
	holder: string;
	key: string;
	"rp-id": string | null;
	origin: string | null;
}

/** As /demo/passkeys tells a passkey held in software. */
interface DemoPasskey {
	kid: string;
	name: string;
	"rp-id": string;
	origin: string;
	jwk: JsonWebKey;
}

async function demoPasskeys(): Promise<DemoPasskey[]> {
	if (document.body.dataset["demoPasskeys"] === undefined) return [];
	const answer = await fetch("/demo/passkeys");
	return answer.ok ? ((await answer.json()) as { passkeys: DemoPasskey[] }).passkeys : [];
}

async function demoAuthenticator(kid: string): Promise<Authenticator | undefined> {
	const found = (await demoPasskeys()).find((passkey) => passkey.kid === kid);
	if (found === undefined) return undefined;
	const { softwareAuthenticator } = await import("../sign/software.js");
	return softwareAuthenticator({ name: found.name, rpId: found["rp-id"], origin: found.origin, jwk: found.jwk });
}

export async function isDemo(): Promise<boolean> {
	return (await demoPasskeys()).length > 0;
}

export async function personOf(kid: string): Promise<Person> {
	const { parseKeyLine } = await import("../verify/key.js");
	const { browserAuthenticator, credentialOf } = await import("../sign/authenticator.js");
	const told = (await (await ask(`/v1/keys/${kid}`)).json()) as KeyAnswer;
	const rpId = told["rp-id"], origin = told.origin;
	if (rpId === null || origin === null) throw new Error(`the key of ${told.holder} is no passkey`);
	const key = await parseKeyLine(told.key), id = credentialOf(localStorage, kid);
	return {
		kid,
		signer: { key, passkey: { rpId, origin } },
		credential: { algorithm: key.algorithm, rpId, ...(id !== undefined && { id }) },
		authenticator: (await demoAuthenticator(kid)) ?? browserAuthenticator,
	};
}
