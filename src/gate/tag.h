/*
 * tag: what the use log knows subjects and warrants by: SipHash-2-4 of 128 bits under the
 * system's audit key, one half of it for subjects and the other for warrants.
 */
#ifndef PROVISO_GATE_TAG_H
#define PROVISO_GATE_TAG_H

#include "base/bytes.h"
#include "proviso/gate.h"

enum { AUDIT_KEY = 32 };

void tag_subject(const uint8_t key[AUDIT_KEY], struct bytes selector,
                 uint8_t out[PROVISO_TAG_SIZE]);
void tag_warrant(const uint8_t key[AUDIT_KEY], struct bytes text, uint8_t out[PROVISO_TAG_SIZE]);

#endif
