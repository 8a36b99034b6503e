// Tells ThreadSanitizer what libraries do that are not built for it. `ops/test --sanitize thread` loads this before them.
//
// Swift's Mutex: its fast paths are compiled into our code and are seen. Those of threads that wait lie in libswiftSynchronization, so that everything a
// contended Mutex guards would be reported.
//
// Threads and locks of C11: the sanitizer knows those of POSIX. librdkafka starts its threads with thrd_create, and the first that takes memory stops
// the program; what it hands from one thread to another, our callbacks' arguments among it, is guarded by an mtx_t.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

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

static int (*nextMutexLock)(mtx_t *);
static int (*nextMutexUnlock)(mtx_t *);
static int (*nextWait)(cnd_t *, mtx_t *);
static int (*nextTimedWait)(cnd_t *restrict, mtx_t *restrict, const struct timespec *restrict);

__attribute__((constructor)) static void find(void) {
  *(void **)&nextMutexLock = dlsym(RTLD_NEXT, "mtx_lock");
  *(void **)&nextMutexUnlock = dlsym(RTLD_NEXT, "mtx_unlock");
  *(void **)&nextWait = dlsym(RTLD_NEXT, "cnd_wait");
  *(void **)&nextTimedWait = dlsym(RTLD_NEXT, "cnd_timedwait");
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

// In glibc both kinds of threads are the same but for what they return.

struct Start {
  thrd_start_t body;
  void *argument;
};

static void *begin(void *given) {
  struct Start start = *(struct Start *)given;
  free(given);
  return (void *)(intptr_t)start.body(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t body, void *argument) {
  struct Start *start = malloc(sizeof *start);
  if (!start) return thrd_nomem;
  *start = (struct Start){body, argument};
  if (pthread_create(thread, NULL, begin, start) == 0) return thrd_success;
  free(start);
  return thrd_error;
}

int thrd_join(thrd_t thread, int *result) {
  void *returned;
  if (pthread_join(thread, &returned) != 0) return thrd_error;
  if (result) *result = (int)(intptr_t)returned;
  return thrd_success;
}

int thrd_detach(thrd_t thread) { return pthread_detach(thread) == 0 ? thrd_success : thrd_error; }

static void acquire(void *address) {
  if (__tsan_acquire) __tsan_acquire(address);
}

static void release(void *address) {
  if (__tsan_release) __tsan_release(address);
}

int mtx_lock(mtx_t *mutex) {
  int result = nextMutexLock(mutex);
  acquire(mutex);
  return result;
}

int mtx_unlock(mtx_t *mutex) {
  release(mutex);
  return nextMutexUnlock(mutex);
}

int cnd_wait(cnd_t *condition, mtx_t *mutex) {
  release(mutex);
  int result = nextWait(condition, mutex);
  acquire(mutex);
  return result;
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict end) {
  release(mutex);
  int result = nextTimedWait(condition, mutex, end);
  acquire(mutex);
  return result;
}
