/* SPDX-License-Identifier: MIT */
/* The language in which search handles are picked and put in order. */
#include "directory/search-filter.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "directory/util.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define NAME_CHARACTERS LETTERS "0123456789_.-"
/* Of brackets around groups. */
#define DEPTH_MAX 8

/* A text on its way through the parser. */
typedef struct Reader {
    const char *at, *start;
    Refusal *refusal;
    unsigned depth;
} Reader;

typedef enum FactKind {
    FACT_TEXT,
    FACT_NUMBER,
    FACT_LIST,
} FactKind;

static int reader_fail(const Reader *reader, const char *what)
{
    return refuse(reader->refusal, 400, "The filter is not understood at character %zu: %s.",
                  (size_t)(reader->at - reader->start) + 1, what);
}

static void skip_blanks(Reader *reader)
{
    reader->at += strspn(reader->at, " ");
}

/* Takes @sign, if it comes next. */
static bool take_sign(Reader *reader, char sign)
{
    skip_blanks(reader);
    if (*reader->at != sign)
        return false;
    reader->at++;
    return true;
}

/* Takes @word, if it comes next as a whole. */
static bool take_word(Reader *reader, const char *word)
{
    size_t length = strlen(word);

    skip_blanks(reader);
    if (strspn(reader->at, NAME_CHARACTERS) != length || strncmp(reader->at, word, length) != 0)
        return false;
    reader->at += length;
    return true;
}

static int read_name(Reader *reader, char out[ATTRIBUTE_SIZE])
{
    size_t length;

    skip_blanks(reader);
    length = strspn(reader->at, NAME_CHARACTERS);
    if (length == 0 || length >= ATTRIBUTE_SIZE || !strchr(LETTERS, reader->at[0]))
        return reader_fail(reader, "a name is wanted");
    memcpy(out, reader->at, length);
    out[length] = '\0';
    reader->at += length;
    return 0;
}

/* What stands at "group/name"; "tags" has no name. */
static int read_path(Reader *reader, FilterPath *out, FactKind *kind)
{
    static const struct {
        const char *group, *name; /* NULL: any name */
        FactKind kind;
    } known[] = {
        {"numbers", NULL, FACT_NUMBER},           {"strings", NULL, FACT_TEXT},
        {"session", "membersCount", FACT_NUMBER}, {"session", "maxMembersCount", FACT_NUMBER},
        {"session", "memberXuids", FACT_LIST},    {"session", "ownerXuids", FACT_LIST},
    };
    char group[ATTRIBUTE_SIZE];

    if (read_name(reader, group) != 0)
        return REFUSED;
    *out = (FilterPath){.group = "tags"};
    *kind = FACT_LIST;
    if (strcmp(group, "tags") == 0)
        return 0;
    if (!take_sign(reader, '/') || read_name(reader, out->name) != 0)
        return reader_fail(reader, "after a group of attributes comes / and a name");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].group, group) != 0 || (known[i].name && strcmp(known[i].name, out->name) != 0))
            continue;
        out->group = known[i].group;
        *kind = known[i].kind;
        return 0;
    }
    return reader_fail(reader, "there is no such attribute");
}

static int read_operator(Reader *reader, FilterOperator *out)
{
    static const char *const words[FILTER_OPERATORS] = {"eq", "ne", "gt", "ge", "lt", "le"};

    for (size_t i = 0; i < FILTER_OPERATORS; i++) {
        if (!take_word(reader, words[i]))
            continue;
        *out = (FilterOperator)i;
        return 0;
    }
    return reader_fail(reader, "eq, ne, gt, ge, lt or le is wanted");
}

/* 'text', in which '' is one quote. */
static int read_text(Reader *reader, json_t **out)
{
    OWN_TEXT char *text = text_copy(reader->at);
    size_t length = 0;

    if (!take_sign(reader, '\''))
        return reader_fail(reader, "a text in single quotes is wanted");
    while (*reader->at) {
        if (reader->at[0] == '\'' && reader->at[1] != '\'') {
            reader->at++;
            *out = json_stringn(text, length);
            return *out ? 0 : reader_fail(reader, "the text is not UTF-8");
        }
        reader->at += reader->at[0] == '\'';
        text[length++] = *reader->at++;
    }
    return reader_fail(reader, "the text does not end");
}

static int read_number(Reader *reader, json_t **out)
{
    double value;
    char *end;

    skip_blanks(reader);
    if (strspn(reader->at, "0123456789.-") == 0)
        return reader_fail(reader, "a number is wanted");
    errno = 0;
    value = strtod(reader->at, &end);
    /* Neither 0x10 nor what runs into a name is a number. */
    if (end == reader->at || !isfinite(value) || strspn(end, NAME_CHARACTERS) > 0 ||
        strcspn(reader->at, "xX") < (size_t)(end - reader->at))
        return reader_fail(reader, "a number is wanted");
    reader->at = end;
    *out = json_real(value);
    return 0;
}

/* /any(t:t eq 'text'), perhaps with tolower(t), perhaps followed by eq true. */
static int read_any(Reader *reader, FilterTerm *term)
{
    char variable[ATTRIBUTE_SIZE];
    bool flag;

    term->any = true;
    if (!take_sign(reader, '/') || !take_word(reader, "any") || !take_sign(reader, '(') ||
        read_name(reader, variable) != 0 || !take_sign(reader, ':'))
        return reader_fail(reader, "a list is asked with /any(t:t eq 'text')");
    term->lower = take_word(reader, "tolower");
    if ((term->lower && !take_sign(reader, '(')) || !take_word(reader, variable) ||
        (term->lower && !take_sign(reader, ')')))
        return reader_fail(reader, "the variable of any is wanted");
    if (read_operator(reader, &term->comparison) != 0)
        return REFUSED;
    if (term->comparison != FILTER_EQ && term->comparison != FILTER_NE)
        return reader_fail(reader, "any knows eq and ne");
    if (read_text(reader, &term->value) != 0)
        return REFUSED;
    if (!take_sign(reader, ')'))
        return reader_fail(reader, ") is wanted");
    if (!take_word(reader, "eq"))
        return 0;
    flag = take_word(reader, "true");
    if (!flag && !take_word(reader, "false"))
        return reader_fail(reader, "true or false is wanted");
    term->negated = !flag;
    return 0;
}

static int read_comparison(Reader *reader, FilterTerm *term)
{
    FactKind kind;

    term->lower = take_word(reader, "tolower");
    if (term->lower && !take_sign(reader, '('))
        return reader_fail(reader, "( is wanted");
    if (read_path(reader, &term->path, &kind) != 0)
        return REFUSED;
    if (term->lower && (kind != FACT_TEXT || !take_sign(reader, ')')))
        return reader_fail(reader, "tolower takes one text");
    if (kind == FACT_LIST)
        return read_any(reader, term);
    if (read_operator(reader, &term->comparison) != 0)
        return REFUSED;
    return kind == FACT_TEXT ? read_text(reader, &term->value) : read_number(reader, &term->value);
}

/* Brackets may hold "and" together, but an "or" only stands at the top. */
static int read_group(Reader *reader, SearchFilter *out)
{
    do {
        int r;

        if (take_sign(reader, '(')) {
            if (reader->depth == DEPTH_MAX)
                return reader_fail(reader, "there are too many brackets");
            reader->depth++;
            r = read_group(reader, out);
            reader->depth--;
            if (r == 0 && !take_sign(reader, ')'))
                r = reader_fail(reader, "and or ) is wanted");
        } else if (out->count == FILTER_TERMS_MAX) {
            r = reader_fail(reader, "there are too many terms");
        } else {
            r = read_comparison(reader, &out->terms[out->count++]);
        }
        if (r != 0)
            return r;
    } while (take_word(reader, "and"));
    return 0;
}

int search_filter_parse(const char *text, SearchFilter *out, Refusal *refusal)
{
    Reader reader = {.at = text, .start = text, .refusal = refusal};
    int r;

    *out = (SearchFilter){0};
    if (strlen(text) > FILTER_TEXT_MAX)
        return refuse(refusal, 400, "The filter is longer than %d characters.", FILTER_TEXT_MAX);
    r = read_group(&reader, out);
    out->other = out->count;
    if (r == 0 && take_word(&reader, "or"))
        r = read_group(&reader, out);
    skip_blanks(&reader);
    if (r == 0 && *reader.at)
        r = reader_fail(&reader, "there is more than one or, or something unknown");
    return r;
}

void search_filter_clear(SearchFilter *filter)
{
    for (size_t i = 0; i < filter->count; i++)
        json_decref(filter->terms[i].value);
    *filter = (SearchFilter){0};
}

static const json_t *path_value(const FilterPath *path, const json_t *facts)
{
    const json_t *group = json_object_get(facts, path->group);

    return path->name[0] ? json_object_get(group, path->name) : group;
}

/* -1, 0 or 1, as of strcmp(). */
static int compare(const json_t *fact, const json_t *value, bool lower)
{
    OWN_TEXT char *text = NULL;
    double number;

    if (!json_is_string(fact)) {
        number = json_number_value(fact);
        return number < json_number_value(value) ? -1 : number > json_number_value(value);
    }
    text = lower ? text_lower(json_string_value(fact)) : text_copy(json_string_value(fact));
    return strcmp(text, json_string_value(value));
}

static bool any_matches(const FilterTerm *term, const json_t *list)
{
    bool found = false;
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item) found |= compare(item, term->value, term->lower) == 0;
    return (found == (term->comparison == FILTER_EQ)) != term->negated;
}

static bool term_matches(const FilterTerm *term, const json_t *facts)
{
    const json_t *fact = path_value(&term->path, facts);
    int order;

    if (term->any)
        return any_matches(term, fact);
    if (!fact)
        return term->comparison == FILTER_NE;
    order = compare(fact, term->value, term->lower);
    switch (term->comparison) {
    case FILTER_EQ:
        return order == 0;
    case FILTER_NE:
        return order != 0;
    case FILTER_GT:
        return order > 0;
    case FILTER_GE:
        return order >= 0;
    case FILTER_LT:
        return order < 0;
    case FILTER_LE:
        return order <= 0;
    case FILTER_OPERATORS:
        break;
    }
    return false;
}

static bool group_matches(const SearchFilter *filter, size_t from, size_t to, const json_t *facts)
{
    for (size_t i = from; i < to; i++)
        if (!term_matches(&filter->terms[i], facts))
            return false;
    return true;
}

bool search_filter_matches(const SearchFilter *filter, const json_t *facts)
{
    if (group_matches(filter, 0, filter->other, facts))
        return true;
    return filter->other < filter->count && group_matches(filter, filter->other, filter->count, facts);
}

int search_order_parse(const char *text, SearchOrder *out, Refusal *refusal)
{
    Reader reader = {.at = text, .start = text, .refusal = refusal};
    SearchOrder order = {0};
    FactKind kind = FACT_NUMBER;
    int r;

    if (strchr(text, '/'))
        r = read_path(&reader, &order.path, &kind);
    else
        r = read_name(&reader, order.path.name);
    order.descending = r == 0 && take_word(&reader, "desc");
    if (r == 0 && !order.descending)
        take_word(&reader, "asc");
    skip_blanks(&reader);
    if (r != 0 || *reader.at || kind == FACT_LIST)
        return refuse(refusal, 400, "orderBy is the name of an attribute, and asc or desc.");
    *out = order;
    return 0;
}

const json_t *search_order_value(const SearchOrder *order, const json_t *facts)
{
    const json_t *number = json_object_get(json_object_get(facts, "numbers"), order->path.name);

    if (order->path.group)
        return path_value(&order->path, facts);
    return number ? number : json_object_get(json_object_get(facts, "strings"), order->path.name);
}
