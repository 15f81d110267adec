// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Do areas keep the BeOS contract?  Every call within one team, what it
 * refuses and in which order.  be_area_team_test.c has several teams.
 */
#include "be_area_test.h"

#include <limits.h>
#include <stdint.h>
#include <sys/prctl.h>

#ifndef PR_SET_VMA
# define PR_SET_VMA		0x53564d41
# define PR_SET_VMA_ANON_NAME	0
#endif

/* Line 22 */
static void test_create(void)
{
	void *address = NULL;
	area_info info;
	area_id area, other;

	area = create_area("be test", &address, B_ANY_ADDRESS, 1, B_NO_LOCK,
			   READ_WRITE);
	has(area > 0);
	has(address && (uintptr_t)address % PAGE == 0);
	has(is_zero(address, PAGE));
	*(char *)address = 1;

	memset(&info, 0xff, sizeof(info));
	is(get_area_info(area, &info), B_OK);
	is(info.area, area);
	has(strcmp(info.name, "be test") == 0);
	is(info.size, PAGE);
	is(info.lock, B_NO_LOCK);
	is(info.protection, READ_WRITE);
	is(info.team, getpid());
	is(info.ram_size, PAGE);
	is(info.copy_count, 0);
	is(info.in_count, 0);
	is(info.out_count, 0);
	has(info.address == address);

	address = NULL;
	other = create_area("be test", &address, B_RANDOMIZED_ANY_ADDRESS,
			    3 * PAGE + 1, B_NO_LOCK, 0);
	has(other > 0 && other != area);
	is(size_of(other), 4 * PAGE);
	is(protection_of(other), 0);
	has(address != info.address);
	is(delete_area(other), B_OK);
	is(delete_area(area), B_OK);
	is(delete_area(area), B_BAD_VALUE);
	is(get_area_info(area, &info), B_BAD_TEAM_ID);
	has(!is_readable(info.address));
}

static const struct {
	const char *what;
	uint32 spec;
	size_t size;
	uint32 lock, protection;
	/* With a name, and without one */
	status_t status, nameless;
} wrong[] = {
	{ "kernel spec", 4, 1, 0, 0, B_BAD_VALUE, B_BAD_VALUE },
	{ "block spec", 5, 1, 0, 0, B_BAD_VALUE, B_BAD_VALUE },
	{ "protection 0x10", 0, 1, 0, 0x10, B_BAD_VALUE, B_BAD_VALUE },
	{ "protection 0x80", 0, 1, 0, 0x80, B_BAD_VALUE, B_BAD_VALUE },
	{ "protection 0x200", 0, 1, 0, 0x200, B_BAD_VALUE, B_BAD_VALUE },
	{ "protection 0x2000", 0, 1, 0, 0x2000, B_BAD_VALUE, B_BAD_VALUE },
	{ "protection 0x4000", 0, 1, 0, 0x4000, B_BAD_VALUE, B_BAD_VALUE },
	{ "all protection", 0, 1, 0, UINT32_MAX, B_BAD_VALUE, B_BAD_VALUE },
	{ "clone spec", 3, 1, 0, 0, B_BAD_VALUE, B_BAD_ADDRESS },
	{ "spec 8", 8, 1, 0, 0, B_BAD_VALUE, B_BAD_ADDRESS },
	{ "spec -1", UINT32_MAX, 1, 0, 0, B_BAD_VALUE, B_BAD_ADDRESS },
	{ "size 0", 0, 0, 0, 0, B_BAD_VALUE, B_BAD_ADDRESS },
	{ "size -1", 0, SIZE_MAX, 0, 0, B_BAD_VALUE, B_BAD_ADDRESS },
	{ "lock 7", 0, 1, 7, 0, B_BAD_VALUE, B_BAD_ADDRESS },
	{ "lock -1", 0, 1, UINT32_MAX, 0, B_BAD_VALUE, B_BAD_ADDRESS },
	{ "huge", 0, SIZE_MAX - 0xfffff, 0, 0, B_NO_MEMORY, B_BAD_ADDRESS },
};

#define START	((void *)(16 * PAGE))

static void test_create_errors(void)
{
	int before = count_areas(0);
	void *address, **read_only;
	status_t status;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		address = START;
		status = create_area("x", &address, wrong[i].spec,
				     wrong[i].size, wrong[i].lock,
				     wrong[i].protection);
		check(wrong[i].what, status, wrong[i].status);
		status = create_area(NULL, &address, wrong[i].spec,
				     wrong[i].size, wrong[i].lock,
				     wrong[i].protection);
		check(wrong[i].what, status, wrong[i].nameless);
		ok(address == START, "%s: the address has not changed",
		   wrong[i].what);
	}

	address = START;
	is(create_area(NULL, &address, 0, 1, 0, 0), B_BAD_ADDRESS);
	is(create_area(bad_page(), &address, 0, 1, 0, 0), B_BAD_ADDRESS);
	is(create_area((char *)16, &address, 0, 1, 0, 0), B_BAD_ADDRESS);
	is(create_area("x", NULL, 0, 1, 0, 0), B_BAD_ADDRESS);
	is(create_area("x", bad_page(), 0, 1, 0, 0), B_BAD_ADDRESS);
	is(create_area("x", (void **)16, 0, 1, 0, 0), B_BAD_ADDRESS);
	is(create_area("x", NULL, 0, 0, 9, 0), B_BAD_ADDRESS);
	is(create_area("x", NULL, 4, 1, 0, 0), B_BAD_VALUE);
	is(create_area("x", NULL, 0, 1, 0, 0x10), B_BAD_VALUE);

	/* What can be read but not written is found out in time. */
	read_only = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	is(create_area("x", read_only, 0, 1, 0, 0), B_BAD_ADDRESS);
	munmap(read_only, PAGE);
	has(address == START);
	is(count_areas(0), before);
}

static void test_names(void)
{
	char longest[41] = "0123456789012345678901234567890123456789";
	area_id area, older, empty;
	void *address = NULL;
	area_info info;

	area = create_area(longest, &address, 0, 1, 0, 0);
	is(get_area_info(area, &info), B_OK);
	is(strlen(info.name), 31);
	has(strncmp(info.name, longest, 31) == 0);
	is(find_area(longest), area);
	longest[31] = '\0';
	is(find_area(longest), area);
	longest[30] = '\0';
	is(find_area(longest), B_NAME_NOT_FOUND);
	is(delete_area(area), B_OK);

	empty = create_area("", &address, 0, 1, 0, 0);
	has(empty > 0);
	is(get_area_info(empty, &info), B_OK);
	has(is_zero(info.name, sizeof(info.name)));
	is(find_area(""), empty);
	is(delete_area(empty), B_OK);

	/* The oldest of equals, of whichever team */
	older = create_area("be test twins", &address, 0, 1, 0, 0);
	area = create_area("be test twins", &address, 0, 1, 0, 0);
	is(find_area("be test twins"), older);
	is(elsewhere(find_area("be test twins")), older);
	is(delete_area(older), B_OK);
	is(find_area("be test twins"), area);
	is(delete_area(area), B_OK);
	is(find_area("be test twins"), B_NAME_NOT_FOUND);
	is(find_area(NULL), B_BAD_ADDRESS);
	is(find_area(bad_page()), B_BAD_ADDRESS);
}

static area_id create_exact(const char *name, uintptr_t where, size_t pages)
{
	void *address = (void *)where;
	area_id area = create_area(name, &address, B_EXACT_ADDRESS,
				   pages * PAGE, B_NO_LOCK, READ_WRITE);

	if (area > 0 && address != (void *)where)
		give_up("an area is not where it was asked for");
	return area;
}

static void test_exact_address(void)
{
	uintptr_t range = (uintptr_t)free_range(ROOM);
	uintptr_t end = end_of_user_space();
	int before = count_areas(0);
	char *byte;
	area_id area;

	area = create_exact("x", range + 4 * PAGE, 4);
	has(area > 0);
	byte = (char *)range + 4 * PAGE;
	*byte = 1;

	/* Never in place of something, all or in part */
	is(create_exact("x", range + 4 * PAGE, 4), B_BAD_VALUE);
	is(create_exact("x", range + 3 * PAGE, 2), B_BAD_VALUE);
	is(create_exact("x", range + 7 * PAGE, 2), B_BAD_VALUE);
	is(create_exact("x", range + 5 * PAGE, 1), B_BAD_VALUE);
	is(create_exact("x", range, 16), B_BAD_VALUE);
	is(create_exact("x", (uintptr_t)bad_page(), 1), B_BAD_VALUE);
	is(*byte, 1);

	/* */
	is(create_exact("x", range + 1, 1), B_BAD_VALUE);
	is(create_exact("x", range + PAGE / 2, 1), B_BAD_VALUE);

	is(create_exact("x", end, 1), B_BAD_VALUE);
	is(create_exact("x", UINTPTR_MAX - PAGE + 1, 1), B_BAD_VALUE);
	is(create_exact(NULL, end, 1), B_BAD_ADDRESS);
	is(create_exact("x", end - PAGE, 2), B_BAD_ADDRESS);
	is(elsewhere(as_other_user() ? create_exact("x", 0, 1) : 0),
	   B_BAD_ADDRESS);
	is(count_areas(0), before + 1);
	is(delete_area(area), B_OK);
	area = create_exact("x", range + 4 * PAGE, 4);
	has(area > 0);
	has(is_zero(byte, 4 * PAGE));
	is(delete_area(area), B_OK);
}

static void test_base_address(void)
{
	uintptr_t end = end_of_user_space();
	uint32 specs[] = { B_BASE_ADDRESS, B_RANDOMIZED_BASE_ADDRESS };
	void *base = (void *)(256 * 1024 * PAGE), *address;
	area_id area;
	size_t i;

	for (i = 0; i < 2; i++) {
		address = base;
		area = create_area("x", &address, specs[i], 2 * PAGE,
				   B_NO_LOCK, READ_WRITE);
		has(area > 0);
		has(address >= base && (uintptr_t)address < end);
		is(area_for(address), area);
		is(delete_area(area), B_OK);

		/* No hole there: anywhere */
		address = (void *)(end - PAGE);
		area = create_area("x", &address, specs[i], 16 * PAGE,
				   B_NO_LOCK, READ_WRITE);
		has(area > 0);
		is(area_for(address), area);
		is(delete_area(area), B_OK);
	}
}

static area_id create_locked(size_t pages, uint32 lock)
{
	void *address = NULL;

	return create_area("be test locked", &address, B_ANY_ADDRESS,
			   pages * PAGE, lock, READ_WRITE);
}

static void test_locks(void)
{
	uint32 lock;
	area_info info;
	area_id area;

	for (lock = B_NO_LOCK; lock <= B_32_BIT_CONTIGUOUS; lock++) {
		area = create_locked(4, lock);
		has(area > 0);
		is(get_area_info(area, &info), B_OK);
		/* What is contiguous says so, and no more. */
		is(info.lock, lock == B_LOMEM || lock == B_32_BIT_CONTIGUOUS ?
		   B_CONTIGUOUS : lock);
		is(info.ram_size, lock >= B_FULL_LOCK ? 4 * PAGE : 0);
		is(delete_area(area), B_OK);
		if (lock == B_NO_LOCK)
			continue;
		is(elsewhere(with_limit(RLIMIT_MEMLOCK, 3 * PAGE) &&
			     as_other_user() ? create_locked(4, lock) : 0),
		   B_NO_MEMORY);
		is(elsewhere(with_limit(RLIMIT_MEMLOCK, 4 * PAGE) &&
			     as_other_user() && create_locked(4, lock) > 0), 1);
	}
}

static void test_no_memory(void)
{
	char *address;
	area_id area = new_area(&address, 1, READ_WRITE);

	is(elsewhere(with_limit(RLIMIT_AS, PAGE) ? create_locked(1, 0) : 0),
	   B_NO_MEMORY);
	is(elsewhere(with_limit(RLIMIT_AS, PAGE) ?
		     resize_area(area_for(address), 2 * PAGE) : 0),
	   B_NO_MEMORY);
	is(elsewhere(with_limit(RLIMIT_AS, PAGE) ?
		     clone_status(area_for(address), READ_WRITE) : 0),
	   B_NO_MEMORY);
	is(size_of(area), PAGE);
	is(delete_area(area), B_OK);
}

static void test_protection(void)
{
	char *address, *clone_address = NULL;
	area_id area, clone;
	uint32 bits;

	/* Whatever may be asked for can be had. */
	for (bits = 0; bits < 0x20; bits++) {
		uint32 protection = (bits & 0xf) |
			(bits & 0x10 ? B_CLONEABLE_AREA : 0);
		void *at = NULL;

		area = create_area("x", &at, B_ANY_ADDRESS, PAGE, B_NO_LOCK,
				   protection);
		is(protection_of(area), protection);
		delete_area(area);
		area = create_area("x", &at, B_ANY_ADDRESS, PAGE, B_NO_LOCK,
				   protection | B_OVERCOMMITTING_AREA);
		is(protection_of(area), protection);
		is(set_area_protection(area, 0), B_OK);
		is(set_area_protection(area, protection), B_OK);
		is(protection_of(area), protection);
		delete_area(area);
	}

	/* It is what the memory has, and that of this mapping alone. */
	area = new_area(&address, 2, READ_WRITE | B_CLONEABLE_AREA);
	clone = new_clone(&clone_address, READ_WRITE, area);
	has(clone > 0);
	has(is_readable(address) && is_writable(address));
	is(set_area_protection(area, B_READ_AREA), B_OK);
	is(set_area_protection(area, B_READ_AREA), B_OK);
	is(protection_of(area), B_READ_AREA);
	has(is_readable(address) && !is_writable(address));
	has(is_writable(clone_address));
	is(protection_of(clone), READ_WRITE);
	is(set_area_protection(area, 0), B_OK);
	has(!is_readable(address) && !is_writable(address + PAGE));
	is(set_area_protection(area, READ_WRITE), B_OK);
	has(is_writable(address + PAGE));

	is(set_area_protection(area, B_OVERCOMMITTING_AREA), B_BAD_VALUE);
	is(set_area_protection(area, 0x10), B_BAD_VALUE);
	is(set_area_protection(area, 0x200), B_BAD_VALUE);
	is(set_area_protection(area, UINT32_MAX), B_BAD_VALUE);
	is(set_area_protection(NO_SUCH_ID, 0x10), B_BAD_VALUE);
	is(set_area_protection(NO_SUCH_ID, B_READ_AREA), B_BAD_TEAM_ID);
	is(set_area_protection(-1, B_READ_AREA), B_BAD_TEAM_ID);
	is(set_area_protection(0, B_READ_AREA), B_BAD_TEAM_ID);
	is(protection_of(area), READ_WRITE);
	delete_area(clone);
	delete_area(area);
}

static void test_resize(void)
{
	area_id area, behind;
	char *address;
	void *next;

	area = new_area(&address, 2, READ_WRITE);
	memset(address, 'x', 2 * PAGE);
	is(resize_area(area, 2 * PAGE), B_OK);
	is(resize_area(area, 5 * PAGE), B_OK);
	is(size_of(area), 5 * PAGE);
	is(address[2 * PAGE - 1], 'x');
	has(is_zero(address + 2 * PAGE, 3 * PAGE));
	memset(address, 'y', 5 * PAGE);
	is(resize_area(area, PAGE), B_OK);
	is(size_of(area), PAGE);
	is(area_for(address + PAGE), B_ERROR);
	has(!is_readable(address + PAGE));
	/* What was cut is not there again. */
	is(resize_area(area, 5 * PAGE), B_OK);
	is(address[PAGE - 1], 'y');
	has(is_zero(address + PAGE, 4 * PAGE));

	is(resize_area(area, 1), B_BAD_VALUE);
	is(resize_area(area, 5 * PAGE + 1), B_BAD_VALUE);
	is(resize_area(area, SIZE_MAX), B_BAD_VALUE);
	/* */
	is(resize_area(area, 0), B_BAD_VALUE);
	is(resize_area(NO_SUCH_ID, 1), B_BAD_VALUE);
	is(resize_area(NO_SUCH_ID, PAGE), B_BAD_TEAM_ID);
	is(resize_area(-1, PAGE), B_BAD_TEAM_ID);
	is(resize_area(0, PAGE), B_BAD_TEAM_ID);

	/* Somebody is in the way. */
	next = address + 8 * PAGE;
	behind = create_area("x", &next, B_EXACT_ADDRESS, 1, 0, READ_WRITE);
	has(behind > 0);
	is(resize_area(area, 9 * PAGE), B_ERROR);
	is(size_of(area), 5 * PAGE);
	is(resize_area(area, 8 * PAGE), B_OK);
	is(resize_area(area, 9 * PAGE), B_ERROR);
	is(delete_area(behind), B_OK);
	is(resize_area(area, 9 * PAGE), B_OK);
	has(is_zero(address + 5 * PAGE, 4 * PAGE));
	is(delete_area(area), B_OK);
}

/* Rule 1 of the contract: within one team anything goes. */
static void test_clone(void)
{
	char *address, *other = NULL, *third = NULL;
	area_id area = new_area(&address, 3, B_READ_AREA), clone, last;
	void *locked = NULL;
	area_info info;

	clone = new_clone(&other, READ_WRITE, area);
	has(clone > 0 && clone != area);
	has(other != address);
	is(get_area_info(clone, &info), B_OK);
	has(strcmp(info.name, "be test clone") == 0);
	is(info.size, 3 * PAGE);
	is(info.protection, READ_WRITE);
	is(info.lock, B_NO_LOCK);
	is(info.team, getpid());
	has(info.address == other);

	/* Line 24 */
	other[2 * PAGE] = 'a';
	is(address[2 * PAGE], 'a');
	last = new_clone(&third, READ_WRITE, clone);
	third[2 * PAGE]++;
	is(address[2 * PAGE], 'b');
	is(get_area_info(area, &info), B_OK);
	is(info.ram_size, PAGE);
	is(resize_area(clone, 4 * PAGE), B_OK);
	is(size_of(area), 4 * PAGE);
	is(size_of(last), 4 * PAGE);
	other[3 * PAGE] = 'c';
	is(third[3 * PAGE], 'c');
	is(delete_area(area), B_OK);
	is(other[2 * PAGE], 'b');
	third[2 * PAGE]++;
	is(other[2 * PAGE], 'c');
	is(delete_area(last), B_OK);
	is(other[3 * PAGE], 'c');
	is(delete_area(clone), B_OK);

	area = create_area("be test", &locked, B_ANY_ADDRESS, PAGE,
			   B_FULL_LOCK, 0);
	clone = new_clone(&other, 0, area);
	is(get_area_info(clone, &info), B_OK);
	is(info.lock, B_FULL_LOCK);
	delete_area(clone);
	delete_area(area);
}

static area_id try_clone(const char *name, uint32 spec, uint32 protection,
			 area_id source)
{
	void *address = START;
	area_id area = clone_area(name, &address, spec, protection, source);

	if (area < 0 && address != START)
		give_up("a clone that failed has changed its address");
	return area;
}

static void test_clone_errors(void)
{
	char *address;
	area_id area = new_area(&address, 1, READ_WRITE);
	int before = count_areas(0);
	void *at;

	is(try_clone("x", 4, B_READ_AREA, area), B_BAD_VALUE);
	is(try_clone("x", 5, B_READ_AREA, area), B_BAD_VALUE);
	is(try_clone(NULL, 4, B_READ_AREA, area), B_BAD_VALUE);
	is(try_clone(NULL, 0, 0x10, area), B_BAD_VALUE);
	is(try_clone("x", 0, 0x2000, area), B_BAD_VALUE);
	is(try_clone(NULL, 0, B_READ_AREA, area), B_BAD_ADDRESS);
	is(try_clone(NULL, 3, B_READ_AREA, NO_SUCH_ID), B_BAD_ADDRESS);
	is(try_clone(bad_page(), 0, B_READ_AREA, area), B_BAD_ADDRESS);
	is(clone_area("x", NULL, 0, B_READ_AREA, area), B_BAD_ADDRESS);
	is(clone_area("x", bad_page(), 0, B_READ_AREA, area), B_BAD_ADDRESS);
	is(clone_area("x", NULL, 0, B_READ_AREA, -1), B_BAD_ADDRESS);
	is(try_clone("x", 0, B_READ_AREA, NO_SUCH_ID), B_BAD_VALUE);
	is(try_clone("x", 0, B_READ_AREA, 0), B_BAD_VALUE);
	is(try_clone("x", 0, B_READ_AREA, -1), B_BAD_VALUE);
	/* D-7 */
	is(try_clone("x", B_CLONE_ADDRESS, B_READ_AREA, area), B_BAD_VALUE);
	is(try_clone("x", 8, B_READ_AREA, area), B_BAD_VALUE);

	at = address;
	is(clone_area("x", &at, B_EXACT_ADDRESS, READ_WRITE, area),
	   B_BAD_VALUE);
	at = address + 16 * PAGE + 1;
	is(clone_area("x", &at, B_EXACT_ADDRESS, READ_WRITE, area),
	   B_BAD_VALUE);
	at = (void *)end_of_user_space();
	is(clone_area("x", &at, B_EXACT_ADDRESS, READ_WRITE, area),
	   B_BAD_VALUE);
	is(resize_area(area, 2 * PAGE), B_OK);
	at = (void *)(end_of_user_space() - PAGE);
	is(clone_area("x", &at, B_EXACT_ADDRESS, READ_WRITE, area),
	   B_BAD_ADDRESS);
	is(count_areas(0), before);
	is(delete_area(area), B_OK);
}

/* Line 27 */
static void test_area_for(void)
{
	char *range = free_range(ROOM);
	area_id area = create_exact("x", (uintptr_t)range + PAGE, 2);

	is(area_for(range + PAGE), area);
	is(area_for(range + PAGE + 1), area);
	is(area_for(range + 2 * PAGE), area);
	is(area_for(range + 3 * PAGE - 1), area);
	is(area_for(range + PAGE - 1), -1);
	is(area_for(range + 3 * PAGE), -1);
	is(area_for(NULL), -1);
	is(area_for(KERNEL_ADDRESS), -1);
	is(delete_area(area), B_OK);
	is(area_for(range + PAGE), -1);
}

static void test_info_errors(void)
{
	area_id gone = create_locked(1, B_NO_LOCK);
	area_info info;

	is(get_area_info(gone, (area_info *)NULL), B_BAD_ADDRESS);
	is(get_area_info(gone, (area_info *)bad_page()), B_BAD_ADDRESS);
	is(get_area_info(-1, (area_info *)NULL), B_BAD_ADDRESS);
	is(get_area_info(-1, &info), B_BAD_TEAM_ID);
	is(get_area_info(0, &info), B_BAD_TEAM_ID);
	is(get_area_info(NO_SUCH_ID, &info), B_BAD_TEAM_ID);
	/* Haiku does not look at the size. */
	is(_get_area_info(gone, &info, 0), B_OK);
	is(delete_area(gone), B_OK);
	is(get_area_info(gone, &info), B_BAD_TEAM_ID);
	is(delete_area(gone), B_BAD_VALUE);
	is(delete_area(-1), B_BAD_VALUE);
	is(delete_area(0), B_BAD_VALUE);
	is(delete_area(NO_SUCH_ID), B_BAD_VALUE);
}

static void test_next(void)
{
	team_id dead = dead_team();
	int seen = 0, stacks = 0, all = 0, i;
	char *address[3], *last = NULL;
	bool rising = true, same = true;
	ssize_t cookie = 0;
	area_info info, again;
	status_t status;
	team_info team;
	area_id areas[3];

	for (i = 0; i < 3; i++)
		areas[i] = new_area(&address[i], i + 1, READ_WRITE);
	while ((status = get_next_area_info(0, &cookie, &info)) == B_OK) {
		rising &= (char *)info.address >= last;
		last = (char *)info.address + info.size;
		same &= info.team == getpid();
		all++;
		stacks += (char *)&info >= (char *)info.address &&
			(char *)&info < last && info.area == 0 &&
			(info.protection & 7) == READ_WRITE;
		for (i = 0; i < 3; i++) {
			if (info.area != areas[i])
				continue;
			seen++;
			memset(&again, 0, sizeof(again));
			same &= get_area_info(areas[i], &again) == B_OK &&
				!memcmp(&info, &again, sizeof(info));
		}
	}
	is(status, B_ENTRY_NOT_FOUND);
	is(get_next_area_info(0, &cookie, &info), B_ENTRY_NOT_FOUND);
	has(rising && same);
	is(seen, 3);
	is(stacks, 1);
	is(get_team_info(0, &team), B_OK);
	is(team.area_count, all);
	is(elsewhere(count_areas(getppid())), count_areas(0));

	cookie = 0;
	is(get_next_area_info(getpid(), &cookie, &info), B_OK);
	has(cookie != 0);
	cookie = 0;
	is(get_next_area_info(-1, &cookie, &info), B_BAD_TEAM_ID);
	is(get_next_area_info(dead, &cookie, &info), B_BAD_TEAM_ID);
	is(get_next_area_info(0, (ssize_t *)NULL, &info), B_BAD_ADDRESS);
	is(get_next_area_info(-1, (ssize_t *)NULL, &info), B_BAD_ADDRESS);
	is(get_next_area_info(0, &cookie, (area_info *)NULL), B_BAD_ADDRESS);
	is(get_next_area_info(0, &cookie, (area_info *)bad_page()),
	   B_BAD_ADDRESS);
	is(cookie, 0);
	cookie = -1;
	is(get_next_area_info(0, &cookie, &info), B_ENTRY_NOT_FOUND);
	for (i = 0; i < 3; i++)
		delete_area(areas[i]);
}

/* The mapping with this name that this address is in, if there is one */
static bool is_called(const char *name, const void *address)
{
	ssize_t cookie = 0;
	area_info info;

	while (get_next_area_info(0, &cookie, &info) == B_OK)
		if (strcmp(info.name, name) == 0 &&
		    (char *)address - (char *)info.address >= 0 &&
		    (size_t)((char *)address - (char *)info.address) <
		    info.size)
			return true;
	return false;
}

struct on_stack {
	sem_id go;
	char *variable;
};

static status_t show_stack(void *data)
{
	struct on_stack *stack = data;
	char variable = 1;

	__atomic_store_n(&stack->variable, &variable, __ATOMIC_RELEASE);
	acquire_sem(stack->go);
	return variable;
}

static bool kernel_has_names(void)
{
	return prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME,
		     (unsigned long)bad_page(), PAGE, NULL) == 0;
}

static void test_stacks(void)
{
	struct on_stack stack = { create_sem(0, "be test"), NULL };
	char name[B_OS_NAME_LENGTH], *variable;
	thread_id thread;
	status_t status;

	if (!kernel_has_names()) {
		ok(true, "stacks # SKIP needs CONFIG_ANON_VMA_NAME");
		return;
	}
	thread = spawn_thread(show_stack, "a [b]", 10, &stack);
	is(resume_thread(thread), B_OK);
	until((variable = __atomic_load_n(&stack.variable,
					  __ATOMIC_ACQUIRE)));
	snprintf(name, sizeof(name), "a ?b?_%d_stack", (int)thread);
	has(is_called(name, variable));
	is(release_sem(stack.go), B_OK);
	is(wait_for_thread(thread, &status), B_OK);
	has(!is_called(name, variable));
	delete_sem(stack.go);
}

int main(void)
{
	if (!can_run())
		return 4;
	test_create();
	test_create_errors();
	test_names();
	test_exact_address();
	test_base_address();
	test_locks();
	test_no_memory();
	test_protection();
	test_resize();
	test_clone();
	test_clone_errors();
	test_area_for();
	test_info_errors();
	test_next();
	test_stacks();
	return end_of_tests();
}
