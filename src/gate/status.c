#include <stdio.h>

#include "base/instant.h"
#include "parts.h"

static int64_t remaining(const struct instants *now, int64_t expires)
{
	return expires > now->boot ? (expires - now->boot) / NANOSECONDS : 0;
}

void proviso_gate_status(struct proviso_gate *g, struct proviso_status *out)
{
	struct instants now;
	*out = (struct proviso_status){.code = gate_usable(g)};
	if (out->code != PROVISO_ALLOWED)
		return;
	if (g->remote != NULL) {
		remote_status(g, out);
		return;
	}
	pthread_mutex_lock(&g->lock);
	clock_read(&g->clock, &now);
	snprintf(out->serial, sizeof out->serial, "%s", g->system.serial);
	out->authority_count = g->system.authority_count;
	out->code = gate_standing(g, &now);
	if (out->code == PROVISO_ALLOWED)
		out->remaining_seconds = remaining(&now, g->force.expires);
	out->time = gate_time(g, &now);
	out->allowed = g->allowed;
	out->refused = g->refused;
	out->uses_today = g->uses_today;
	for (size_t i = 0; i < g->system.authority_count; i++)
		if (g->leases[i].subjects.count > out->subjects)
			out->subjects = g->leases[i].subjects.count;
	struct hash root = merkle_edge_root(&g->log.tree.edge);
	memcpy(out->root, root.at, sizeof out->root);
	out->leaves = g->log.tree.edge.size;
	out->waiting_bytes = uselog_waiting(&g->log);
	out->cut_bytes = g->log.cut_bytes;
	out->durable = out->waiting_bytes == 0;
	pthread_mutex_unlock(&g->lock);
}

static void put_hex(char to[65], const struct hash *h)
{
	owned_arena arena = {0};
	snprintf(to, 65, "%s", hex_encode(&arena, hash_bytes(h)));
}

static void describe(const struct proviso_gate *g, size_t i, const struct instants *now,
                     struct proviso_lease_status *out)
{
	const struct lease *lease = &g->leases[i];
	const struct standing *s = &g->state.standings[i];
	struct force alone;
	snprintf(out->authority, sizeof out->authority, "%s", g->system.authorities[i].name);
	out->counter = s->counter;
	out->log_size = s->checkpoint.size;
	out->acknowledged = s->acknowledged.size;
	out->pending = s->pending && memcmp(s->pending_boot_id, g->clock.boot_id, BOOT_ID) == 0;
	out->known = s->held != HELD_NOTHING;
	out->sequence = s->sequence;
	out->code = lease->code;
	if (lease->code == PROVISO_LEASE_REFUSED) {
		snprintf(out->refusal_code, sizeof out->refusal_code, "%s", lease->refusal.code);
		snprintf(out->refusal_reason, sizeof out->refusal_reason, "%s",
		         lease->refusal.reason);
		put_hex(out->lease, &lease->id);
	}
	if (lease->body.scope == NULL)
		return;
	put_hex(out->lease, &lease->id);
	put_hex(out->system, &lease->body.system);
	out->granted = lease->granted;
	out->ttl_seconds = lease->body.ttl_seconds;
	if (lease->code != PROVISO_ALLOWED)
		return;
	force_make(&alone, lease, s, 1, g->clock.boot_id);
	if (now->boot >= alone.expires)
		out->code = PROVISO_EXPIRED;
	else
		out->code = gate_standing(g, now) == PROVISO_CLOCK_BACK ? PROVISO_CLOCK_BACK
		                                                        : PROVISO_ALLOWED;
	if (out->code == PROVISO_ALLOWED)
		out->remaining_seconds = remaining(now, alone.expires);
	force_free(&alone);
}

bool proviso_gate_lease(struct proviso_gate *g, size_t authority, struct proviso_lease_status *out)
{
	struct instants now;
	*out = (struct proviso_lease_status){.code = gate_usable(g)};
	if (out->code != PROVISO_ALLOWED)
		return false;
	if (g->remote != NULL)
		return remote_lease(g, authority, out);
	if (authority >= g->system.authority_count)
		return false;
	pthread_mutex_lock(&g->lock);
	clock_read(&g->clock, &now);
	describe(g, authority, &now, out);
	pthread_mutex_unlock(&g->lock);
	return true;
}

bool proviso_gate_renewal(struct proviso_gate *g, size_t authority,
                          struct proviso_renewal_status *out)
{
	*out = (struct proviso_renewal_status){0};
	return gate_usable(g) == PROVISO_ALLOWED && g->remote != NULL &&
	       remote_renewal(g, authority, out);
}

bool proviso_gate_scope(struct proviso_gate *g, char *to, size_t room, struct proviso_error *error)
{
	struct err e = {0};
	owned_arena arena = {0};
	if (gate_usable(g) != PROVISO_ALLOWED) {
		err_refused(&e, "gate.forked", "%s", proviso_code_text(PROVISO_FORKED));
		return error_give(error, &e);
	}
	if (g->remote != NULL)
		return remote_scope(g, to, room, error);
	pthread_mutex_lock(&g->lock);
	const char *text = scope_text(&arena, g->force.scope);
	pthread_mutex_unlock(&g->lock);
	size_t len = strlen(text);
	if (len >= room) {
		err_environment(&e, "a scope of %zu bytes has no room in %zu", len, room);
		return error_give(error, &e);
	}
	memcpy(to, text, len + 1);
	return true;
}
