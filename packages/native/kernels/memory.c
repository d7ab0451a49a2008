// Working memory, of each thread its own, which grows to what was asked for and stays until the thread frees it.
#include <stdlib.h>
#include "pages.h"
#include "product.h"
#if defined(_WIN32)
#include <malloc.h>
#define ALLOCATE(bytes) _aligned_malloc(bytes, 64)
#define FREE _aligned_free
#else
#define ALLOCATE(bytes) allocate(bytes)
#define FREE free
static void *allocate(size_t bytes) {
  const size_t alignment = bytes < LARGE_PAGE ? 64 : LARGE_PAGE;
  bytes = upward(bytes, alignment) * alignment;
  void *at = aligned_alloc(alignment, bytes);
  if (at) prefer_large_pages(at, bytes);
  return at;
}
#endif

static _Thread_local struct {
  float *at;
  size_t floats;
} slots[SLOTS];

static float *memory_of(int slot, size_t floats) {
  if (floats > slots[slot].floats) {
    FREE(slots[slot].at);
    const size_t bytes = (floats * sizeof(float) + 127) & ~(size_t)63;
    slots[slot].at = ALLOCATE(bytes);
    slots[slot].floats = slots[slot].at ? floats : 0;
  }
  return slots[slot].at;
}

static void free_memory(void) {
  for (int i = 0; i < SLOTS; i++) {
    FREE(slots[i].at);
    slots[i].at = 0;
    slots[i].floats = 0;
  }
}
