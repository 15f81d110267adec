// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * What nodewatch makes of records, without a kernel that makes them: real
 * directories, and records as the kernel would tell them.  Prints TAP without
 * numbers or a plan; with --json the objects alone.
 */
#include <nodemon.h>

static int fake_watch(int fd, const struct nodemon_args *args, size_t size);
static int fake_unwatch(int fd, int watch, int port, int token);

#define nodemon_watch	fake_watch
#define nodemon_unwatch	fake_unwatch
#include "../nodewatch_tree.c"

#include <ftw.h>

struct settings settings;

/* Number of the watch: its place, counted from 1 */
static struct {
	int device;
	long long node;
	bool ended;
} watches[100];
static int watch_count, failures;
static char last_error[200];

static int fake_watch(int fd, const struct nodemon_args *args, size_t size)
{
	struct stat st;
	int i;

	(void)fd;
	if (size != sizeof(*args) || fstat(args->dirfd, &st))
		return -EINVAL;
	if (watch_count == 100)
		return -ENOSPC;
	for (i = 0; i < watch_count; i++)
		if (!watches[i].ended && watches[i].device == (int)st.st_dev &&
		    watches[i].node == (long long)st.st_ino)
			return i + 1;
	watches[i].device = (int)st.st_dev;
	watches[i].node = (long long)st.st_ino;
	return ++watch_count;
}

static int fake_unwatch(int fd, int watch, int port, int token)
{
	(void)fd;
	(void)port;
	(void)token;
	if (watch < 1 || watch > watch_count || watches[watch - 1].ended)
		return -ENOENT;
	watches[watch - 1].ended = true;
	return 0;
}

void complain(const char *path, int error)
{
	snprintf(last_error, sizeof(last_error), "%s: %d", path, error);
}

bool stop_asked(void)
{
	return false;
}

static int watched_directories(void)
{
	int i, count = 0;

	for (i = 0; i < watch_count; i++)
		count += !watches[i].ended;
	return count;
}

static struct stat stat_of(const char *path)
{
	struct stat st;

	if (lstat(path, &st)) {
		printf("not ok - %s is not there\n", path);
		exit(1);
	}
	return st;
}

static int watch_of(const char *path)
{
	struct stat st = stat_of(path);
	int i;

	for (i = 0; i < watch_count; i++)
		if (!watches[i].ended &&
		    watches[i].node == (long long)st.st_ino)
			return i + 1;
	return 0;
}

/* As the watch of @watched tells it, about @node */
static void tell(unsigned int opcode, const char *watched,
		 const struct stat *node, const char *dir, const char *to_dir,
		 const char *name, const char *from, unsigned int detail)
{
	union {
		struct nodemon_record record;
		char bytes[NODEMON_RECORD_MAX];
	} all;
	struct nodemon_record *record = &all.record;
	size_t size = NODEMON_RECORD_SIZE;

	memset(&all, 0, sizeof(all));
	record->opcode = (__u16)opcode;
	record->header_size = NODEMON_RECORD_SIZE;
	record->watch = watched ? watch_of(watched) : 0;
	record->directory = dir ? (long long)stat_of(dir).st_ino : -1;
	record->to_directory = to_dir ? (long long)stat_of(to_dir).st_ino : -1;
	record->node = node ? (long long)node->st_ino : -1;
	record->device = (int)stat_of(".").st_dev;
	record->node_device = record->device;
	record->detail = detail;
	record->flags = node && S_ISDIR(node->st_mode) ? NODEMON_IS_DIR : 0;
	if (name) {
		record->name_len = (__u16)strlen(name);
		memcpy(all.bytes + size, name, strlen(name) + 1);
		size += strlen(name) + 1;
	}
	if (from) {
		record->from_len = (__u16)strlen(from);
		memcpy(all.bytes + size, from, strlen(from) + 1);
		size += strlen(from) + 1;
	}
	record->size = (__u32)((size + 7) & ~(size_t)7);
	if (nodemon_next(&all, record->size, NULL) != record) {
		printf("not ok - a record is wrong\n");
		failures++;
	}
	tree_record(record);
	if (opcode == NODEMON_IGNORED)
		watches[record->watch - 1].ended = true;
}

static char *lines;

/* What is printed from now on is in a new buffer. */
static void begin_lines(void)
{
	static size_t size;

	if (output) {
		fclose(output);
		free(lines);
	}
	output = open_memstream(&lines, &size);
	if (!output)
		exit(1);
	fflush(output);
}

static void expect(const char *what, const char *want)
{
	bool good;

	fflush(output);
	good = strcmp(lines, want) == 0;
	if (!settings.json) {
		printf("%sok - %s\n", good ? "" : "not ", what);
		if (!good)
			printf("# printed:\n%s# should be:\n%s", lines, want);
		failures += !good;
	} else {
		fputs(lines, stdout);
	}
	begin_lines();
}

/* It begins so, or contains that, with what only the machine knows. */
static void expect_part(const char *what, const char *part, bool at_start)
{
	const char *found;

	fflush(output);
	found = strstr(lines, part);
	if (!settings.json) {
		bool good = at_start ? found == lines : !!found;

		printf("%sok - %s\n", good ? "" : "not ", what);
		if (!good)
			printf("# printed:\n%s", lines);
		failures += !good;
	} else {
		fputs(lines, stdout);
	}
	begin_lines();
}

static void count(const char *what, int got, int want)
{
	if (settings.json)
		return;
	printf("%sok - %s\n", got == want ? "" : "not ", what);
	if (got != want)
		printf("# %d, not %d\n", got, want);
	failures += got != want;
}

static void make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || close(fd)) {
		printf("not ok - %s cannot be made\n", path);
		exit(1);
	}
}

static void must_work(int result)
{
	if (result) {
		printf("not ok - a system call fails: %s\n", strerror(errno));
		exit(1);
	}
}

static void test_files(void)
{
	struct stat a, b, other;

	make("old");
	must_work(mkdir("there", 0755));
	make("there/before");
	must_work(tree_watch("."));
	expect("what was there is not told", "");
	count("two directories are watched", watched_directories(), 2);

	make("a");
	a = stat_of("a");
	tell(NODEMON_ENTRY_CREATED, ".", &a, ".", NULL, "a", NULL, 0);
	expect("a file is made", "created   a\n");
	tell(NODEMON_STAT_CHANGED, ".", &a, NULL, NULL, NULL, NULL,
	     NODEMON_STAT_SIZE | NODEMON_STAT_MODIFICATION_TIME);
	expect("it is written", "stat      a: size, modification time\n");
	tell(NODEMON_ATTR_CHANGED, ".", &a, ".", NULL, "x\n\"", NULL,
	     NODEMON_CAUSE_CHANGED);
	expect("an attribute", "attr      a: changed \"x\\x0a\"\"\n");
	b = stat_of("there/before");
	tell(NODEMON_STAT_CHANGED, "there", &b, NULL, NULL, NULL, NULL,
	     NODEMON_STAT_MODE);
	expect("what was there has a name",
	       "stat      there/before: mode\n");

	must_work(rename("a", "there/\xff\n"));
	tell(NODEMON_ENTRY_MOVED, ".", &a, ".", "there", "\xff\n", "a", 0);
	tell(NODEMON_ENTRY_MOVED, "there", &a, ".", "there", "\xff\n", "a", 0);
	expect("moved, told twice and printed once",
	       "moved     a -> there/\\xff\\x0a\n");
	tell(NODEMON_STAT_CHANGED, "there", &a, NULL, NULL, NULL, NULL,
	     NODEMON_STAT_MODE);
	tell(NODEMON_STAT_CHANGED, "there", &a, NULL, NULL, NULL, NULL,
	     NODEMON_STAT_MODE);
	expect("the same done twice is printed twice",
	       "stat      there/\\xff\\x0a: mode\n"
	       "stat      there/\\xff\\x0a: mode\n");
	must_work(unlink("there/\xff\n"));
	tell(NODEMON_ENTRY_REMOVED, "there", &a, "there", NULL, "\xff\n", NULL,
	     0);
	expect("removed", "removed   there/\\xff\\x0a\n");
	tell(NODEMON_STAT_CHANGED, ".", &a, NULL, NULL, NULL, NULL,
	     NODEMON_STAT_MODE);
	expect_part("and has no path any more", "stat      <", true);

	/* A directory of which its parent and itself tell */
	other = stat_of("there");
	tell(NODEMON_STAT_CHANGED, ".", &other, NULL, NULL, NULL, NULL,
	     NODEMON_STAT_MODE);
	tell(NODEMON_STAT_CHANGED, "there", &other, NULL, NULL, NULL, NULL,
	     NODEMON_STAT_MODE);
	expect("a directory tells once", "stat      there: mode\n");
}

static void test_directories(void)
{
	struct stat box, inner, note, late, chest, old;

	/* All made before nodewatch gets to it */
	must_work(mkdir("box", 0755));
	must_work(mkdir("box/inner", 0755));
	make("box/inner/note");
	box = stat_of("box");
	inner = stat_of("box/inner");
	note = stat_of("box/inner/note");
	tell(NODEMON_ENTRY_CREATED, ".", &box, ".", NULL, "box", NULL, 0);
	expect("what is in a new directory is found",
	       "created   box/\nfound     box/inner/\n"
	       "found     box/inner/note\n");
	count("four directories are watched", watched_directories(), 4);
	tell(NODEMON_ENTRY_CREATED, "box/inner", &note, "box/inner", NULL,
	     "note", NULL, 0);
	expect("what was found is not told again", "");
	make("box/inner/late");
	late = stat_of("box/inner/late");
	tell(NODEMON_ENTRY_CREATED, "box/inner", &late, "box/inner", NULL,
	     "late", NULL, 0);
	expect("what comes later is", "created   box/inner/late\n");

	/* Renamed before the scan: found by the new name, told by the old */
	must_work(mkdir("chest", 0755));
	chest = stat_of("chest");
	must_work(rename("chest", "box/chest"));
	tell(NODEMON_ENTRY_CREATED, ".", &chest, ".", NULL, "chest", NULL, 0);
	tell(NODEMON_ENTRY_MOVED, ".", &chest, ".", "box", "chest", "chest",
	     0);
	tell(NODEMON_ENTRY_MOVED, "box", &chest, ".", "box", "chest", "chest",
	     0);
	expect("a new directory that was moved",
	       "created   chest/\nmoved     chest -> box/chest/\n");
	count("is watched", watch_of("box/chest") > 0, true);

	must_work(rename("box", "case"));
	tell(NODEMON_ENTRY_MOVED, ".", &box, ".", ".", "case", "box", 0);
	tell(NODEMON_STAT_CHANGED, "case/inner", &note, NULL, NULL, NULL, NULL,
	     NODEMON_STAT_MODE);
	expect("a path follows its directory",
	       "moved     box -> case/\n"
	       "stat      case/inner/note: mode\n");

	/* Two directories change places. */
	must_work(rename("case/inner", "swap"));
	must_work(rename("case/chest", "case/inner"));
	must_work(rename("swap", "case/chest"));
	tell(NODEMON_ENTRY_MOVED, "case", &inner, "case", "case", "chest",
	     "inner", 0);
	tell(NODEMON_ENTRY_MOVED, "case", &chest, "case", "case", "inner",
	     "chest", 0);
	expect("exchanged", "moved     case/inner -> case/chest/\n"
	       "moved     case/chest -> case/inner/\n");
	count("none of them is watched less", watched_directories(), 5);
	tell(NODEMON_STAT_CHANGED, "case/chest", &note, NULL, NULL, NULL, NULL,
	     NODEMON_STAT_MODE);
	expect("and the names are right",
	       "stat      case/chest/note: mode\n");

	/* Over something */
	make("new");
	late = stat_of("new");
	old = stat_of("old");
	must_work(rename("new", "old"));
	tell(NODEMON_ENTRY_CREATED, ".", &late, ".", NULL, "new", NULL, 0);
	tell(NODEMON_ENTRY_REMOVED, ".", &old, ".", NULL, "old", NULL, 0);
	tell(NODEMON_ENTRY_MOVED, ".", &late, ".", ".", "old", "new", 0);
	tell(NODEMON_STAT_CHANGED, ".", &late, NULL, NULL, NULL, NULL,
	     NODEMON_STAT_MODE);
	expect("renamed over something", "created   new\nremoved   old\n"
	       "moved     new -> old\nstat      old: mode\n");

	/* Out of what is watched */
	must_work(rename("case", "../outside"));
	tell(NODEMON_ENTRY_MOVED, ".", &box, ".", "..", "outside", "case", 0);
	expect_part("moved out", "moved     case -> <", true);
	count("it is not watched any more", watched_directories(), 2);
	must_work(rename("../outside", "case"));
	tell(NODEMON_ENTRY_MOVED, ".", &box, "..", ".", "case", "outside", 0);
	expect_part("moved in again", "found     case/chest/note\n", false);
	count("it is watched again", watched_directories(), 5);
}

static void test_overflow(void)
{
	struct stat top_stat = stat_of(".");

	/* What happens while records are lost */
	must_work(rename("case/chest", "moved"));
	must_work(mkdir("new2", 0755));
	make("new2/file");
	tell(NODEMON_OVERFLOW, NULL, NULL, NULL, NULL, NULL, NULL, 0);
	expect("after an overflow",
	       "overflow  events are missing here\n"
	       "found     new2/\nfound     new2/file\n");
	count("new directories are watched", watched_directories(), 6);
	make("moved/again");
	tell(NODEMON_ENTRY_CREATED, "moved",
	     &(struct stat){ .st_ino = stat_of("moved/again").st_ino },
	     "moved", NULL, "again", NULL, 0);
	expect("and moved ones have their path", "created   moved/again\n");

	tell(NODEMON_IGNORED, "moved", NULL, NULL, NULL, NULL, NULL, 0);
	expect("that a directory below ends is not told", "");
	count("there is more", tree_is_watched(), true);
	tell(NODEMON_IGNORED, ".", &top_stat, NULL, NULL, NULL, NULL, 0);
	expect("that the first ends is", "ended     .\n");
	count("there is no more", tree_is_watched(), false);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int main(int argc, char **argv)
{
	char directory[] = "/tmp/nodewatch-test-XXXXXX";

	(void)argv;
	settings.json = argc > 1;
	settings.recursive = true;
	settings.events = NODEMON_NODE_EVENTS;
	begin_lines();
	if (!mkdtemp(directory) || chdir(directory) ||
	    mkdir("watched", 0755) || chdir("watched"))
		return 1;
	tree_begin(0);
	count("no such path", tree_watch("nothing"), -ENOENT);
	test_files();
	test_directories();
	test_overflow();
	tree_end();
	count("nothing is watched at the end", watched_directories(), 0);
	count("and nothing failed", (int)strlen(last_error), 0);
	fclose(output);
	free(lines);
	if (chdir("/") || nftw(directory, remove_one, 10,
			       FTW_DEPTH | FTW_PHYS))
		return 1;
	return failures != 0;
}
