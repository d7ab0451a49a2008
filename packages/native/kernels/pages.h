// Large pages of memory, where the system gives them on request (Linux, "madvise"): a pass over tens of megabytes in pages of
// 4 kB spends half of its time on looking pages up. A hint: where it is not taken, nothing else changes.
#pragma once
#include <stddef.h>
#include <stdint.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

/** The size of a large page. */
#define LARGE_PAGE ((size_t)2 << 20)

static inline void prefer_large_pages(void *from, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  const uintptr_t start = ((uintptr_t)from + 4095) & ~(uintptr_t)4095, end = (uintptr_t)from + bytes;
  if (end > start && end - start >= LARGE_PAGE) (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
  (void)from, (void)bytes;
#endif
}
