/*
 * inbox: that the key which the service gives out for reports is the one on the log: in a key
 * record of the role inbox, proven to be there under the authority's signature.
 */
import { equal } from "../bytes.js";
import { refused } from "../verify/fault.js";
import { type PublicKey, keyId, parseKeyLine } from "../verify/key.js";
import { signerOf } from "../verify/record.js";
import { type Trust, verify } from "../verify/verify.js";

/* The answer to GET /v1/inbox/key. */
export interface InboxKey {
	key: string;
	record: string | null; /* id of its key record */
}

/* Error: inbox.key, and those of verify(). */
export async function provenInbox(given: InboxKey, proof: Uint8Array, trust: Trust): Promise<PublicKey> {
	const found = await verify(proof, trust);
	if (found.what !== "record" || found.onLog === undefined || found.record.kind.name !== "key" || found.record.body["role"] !== "inbox" ||
		found.record.body["holder"] !== trust.authority.name)
		return refused("inbox.key", "what is shown is no key record of the inbox with its proof");
	const key = await parseKeyLine(given.key), registered = (await signerOf(found.record)).key;
	return equal(await keyId(key), await keyId(registered)) ? key : refused("inbox.key", "the key given out is not the one on the log");
}
