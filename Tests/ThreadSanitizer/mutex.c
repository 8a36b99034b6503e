// Tells ThreadSanitizer what Swift's Mutex does when threads wait for it.
//
// Its fast paths are compiled into our code and are seen. Its slow paths lie in libswiftSynchronization, which is not built for the sanitizer, so that
// everything a contended Mutex guards would be reported. `ops/test --sanitize thread` loads this before that library.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

// Of the sanitizer; absent in other programs that the tests start.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define CONTEXT __attribute__((swift_context)) void *
#define SWIFT __attribute__((swiftcall))

typedef SWIFT void (*LockSlow)(uint32_t, CONTEXT);
typedef SWIFT bool (*TryLockSlow)(CONTEXT);
typedef SWIFT void (*UnlockSlow)(CONTEXT);

// Synchronization._MutexHandle, whose first field is the word that threads exchange.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lockSlow(uint32_t thread, CONTEXT handle) __asm__(LOCK);
SWIFT bool tryLockSlow(CONTEXT handle) __asm__(TRY_LOCK);
SWIFT void unlockSlow(CONTEXT handle) __asm__(UNLOCK);

static LockSlow nextLock;
static TryLockSlow nextTryLock;
static UnlockSlow nextUnlock;

__attribute__((constructor)) static void find(void) {
  nextLock = (LockSlow)dlsym(RTLD_NEXT, LOCK);
  nextTryLock = (TryLockSlow)dlsym(RTLD_NEXT, TRY_LOCK);
  nextUnlock = (UnlockSlow)dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void lockSlow(uint32_t thread, CONTEXT handle) {
  nextLock(thread, handle);
  if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT bool tryLockSlow(CONTEXT handle) {
  bool isLocked = nextTryLock(handle);
  if (isLocked && __tsan_acquire) __tsan_acquire(handle);
  return isLocked;
}

SWIFT void unlockSlow(CONTEXT handle) {
  if (__tsan_release) __tsan_release(handle);
  nextUnlock(handle);
}
