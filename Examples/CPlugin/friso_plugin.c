/* friso as a stage of hanpipe: Debian's libfriso and friso-dict behind hanpipe_plugin.h.
 *
 *     {"type": "library", "path": "friso_plugin.so", "role": "segmenter"}
 *
 * Options: "configuration", friso's own file (default /etc/friso/friso.ini); "mode", "simple", "complex" or "detect".
 */
#include <errno.h>
#include <friso/friso.h>
#include <friso/friso_API.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hanpipe_plugin.h"

typedef struct {
  friso_t friso;
  friso_config_t config;
  friso_task_t task;
  char *text;           /* friso wants a text that ends with NUL */
  size_t text_size;
  hanpipe_span *spans;
  size_t span_size;
} segmenter;

static char error[256];

static void destroy(void *instance) {
  segmenter *self = instance;
  if (self->task) friso_free_task(self->task);
  if (self->config) friso_free_config(self->config);
  if (self->friso) friso_free(self->friso);
  free(self->text);
  free(self->spans);
  free(self);
}

static void *create(const hanpipe_configuration *configuration) {
  const char *file = "/etc/friso/friso.ini", *mode = NULL;
  for (size_t i = 0; i < configuration->option_count; ++i) {
    const hanpipe_option *option = &configuration->options[i];
    if (strcmp(option->name, "configuration") == 0) file = option->value;
    else if (strcmp(option->name, "mode") == 0) mode = option->value;
    else {
      snprintf(error, sizeof error, "there is no option \"%s\"; known are \"configuration\" and \"mode\"", option->name);
      return NULL;
    }
  }
  if (access(file, R_OK) != 0) {
    snprintf(error, sizeof error, "%s: %s; install friso-dict and libfriso0", file, strerror(errno));
    return NULL;
  }
  segmenter *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->friso = friso_new();
  self->config = friso_new_config();
  self->task = friso_new_task();
  if (friso_init_from_ifile(self->friso, self->config, (char *)file) != 1) {
    snprintf(error, sizeof error, "friso cannot use %s", file);
    destroy(self);
    return NULL;
  }
  if (mode) {
    friso_mode_t chosen;
    if (strcmp(mode, "simple") == 0) chosen = __FRISO_SIMPLE_MODE__;
    else if (strcmp(mode, "complex") == 0) chosen = __FRISO_COMPLEX_MODE__;
    else if (strcmp(mode, "detect") == 0) chosen = __FRISO_DETECT_MODE__;
    else {
      snprintf(error, sizeof error, "mode: \"%s\" is not allowed; expected \"simple\", \"complex\" or \"detect\"", mode);
      destroy(self);
      return NULL;
    }
    friso_set_mode(self->config, chosen);
  }
  /* One word for each place, and none left out. */
  self->config->add_syn = 0;
  self->config->clr_stw = 0;
  self->config->keep_urec = 1;
  self->config->en_sseg = 0;
  return self;
}

/* Makes room for a text, and for as many words as it can have. */
static int reserve(segmenter *self, size_t size) {
  if (size + 1 > self->text_size) {
    char *text = realloc(self->text, size + 1);
    if (!text) return 0;
    self->text = text;
    self->text_size = size + 1;
  }
  if (size > self->span_size) {
    hanpipe_span *spans = realloc(self->spans, size * sizeof *spans);
    if (!spans) return 0;
    self->spans = spans;
    self->span_size = size;
  }
  return 1;
}

/* Whether a span lies inside of the text and cuts no character. */
static int fits(hanpipe_span span, const char *text, size_t size) {
  return span.start <= span.end && span.end <= size && (text[span.start] & 0xC0) != 0x80 && (text[span.end] & 0xC0) != 0x80;
}

/* Where a word stands in the text; an empty place if friso does not know.
 *
 * `rlen` is the length that a word had before friso changed it (small letters, half width), but of a word that it did not change it
 * may be an earlier word's. Of a changed one, `offset` may be too large by as much as the word became shorter. */
static hanpipe_span place(friso_token_t token, const char *text, size_t size) {
  size_t start = (size_t)token->offset, length = token->length, real = token->rlen;
  hanpipe_span span = {start, start + length};
  if (span.end <= size && memcmp(text + start, token->word, length) == 0) return span;
  span.end = start + real;
  if (fits(span, text, size)) return span;
  span = (hanpipe_span){start + length - real, start + length};
  return fits(span, text, size) ? span : (hanpipe_span){0, 0};
}

static int process(
    void *instance, const hanpipe_record *records, size_t count, hanpipe_report *report, void *context) {
  segmenter *self = instance;
  for (size_t i = 0; i < count; ++i) {
    size_t size = records[i].size, words = 0, end = 0;
    if (!reserve(self, size)) {
      snprintf(error, sizeof error, "there is no memory for a text of %zu bytes", size);
      return 1;
    }
    if (size > 0) memcpy(self->text, records[i].text, size);
    /* friso would end at a NUL. */
    for (size_t k = 0; k < size; ++k) {
      if (self->text[k] == 0) self->text[k] = ' ';
    }
    self->text[size] = 0;
    friso_set_text(self->task, self->text);
    while (self->config->next_token(self->friso, self->config, self->task) != NULL) {
      hanpipe_span span = place(self->task->token, self->text, size);
      if (span.start < end || span.start == span.end) continue;
      end = span.end;
      self->spans[words++] = span;
    }
    report(context, self->spans, words);
  }
  return 0;
}

static const char *last_error(void *instance) {
  (void)instance;
  return error;
}

static const hanpipe_plugin plugin = {
    .version = HANPIPE_PLUGIN_VERSION,
    .size = sizeof(hanpipe_plugin),
    .name = "friso",
    .release = FRISO_VERSION,
    .roles = 1u << HANPIPE_SEGMENTER,
    .create = create,
    .process = process,
    .destroy = destroy,
    .last_error = last_error,
};

const hanpipe_plugin *hanpipe_plugin_entry(void) { return &plugin; }
