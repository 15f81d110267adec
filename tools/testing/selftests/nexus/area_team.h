/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the life, forks, sizes, transfers and races of areas
 * share: places in the address space that nothing else takes, and pictures of
 * a team, to see whether a call changed anything.
 */
#ifndef _SELFTESTS_NEXUS_AREA_TEAM_H
#define _SELFTESTS_NEXUS_AREA_TEAM_H

#include "area.h"

#include <sys/resource.h>

/*
 * Slots: SLOTS places of SLOT_SIZE bytes that are free in each team, because
 * the program and its heap are below them and the kernel places from above.
 */
enum { SLOTS = 24 };

#define SLOT_SIZE	((size_t)8 << 20)

static inline char *slot(unsigned int n)
{
	const uintptr_t base = sizeof(long) == 8 ? 1ULL << 36 : 0x30000000;
	uintptr_t address = base + n * SLOT_SIZE;

	/* Two of them may be the same memory: nothing for the compiler. */
	asm("" : "+r" (address));
	return (char *)address;
}

/* In a slot, so that there is room behind it. */
static inline long slot_area(unsigned int n, size_t pages,
			     unsigned int protection)
{
	return new_area_at(slot(n), pages, protection);
}

static inline struct nexus_area_args slot_args(unsigned int n, size_t pages,
					       unsigned int protection)
{
	struct nexus_area_args args = area_args("test area", pages,
						protection);

	args.spec = NEXUS_AREA_EXACT;
	args.address = (uintptr_t)slot(n);
	return args;
}

static inline long slot_clone(unsigned int n, int source,
			      unsigned int protection)
{
	struct nexus_area_args args = slot_args(n, 0, protection);

	return nexus_area_clone(source, &args, sizeof(args));
}

/* The same two in another team. */
static inline long team_slot_area(struct team *team, unsigned int n,
				  size_t pages, unsigned int protection)
{
	team->args = slot_args(n, pages, protection);
	/* The same program has its strings at the same place. */
	team->args.name = (uintptr_t)"team's area";
	return team_do(team, do_create, 0, 0, 0, 0);
}

static inline long team_slot_clone(struct team *team, unsigned int n,
				   int source, unsigned int protection)
{
	team->args = slot_args(n, 0, protection);
	team->args.name = (uintptr_t)"team's clone";
	return team_do(team, do_clone, source, 0, 0, 0);
}

static inline long transfer_to_slot(int area, int team, unsigned int n)
{
	struct nexus_area_args args = {
		.spec = NEXUS_AREA_EXACT,
		.address = (uintptr_t)slot(n),
	};

	return nexus_area_transfer(area, team, &args, sizeof(args));
}

/* Each page has contents of its own. */
static inline void fill_pages(char *p, size_t pages, unsigned int seed)
{
	size_t i;

	for (i = 0; i < pages; i++)
		fill(p + i * PAGE, PAGE, seed + i);
}

static inline int pages_filled(const char *p, size_t pages, unsigned int seed)
{
	size_t i;

	for (i = 0; i < pages; i++)
		if (!filled(p + i * PAGE, PAGE, seed + i))
			return 0;
	return 1;
}

static inline int all_zero(const char *p, size_t pages)
{
	return all_bytes(p, pages * PAGE, 0);
}

static inline long do_fill_pages(struct team *team)
{
	fill_pages((char *)team->arg[0], team->arg[1], team->arg[2]);
	return 0;
}

static inline long team_fill_pages(struct team *team, const char *p,
				   size_t pages, unsigned int seed)
{
	return team_do(team, do_fill_pages, (long)p, pages, seed, 0);
}

static inline long do_pages_filled(struct team *team)
{
	return pages_filled((char *)team->arg[0], team->arg[1], team->arg[2]);
}

static inline long team_pages_filled(struct team *team, const char *p,
				     size_t pages, unsigned int seed)
{
	return team_do(team, do_pages_filled, (long)p, pages, seed, 0);
}

static inline long team_all_zero(struct team *team, const char *p,
				 size_t pages)
{
	return team_all_bytes(team, p, pages * PAGE, 0);
}

static inline long do_mprotect(struct team *team)
{
	return mprotect((void *)team->arg[0], team->arg[1], team->arg[2]) ?
		-errno : 0;
}

static inline long team_mprotect(struct team *team, const char *p,
				 size_t pages, int prot)
{
	return team_do(team, do_mprotect, (long)p, pages * PAGE, prot, 0);
}

static inline long do_set_limit(struct team *team)
{
	const struct rlimit limit = {
		.rlim_cur = (unsigned long)team->arg[1],
		.rlim_max = (unsigned long)team->arg[1],
	};

	return setrlimit(team->arg[0], &limit) ? -errno : 0;
}

static inline long team_limit(struct team *team, int what, unsigned long value)
{
	return team_do(team, do_set_limit, what, value, 0, 0);
}

/* A number of kilobytes in /proc/self/status. */
static inline long own_kb(const char *key)
{
	return kilobytes("/proc/self/status", key);
}

static inline long do_own_kb(struct team *team)
{
	return own_kb((const char *)team->arg[0]);
}

static inline long team_kb(struct team *team, const char *key)
{
	return team_do(team, do_own_kb, (long)key, 0, 0, 0);
}

/* Pages of the range that are in memory, which only their owner is told. */
static inline long resident(const char *p, size_t pages)
{
	static unsigned char map[4096];
	long count = 0;
	size_t i;

	if (pages > sizeof(map))
		return -E2BIG;
	if (mincore((void *)p, pages * PAGE, map))
		return -errno;
	for (i = 0; i < pages; i++)
		count += map[i] & 1;
	return count;
}

static inline unsigned int mix(unsigned int hash, const void *data, size_t size)
{
	const unsigned char *p = data;

	while (size--)
		hash = (hash ^ *p++) * 16777619;
	return hash;
}

/*
 * A number that is another one when the caller has other areas or they are
 * elsewhere, of another size, and so on, or when there are other mappings in
 * the slots.  What the areas contain has no part in it.
 */
static inline long picture(void)
{
	const char *at = NULL;
	struct nexus_area_info info;
	unsigned int hash = 2166136261U;
	long ret, count;

	while (!(ret = area_map(0, at, &info))) {
		at = (char *)(uintptr_t)(info.address + info.size);
		if (!info.id && ((char *)(uintptr_t)info.address >=
				 slot(SLOTS) || at <= slot(0)))
			continue;
		info.ram_size = 0;
		info.copy_count = 0;
		hash = mix(hash, &info, sizeof(info));
	}
	count = areas();
	hash = mix(hash, &count, sizeof(count));
	hash = mix(hash, &ret, sizeof(ret));
	return hash & INT_MAX;
}

static inline long do_picture(struct team *team)
{
	return picture();
}

static inline long team_picture(struct team *team)
{
	return team_do(team, do_picture, 0, 0, 0, 0);
}

/* Everything of an area but where and whose it is and what it is called. */
static inline int same_kind(const struct nexus_area_info *a,
			    const struct nexus_area_info *b)
{
	return a->size == b->size && a->protection == b->protection &&
	       a->max_protection == b->max_protection && a->mode == b->mode;
}

/* This program once more, with other arguments; returns only on failure. */
static inline int run_self(const char *what, const char *arg)
{
	char *const argv[] = { "area_test", (char *)what, (char *)arg, NULL };
	char *const envp[] = { NULL };

	execve("/proc/self/exe", argv, envp);
	return -errno;
}

static inline long do_exec_pause(struct team *team)
{
	return run_self("pause", NULL);
}

/*
 * The team becomes another program, which only waits; 0 once it is that one.
 * No command may follow.
 */
static inline int team_exec(struct team *team)
{
	char path[32], text[64];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", team->pid);
	team_begin(team, do_exec_pause, 0, 0, 0, 0);
	return poll_until(read_file(path, text, sizeof(text)) > 10 &&
			  !strcmp(text + strlen(text) + 1, "pause")) ?
		0 : -ETIMEDOUT;
}

/* What the program is that team_exec() runs, in main(). */
static inline int pauses(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], "pause"))
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

#endif /* _SELFTESTS_NEXUS_AREA_TEAM_H */
