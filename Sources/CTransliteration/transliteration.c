// See CTransliteration.h.
#include "CTransliteration.h"

#include <dlfcn.h>
#include <stddef.h>
#include <unicode/utypes.h>
#include <unicode/utrans.h>

#define TEXT(x) #x
#define EXPANDED(x) TEXT(x)
// utrans.h names functions by macros that add the version: utrans_openU_72.
#define NAME(function) EXPANDED(function)

#ifdef __APPLE__
static const char library[] = "libicui18n." U_ICU_VERSION_SHORT ".dylib";
#else
static const char library[] = "libicui18n.so." U_ICU_VERSION_SHORT;
#endif

typedef __typeof__(utrans_openU) open_function;
typedef __typeof__(utrans_transUChars) transform_function;
typedef __typeof__(utrans_close) close_function;

static const char *fill(
    uint16_t first, uint32_t count, uint16_t *images, open_function *open, transform_function *transform, close_function *close) {
  static const UChar name[] = {'H', 'a', 'n', 't', '-', 'H', 'a', 'n', 's', 0};
  UErrorCode error = U_ZERO_ERROR;
  UTransliterator *transliterator = open(name, -1, UTRANS_FORWARD, NULL, 0, NULL, &error);
  if (U_FAILURE(error)) return "this ICU has no transliterator Hant-Hans";
  for (uint32_t i = 0; i < count; i++) {
    UChar unit[8] = {(UChar)(first + i)};
    int32_t length = 1, limit = 1;
    error = U_ZERO_ERROR;
    transform(transliterator, unit, &length, 8, 0, &limit, &error);
    images[i] = U_SUCCESS(error) && length == 1 ? unit[0] : (uint16_t)(first + i);
  }
  close(transliterator);
  return NULL;
}

const char *hp_simplified_characters(uint16_t first, uint32_t count, uint16_t *images) {
  // Never unloaded: ICU keeps what it has read.
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return "the library libicui18n of the same version is not installed; it is in the package of ICU (libicu)";
  open_function *open = (open_function *)dlsym(handle, NAME(utrans_openU));
  transform_function *change = (transform_function *)dlsym(handle, NAME(utrans_transUChars));
  close_function *close = (close_function *)dlsym(handle, NAME(utrans_close));
  if (!open || !change || !close) return "the library libicui18n lacks transliterators";
  return fill(first, count, images, open, change, close);
}
