/* Records what a process writes below one folder, for the power-cut test (LD_PRELOAD).
 *
 *   POWERCUT_DIR  the folder     POWERCUT_LOG  where the record goes
 *
 * Each record is a line "KIND fd-path offset length\n" followed by the bytes of a write. Kinds: W write, T truncate,
 * S sync (of one file; of the folder itself it is "."), U unlink, A a note of the test itself (a write to the file
 * "acks"). Written with one write(2) a record under a lock, so the order is the order of the system calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;
static const char *top;
static size_t top_len;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    top = getenv("POWERCUT_DIR");
    const char *log = getenv("POWERCUT_LOG");
    if (!top || !log) return;
    top_len = strlen(top);
    out = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The path of an open file below the folder, without the folder; "." is the folder itself; NULL for all others. */
static const char *path_of(int fd, char *buffer) {
    char link[64];
    if (out < 0 || fd == out) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, buffer, PATH_MAX - 1);
    if (n <= 0) return NULL;
    buffer[n] = 0;
    if (!strcmp(buffer, top)) return ".";
    if (strncmp(buffer, top, top_len) || buffer[top_len] != '/') return NULL;
    return buffer + top_len + 1;
}

static void record(char kind, const char *path, long long offset, const void *bytes, size_t length) {
    char head[PATH_MAX + 64];
    int n = snprintf(head, sizeof head, "%c %s %lld %zu\n", kind, path, offset, length);
    struct iovec parts[2] = {{head, (size_t)n}, {(void *)bytes, length}};
    if (writev(out, parts, bytes ? 2 : 1) < 0) abort();
}

ssize_t write(int fd, const void *bytes, size_t n) {
    char buffer[PATH_MAX];
    const char *path = path_of(fd, buffer);
    if (!path) return REAL(write)(fd, bytes, n);
    pthread_mutex_lock(&lock);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t done = REAL(write)(fd, bytes, n);
    if (done > 0) record(strcmp(path, "acks") ? 'W' : 'A', path, (long long)at, bytes, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
    char buffer[PATH_MAX];
    const char *path = path_of(fd, buffer);
    if (!path) return REAL(pwrite64)(fd, bytes, n, at);
    pthread_mutex_lock(&lock);
    ssize_t done = REAL(pwrite64)(fd, bytes, n, at);
    if (done > 0) record('W', path, (long long)at, bytes, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) { return pwrite64(fd, bytes, n, at); }

static int cut(int fd, off64_t length, int (*real)(int, off64_t)) {
    char buffer[PATH_MAX];
    const char *path = path_of(fd, buffer);
    if (!path) return real(fd, length);
    pthread_mutex_lock(&lock);
    int done = real(fd, length);
    if (!done) record('T', path, (long long)length, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate64(int fd, off64_t length) { return cut(fd, length, REAL(ftruncate64)); }
int ftruncate(int fd, off_t length) { return cut(fd, length, REAL(ftruncate64)); }

static int sync_of(int fd, int (*real)(int)) {
    char buffer[PATH_MAX];
    const char *path = path_of(fd, buffer);
    if (!path) return real(fd);
    pthread_mutex_lock(&lock);
    int done = real(fd);
    if (!done) record('S', path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int fsync(int fd) { return sync_of(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_of(fd, REAL(fdatasync)); }

int unlink(const char *path) {
    int done = REAL(unlink)(path);
    if (!done && out >= 0 && !strncmp(path, top, top_len) && path[top_len] == '/') {
        pthread_mutex_lock(&lock);
        record('U', path + top_len + 1, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}
