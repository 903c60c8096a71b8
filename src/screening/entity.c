#include "entity.h"

#include <strings.h>

static const struct {
	const char *name;
	enum entity_type type;
} types[] = {
    {"any", ENTITY_ANY},
    {"person", ENTITY_PERSON},
    {"organisation", ENTITY_ORGANISATION},
    {"vessel", ENTITY_VESSEL},
    {"aircraft", ENTITY_AIRCRAFT},
    {"individual", ENTITY_PERSON},
    {"people", ENTITY_PERSON},
    {"organization", ENTITY_ORGANISATION},
    {"org", ENTITY_ORGANISATION},
    {"company", ENTITY_ORGANISATION},
    {"entity", ENTITY_ORGANISATION},
    {"enterprise", ENTITY_ORGANISATION},
    {"business", ENTITY_ORGANISATION},
    {"publicbody", ENTITY_ORGANISATION},
    {"ship", ENTITY_VESSEL},
    {"airplane", ENTITY_AIRCRAFT},
    {"plane", ENTITY_AIRCRAFT},
    {"legalentity", ENTITY_ANY},
    {"thing", ENTITY_ANY},
};

const char *entity_type_name(enum entity_type type)
{
	return types[type < ENTITY_TYPES ? type : ENTITY_ANY].name;
}

bool entity_type_by_name(const char *name, enum entity_type *out)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcasecmp(types[i].name, name) == 0) {
			*out = types[i].type;
			return true;
		}
	}
	return false;
}
