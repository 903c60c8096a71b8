/*
 * keyring: the keys that the records read so far speak of, so that signatures can be looked at
 * before it is their turn. Nothing is believed of them: a key goes by its own hash, and whether it
 * may sign is asked of the state when it is the record's turn. Threads share one.
 */
#ifndef PROVISO_AUTHORITY_KEYRING_H
#define PROVISO_AUTHORITY_KEYRING_H

#include "record/record.h"

struct keyring;

struct keyring *keyring_new(void); /* NULL: out of memory */
void keyring_free(struct keyring *);

/* Keeps the key that a key record makes known. */
void keyring_add(struct keyring *, const struct key_body *);

/* Fills record->verified where the key is known and the signature is by it. */
void keyring_verify(struct keyring *, struct record *);

#endif
