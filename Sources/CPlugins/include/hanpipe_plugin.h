/*
 * What a shared library must have to be a stage of hanpipe: C, or anything with a C ABI. docs/plugins.md shows one from the first
 * line to the first word; Examples/CPlugin is a whole one.
 *
 *     {"type": "library", "path": "libwords.so", "role": "segmenter"}
 *
 * A plug-in exports one function, hanpipe_plugin_entry, which gives a table of functions. Texts are UTF-8, not ended by NUL, and may
 * hold NUL; offsets are in bytes. All structures may be filled by C (C99) or C++.
 *
 * Ownership: what hanpipe passes belongs to hanpipe and lives until the function returns. What the plug-in passes to `report` belongs
 * to the plug-in; hanpipe has copied it when `report` returns.
 *
 * Threads: `create` and `destroy` are never called twice at once. An instance is used by one thread at a time, but not always by the
 * same one; several threads may each use an instance of their own at once. `create` is called as often as threads want one.
 *
 * A library runs inside of hanpipe's process: what it overwrites is overwritten, and where it crashes, hanpipe ends. Code that may
 * crash belongs into a process of its own: {"type": "process"}, docs/process-protocol.md.
 */
#ifndef HANPIPE_PLUGIN_H
#define HANPIPE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. A plug-in that was compiled with another one is refused. */
#define HANPIPE_PLUGIN_VERSION 1u

/* What a stage does, and what it reports: the type and number of `items` for each record. */
enum {
  HANPIPE_SEGMENTER = 1,    /* text to words: hanpipe_span, as many as there are words */
  HANPIPE_NORMALIZER = 2,   /* text to text: hanpipe_edit, as many as there are changes */
  HANPIPE_TOKEN_FILTER = 3, /* words to fewer words: uint8_t, one a word, 0 drops it */
  HANPIPE_CLASSIFIER = 4    /* text or words to probabilities: float, one a label */
};

/* The bytes start..<end of a record's text. Spans of a record rise, do not overlap, are not empty, end inside of the text and cut no
 * character. */
typedef struct hanpipe_span {
  size_t start;
  size_t end;
} hanpipe_span;

/* Replaces a span, which may be empty, by other UTF-8. Edits of a record rise and do not overlap. */
typedef struct hanpipe_edit {
  hanpipe_span span;
  const char *text; /* may be NULL if size is 0 */
  size_t size;
} hanpipe_edit;

/* One record. */
typedef struct hanpipe_record {
  const char *text; /* UTF-8, `size` bytes, never NULL */
  size_t size;
  const hanpipe_span *words; /* where the role takes words: as the stages before cut them; else NULL */
  size_t word_count;
} hanpipe_record;

/* A setting of the spec's "options". Both end with NUL. Numbers and booleans come as text: 0.5, true. */
typedef struct hanpipe_option {
  const char *name;
  const char *value;
} hanpipe_option;

/* What the spec says. Strings end with NUL. */
typedef struct hanpipe_configuration {
  size_t size;   /* of this structure, in bytes: later versions of hanpipe may append to it */
  uint32_t role; /* one that the plug-in has */
  const hanpipe_option *options;
  size_t option_count;
  const char *const *labels; /* of a classifier */
  size_t label_count;
  const void *data; /* the content of the file that the spec's "data" names; NULL without */
  size_t data_size;
} hanpipe_configuration;

/* Hands in the answer to the next record: called once for each, in their order, on the thread that called `process`, before it
 * returns. `items` may be NULL if count is 0. */
typedef void hanpipe_report(void *context, const void *items, size_t count);

typedef struct hanpipe_plugin {
  uint32_t version; /* HANPIPE_PLUGIN_VERSION */
  uint32_t size;    /* sizeof(hanpipe_plugin) */
  const char *name; /* such as "friso"; ends with NUL */
  /* What must be the same where a model is trained and where it serves, such as "1.6.4". Recorded in models, and checked when one is
   * loaded. Ends with NUL. */
  const char *release;
  uint32_t roles; /* the sum of 1u << role for each role that it has */

  /* Makes an instance; NULL if that fails: then last_error(NULL) says why. */
  void *(*create)(const hanpipe_configuration *configuration);

  /* Answers `count` records, in their order. Returns 0, or anything else if the record after the last one reported cannot be
   * answered: then last_error(instance) says why, that record is an error in the output, and the records behind it are asked for
   * again. */
  int (*process)(void *instance, const hanpipe_record *records, size_t count, hanpipe_report *report, void *context);

  void (*destroy)(void *instance);

  /* Why the last call failed, as UTF-8 that ends with NUL and stays until the next call; NULL if nobody knows. Called right after the
   * failure, on the same thread. */
  const char *(*last_error)(void *instance);
} hanpipe_plugin;

#if defined(__GNUC__)
#define HANPIPE_EXPORT __attribute__((visibility("default")))
#else
#define HANPIPE_EXPORT
#endif

/* The one function that a plug-in exports. The table stays as it is for ever: a library is never unloaded. */
HANPIPE_EXPORT const hanpipe_plugin *hanpipe_plugin_entry(void);

#ifdef __cplusplus
}
#endif

#endif
