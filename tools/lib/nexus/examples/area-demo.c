// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Two teams and their areas, in plain BeOS.
 *
 * The first team makes an area and starts the second, which finds it by its
 * name and clones it: what one writes the other reads.  The first makes the
 * area larger while both use it, and then moves another area into the second
 * team.  At the end listarea shows what both have.
 *
 * Exits with 0 if all of this happened as it should.
 */
#include <OS.h>
#include <private/area_private.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_WRITE	(B_READ_AREA | B_WRITE_AREA)
#define PATIENCE	((bigtime_t)10000000)
#define PAGES		16
/* Below nothing, so that an area can grow in either team. */
#define ROOMY		((void *)0x50000000)

static const char grown_text[] = "written into a page that was not there";
static const char gift_text[] = "for you";

/* What the first area begins with */
struct board {
	/* One to wake the second team, one to wake the first */
	sem_id to_second, to_first;
	area_id gift;
	char text[64];
};

static const char *who = "first ";

static void say(const char *what)
{
	printf("%s [team %d]: %s\n", who, (int)getpid(), what);
	fflush(stdout);
}

static void __attribute__((noreturn)) die(const char *what, status_t status)
{
	fflush(stdout);
	fprintf(stderr, "area-demo: %s [team %d]: %s: 0x%08x%s\n", who,
		(int)getpid(), what, (unsigned int)status,
		status == B_NOT_SUPPORTED ?
		": this kernel has no Nexus, or no areas" : "");
	exit(1);
}

static void expect(const char *what, status_t got, status_t want)
{
	if (got != want)
		die(what, got);
}

static void is_true(const char *what, bool good)
{
	if (!good)
		die(what, B_ERROR);
}

static void wake(sem_id sem)
{
	expect("release_sem", release_sem(sem), B_OK);
}

static void await(sem_id sem)
{
	status_t status;

	do
		status = acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT, PATIENCE);
	while (status == B_INTERRUPTED);
	expect("acquire_sem_etc", status, B_OK);
}

static void write_text(char *to, const char *text)
{
	memcpy(to, text, strlen(text) + 1);
}

static size_t size_of(area_id area)
{
	area_info info;

	expect("get_area_info", get_area_info(area, &info), B_OK);
	return info.size;
}

/* The last page, where text goes once it is there */
static char *last_page(struct board *board)
{
	return (char *)board + (PAGES - 1) * B_PAGE_SIZE;
}

/* The second team: what the first one does is seen here. */
static int second(const char *name)
{
	area_id source = find_area(name), clone;
	struct board *board;
	void *address = ROOMY;
	char line[160];
	area_info info;

	who = "second";
	if (source < 0)
		die("find_area", source);
	clone = clone_area("area-demo clone", &address, B_BASE_ADDRESS,
			   READ_WRITE, source);
	if (clone < 0)
		die("clone_area", clone);
	board = address;
	snprintf(line, sizeof(line),
		 "cloned area %d as %d, %zu bytes, and reads \"%s\"",
		 (int)source, (int)clone, size_of(clone), board->text);
	say(line);
	write_text(board->text, "Hello, first");
	wake(board->to_first);

	await(board->to_second);
	is_true("the clone has grown", size_of(clone) == PAGES * B_PAGE_SIZE);
	is_true("what was written there is seen",
		strcmp(last_page(board), grown_text) == 0);
	snprintf(line, sizeof(line), "its clone has %zu bytes now: \"%s\"",
		 size_of(clone), last_page(board));
	say(line);
	wake(board->to_first);

	await(board->to_second);
	expect("get_area_info", get_area_info(board->gift, &info), B_OK);
	is_true("the gift is ours", info.team == getpid());
	is_true("the gift is where it says",
		area_for(info.address) == board->gift);
	is_true("its contents came along",
		strcmp(info.address, gift_text) == 0);
	snprintf(line, sizeof(line), "got area %d, \"%s\": \"%s\"",
		 (int)board->gift, info.name, (const char *)info.address);
	say(line);
	wake(board->to_first);

	/* The list is made while everything is there. */
	await(board->to_second);
	expect("delete_area", delete_area(board->gift), B_OK);
	expect("delete_area", delete_area(clone), B_OK);
	return 0;
}

/* What listarea would show, if it is not installed */
static void list_here(team_id team)
{
	ssize_t cookie = 0;
	area_info info;
	status_t status;

	while ((status = get_next_area_info(team, &cookie, &info)) == B_OK) {
		/* Other mappings than areas have no id. */
		if (info.area > 0)
			printf("  %10d  %-31s %16p %10zu\n", (int)info.area,
			       info.name, info.address, info.size);
	}
	expect("get_next_area_info", status, B_ENTRY_NOT_FOUND);
}

static void list_areas(team_id team)
{
	char one[16], other[16];
	pid_t child;
	int how;

	snprintf(one, sizeof(one), "%d", (int)getpid());
	snprintf(other, sizeof(other), "%d", (int)team);
	fflush(stdout);
	child = fork();
	if (child < 0)
		die("fork", B_ERROR);
	if (child == 0) {
		execlp("listarea", "listarea", one, other, (char *)NULL);
		_exit(errno == ENOENT ? 127 : 1);
	}
	is_true("listarea ends", waitpid(child, &how, 0) == child &&
		WIFEXITED(how));
	if (WEXITSTATUS(how) == 127) {
		printf("areas of team %s:\n", one);
		list_here(B_CURRENT_TEAM);
		printf("areas of team %s:\n", other);
		list_here(team);
		return;
	}
	is_true("listarea is content", WEXITSTATUS(how) == 0);
}

static void grow(area_id area, struct board *board)
{
	char line[160];

	expect("resize_area", resize_area(area, PAGES * B_PAGE_SIZE), B_OK);
	is_true("new pages are zero", *last_page(board) == '\0');
	write_text(last_page(board), grown_text);
	snprintf(line, sizeof(line), "made the area %d pages long", PAGES);
	say(line);
	wake(board->to_second);
	await(board->to_first);
}

static void give(struct board *board, team_id team)
{
	void *address = NULL, *theirs = NULL;
	char line[160];
	area_info info;
	area_id area;

	area = create_area("area-demo gift", &address, B_ANY_ADDRESS,
			   B_PAGE_SIZE, B_NO_LOCK, READ_WRITE);
	if (area < 0)
		die("create_area", area);
	write_text(address, gift_text);
	board->gift = _kern_transfer_area(area, &theirs, B_ANY_ADDRESS, team);
	if (board->gift < 0)
		die("_kern_transfer_area", board->gift);
	expect("get_area_info of what was given away",
	       get_area_info(area, &info), B_BAD_TEAM_ID);
	expect("area_for where it was", area_for(address), B_ERROR);
	snprintf(line, sizeof(line), "gave area %d to team %d, it is %d there",
		 (int)area, (int)team, (int)board->gift);
	say(line);
	wake(board->to_second);
	await(board->to_first);
}

static pid_t start_second(const char *name)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child < 0)
		die("fork", B_ERROR);
	if (child == 0) {
		execl("/proc/self/exe", "area-demo", "second", name,
		      (char *)NULL);
		die("cannot start the second program", B_ERROR);
	}
	return child;
}

int main(int argc, char **argv)
{
	char name[B_OS_NAME_LENGTH], line[160];
	struct board *board;
	void *address = ROOMY;
	area_id area;
	pid_t child;
	int how;

	if (argc == 3 && strcmp(argv[1], "second") == 0)
		return second(argv[2]);
	if (argc != 1) {
		fprintf(stderr, "usage: area-demo\n");
		return 2;
	}

	snprintf(name, sizeof(name), "area-demo %d", (int)getpid());
	area = create_area(name, &address, B_BASE_ADDRESS, 1, B_NO_LOCK,
			   READ_WRITE | B_CLONEABLE_AREA);
	if (area < 0)
		die("create_area", area);
	is_true("a byte takes a page", size_of(area) == (size_t)B_PAGE_SIZE);
	board = address;
	board->to_second = create_sem(0, "area-demo to second");
	board->to_first = create_sem(0, "area-demo to first");
	if (board->to_second < 0 || board->to_first < 0)
		die("create_sem", min_c(board->to_second, board->to_first));
	write_text(board->text, "Hello, second");
	snprintf(line, sizeof(line), "made area %d, \"%s\", %zu bytes",
		 (int)area, name, size_of(area));
	say(line);

	child = start_second(name);
	await(board->to_first);
	is_true("the answer is seen",
		strcmp(board->text, "Hello, first") == 0);
	snprintf(line, sizeof(line), "reads \"%s\"", board->text);
	say(line);

	grow(area, board);
	give(board, child);
	list_areas(child);

	wake(board->to_second);
	is_true("the second team ends well",
		waitpid(child, &how, 0) == child && WIFEXITED(how) &&
		WEXITSTATUS(how) == 0);
	expect("delete_area", delete_area(area), B_OK);
	expect("find_area of a deleted area", find_area(name),
	       B_NAME_NOT_FOUND);
	say("deleted its area; all as it should be");
	return 0;
}
