/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maps as JSON: what the text and the picture of pmapsim map show, for
 * programs.  Addresses and entries are texts, as JSON's numbers end at 2^53.
 */
#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#include "cli/cli.h"
#include "study/machine_map.h"
#include "study/region.h"

static json_t *
map_json_hex(uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return (json_string(text));
}

static json_t *
map_json_frame(const struct map_frame *frame)
{
	static const char *const kinds[MAP_FRAME_KINDS] = {
	    [MAP_FRAME_FREE] = "free",
	    [MAP_FRAME_BOOT] = "boot",
	    [MAP_FRAME_TABLES] = "tables",
	    [MAP_FRAME_LOST] = "lost",
	    [MAP_FRAME_OBJECTS] = "objects",
	    [MAP_FRAME_WIRED] = "wired",
	    [MAP_FRAME_BROKEN] = "broken",
	    [MAP_FRAME_RESERVED] = "reserved",
	    [MAP_FRAME_FULL] = "full",
	};
	static const char *const pages[MAP_PAGE_KINDS] = {
	    [MAP_PAGE_ABSENT] = "absent",
	    [MAP_PAGE_BOOT] = "boot",
	    [MAP_PAGE_FREE] = "free",
	    [MAP_PAGE_UNUSED] = "unused",
	    [MAP_PAGE_TABLE] = "table",
	    [MAP_PAGE_LOST] = "lost",
	    [MAP_PAGE_WIRED] = "wired",
	    [MAP_PAGE_OBJECT] = "object",
	};
	json_t *counts = json_object(), *json;
	unsigned i;

	for (i = 0; i < MAP_PAGE_KINDS; i++)
		json_object_set_new(counts, pages[i],
		    json_integer((json_int_t)frame->pages[i]));
	json = json_pack("{s:o, s:s, s:o}", "pa", map_json_hex(frame->pa),
	    "kind", kinds[frame->kind], "pages", counts);
	if (json != NULL && frame->object[0] != '\0') {
		json_object_set_new(json, "object", json_string(frame->object));
		json_object_set_new(json, "pindex",
		    json_integer((json_int_t)frame->pindex));
		json_object_set_new(json, "popcnt",
		    json_integer((json_int_t)frame->popcnt));
	}
	return (json);
}

static json_t *
map_json_region(const struct map_region *region)
{
	static const char *const kinds[MAP_REGION_KINDS] = {
	    [MAP_REGION_EMPTY] = "empty",
	    [MAP_REGION_PARTIAL] = "partial",
	    [MAP_REGION_4K] = "4K",
	    [MAP_REGION_2M] = "2M",
	};

	return (json_pack("{s:o, s:s, s:I, s:I, s:o}", "va",
	    map_json_hex(region->va), "kind", kinds[region->kind], "valid",
	    (json_int_t)region->valid, "odd", (json_int_t)region->odd, "pde",
	    map_json_hex(region->pde)));
}

static json_t *
map_json_space(const struct map_space *space)
{
	json_t *regions = json_array();
	unsigned i;

	for (i = 0; i < space->nregions; i++)
		json_array_append_new(regions,
		    map_json_region(&space->regions[i]));
	return (json_pack("{s:s, s:I, s:I, s:o}", "name", space->name,
	    "resident", (json_int_t)space->resident, "wired",
	    (json_int_t)space->wired, "regions", regions));
}

json_t *
cli_json_map(const struct machine_map *map)
{
	json_t *frames = json_array(), *spaces = json_array();
	unsigned i;

	for (i = 0; i < map->nframes; i++)
		json_array_append_new(frames, map_json_frame(&map->frames[i]));
	for (i = 0; i < map->nspaces; i++)
		json_array_append_new(spaces, map_json_space(&map->spaces[i]));
	return (json_pack("{s:o, s:s, s:s*, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
	    "title", cli_json_text(map->title), "kernel", map->kernel, "panic",
	    map->panic[0] != '\0' ? map->panic : NULL, "promotions",
	    (json_int_t)map->promotions, "demotions",
	    (json_int_t)map->demotions, "p_failures",
	    (json_int_t)map->p_failures, "pages", (json_int_t)map->pages,
	    "free_pages", (json_int_t)map->free_pages, "frames", frames,
	    "spaces", spaces));
}

json_t *
cli_json_region(const struct region *region)
{
	static const char *const kinds[] = {
	    [REGION_INVALID] = "invalid",
	    [REGION_MAPPED] = "mapped",
	    [REGION_LITTER] = "litter",
	    [REGION_ENTERED] = "entered",
	};
	json_t *counts = json_object(), *ptes = json_array();
	json_t *groups = json_array();
	char letter[2] = "";
	unsigned i;

	for (i = 0; i < region->ngroups; i++) {
		letter[0] = region->groups[i].letter;
		json_array_append_new(groups,
		    json_pack("{s:s, s:s, s:I}", "letter", letter, "words",
			region->groups[i].words, "count",
			(json_int_t)region->groups[i].count));
	}
	for (i = 0; i < NPTEPG; i++)
		json_array_append_new(ptes,
		    json_string(kinds[region->pte[i].kind]));
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		json_object_set_new(counts, kinds[i],
		    json_integer((json_int_t)region->count[i]));
	return (json_pack("{s:o, s:I, s:s, s:o, s:o*, s:o, s:o, s:o}", "va",
	    map_json_hex(region->va), "line", (json_int_t)region->line,
	    "statement", region->call, "pde", map_json_hex(region->pde),
	    "promoted",
	    region->promoted < NPTEPG ?
		json_integer((json_int_t)region->promoted) :
		NULL,
	    "counts", counts, "groups", groups, "ptes", ptes));
}
