/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the page in the browser calls.  All is text, what is structured JSON; a
 * text that is returned stays until the next call.  There is one session.
 */
#ifndef WEB_WEB_H
#define WEB_WEB_H

/*
 * Opens a trace under "kernel", "" for the one that it names.  Returns "" or
 * what is wrong; then no session is open.
 */
const char *web_open(const char *name, const char *text, const char *kernel);
/*
 * Goes to where "position" statements are made; a large one is the end.
 * Returns "" or why it could not.
 */
const char *web_go(unsigned position);
/* Which region web_state() tells of from now on; "" for none. */
void web_look(const char *pmap, const char *va);
/* All that the page shows of this place, as one JSON object. */
const char *web_state(void);
/* The digest of the state here, as traces write it; "" before the machine. */
const char *web_digest(void);
/* The first difference between this session's kernel and another, in words. */
const char *web_difference(const char *kernel);
/* Kernels and the museum, for the page's lists, as one JSON object. */
const char *web_lists(void);

#endif /* WEB_WEB_H */
