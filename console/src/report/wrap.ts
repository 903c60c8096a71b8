/*
 * wrap: what only the holder of a P-256 key can read: a COSE_Encrypt of the one shape that
 * src/base/key_wrap.c has (RFC 9052 section 5, RFC 9053 section 6.4.1): A256GCM, and its key
 * wrapped by ECDH-ES+A256KW. All of it is WebCrypto's.
 */
import { type Bytes, concat, fromBase64url } from "../bytes.js";
import { cbor } from "../verify/cbor.js";
import { malformed } from "../verify/fault.js";
import { type PublicKey, keyId } from "../verify/key.js";

export const WRAP_MAX = 61440; /* bytes in clear */

const ENCRYPT_TAG = 96, A256GCM = 3, ECDH_ES_A256KW = -31, A256KW = -5;
const content = cbor.map(cbor.int(1), cbor.int(A256GCM)), recipient = cbor.map(cbor.int(1), cbor.int(ECDH_ES_A256KW));
/* Enc_structure: what is authenticated besides. */
const additional = cbor.array(cbor.text("Encrypt"), cbor.bytes(content), cbor.bytes(new Uint8Array()));
const nobody = cbor.array(cbor.null, cbor.null, cbor.null);
/* COSE_KDF_Context (RFC 9053 section 5.2). */
const context = cbor.array(cbor.int(A256KW), nobody, nobody, cbor.array(cbor.int(256), cbor.bytes(recipient)));

const p256 = { name: "ECDH", namedCurve: "P-256" };

function coordinate(text: string | undefined): Bytes {
	return cbor.bytes(fromBase64url(text ?? "")!);
}

async function wrappingKey(ephemeral: CryptoKey, to: PublicKey): Promise<CryptoKey> {
	const theirs = await crypto.subtle.importKey("raw", concat(Uint8Array.of(4), to.raw), p256, false, []);
	const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ephemeral, 256);
	const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
	return crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: context }, secret,
		{ name: "AES-KW", length: 256 }, false, ["wrapKey"]);
}

export async function wrap(to: PublicKey, plain: Bytes): Promise<Bytes> {
	if (to.algorithm !== "es256")
		malformed("key.algorithm", "messages are encrypted for a P-256 key");
	if (plain.length === 0 || plain.length > WRAP_MAX)
		malformed("inbox.message", `a message has 1 to ${WRAP_MAX} bytes, not ${plain.length}`);
	const ephemeral = await crypto.subtle.generateKey(p256, true, ["deriveBits"]) as CryptoKeyPair;
	const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]) as CryptoKey;
	const iv = crypto.getRandomValues(new Uint8Array(12));
	const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: additional }, key, plain);
	const wrapped = await crypto.subtle.wrapKey("raw", key, await wrappingKey(ephemeral.privateKey, to), "AES-KW");
	const { x, y } = await crypto.subtle.exportKey("jwk", ephemeral.publicKey);
	const point = cbor.map(cbor.int(1), cbor.int(2), cbor.int(-1), cbor.int(1), cbor.int(-2), coordinate(x), cbor.int(-3), coordinate(y));
	return cbor.tag(ENCRYPT_TAG, cbor.array(
		cbor.bytes(content), cbor.map(cbor.int(5), cbor.bytes(iv)), cbor.bytes(new Uint8Array(sealed)),
		cbor.array(cbor.array(
			cbor.bytes(recipient), cbor.map(cbor.int(4), cbor.bytes(await keyId(to)), cbor.int(-1), point),
			cbor.bytes(new Uint8Array(wrapped))))));
}
