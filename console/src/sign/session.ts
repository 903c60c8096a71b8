/*
 * session: signing in, which decides nothing. The page makes the challenge itself, and begins it
 * in words that no record begins with: whatever nonce it is given, nobody signs a record by
 * signing in (doc/api.md, "Signing in").
 */
import { type Bytes, base64url, fromBase64url, hex, sha256, utf8 } from "../bytes.js";
import { type Signer } from "../verify/cose.js";
import { malformed } from "../verify/fault.js";
import { keyId } from "../verify/key.js";
import { type Assertion, type Passkey, verifyAssertion } from "../verify/passkey.js";

const WHAT = "proviso sign-in\0";

export async function signInChallenge(origin: string, nonce: string): Promise<Bytes> {
	const random = fromBase64url(nonce) ?? malformed("session.challenge", "the nonce is not base64url");
	return sha256(utf8(WHAT), utf8(`${origin}\0`), random);
}

/* The body of POST /v1/session. */
export async function signInAnswer(signer: Signer, assertion: Assertion): Promise<{ [member: string]: string }> {
	return {
		kid: hex(await keyId(signer.key)),
		authenticatorData: base64url(assertion.authenticatorData),
		clientDataJSON: base64url(assertion.clientData),
		signature: base64url(assertion.signature),
	};
}

/*
 * Which of the registered passkeys made the assertion: a browser that was asked for none by id
 * does not say. undefined: none of them.
 */
export async function findPasskey(passkeys: readonly Passkey[], challenge: Uint8Array, assertion: Assertion): Promise<Passkey | undefined> {
	for (const passkey of passkeys)
		try {
			await verifyAssertion(passkey, challenge, assertion);
			return passkey;
		} catch {
			continue;
		}
	return undefined;
}
