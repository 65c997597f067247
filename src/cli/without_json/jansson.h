/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command uses of jansson, where it is built without it
 * (PMAPSIM_JSON=OFF): the calls compile and make nothing.  None is reached,
 * because --json and timeline, which alone write JSON, are refused first; see
 * cli_with_json().
 */
#ifndef CLI_WITHOUT_JSON_JANSSON_H
#define CLI_WITHOUT_JSON_JANSSON_H

#include <stddef.h>
#include <stdio.h>

typedef struct json_t json_t;
typedef long long json_int_t;

#define JSON_COMPACT 0
#define JSON_INDENT(n) 0
#define JSON_REAL_PRECISION(n) 0

#define JSON_NOTHING(type, name, parameters, result)               \
	static inline type __attribute__((unused)) name parameters \
	{                                                          \
		return (result);                                   \
	}
JSON_NOTHING(json_t *, json_array, (void), NULL)
JSON_NOTHING(int, json_array_append_new, (json_t * array, json_t *value), -1)
JSON_NOTHING(json_t *, json_boolean, (int value), NULL)
JSON_NOTHING(json_t *, json_integer, (json_int_t value), NULL)
JSON_NOTHING(json_t *, json_null, (void), NULL)
JSON_NOTHING(json_t *, json_object, (void), NULL)
JSON_NOTHING(json_t *, json_object_get, (json_t * object, const char *key),
    NULL)
JSON_NOTHING(int, json_object_set_new,
    (json_t * object, const char *key, json_t *value), -1)
JSON_NOTHING(json_t *, json_pack, (const char *format, ...), NULL)
JSON_NOTHING(json_t *, json_real, (double value), NULL)
JSON_NOTHING(json_t *, json_string, (const char *text), NULL)
JSON_NOTHING(json_t *, json_stringn, (const char *text, size_t size), NULL)
JSON_NOTHING(int, json_dumpf, (json_t * json, FILE *out, size_t flags), -1)
#undef JSON_NOTHING

static inline void
json_decref(json_t *json)
{

	(void)json;
}

static inline void
json_set_alloc_funcs(void *(*get)(size_t size), void (*put)(void *memory))
{

	(void)get;
	(void)put;
}

#endif /* CLI_WITHOUT_JSON_JANSSON_H */
