#include "test.h"

#include <math.h>

#include "base/file.h"
#include "screening/align_asked.h"
#include "screening/compare.h"
#include "screening/likes.h"

/* What is quick must be what is slow, to the digit: words and names that come near each other. */

static uint64_t state;

static unsigned draw(unsigned below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % below;
}

static const char *const given[] = {
    "Muhammad",  "Mohamed",   "Mohammed", "Aleksandr", "Alexander",  "Oleksandr",  "Katherine",
    "Ekaterina", "Jozsef",    "Yousef",   "Zhang",     "Wilhelm",    "Xavier",     "Abdulrahman",
    "J",         "Александр", "Мухаммед", "Катерина",  "محمد",       "عبد الرحمن", "אלכסנדר",
    "מוחמד",     "알렉산더",  "무함마드", "Κατερίνα",  "ალექსანდრე", "O'Neill",    "Smith-Jones"};
static const char *const family[] = {"Putin",
                                     "Putina",
                                     "Petrov",
                                     "Petrof",
                                     "al-Zawahiri",
                                     "Alzawahiri",
                                     "Schmidt",
                                     "Shmit",
                                     "Sea Star",
                                     "Seastar",
                                     "International Trading",
                                     "Trading",
                                     "7",
                                     "VII",
                                     "Путин",
                                     "Петров",
                                     "الظواهري",
                                     "שמידט",
                                     "페트로프",
                                     "슈미트",
                                     "Rosoboroneksport",
                                     "Rosoboronexport",
                                     "Konstantinopolitanskaya",
                                     "Wolfeschlegelsteinhausenbergerdorff"};

enum { GIVEN = sizeof given / sizeof *given, FAMILY = sizeof family / sizeof *family };

static void draw_name(struct prepared *out, enum entity_type type)
{
	char text[512];
	struct err e = {0};
	int length =
	    snprintf(text, sizeof text, "%s %s%s%s", given[draw(GIVEN)], family[draw(FAMILY)],
	             draw(2) ? " " : "", draw(2) ? given[draw(GIVEN)] : "");
	for (unsigned i = draw(3); i > 0; i--) { /* typos, in ASCII only, so that it stays UTF-8 */
		char *at = &text[draw((unsigned)length)];
		if (*at > 0)
			*at = (char)('a' + draw(26));
	}
	CHECK(name_prepare(text, (size_t)length, type, out, &e), "%s: %s", text, e.text);
}

static void check_words(struct align_asked *profiles, const struct name_word *a,
                        const struct name_word *b)
{
	struct letters_run x = align_run(a), y = align_run(b);
	double exact = align_runs(&x, &y), least = draw(90) / 100.0;
	CHECK(align_bound(&x, &y) >= exact, "a bound of %f for %f", align_bound(&x, &y), exact);
	CHECK(align_asked(profiles, &x, &y, 0) == exact, "%f is not %f",
	      align_asked(profiles, &x, &y, 0), exact);
	double told = align_asked(profiles, &x, &y, least);
	CHECK(told == exact || (told < least && exact < least), "from %f on %f is not %f", least,
	      told, exact);
	told = align_asked(NULL, &x, &y, least);
	CHECK(told == exact || (told < least && exact < least), "from %f on %f is not %f", least,
	      told, exact);
}

static void words_are_aligned_as_without_vectors(void)
{
	static struct align_asked profiles;
	state = test_seed();
	for (int round = 0; round < 300; round++) {
		struct prepared asked, listed;
		align_forget(&profiles);
		draw_name(&asked, ENTITY_ANY);
		for (int i = 0; i < 30; i++) {
			draw_name(&listed, ENTITY_ANY);
			for (size_t k = 0; k < asked.name.count; k++)
				for (size_t l = 0; l < listed.name.count; l++)
					check_words(&profiles, &asked.words[k], &listed.words[l]);
		}
	}
}

/* What is told apart at once is so for as long as it is asked. */
static void words_seen_to_be_less_alike_are(void)
{
	static struct align_asked profiles;
	size_t seen = 0, all = 0;
	state = test_seed();
	for (int round = 0; round < 300; round++) {
		struct prepared asked, listed;
		struct alike_asked a;
		align_forget(&profiles);
		draw_name(&asked, ENTITY_ANY);
		alike_ask(&a, &asked.words[0], &profiles);
		for (int i = 0; i < 30; i++) {
			draw_name(&listed, ENTITY_ANY);
			for (size_t k = 0; k < listed.name.count; k++, all++) {
				enum link_how how;
				double least = (1 + draw(50)) / 100.0;
				if (!alike_is_less(&a, &listed.words[k], least))
					continue;
				double s = alike_words(NULL, a.word, &listed.words[k], 0, &how);
				CHECK(s < least, "%f is not less than %f", s, least);
				seen++;
			}
		}
	}
	CHECK(seen > all / 2, "only %zu of %zu are seen at once", seen, all);
}

/* Letters in any order, as no name has them: all steps, and words too long for vectors. */
static void letters_of_any_kind_are_aligned_as_without_vectors(void)
{
	static struct align_asked profiles;
	state = test_seed();
	for (int round = 0; round < 3000; round++) {
		struct name_word w[2];
		align_forget(&profiles);
		for (int k = 0; k < 2; k++) {
			size_t alphabet = LATIN_LETTERS;
			w[k] = (struct name_word){.script = (uint8_t)draw(SCRIPTS),
			                          .length = (uint8_t)(1 + draw(WORD_LETTERS)),
			                          .latin_length = (uint8_t)(1 + draw(WORD_LATIN))};
			if (w[k].script != SCRIPT_LATIN)
				letters_of(w[k].script, &alphabet);
			unsigned few = 1 + draw((unsigned)alphabet);
			for (size_t i = 0; i < w[k].length; i++)
				w[k].letters[i] = (uint8_t)draw(few);
			for (size_t i = 0; i < w[k].latin_length; i++) {
				w[k].latin[i] =
				    (uint8_t)draw(few < LATIN_LETTERS ? few : LATIN_LETTERS);
				w[k].bag |= letters_bag(w[k].latin[i]);
			}
			w[k].self = (int16_t)align_self(w[k].latin, w[k].latin_length);
		}
		check_words(&profiles, &w[0], &w[1]);
	}
}

/* Of one asked for and those listed, which stay where they lie while they are remembered. */
static void check_names(struct alike_memory *memory, const struct name *asked,
                        const struct prepared listed[], size_t count)
{
	alike_forget(memory);
	for (size_t i = 0; i < count; i++) {
		struct comparison exact, told;
		struct compare_need need = {
		    memory, draw(100) / 10.0 - 5, {draw(100) / 10.0 - 5, draw(100) / 10.0 - 5}};
		compare_names(asked, &listed[i].name, &exact);
		compare_names_for(&need, asked, &listed[i].name, &told);
		CHECK(exact.link_count == told.link_count && told.log_odds >= exact.log_odds,
		      "less than it is");
		CHECK(exact.log_odds < need.exact_from ? told.log_odds < need.exact_from
		                                       : told.log_odds == exact.log_odds,
		      "from %f on %.17g is not %.17g", need.exact_from, told.log_odds,
		      exact.log_odds);
		for (int side = 0; side < 2; side++)
			CHECK((told.log_odds > need.sides[side]) ==
			          (exact.log_odds > need.sides[side]),
			      "%f and %f are not on one side of %f", told.log_odds, exact.log_odds,
			      need.sides[side]);
	}
}

enum { LISTED = 20 };

static void names_are_compared_as_exactly_as_needed(void)
{
	static struct alike_memory memory;
	state = test_seed();
	for (int round = 0; round < 300; round++) {
		struct prepared asked, listed[LISTED];
		draw_name(&asked, (enum entity_type)draw(ENTITY_TYPES));
		for (int i = 0; i < LISTED; i++)
			draw_name(&listed[i], (enum entity_type)draw(ENTITY_TYPES));
		check_names(&memory, &asked.name, listed, LISTED);
	}
}

/* The same of labelled pairs: each first name with its second and with those of the pairs before.
 */
static void real_names_are_compared_as_exactly_as_needed(void)
{
	static struct alike_memory memory;
	static struct prepared listed[LISTED];
	owned_arena arena = {0};
	struct bytes text;
	struct err e = {0};
	size_t pairs = 0;
	if (test_data() == NULL)
		SKIP("no PROVISO_TEST_DATA");
	state = test_seed();
	CHECK(file_read(&arena, arena_printf(&arena, "%s/pairs/train.tsv", test_data()), 64 << 20,
	                &text, &e),
	      "%s", e.text);
	char *rest = arena_copy(&arena, text.at, text.len);
	strsep(&rest, "\n"); /* what the columns are */
	for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != 0; pairs++) {
		const char *name1 = strsep(&line, "\t"), *name2 = strsep(&line, "\t"),
		           *given_type = strsep(&line, "\t");
		struct prepared asked;
		enum entity_type type = ENTITY_ANY;
		entity_type_by_name(given_type, &type);
		CHECK(name_prepare(name1, strlen(name1), type, &asked, &e) &&
		          name_prepare(name2, strlen(name2), type, &listed[pairs % LISTED], &e),
		      "%s", e.text);
		check_names(&memory, &asked.name, listed, pairs < LISTED ? pairs + 1 : LISTED);
	}
	CHECK(pairs > 6000, "only %zu pairs", pairs);
}

/* What an index keeps of its words is what looking for them finds. */
static void likes_kept_are_likes_found(void)
{
	static struct likes_room room;
	static struct index_like found[LIKES_MOST];
	owned_arena arena = {0};
	struct err e = {0};
	struct bytes all;
	struct screening_index x;
	struct screening_builder *b =
	    screening_builder_new(&(struct screening_source){.list = "words"});
	for (size_t i = 0; i < GIVEN * FAMILY; i++) {
		struct entity_name name = {
		    .text = arena_printf(&arena, "%s %s", given[i % GIVEN], family[i / GIVEN])};
		screening_builder_each(b, &(struct entity){.id = arena_printf(&arena, "%zu", i),
		                                           .names = &name,
		                                           .name_count = 1});
	}
	CHECK(index_bytes(b, &arena, &all, &e) && index_attach(all.at, all.len, true, &x, &e), "%s",
	      e.text);
	screening_builder_free(b);
	size_t more = 0;
	for (size_t i = 0; i < x.header->sections[SECTION_WORDS].count; i++) {
		size_t known, count = likes_find(&x, &x.words[i], &room, NULL, found);
		const struct index_like *kept = likes_known(&x, &x.words[i], &known);
		CHECK(kept != NULL && known == count &&
		          memcmp(kept, found, count * sizeof *kept) == 0,
		      "word %zu", i);
		more += count > 1;
	}
	CHECK(more > 20, "only %zu words are like another", more);
	struct name_word other = x.words[0];
	size_t known;
	other.latin[0] ^= 1;
	CHECK(likes_known(&x, &other, &known) == NULL, "a word that the index has not");
}

TEST_MAIN(TEST(words_are_aligned_as_without_vectors),
          TEST(letters_of_any_kind_are_aligned_as_without_vectors),
          TEST(words_seen_to_be_less_alike_are), TEST(names_are_compared_as_exactly_as_needed),
          TEST(real_names_are_compared_as_exactly_as_needed), TEST(likes_kept_are_likes_found))
