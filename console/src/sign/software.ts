/*
 * software: a passkey held in the page, for the demo on a loopback address alone, where it is
 * marked as what it is: it verifies nobody. Its assertions are an authenticator's byte for byte.
 */
import { type Bytes, base64url, concat, fromBase64url, sha256, utf8 } from "../bytes.js";
import { malformed } from "../verify/fault.js";
import { type Algorithm, type PublicKey, keyId, publicKey } from "../verify/key.js";
import { type Assertion } from "../verify/passkey.js";
import { type Authenticator } from "./authenticator.js";
import { lowered } from "./der.js";

const USER_PRESENT_AND_VERIFIED = 0x05;

export interface SoftwarePasskey {
	name: string; /* of its key */
	rpId: string;
	origin: string;
	jwk: JsonWebKey; /* with the private part: OKP Ed25519, or EC P-256 */
}

export function algorithmOf(jwk: JsonWebKey): Algorithm {
	if (jwk.kty === "OKP" && jwk.crv === "Ed25519")
		return "ed25519";
	return jwk.kty === "EC" && jwk.crv === "P-256" ? "es256" : malformed("key.algorithm", "a JWK of neither Ed25519 nor P-256");
}

function coordinate(jwk: JsonWebKey, member: "x" | "y"): Bytes {
	return fromBase64url(jwk[member] ?? "") ?? malformed("key.public", `the JWK's ${member} is no base64url`);
}

/* Its public key. */
export function keyOf(passkey: SoftwarePasskey): PublicKey {
	const algorithm = algorithmOf(passkey.jwk), x = coordinate(passkey.jwk, "x");
	return publicKey(algorithm, algorithm === "es256" ? concat(x, coordinate(passkey.jwk, "y")) : x, passkey.name);
}

const parameters = { ed25519: "Ed25519", es256: { name: "ECDSA", namedCurve: "P-256" } } as const;

async function signWith(jwk: JsonWebKey, message: Bytes): Promise<Bytes> {
	const algorithm = algorithmOf(jwk);
	const { kty, crv, x, y, d } = jwk;
	const bare = { kty, crv, x, d, ...(y !== undefined && { y }) } as JsonWebKey;
	const key = await crypto.subtle.importKey("jwk", bare, parameters[algorithm], false, ["sign"]);
	const how = algorithm === "es256" ? { name: "ECDSA", hash: "SHA-256" } : "Ed25519";
	const signature = new Uint8Array(await crypto.subtle.sign(how, key, message));
	return algorithm === "es256" ? lowered(signature) : signature;
}

export async function assertionBy(passkey: SoftwarePasskey, challenge: Uint8Array): Promise<Assertion> {
	const clientData = utf8(`{"type":"webauthn.get","challenge":"${base64url(challenge)}","origin":"${passkey.origin}","crossOrigin":false}`);
	const authenticatorData = concat(await sha256(utf8(passkey.rpId)), Uint8Array.of(USER_PRESENT_AND_VERIFIED, 0, 0, 0, 0));
	const signature = await signWith(passkey.jwk, concat(authenticatorData, await sha256(clientData)));
	return { authenticatorData, clientData, signature };
}

export async function makeSoftwarePasskey(algorithm: Algorithm, where: Omit<SoftwarePasskey, "jwk">): Promise<SoftwarePasskey> {
	const pair = await crypto.subtle.generateKey(parameters[algorithm], true, ["sign", "verify"]) as CryptoKeyPair;
	const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
	return { ...where, jwk: { kty, crv, x, d, ...(y !== undefined && { y }) } as JsonWebKey };
}

/* Holds one passkey; `kid` as records name it. */
export async function softwareAuthenticator(passkey: SoftwarePasskey): Promise<Authenticator & { kid: Bytes }> {
	return {
		isDemo: true,
		kid: await keyId(keyOf(passkey)),
		sign: (_, challenge) => assertionBy(passkey, challenge),
	};
}
