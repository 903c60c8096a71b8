/*
 * authenticator: whoever holds passkeys: the browser (WebAuthn), or software for a demo
 * (software.ts). Both give assertions in the form that records carry.
 */
import { type Bytes, base64url, concat, fromBase64url } from "../bytes.js";
import { malformed } from "../verify/fault.js";
import { type Algorithm, SIGNATURE_SIZE } from "../verify/key.js";
import { type Assertion } from "../verify/passkey.js";
import { signatureOfDer } from "./der.js";

/* A registered passkey, as far as an authenticator is asked for it. */
export interface Credential {
	id?: Bytes; /* absent: the browser offers those that it knows of the site */
	algorithm: Algorithm;
	rpId: string;
}

export interface Authenticator {
	readonly isDemo: boolean; /* to be marked on the page */
	sign(credential: Credential, challenge: Bytes, signal?: AbortSignal): Promise<Assertion>;
}

/* An authenticator's own form of a signature into ours. */
export function signatureOf(algorithm: Algorithm, given: Uint8Array): Bytes {
	if (algorithm === "es256")
		return signatureOfDer(given);
	if (given.length !== SIGNATURE_SIZE)
		malformed("passkey.signature", `an Ed25519 signature of ${given.length} bytes, not ${SIGNATURE_SIZE}`);
	return concat(given);
}

export const browserAuthenticator: Authenticator = {
	isDemo: false,
	async sign(credential, challenge, signal) {
		const allowed = credential.id === undefined ? [] : [{ type: "public-key" as const, id: credential.id }];
		const answer = await navigator.credentials.get({
			publicKey: { challenge, rpId: credential.rpId, allowCredentials: allowed, userVerification: "required" },
			...(signal !== undefined && { signal }),
		});
		if (!(answer instanceof PublicKeyCredential))
			return malformed("passkey.assertion", "the browser gave no assertion");
		const response = answer.response as AuthenticatorAssertionResponse;
		return {
			authenticatorData: new Uint8Array(response.authenticatorData),
			clientData: new Uint8Array(response.clientDataJSON),
			signature: signatureOf(credential.algorithm, new Uint8Array(response.signature)),
		};
	},
};

export function isAvailable(): boolean {
	return typeof PublicKeyCredential === "function" && window.isSecureContext;
}

/* --- Which passkeys were made in this browser ------------------------------------------------- */

/*
 * The browser asks for a credential by an id that only its maker knows; it is no secret. Where
 * it is not known (another browser of the same person) the browser offers what it has.
 */
const STORED = "proviso.credentials";

function stored(storage: Storage): { [kid: string]: string } {
	try {
		return JSON.parse(storage.getItem(STORED) ?? "{}") as { [kid: string]: string };
	} catch {
		return {};
	}
}

export function rememberCredential(storage: Storage, kid: string, id: Uint8Array): void {
	storage.setItem(STORED, JSON.stringify({ ...stored(storage), [kid]: base64url(id) }));
}

export function credentialOf(storage: Storage, kid: string): Bytes | undefined {
	const id = stored(storage)[kid];
	return id === undefined ? undefined : fromBase64url(id);
}
