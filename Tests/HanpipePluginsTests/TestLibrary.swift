import Glibc
import HanpipeCore
import Testing

/// A shared library whose behaviour is chosen when it is compiled.
enum TestLibrary {
  static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first { (path: String) in access(path, X_OK) == 0 }
  static let hasCompiler = compiler != nil
  static let absence: Comment = "there is no C compiler here"

  private static let include: String =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Sources/CPlugins/include"

  struct Failure: Error { let command: String }

  /// Compiles `source`.
  /// - Returns: the library's name in the folder.
  static func compile(_ source: String, in folder: TestFolder, as name: String = "plugin") throws -> String {
    try folder.write(source, to: "\(name).c")
    let command =
      "'\(compiler ?? "cc")' -std=c99 -Wall -Wextra -Werror -O1 -shared -fPIC -I'\(include)' '\(folder[name]).c' -o '\(folder[name]).so'"
    guard system(command) == 0 else { throw Failure(command: command) }
    return "\(name).so"
  }

  /// A plug-in of all roles that cuts text into runs of `size` bytes, makes small letters of capital ones, drops words of one byte, and
  /// takes the share of "a" for the probability of the second label; but `answer` replaces what it reports.
  static func source(
    answer: String = "", create: String = "", process: String = "", table: String = "", entry: String = "return &table;"
  ) -> String {
    """
    #include <math.h>
    #include <stdlib.h>
    #include <string.h>
    #include "hanpipe_plugin.h"

    typedef struct { uint32_t role; size_t size; char error[100]; } instance;
    static char create_error[100];
    HANPIPE_EXPORT int created;
    int created;

    static void *create(const hanpipe_configuration *c) {
      if (c->size != sizeof *c) return NULL;
      \(create)
      instance *i = calloc(1, sizeof *i);
      i->role = c->role;
      i->size = 1;
      for (size_t k = 0; k < c->option_count; ++k)
        if (strcmp(c->options[k].name, "size") == 0) i->size = (size_t)atoi(c->options[k].value);
      ++created;
      return i;
    }

    static void answer(instance *i, const hanpipe_record *r, hanpipe_report *report, void *context) {
      (void)i; (void)r;
      \(answer)
      switch (i->role) {
        case HANPIPE_SEGMENTER: {
          hanpipe_span *spans = malloc((r->size + 1) * sizeof *spans);
          size_t n = 0;
          for (size_t at = 0; at < r->size; at += i->size)
            spans[n++] = (hanpipe_span){at, at + i->size < r->size ? at + i->size : r->size};
          report(context, spans, n);
          memset(spans, 0xEE, (r->size + 1) * sizeof *spans);
          free(spans);
          break;
        }
        case HANPIPE_NORMALIZER: {
          hanpipe_edit *edits = malloc((r->size + 1) * sizeof *edits);
          char *small = malloc(r->size + 1);
          size_t n = 0;
          for (size_t at = 0; at < r->size; ++at)
            if (r->text[at] >= 'A' && r->text[at] <= 'Z') {
              small[at] = (char)(r->text[at] + 32);
              edits[n++] = (hanpipe_edit){{at, at + 1}, small + at, 1};
            }
          report(context, n ? edits : NULL, n);
          free(small);
          free(edits);
          break;
        }
        case HANPIPE_TOKEN_FILTER: {
          uint8_t *keep = calloc(r->word_count + 1, 1);
          for (size_t k = 0; k < r->word_count; ++k) keep[k] = r->words[k].end - r->words[k].start > 1;
          report(context, keep, r->word_count);
          free(keep);
          break;
        }
        default: {
          size_t of_a = 0, all = r->words ? r->word_count : r->size;
          for (size_t k = 0; k < all; ++k) of_a += r->text[r->words ? r->words[k].start : k] == 'a';
          float p[2] = {0, all ? (float)of_a / (float)all : 0};
          p[0] = 1 - p[1];
          report(context, p, 2);
        }
      }
    }

    static int process(void *p, const hanpipe_record *records, size_t count, hanpipe_report *report, void *context) {
      instance *i = p;
      for (size_t k = 0; k < count; ++k) {
        const hanpipe_record *r = records + k;
        (void)r;
        \(process)
        answer(i, r, report, context);
      }
      return 0;
    }

    static void destroy(void *p) { --created; free(p); }
    static const char *last_error(void *p) { return p ? ((instance *)p)->error : create_error; }

    static hanpipe_plugin table = {HANPIPE_PLUGIN_VERSION, sizeof(hanpipe_plugin), "test", "7",
      1u << HANPIPE_SEGMENTER | 1u << HANPIPE_NORMALIZER | 1u << HANPIPE_TOKEN_FILTER | 1u << HANPIPE_CLASSIFIER,
      create, process, destroy, last_error};

    HANPIPE_EXPORT const hanpipe_plugin *hanpipe_plugin_entry(void) { \(table) \(entry) }

    """
  }

  static func node(_ library: String, _ role: String = "segmenter") -> JSONObject {
    ["type": "library", "path": .string(library), "role": .string(role)]
  }
}
