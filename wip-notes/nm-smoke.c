#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include <linux/nodemon.h>
#include <linux/nexus.h>

static int create(unsigned f) { return syscall(629, f); }
static int watch_(int fd, struct nodemon_args *a) { return syscall(630, fd, a, sizeof(*a)); }
static int unwatch(int fd, int w, int p, int t) { return syscall(631, fd, w, p, t); }
static int port_create(unsigned cap) {
	struct nexus_port_args a = { .capacity = cap };
	return syscall(605, &a, sizeof(a));
}
static int fails, passes;
#define CHECK(c, ...) do { if (c) passes++; else { fails++; printf("FAIL %s:%d %s errno=%d ", __FILE__, __LINE__, #c, errno); printf("" __VA_ARGS__); printf("\n"); } } while (0)

static int wpath(int fd, const char *p, unsigned ev)
{
	struct nodemon_args a = { .type = NODEMON_NODE, .events = ev, .dirfd = AT_FDCWD, .path = (uintptr_t)p };
	return watch_(fd, &a);
}
static int wport(int port, int token, const char *p, unsigned ev)
{
	struct nodemon_args a = { .type = NODEMON_NODE, .events = ev, .dirfd = AT_FDCWD, .path = (uintptr_t)p, .port = port, .token = token };
	return watch_(-1, &a);
}
static struct { unsigned long long ino; char label[16]; } labels[100];
static int nlabels;
static void label(const char *p, const char *l)
{
	struct stat st;
	if (lstat(p, &st)) { printf("label %s: %m\n", p); return; }
	for (int i = 0; i < nlabels; i++) if (labels[i].ino == st.st_ino) labels[i].ino = 0;
	for (int i = 0; i < nlabels; i++) if (!strcmp(labels[i].label, l)) { labels[i].ino = st.st_ino; return; }
	labels[nlabels].ino = st.st_ino; strcpy(labels[nlabels++].label, l);
}
static const char *lab(long long ino)
{
	static char bufs[4][32]; static int k;
	if (ino == -1) return "-";
	for (int i = nlabels - 1; i >= 0; i--) if (labels[i].ino == (unsigned long long)ino) return labels[i].label;
	k = (k + 1) % 4; sprintf(bufs[k], "?%lld", ino); return "?";
}
static const char *ops[] = { "0", "CREATED", "REMOVED", "MOVED", "STAT", "ATTR", "MOUNTED", "UNMOUNTED" };
static char out[65536];
static void render(struct nodemon_record *r)
{
	char *o = out + strlen(out);
	const char *n = (char *)r + r->header_size;
	if (r->size % 8 || r->header_size != 56) { fails++; printf("bad record size %u\n", r->size); }
	if (r->opcode == NODEMON_OVERFLOW) { sprintf(o, "OVERFLOW;"); return; }
	if (r->opcode == NODEMON_IGNORED) { sprintf(o, "w%d IGNORED;", r->watch); return; }
	o += sprintf(o, "w%d %s", r->watch, ops[r->opcode]);
	switch (r->opcode) {
	case 1: case 2: o += sprintf(o, " %s/%s=%s", lab(r->directory), n, lab(r->node)); break;
	case 3: o += sprintf(o, " %s/%s->%s/%s=%s", lab(r->directory), n + r->name_len + 1, lab(r->to_directory), n, lab(r->node)); break;
	case 4: o += sprintf(o, " %s %x", lab(r->node), r->detail); break;
	case 5: o += sprintf(o, " %s/%s %s %u", lab(r->directory), lab(r->node), n, r->detail); break;
	case 6: o += sprintf(o, " on %s", lab(r->directory)); break;
	}
	if (r->flags & 1) o += sprintf(o, " d");
	sprintf(o, ";");
}
static char *readall(int fd)
{
	static char buf[65536] __attribute__((aligned(8)));
	out[0] = 0;
	for (;;) {
		int q; ioctl(fd, FIONREAD, &q);
		ssize_t n = read(fd, buf, sizeof(buf));
		if (n < 0) { if (errno != EAGAIN) printf("read %m\n"); break; }
		if (n != q && q < 65000) { fails++; printf("FIONREAD %d read %zd\n", q, n); }
		for (ssize_t p = 0; p < n; p += ((struct nodemon_record *)(buf + p))->size)
			render((void *)(buf + p));
		if (strlen(out) > 60000) break;
	}
	return out;
}
static void expect_(int line, int fd, const char *want)
{
	char *got = readall(fd);
	if (strcmp(got, want)) { fails++; printf("FAIL line %d\n  want %s\n  got  %s\n", line, want, got); }
	else passes++;
}
#define expect(fd, want) expect_(__LINE__, fd, want)
static void touch(const char *p) { close(open(p, O_CREAT | O_RDWR, 0644)); }
static void basics(const char *base)
{
	char d[300]; int fd, wd, wf, f;
	struct stat st;

	nlabels = 0; printf("== %s\n", base);
	sprintf(d, "%s/t%d", base, getpid());
	CHECK(!mkdir(d, 0755)); CHECK(!chdir(d));
	mkdir("a", 0755); mkdir("b", 0755); label("a", "A"); label("b", "B");
	fd = create(NODEMON_NONBLOCK); CHECK(fd >= 0);
	wd = wpath(fd, "a", NODEMON_DIRECTORY); CHECK(wd == 1, "%d", wd);
	touch("a/x"); label("a/x", "X");
	expect(fd, "w1 CREATED A/x=X;");
	touch("a/x"); expect(fd, "");
	mkdir("a/d", 0755); label("a/d", "D"); expect(fd, "w1 CREATED A/d=D d;");
	mkfifo("a/p", 0644); label("a/p", "P"); expect(fd, "w1 CREATED A/p=P;");
	symlink("x", "a/s"); label("a/s", "S"); expect(fd, "w1 CREATED A/s=S;");
	link("a/x", "a/l"); expect(fd, "w1 CREATED A/l=X;");
	unlink("a/p"); unlink("a/s"); expect(fd, "w1 REMOVED A/p=P;w1 REMOVED A/s=S;");
	rename("a/l", "a/x"); expect(fd, "");
	unlink("a/l"); expect(fd, "w1 REMOVED A/l=X;");
	rename("a/x", "a/y"); expect(fd, "w1 MOVED A/x->A/y=X;");
	rename("a/y", "b/y"); expect(fd, "w1 MOVED A/y->B/y=X;");
	rename("b/y", "a/x"); expect(fd, "w1 MOVED B/y->A/x=X;");
	int w2 = wpath(fd, "b", NODEMON_DIRECTORY); CHECK(w2 == 2);
	rename("a/x", "b/x"); expect(fd, "w1 MOVED A/x->B/x=X;w2 MOVED A/x->B/x=X;");
	touch("a/v"); label("a/v", "V"); expect(fd, "w1 CREATED A/v=V;");
	rename("b/x", "a/v"); expect(fd, "w1 REMOVED A/v=V;w2 MOVED B/x->A/v=X;w1 MOVED B/x->A/v=X;");
	rename("a/v", "a/x"); readall(fd);
	touch("b/e"); label("b/e", "E"); readall(fd);
	if (syscall(SYS_renameat2, AT_FDCWD, "a/x", AT_FDCWD, "b/e", RENAME_EXCHANGE) == 0)
		expect(fd, "w1 MOVED A/x->B/e=X;w2 MOVED A/x->B/e=X;w2 MOVED B/e->A/x=E;w1 MOVED B/e->A/x=E;");
	else printf("no exchange: %m\n");
	unlink("a/x"); unlink("b/e"); readall(fd);
	/* O_TMPFILE */
	f = open("a", O_TMPFILE | O_RDWR, 0600);
	if (f >= 0) {
		char pr[64]; sprintf(pr, "/proc/self/fd/%d", f);
		write(f, "x", 1);
		expect(fd, "");
		CHECK(!linkat(AT_FDCWD, pr, AT_FDCWD, "a/tmp", AT_SYMLINK_FOLLOW));
		label("a/tmp", "T");
		expect(fd, "w1 CREATED A/tmp=T;");
		close(f); unlink("a/tmp"); expect(fd, "w1 REMOVED A/tmp=T;");
	}
	rmdir("a/d"); expect(fd, "w1 REMOVED A/d=D d;");
	CHECK(!unwatch(fd, w2, 0, 0)); expect(fd, "w2 IGNORED;");
	CHECK(unwatch(fd, w2, 0, 0) < 0 && errno == ENOENT);
	CHECK(wpath(fd, "a", 0) == 0); expect(fd, "w1 IGNORED;");
	CHECK(wpath(fd, "a", 0) < 0 && errno == ENOENT);

	/* node watches */
	touch("a/f"); label("a/f", "F");
	wf = wpath(fd, "a/f", NODEMON_NAME | NODEMON_STAT | NODEMON_ATTR); CHECK(wf == 3, "%d", wf);
	chmod("a/f", 0600); expect(fd, "w3 STAT F 1;");
	chmod("a/f", 0644); chmod("a/f", 0644); expect(fd, "w3 STAT F 1;");
	chown("a/f", 1, 2); expect(fd, "w3 STAT F 6;");
	chown("a/f", -1, 0); expect(fd, "w3 STAT F 4;");
	chown("a/f", -1, -1); expect(fd, "");
	chown("a/f", 0, 0); readall(fd);
	utimes("a/f", NULL); expect(fd, "w3 STAT F 30;");
	struct timespec ts[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1000 } };
	utimensat(AT_FDCWD, "a/f", ts, 0); expect(fd, "w3 STAT F 20;");
	ts[0].tv_nsec = 5; ts[1].tv_nsec = UTIME_OMIT;
	utimensat(AT_FDCWD, "a/f", ts, 0); expect(fd, "w3 STAT F 10;");
	truncate("a/f", 100); expect(fd, "w3 STAT F 8;");
	f = open("a/f", O_RDWR | O_TRUNC); expect(fd, "w3 STAT F 8;"); close(f); expect(fd, "");
	f = open("a/f", O_RDWR | O_TRUNC); expect(fd, ""); close(f); expect(fd, "");
	f = open("a/f", O_WRONLY); write(f, "abc", 3); expect(fd, ""); close(f); expect(fd, "w3 STAT F 28;");
	f = open("a/f", O_WRONLY); pwrite(f, "abd", 3, 0); close(f); expect(fd, "w3 STAT F 20;");
	f = open("a/f", O_RDWR); close(f); expect(fd, "");
	f = open("a/f", O_RDONLY); char c[4]; read(f, c, 3); close(f); expect(fd, "");
	f = open("a/f", O_RDWR); ftruncate(f, 10); expect(fd, "w3 STAT F 8;"); close(f); expect(fd, "");
	f = open("a/f", O_RDWR); if (!fallocate(f, 0, 0, 8192)) { close(f); expect(fd, "w3 STAT F 28;"); } else close(f);
	f = open("a/f", O_RDWR); int g = open("a/src", O_RDWR | O_CREAT, 0644); write(g, "0123456789", 10); lseek(g, 0, 0);
	lseek(f, 0, SEEK_END);
	if (copy_file_range(g, NULL, f, NULL, 10, 0) == 10) { close(f); expect(fd, "w3 STAT F 28;"); } else { printf("cfr %m\n"); close(f); readall(fd); }
	f = open("a/f", O_RDWR); lseek(g, 0, 0); lseek(f, 0, SEEK_END); CHECK(sendfile(f, g, NULL, 10) == 10); close(f); expect(fd, "w3 STAT F 28;");
	close(g);
	f = open("a/f", O_RDWR); void *m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
	if (m != MAP_FAILED) { struct timespec s = { 0, 20000000 }; nanosleep(&s, 0); ((char *)m)[5]++; msync(m, 4096, MS_SYNC); munmap(m, 4096); close(f); printf("mmap: %s\n", readall(fd)); }
	if (setxattr("a/f", "user.foo", "1", 1, 0) == 0) {
		expect(fd, "w3 ATTR A/F foo 1;w3 STAT F 80;");
		setxattr("a/f", "user.foo", "2", 1, 0); expect(fd, "w3 ATTR A/F foo 5;w3 STAT F 80;");
		setxattr("a/f", "user.beos.BEOS:TYPE", "2", 1, XATTR_CREATE); expect(fd, "w3 ATTR A/F BEOS:TYPE 1;w3 STAT F 80;");
		CHECK(setxattr("a/f", "user.foo", "2", 1, XATTR_CREATE)); expect(fd, "");
		setxattr("a/f", "user.foo", "3", 1, XATTR_REPLACE); expect(fd, "w3 ATTR A/F foo 5;w3 STAT F 80;");
		removexattr("a/f", "user.foo"); expect(fd, "w3 ATTR A/F foo 2;w3 STAT F 80;");
		CHECK(removexattr("a/f", "user.foo")); expect(fd, "");
		if (!setxattr("a/f", "trusted.t", "3", 1, 0)) expect(fd, "w3 ATTR A/F trusted.t 1;w3 STAT F 80;");
		unsigned char acl[] = { 2,0,0,0, 1,0,6,0,255,255,255,255, 2,0,4,0,1,0,0,0, 4,0,4,0,255,255,255,255, 0x10,0,4,0,255,255,255,255, 0x20,0,4,0,255,255,255,255 };
		if (!setxattr("a/f", "system.posix_acl_access", acl, sizeof(acl), 0)) expect(fd, "w3 ATTR A/F system.posix_acl_access 1;w3 STAT F 80;");
		else printf("acl %m\n");
	} else printf("no xattr: %m\n");
	readall(fd);
	link("a/f", "b/g"); expect(fd, "");
	rename("b/g", "b/h"); expect(fd, "w3 MOVED B/g->B/h=F;");
	touch("b/o"); rename("b/o", "b/h"); expect(fd, "w3 REMOVED B/h=F;");
	/* ftruncated and unlinked: nothing at close; then ignored */
	f = open("a/f", O_RDWR); unlink("a/f"); expect(fd, "w3 REMOVED A/f=F;"); write(f, "zz", 2); close(f); expect(fd, "w3 IGNORED;");

	/* children */
	mkdir("a/sub", 0755); mkdir("a/sub/deep", 0755); touch("a/c"); label("a/c", "C"); label("a/sub", "SUB");
	wd = wpath(fd, "a", NODEMON_CHILDREN | NODEMON_STAT | NODEMON_ATTR); CHECK(wd == 4);
	chmod("a/c", 0600); expect(fd, "w4 STAT C 1;");
	chmod("a/sub", 0700); expect(fd, "w4 STAT SUB 1 d;");
	chmod("a/sub/deep", 0700); expect(fd, "");
	chmod("a", 0700); expect(fd, "w4 STAT A 1 d;");
	f = open("a/c", O_WRONLY); write(f, "q", 1); close(f); expect(fd, "w4 STAT C 28;");
	f = open("a/c2", O_WRONLY | O_CREAT, 0644); label("a/c2", "C2"); write(f, "q", 1); close(f); expect(fd, "w4 STAT C2 28;");
	wf = wpath(fd, "a/c", NODEMON_STAT); CHECK(wf == 5);
	chmod("a/c", 0644); expect(fd, "w4 STAT C 1;w5 STAT C 1;");
	unwatch(fd, wd, 0, 0); unwatch(fd, wf, 0, 0); expect(fd, "w4 IGNORED;w5 IGNORED;");
	/* interim */
	wf = wpath(fd, "a/c", NODEMON_INTERIM_STAT);
	f = open("a/c", O_WRONLY | O_APPEND); write(f, "1", 1); expect(fd, "");
	struct timespec s = { 1, 100000000 }; nanosleep(&s, 0);
	write(f, "1", 1); expect(fd, "w6 STAT C 1028;"); write(f, "1", 1); expect(fd, "");
	pwrite(f, "1", 1, 0); close(f); chmod("a/c", 0600); expect(fd, "");
	unwatch(fd, wf, 0, 0); readall(fd);
	/* opened before the watch */
	f = open("a/c", O_WRONLY);
	wf = wpath(fd, "a/c", NODEMON_STAT); CHECK(wf == 7);
	int f2 = open("a/c2", O_WRONLY);
	close(dup(f)); write(f, "x", 1); close(f); close(f2); expect(fd, "w7 STAT C 28;");
	/* both */
	wd = wpath(fd, "a", NODEMON_DIRECTORY); wf = wpath(fd, "a/c", NODEMON_NAME); CHECK(wf == 7 && wd == 8);
	rename("a/c", "a/cc"); expect(fd, "w8 MOVED A/c->A/cc=C;w7 MOVED A/c->A/cc=C;");
	unlink("a/cc"); expect(fd, "w7 REMOVED A/cc=C;w7 IGNORED;w8 REMOVED A/cc=C;");
	rmdir("a/sub/deep"); rmdir("a/sub"); readall(fd);
	label(".", "TOP"); wf = wpath(fd, "b", NODEMON_NAME); CHECK(wf == 9, "%d", wf);
	unlink("b/h"); expect(fd, ""); label("b", "B");
	rmdir("b"); expect(fd, "w9 REMOVED TOP/b=B d;w9 IGNORED;");
	/* by id */
	stat("a", &st);
	struct nodemon_args ia = { .type = NODEMON_NODE_ID, .events = NODEMON_STAT, .device = st.st_dev, .node = st.st_ino };
	int wi = watch_(fd, &ia); CHECK(wi == wd, "%d", wi);
	stat("a/c2", &st); ia.node = st.st_ino;
	wi = watch_(fd, &ia); CHECK(wi == 10, "%d %m", wi);
	chmod("a/c2", 0611); expect(fd, "w10 STAT C2 1;");
	ia.node = 0x7ffffff1; CHECK(watch_(fd, &ia) < 0 && errno == ENOENT);
	ia.device = 0x7777; CHECK(watch_(fd, &ia) < 0 && errno == ENOENT);
	/* volume */
	struct nodemon_args va = { .type = NODEMON_VOLUME, .events = NODEMON_NAME | NODEMON_STAT | NODEMON_ATTR, .dirfd = AT_FDCWD, .path = (uintptr_t)"a" };
	int fv = create(NODEMON_NONBLOCK);
	int wv = watch_(fv, &va); CHECK(wv == 1, "%d %m", wv);
	mkdir("z", 0755); label("z", "Z"); label(".", "TOP"); touch("z/zz"); label("z/zz", "ZZ");
	expect(fv, "w1 CREATED TOP/z=Z d;w1 CREATED Z/zz=ZZ;");
	chmod("z/zz", 0600); expect(fv, "w1 STAT ZZ 1;");
	f = open("z/zz", O_WRONLY); write(f, "1", 1); close(f); expect(fv, "w1 STAT ZZ 28;");
	setxattr("z/zz", "user.q", "1", 1, 0); expect(fv, "w1 ATTR Z/ZZ q 1;w1 STAT ZZ 80;");
	rename("z/zz", "zy"); expect(fv, "w1 MOVED Z/zz->TOP/zy=ZZ;");
	touch("z2"); label("z2", "Z2"); rename("zy", "z2"); expect(fv, "w1 CREATED TOP/z2=Z2;w1 REMOVED TOP/z2=Z2;w1 MOVED TOP/zy->TOP/z2=ZZ;");
	unlink("z2"); rmdir("z"); expect(fv, "w1 REMOVED TOP/z2=ZZ;w1 REMOVED TOP/z=Z d;");
	char path[64], line[300]; sprintf(path, "/proc/self/fdinfo/%d", fv); FILE *fi = fopen(path, "r");
	while (fgets(line, 300, fi)) if (strstr(line, "nodemon")) printf("%s", line);
	fclose(fi);
	close(fv);
	sprintf(path, "/proc/self/fdinfo/%d", fd); fi = fopen(path, "r");
	while (fgets(line, 300, fi)) if (strstr(line, "nodemon")) printf("%s", line);
	fclose(fi);
	close(fd);
	chdir("/");
}
#define MSGBUF 4096
static char *msgtext(int port, char *o)
{
	static unsigned char b[MSGBUF]; struct nexus_msg_info inf;
	long n = syscall(607, port, b, sizeof(b), &inf, NEXUS_NOWAIT, NULL);
	if (n < 0) return NULL;
	struct nodemon_message *h = (void *)b;
	char *s = o;
	if (inf.code != NODEMON_MESSAGE_CODE || h->magic != NODEMON_MESSAGE_MAGIC || h->size != n || inf.team || inf.thread)
		s += sprintf(s, "BAD(%d %ld) ", h->size, n);
	s += sprintf(s, "[%d u%d] ", h->token, inf.uid);
	for (long p = 28; p < n;) {
		struct nodemon_field *f = (void *)(b + p);
		s += sprintf(s, "%s=", f->name);
		if (f->type == NODEMON_TYPE_INT32) { int v; memcpy(&v, b + p + f->header_size, 4); s += sprintf(s, "%d ", v); }
		else if (f->type == NODEMON_TYPE_INT64) { long long v; memcpy(&v, b + p + f->header_size, 8); s += sprintf(s, "%s ", lab(v)); }
		else s += sprintf(s, "%s ", b + p + f->header_size + 4);
		if (f->field_size <= 0) break;
		p += f->field_size;
	}
	return o;
}
static void ports(void)
{
	char t[4096]; int p = port_create(10);
	struct stat st;
	printf("== ports\n");
	CHECK(p > 0);
	mkdir("/tmp/pp", 0755); label("/tmp/pp", "PP"); stat("/tmp/pp", &st);
	CHECK(wport(p, 7, "/tmp/pp", NODEMON_DIRECTORY) > 0, "%m");
	touch("/tmp/pp/a.txt"); label("/tmp/pp/a.txt", "AT");
	char want[300]; sprintf(want, "[7 u0] opcode=1 device=%d directory=PP node=AT name=a.txt ", (int)st.st_dev);
	CHECK(msgtext(p, t) && !strcmp(t, want), "got %s want %s", t, want);
	rename("/tmp/pp/a.txt", "/tmp/pp/b.txt");
	sprintf(want, "[7 u0] opcode=3 device=%d from directory=PP to directory=PP node device=%d node=AT from name=a.txt name=b.txt ", (int)st.st_dev, (int)st.st_dev);
	CHECK(msgtext(p, t) && !strcmp(t, want), "got %s want %s", t, want);
	
	CHECK(wport(p, 8, "/tmp/pp/b.txt", 0x0f) > 0);
	chmod("/tmp/pp/b.txt", 0600); CHECK(msgtext(p, t), "none"); printf("%s\n", t);
	setxattr("/tmp/pp/b.txt", "user.q", "1", 1, 0); while (msgtext(p, t)) printf("%s\n", t);
	unlink("/tmp/pp/b.txt"); while (msgtext(p, t)) printf("%s\n", t);
	/* hold back */
	for (int i = 0; i < 10100; i++) { char n[64]; sprintf(n, "/tmp/pp/%05d", i); mknod(n, S_IFREG | 0644, 0); }
	int got = 0, idle = 0, bad = 0, prev = -1;
	while (idle < 200) {
		if (msgtext(p, t)) { int k; char *q = strstr(t, " name="); if (!q || sscanf(q, " name=%d", &k) != 1) bad++; else { if (k <= prev) bad++; if (k != prev + 1) printf("jump %d -> %d\n", prev, k); prev = k; } got++; idle = 0; }
		else { usleep(5000); idle++; }
	}
	printf("held back: got %d bad %d last %d\n", got, bad, prev);
	CHECK(got == 10010 && !bad && prev == 10099);
	for (int i = 0; i < 10100; i++) { char n[64]; sprintf(n, "/tmp/pp/%05d", i); unlink(n); if (i == 3) CHECK(unwatch(-1, 0, p, 7) == 0); }
	CHECK(unwatch(-1, 0, p, 7) < 0 && errno == ENOENT);
	CHECK(unwatch(-1, 0, p, 8) < 0 && errno == ENOENT);
	int n = 0; while (msgtext(p, t)) n++; printf("after stop %d\n", n);
	/* delete port with held back, registrations stay; exit with many */
	CHECK(wport(p, 7, "/tmp/pp", NODEMON_DIRECTORY) > 0);
	for (int i = 0; i < 30; i++) { touch("/tmp/pp/q"); unlink("/tmp/pp/q"); }
	syscall(608, p); syscall(603, NEXUS_TYPE_PORT, p, 0);
	touch("/tmp/pp/q"); unlink("/tmp/pp/q");
	CHECK(wport(p, 9, "/tmp/pp", NODEMON_DIRECTORY) < 0 && errno == EIDRM);
	CHECK(unwatch(-1, 0, p, 7) == 0);
	/* fork: child has none; exec keeps (not tested) */
	p = port_create(100);
	CHECK(wport(p, 1, "/tmp/pp", NODEMON_DIRECTORY) > 0);
	pid_t c = fork();
	if (!c) { exit(unwatch(-1, 0, p, 1) < 0 && errno == ENOENT ? 0 : 1); }
	int stt; waitpid(c, &stt, 0); CHECK(stt == 0);
	c = fork();
	if (!c) { /* a child with own watches to the parent's port; dies */
		for (int i = 0; i < 200; i++) if (wport(p, 1000 + i, "/tmp/pp", NODEMON_DIRECTORY) <= 0) exit(1);
		exit(0);
	}
	waitpid(c, &stt, 0); CHECK(stt == 0);
	touch("/tmp/pp/after"); n = 0; while (msgtext(p, t)) n++; CHECK(n == 1, "n=%d", n);
	unlink("/tmp/pp/after");
	/* mounts */
	struct nodemon_args ma = { .type = NODEMON_MOUNTS, .events = NODEMON_MOUNT, .port = p, .token = 3 };
	CHECK(watch_(-1, &ma) > 0, "%m");
	while (msgtext(p, t)) ;
	mkdir("/tmp/mnt", 0755); label("/tmp/mnt", "MNT");
	CHECK(!mount("none", "/tmp/mnt", "tmpfs", 0, NULL));
	CHECK(!!msgtext(p, t)); printf("%s\n", t);
	mkdir("/tmp/mnt2", 0755); label("/tmp/mnt2", "MNT2");
	mount("", "/", NULL, MS_PRIVATE | MS_REC, NULL);
	if (mount("/tmp/mnt", "/tmp/mnt2", NULL, MS_MOVE, NULL)) printf("move %m\n");
	while (msgtext(p, t)) printf("%s\n", t);
	umount("/tmp/mnt2"); umount("/tmp/mnt");
	while (msgtext(p, t)) printf("%s\n", t);
	syscall(603, NEXUS_TYPE_PORT, p, 0);
}
static void errors(void)
{
	int fd = create(0); struct nodemon_args a;
	printf("== errors\n");
	CHECK(create(2) < 0 && errno == EINVAL);
	char small[8]; int fl = fcntl(fd, F_GETFD); CHECK(fl & FD_CLOEXEC);
#define A(...) (a = (struct nodemon_args){ __VA_ARGS__ }, watch_(fd, &a))
#define E(e, ...) CHECK(A(__VA_ARGS__) < 0 && errno == e)
	uintptr_t tmp = (uintptr_t)"/tmp";
	E(EINVAL, .type = 5, .events = 1);
	E(EINVAL, .type = 0, .events = NODEMON_MOUNT, .path = tmp);
	E(EINVAL, .type = 2, .events = NODEMON_CHILDREN, .path = tmp);
	E(EINVAL, .type = 4, .events = NODEMON_NAME);
	E(EINVAL, .type = 0, .events = 1, .path = tmp, .flags = 4);
	E(EINVAL, .type = 0, .events = 1, .path = tmp, .port = 1);
	E(EINVAL, .type = 0, .events = 1, .path = tmp, .node = 1);
	E(EINVAL, .type = 1, .events = 1, .path = tmp);
	E(EFAULT, .type = 0, .events = 1, .dirfd = AT_FDCWD);
	E(ENOENT, .type = 0, .events = 1, .dirfd = AT_FDCWD, .path = (uintptr_t)"/nope");
	E(ENOENT, .type = 0, .events = 1, .dirfd = AT_FDCWD, .path = (uintptr_t)"");
	E(EBADF, .type = 0, .events = 1, .dirfd = 99, .path = (uintptr_t)"x");
	CHECK(A(.type = 0, .events = 1, .dirfd = AT_FDCWD, .flags = NODEMON_EMPTY_PATH) > 0, "%m");
	int dfd = open("/tmp", O_PATH);
	CHECK(A(.type = 0, .events = 1, .dirfd = dfd, .flags = NODEMON_EMPTY_PATH, .path = (uintptr_t)"") > 0, "%m");
	a = (struct nodemon_args){ .type = 0, .events = 1, .dirfd = AT_FDCWD, .path = tmp };
	CHECK(watch_(99, &a) < 0 && errno == EBADF);
	CHECK(watch_(dfd, &a) < 0 && errno == EBADF);
	int nul = open("/dev/null", O_RDWR);
	CHECK(watch_(nul, &a) < 0 && errno == EINVAL);
	CHECK(watch_(-2, &a) < 0 && errno == EINVAL);
	CHECK(watch_(-1, &a) < 0 && errno == EIDRM);
	CHECK(syscall(630, fd, &a, 40) < 0 && errno == EINVAL);
	CHECK(syscall(630, fd, &a, 1 << 20) < 0 && errno == E2BIG);
	CHECK(syscall(630, fd, (void *)8, 48) < 0 && errno == EFAULT);
	CHECK(unwatch(fd, 77, 0, 0) < 0 && errno == ENOENT);
	CHECK(unwatch(fd, 0, 0, 0) < 0 && errno == EINVAL);
	CHECK(unwatch(-1, 1, 0, 0) < 0 && errno == EINVAL);
	CHECK(unwatch(-1, 0, 5, 0) < 0 && errno == ENOENT);
	fcntl(fd, F_SETFL, O_NONBLOCK); readall(fd);
	int w = wpath(fd, "/tmp", NODEMON_DIRECTORY); CHECK(w > 0);
	touch("/tmp/ee"); CHECK(read(fd, small, 8) < 0 && errno == EINVAL);
	CHECK(read(fd, (void *)8, 4096) < 0 && errno == EFAULT);
	label("/tmp/ee", "EE"); label("/tmp", "TMP"); char wnt[64]; sprintf(wnt, "w%d CREATED TMP/ee=EE;", w);
	expect(fd, wnt);
	struct pollfd pf = { fd, POLLIN, 0 }; CHECK(poll(&pf, 1, 0) == 0); unlink("/tmp/ee"); CHECK(poll(&pf, 1, 0) == 1);
	readall(fd);
	/* overflow */
	for (int i = 0; i < 9000; i++) { mknod("/tmp/ov", S_IFREG | 0600, 0); unlink("/tmp/ov"); }
	static char big[65536] __attribute__((aligned(8))); long n, recs = 0, ov = 0; ssize_t k;
	while ((k = read(fd, big, sizeof(big))) > 0) for (n = 0; n < k; n += ((struct nodemon_record *)(big + n))->size) { recs++; if (((struct nodemon_record *)(big + n))->opcode == NODEMON_OVERFLOW) ov++; }
	printf("overflow: %ld records, %ld overflow\n", recs, ov); CHECK(recs == 16385 && ov == 1);
	/* faulting in the middle: nothing lost */
	for (int i = 0; i < 100; i++) { mknod("/tmp/ov", S_IFREG | 0600, 0); unlink("/tmp/ov"); }
	char *mm = mmap(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); mprotect(mm + 4096, 4096, PROT_NONE);
	recs = 0; k = read(fd, mm, 8192); CHECK(k > 0 && k <= 4096, "%zd", k); recs += k / 64;
	while ((k = read(fd, big, sizeof(big))) > 0) recs += k / 64;
	CHECK(recs == 200, "%ld", recs);
	/* unprivileged */
	pid_t c = fork();
	if (!c) {
		int bad = 0;
		chmod("/tmp/pp", 0700); mkdir("/tmp/pub", 0755); chmod("/tmp/pub", 0755); touch("/tmp/pub/sec"); chmod("/tmp/pub/sec", 0600); touch("/tmp/pub/open"); chmod("/tmp/pub/open", 0644); touch("/tmp/pp/hid"); chmod("/tmp/pp/hid", 0644);
		struct stat hid, op; stat("/tmp/pp/hid", &hid); stat("/tmp/pub/open", &op);
		int pa[2], pb[2]; char ch; pipe(pa); pipe(pb);
		pid_t cc = fork();
		if (!cc) {
			setgid(100); setuid(100);
			int u = create(NODEMON_NONBLOCK);
#define U(c) do { if (!(c)) { bad++; printf("FAIL unpriv %d %s %m\n", __LINE__, #c); } } while (0)
			U(u >= 0);
			U(wpath(u, "/tmp/pub/sec", 1) < 0 && errno == EACCES);
			U(wpath(u, "/tmp/pub", 0xf) == 1);
			U(wpath(u, "/tmp/pub/open", 0xf) == 2);
			U(wpath(u, "/tmp/pp", 0xf) < 0 && errno == EACCES);
			struct nodemon_args v = { .type = NODEMON_VOLUME, .events = 1, .dirfd = AT_FDCWD, .path = tmp };
			U(watch_(u, &v) < 0 && errno == EPERM);
			struct nodemon_args i = { .type = NODEMON_NODE_ID, .events = 1, .device = hid.st_dev, .node = hid.st_ino };
			U(watch_(u, &i) < 0 && errno == ENOENT);
			i.node = op.st_ino; U(watch_(u, &i) == 2);
			struct nodemon_args mo = { .type = NODEMON_MOUNTS, .events = NODEMON_MOUNT };
			U(watch_(u, &mo) == 3);
			write(pa[1], "x", 1); read(pb[0], &ch, 1);
			label("/tmp/pub/open", "OP"); label("/tmp/pub", "PUB");
			char *g = readall(u); U(!strcmp(g, "w2 STAT OP 1;w2 STAT OP 80;w2 STAT OP 20;")); if (bad) printf("got %s\n", g);
			exit(bad);
		}
		read(pa[0], &ch, 1);
		chmod("/tmp/pub/open", 0600);
		int f = open("/tmp/pub/open", O_WRONLY); write(f, "1", 1); close(f);
		setxattr("/tmp/pub/open", "user.z", "1", 1, 0);
		chmod("/tmp/pub/open", 0644);
		setxattr("/tmp/pub/open", "trusted.z", "1", 1, 0);
		f = open("/tmp/pub/open", O_WRONLY); pwrite(f, "2", 1, 0); close(f);
		write(pb[1], "x", 1);
		int st; waitpid(cc, &st, 0); exit(WEXITSTATUS(st));
	}
	int st; waitpid(c, &st, 0); CHECK(st == 0, "%x", st);
	close(fd);
}
static volatile int stop;
static void *hammer(void *arg)
{
	unsigned seed = (uintptr_t)arg; char a[64], b[64];
	while (!stop) {
		sprintf(a, "/tmp/r/%d", rand_r(&seed) % 20); sprintf(b, "/tmp/r/%d", rand_r(&seed) % 20);
		switch (rand_r(&seed) % 8) {
		case 0: touch(a); break;
		case 1: unlink(a); break;
		case 2: rename(a, b); break;
		case 3: chmod(a, rand_r(&seed) & 0777); break;
		case 4: { int f = open(a, O_WRONLY); if (f >= 0) { write(f, a, 5); if (seed & 1) unlink(a); close(f); } break; }
		case 5: setxattr(a, "user.h", b, 3, 0); break;
		case 6: link(a, b); break;
		case 7: syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE); break;
		}
	}
	return 0;
}
static void *watcher(void *arg)
{
	unsigned seed = (uintptr_t)arg; int fd = create(NODEMON_NONBLOCK), port = port_create(20); char t[4096], a[64];
	while (!stop) {
		sprintf(a, "/tmp/r/%d", rand_r(&seed) % 20);
		switch (rand_r(&seed) % 10) {
		case 0: wpath(fd, a, rand_r(&seed) & 0x6f); break;
		case 1: wpath(fd, "/tmp/r", 0x6f); break;
		case 2: wport(port, seed % 4, a, rand_r(&seed) & 0x6f); break;
		case 3: wport(port, seed % 4, "/tmp/r", rand_r(&seed) & 0x6f); break;
		case 4: unwatch(-1, 0, port, seed % 4); break;
		case 5: unwatch(fd, rand_r(&seed) % 100, 0, 0); break;
		case 6: { char buf[4096] __attribute__((aligned(8))); read(fd, buf, sizeof(buf)); break; }
		case 7: for (int i = 0; i < 20; i++) msgtext(port, t); break;
		case 8: if (seed % 30 == 0) { close(fd); fd = create(NODEMON_NONBLOCK); } break;
		case 9: if (seed % 30 == 0) { syscall(603, 1, port, 0); port = port_create(20); } break;
		}
	}
	close(fd);
	return 0;
}
static void race(int secs)
{
	pthread_t t[6];
	printf("== race\n"); mkdir("/tmp/r", 0777);
	for (int i = 0; i < 3; i++) pthread_create(&t[i], 0, hammer, (void *)(uintptr_t)(i + 1));
	for (int i = 3; i < 6; i++) pthread_create(&t[i], 0, watcher, (void *)(uintptr_t)(i + 1));
	for (int i = 0; i < secs; i++) {
		pid_t c = fork();
		if (!c) { int p = port_create(5); for (int j = 0; j < 50; j++) wport(p, j, "/tmp/r", 0x6f); usleep(200000); _exit(0); }
		sleep(1); if (i & 1) kill(c, SIGKILL); waitpid(c, 0, 0);
		mkdir("/tmp/um", 0755);
		if (!mount("none", "/tmp/um", "tmpfs", 0, 0)) { int fd = create(0); wpath(fd, "/tmp/um", 0x6f); touch("/tmp/um/1"); wpath(fd, "/tmp/um/1", 0x6f); if (umount("/tmp/um")) printf("umount %m\n"); fcntl(fd, F_SETFL, O_NONBLOCK); char *g = readall(fd); if (!strstr(g, "w2 IGNORED") || !strstr(g, "w1 IGNORED")) { fails++; printf("FAIL umount: %s\n", g); } close(fd); }
	}
	stop = 1;
	for (int i = 0; i < 6; i++) pthread_join(t[i], 0);
	passes++;
}
static void bench(void)
{
	printf("== bench\n"); mkdir("/tmp/be", 0755);
	for (int which = 0; which < 5; which++) {
		extern int inotify_init1(int), inotify_add_watch(int, const char *, unsigned);
		int k = which ^ (which >> 1) & 1; k = which & 1;
		int fd = k ? create(NODEMON_NONBLOCK) : inotify_init1(O_NONBLOCK);
		int w = k ? wpath(fd, "/tmp/be", NODEMON_DIRECTORY) : inotify_add_watch(fd, "/tmp/be", 0x300);
		static char buf[65536]; struct timespec a, b; long ev = 0;
		if (w < 0) printf("watch %m\n");
		clock_gettime(CLOCK_MONOTONIC, &a);
		for (int i = 0; i < 200; i++) { for (int j = 0; j < 100; j++) { char n[32]; sprintf(n, "/tmp/be/file%d", j); mknod(n, S_IFREG | 0600, 0); unlink(n); ev += 2; } while (read(fd, buf, sizeof(buf)) > 0) ; }
		clock_gettime(CLOCK_MONOTONIC, &b);
		printf("%s %.0f ns/event\n", k ? "nodemon" : "inotify", ((b.tv_sec - a.tv_sec) * 1e9 + b.tv_nsec - a.tv_nsec) / ev);
		close(fd);
	}
}
int main(int argc, char **argv)
{
	sigset_t s; sigemptyset(&s); sigaddset(&s, SIGUSR1); sigaddset(&s, SIGUSR2); sigprocmask(SIG_BLOCK, &s, 0);
	setvbuf(stdout, 0, _IONBF, 0); umask(022);
	mkdir("/tmp", 0777); mount("none", "/tmp", "tmpfs", 0, NULL); chmod("/tmp", 0777);
	basics("/tmp");
	if (argc > 1 && !strcmp(argv[1], "fs")) for (int i = 2; i < argc; i++) basics(argv[i]);
	ports(); errors(); race(argc > 1 && !strcmp(argv[1], "long") ? 30 : 6); bench();
	printf("%d passed, %d failed\n", passes, fails);
	return !!fails;
}
