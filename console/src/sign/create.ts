/*
 * create: makes a passkey and gives the fields of the key record that registers it. Attestation
 * is not asked for: registration rests on whoever signs that record (doc/decisions/passkeys.md).
 */
import { type Bytes, concat, equal, sha256, utf8 } from "../bytes.js";
import { CborReader } from "../verify/cbor.js";
import { malformed, refused } from "../verify/fault.js";
import { type PublicKey, checkKeyName, keyId, keyLine, publicKey } from "../verify/key.js";

const ES256 = -7, EDDSA = -8;
const RP_ID_HASH = 32, HAS_CREDENTIAL = 0x40, USER_VERIFIED = 0x04;

export interface NewPasskey {
	credentialId: Bytes;
	key: PublicKey;
	kid: Bytes;
	/* For the form of a `key` record. */
	fields: { "public-key": string; "rp-id": string; origin: string };
}

/* A COSE_Key (RFC 9053 section 7) of either algorithm; exactly its members. */
export function keyOfCose(r: CborReader, name: string): PublicKey {
	const members = r.map(), pairs = new Map<bigint, bigint | Bytes>();
	for (let i = 0; i < members; i++) {
		const label = r.int();
		pairs.set(label, r.peek() === "bytes" ? r.bytes() : r.int());
	}
	const is = (label: bigint, value: bigint) => pairs.get(label) === value;
	const x = pairs.get(-2n), y = pairs.get(-3n);
	if (members === 4 && is(1n, 1n) && is(3n, BigInt(EDDSA)) && is(-1n, 6n) && x instanceof Uint8Array)
		return publicKey("ed25519", x, name);
	if (members === 5 && is(1n, 2n) && is(3n, BigInt(ES256)) && is(-1n, 1n) && x instanceof Uint8Array && y instanceof Uint8Array)
		return publicKey("es256", concat(x, y), name);
	return malformed("key.public", "the authenticator made a key of neither ES256 nor Ed25519");
}

/* Web Authentication section 6.5.1: attested credential data behind the 37 bytes. */
export function readCreated(data: Uint8Array, name: string): { credentialId: Bytes; key: PublicKey } {
	const bytes = concat(data), flags = bytes[RP_ID_HASH] ?? 0;
	if ((flags & HAS_CREDENTIAL) === 0 || bytes.length < 55)
		return malformed("passkey.authenticator-data", "there is no credential in it");
	if ((flags & USER_VERIFIED) === 0)
		refused("passkey.user-unverified", "the authenticator did not verify who was there (PIN, biometric)");
	const length = (bytes[53]! << 8) | bytes[54]!;
	const r = new CborReader(bytes.slice(55 + length));
	return { credentialId: bytes.slice(55, 55 + length), key: keyOfCose(r, name) };
}

/* What a registration needs of an authenticator's answer; checked for the site it is to be of. */
export async function newPasskey(authenticatorData: Uint8Array, name: string, rpId: string, origin: string): Promise<NewPasskey> {
	checkKeyName(name);
	const { credentialId, key } = readCreated(authenticatorData, name);
	if (!equal(authenticatorData.slice(0, RP_ID_HASH), await sha256(utf8(rpId))))
		refused("passkey.rp-id", `it was made for another site than ${rpId}`);
	return { credentialId, key, kid: await keyId(key), fields: { "public-key": await keyLine(key), "rp-id": rpId, origin } };
}

/* The name is the key's, and what the browser shows; the origin is the page's own. */
export async function createPasskey(name: string, rpId: string, displayName = name): Promise<NewPasskey> {
	checkKeyName(name);
	const made = await navigator.credentials.create({
		publicKey: {
			challenge: crypto.getRandomValues(new Uint8Array(32)), /* nobody judges it: there is no attestation */
			rp: { id: rpId, name: rpId },
			user: { id: crypto.getRandomValues(new Uint8Array(32)), name, displayName },
			pubKeyCredParams: [{ type: "public-key", alg: ES256 }, { type: "public-key", alg: EDDSA }],
			authenticatorSelection: { residentKey: "required", userVerification: "required" },
			attestation: "none",
		},
	});
	if (!(made instanceof PublicKeyCredential))
		return malformed("passkey.assertion", "the browser made no passkey");
	const response = made.response as AuthenticatorAttestationResponse;
	return newPasskey(new Uint8Array(response.getAuthenticatorData()), name, rpId, location.origin);
}
