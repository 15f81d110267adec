// SPDX-License-Identifier: GPL-2.0
/*
 * The results: as a table, as JSON, and the gates that they must pass.
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"

static const char *row_error(const struct row *row)
{
	return err_is_absent(row->err) ? "absent" : strerror(-row->err);
}

/* Digits behind the point only where they say something. */
static void print_number(FILE *out, double value)
{
	fprintf(out, " %9.*f", value < 1000 ? 1 : 0, value);
}

static void print_row(FILE *out, const struct row *row,
		      const struct row *first)
{
	fprintf(out, "  %-32s", row->name);
	if (row->err) {
		fprintf(out, " %9s\n", row_error(row));
		return;
	}
	print_number(out, row->median);
	print_number(out, row->min);
	print_number(out, row->q1);
	print_number(out, row->q3);
	if (!first->err && first->median > 0)
		fprintf(out, " %6.2f", row->median / first->median);
	else
		fprintf(out, " %6s", "-");
	fputc('\n', out);
}

void print_table(FILE *out)
{
	unsigned int i, j;

	fprintf(out, "%s per operation, %u batches\n", opt.unit, opt.reps);
	fprintf(out, "  %-32s %9s %9s %9s %9s %6s\n", "", "median", "min",
		"q1", "q3", "ratio");
	for (i = 0; i < nr_groups; i++) {
		fprintf(out, "%s\n", groups[i].title);
		for (j = 0; j < groups[i].nr; j++)
			print_row(out, &groups[i].row[j], &groups[i].row[0]);
	}
}

/**
 * struct gate - what a result must not exceed
 * @text:  what is asked
 * @group: key of the group
 * @row:   beginning of the row's name; of several the slowest counts
 * @limit: name of the row that it is compared with, in the same group
 * @bound: by how much it may be slower
 * @count: only counted instructions can tell
 */
struct gate {
	const char *text;
	const char *group;
	const char *row;
	const char *limit;
	double bound;
	bool count;
};

/*
 * 1.25 for the number of objects: an id is looked up in a radix tree of 64
 * ways, one level for 10 and three for 100000 (as long as ids are below
 * 262144), a name in a hash table that grows with its entries, an owner's next
 * object in a balanced binary tree.  So all that may grow is two tree levels,
 * the fill of a hash bucket and, where a team's tree is searched or changed,
 * its depth of 17 instead of 4.  Anything linear would be off by thousands.
 *
 * 1.10 for waiting tasks: nothing may grow.  A walk over 64 waiters with
 * only a handful of instructions each would exceed it.
 */
#define FLAT_OBJECTS	1.25
#define FLAT_WAITERS	1.10

/*
 * Areas beside memfds, with the same pages touched.
 *
 * 1.02 for page faults: the code that handles them is the same, so there may be
 * a call in between and no more.  A memfd counts each new page against what may
 * be committed, which costs 1 %; shared anonymous memory does it beforehand, as
 * areas do, and is what new pages are compared with too.
 *
 * 1.06 for a transfer of 256 times the size: 1 MiB is half of what a page of
 * page tables maps, and to look at the empty other half costs 1.6 %.  The
 * search for more of those pages, where there are none, is some 30
 * instructions for each 2 MiB, which makes 3 %.  All of it is unmapping.
 *
 * 2 for area_for(): a node of the tree of an address space has up to 16
 * entries, so there are four levels for 10000 areas and one or two for 10.
 */
#define AREA_MEMFD	1.10
#define AREA_FAULT	1.02
#define AREA_TRANSFER	1.06
#define AREA_FOR	2

static const struct gate gates[] = {
	{
		"64-byte round trip <= POSIX mq",
		"rt64", "Nexus port, with code", "POSIX mq", 1, false
	}, {
		"64-byte round trip <= SysV msg",
		"rt64", "Nexus port, with code", "SysV msg", 1, false
	}, {
		"4096-byte round trip <= POSIX mq",
		"rt4096", "Nexus port, with code", "POSIX mq", 1, false
	}, {
		"4096-byte round trip <= SysV msg",
		"rt4096", "Nexus port, with code", "SysV msg", 1, false
	}, {
		"64-byte send + receive <= SysV msg",
		"self64", "Nexus port, with code", "SysV msg", 1, false
	}, {
		"4096-byte send + receive <= SysV msg",
		"self4096", "Nexus port, with code", "SysV msg", 1, false
	}, {
		"send + receive, 100000 ports : 10",
		"scale-sendrecv", "100000 ports", "10 ports", FLAT_OBJECTS, true
	}, {
		"find by name, 100000 ports : 10",
		"scale-find", "100000 ports", "10 ports", FLAT_OBJECTS, true
	}, {
		"next port, 100000 ports : 10",
		"scale-next", "100000 ports", "10 ports", FLAT_OBJECTS, true
	}, {
		"delete + create, 100000 ports : 10",
		"scale-replace", "100000 ports", "10 ports", FLAT_OBJECTS, true
	}, {
		"send, 64 readers wait : 1",
		"wait-readers", "64 waiting", "1 waiting", FLAT_WAITERS, true
	}, {
		"receive, 64 writers wait : 1",
		"wait-writers", "64 waiting", "1 waiting", FLAT_WAITERS, true
	}, {
		"semaphore round trip <= eventfd",
		"sem-turn", "Nexus semaphore, plain", "eventfd (8 bytes)", 1,
		false
	}, {
		"release + acquire <= SysV semop",
		"sem-pair", "Nexus semaphore, plain", "SysV semop", 1, false
	}, {
		"release + acquire <= 1.3 eventfd",
		"sem-pair", "Nexus semaphore, plain", "eventfd (8 bytes)", 1.3,
		false
	}, {
		"release, 1000 wait : 1",
		"wait-sem", "1000 waiting", "1 waiting", FLAT_WAITERS, true
	}, {
		"release, 1000 wait with deadlines : 1",
		"wait-sem-time", "1000 waiting", "1 waiting", FLAT_WAITERS,
		true
	}, {
		"time out in line, 1000 wait : 1",
		"wait-sem-late", "1000 waiting", "1 waiting", FLAT_WAITERS,
		true
	}, {
		"release + acquire, 100000 sems : 10",
		"scale-sem", "100000 semaphores", "10 semaphores", FLAT_OBJECTS,
		true
	}, {
		"64-byte thread message <= port",
		"rt64", "Nexus thread, with info", "Nexus port, with info", 1,
		false
	}, {
		"4096-byte thread message <= port",
		"rt4096", "Nexus thread, with info", "Nexus port, with info", 1,
		false
	}, {
		"create + touch + delete <= 1.1 memfd",
		"area-life", "Nexus area", "memfd", AREA_MEMFD, false
	}, {
		"clone + touch + delete <= 1.1 memfd",
		"area-pass", "Nexus area", "memfd", AREA_MEMFD, false
	}, {
		"transfer, 256 MiB : 1 MiB",
		"area-transfer", "256 MiB", "1 MiB", AREA_TRANSFER, true
	}, {
		"area_for, 10000 areas : 10",
		"scale-area", "10000 areas", "10 areas", AREA_FOR, true
	}, {
		"first write <= 1.02 memfd",
		"area-fault-write", "Nexus area", "memfd", AREA_FAULT, true
	}, {
		"first write <= 1.02 shared anonymous",
		"area-fault-write", "Nexus area", "shared anonymous memory",
		AREA_FAULT, true
	}, {
		"first read <= 1.02 memfd",
		"area-fault-read", "Nexus area", "memfd", AREA_FAULT, true
	}, {
		"first read <= 1.02 shared anonymous",
		"area-fault-read", "Nexus area", "shared anonymous memory",
		AREA_FAULT, true
	}, {
		"next write <= 1.02 memfd",
		"area-refault-write", "Nexus area", "memfd", AREA_FAULT, true
	}, {
		"next read <= 1.02 memfd",
		"area-refault-read", "Nexus area", "memfd", AREA_FAULT, true
	}, {
		"event of a directory <= inotify",
		"nodemon-event", "Nexus node monitor", "inotify", 1, true
	}, {
		"memory of a watch <= inotify",
		"nodemon-memory", "Nexus node monitor", "inotify", 1, false
	}, {
		"open + read + close <= /proc/sys",
		"devfs-text", "$/dev/md64api/pcname",
		"/proc/sys/kernel/hostname", 1, false
	}, {
		"a key, 1000 readers <= evdev",
		"devfs-keys", "1000 readers of event0",
		"1000 readers of evdev", 1, false
	}
};

enum verdict { PASS, FAIL, SKIP };

static const struct group *find_group(const char *key)
{
	unsigned int i;

	for (i = 0; i < nr_groups; i++) {
		if (!strcmp(groups[i].key, key))
			return &groups[i];
	}
	return NULL;
}

/*
 * Judge one gate and say why.  What was not measured is no pass: a gate fails
 * if the kernel lacks either side of it.
 */
static enum verdict judge(const struct gate *gate, char *why, size_t size)
{
	const struct row *row, *worst = NULL, *limit = NULL;
	const struct group *group = find_group(gate->group);
	unsigned int i;

	if (!group) {
		snprintf(why, size, "not measured");
		return FAIL;
	}
	for (i = 0; i < group->nr; i++) {
		row = &group->row[i];
		if (!strcmp(row->name, gate->limit))
			limit = row;
		if (strncmp(row->name, gate->row, strlen(gate->row)))
			continue;
		if (!worst || row->err ||
		    (!worst->err && row->median > worst->median))
			worst = row;
	}
	if (!worst || !limit) {
		snprintf(why, size, "not measured");
		return FAIL;
	}
	row = worst->err ? worst : limit;
	if (row->err) {
		snprintf(why, size, "%s: %s", row->name, row_error(row));
		return FAIL;
	}
	snprintf(why, size, "%.0f : %.0f = %.2f, at most %.2f", worst->median,
		 limit->median, worst->median / limit->median, gate->bound);
	if (gate->count && !opt.icount)
		return SKIP;
	return worst->median <= gate->bound * limit->median ? PASS : FAIL;
}

bool print_gates(FILE *out)
{
	static const char * const words[] = { "PASS", "FAIL", "SKIP" };
	unsigned int i, nr[3] = { 0 };
	enum verdict verdict;
	char why[128];

	fprintf(out, "gates\n");
	for (i = 0; i < ARRAY_SIZE(gates); i++) {
		verdict = judge(&gates[i], why, sizeof(why));
		nr[verdict]++;
		fprintf(out, "  %s  %-38s %s\n", words[verdict],
			gates[i].text, why);
	}
	fprintf(out, "%u passed, %u failed", nr[PASS], nr[FAIL]);
	if (nr[SKIP])
		fprintf(out, ", %u not judged: in time, the caches decide",
			nr[SKIP]);
	fputc('\n', out);
	return !nr[FAIL];
}

/* A mechanism that is absent is a result, one that does not work is not. */
bool any_row_failed(void)
{
	unsigned int i, j;

	for (i = 0; i < nr_groups; i++) {
		for (j = 0; j < groups[i].nr; j++) {
			int err = groups[i].row[j].err;

			if (err && !err_is_absent(err))
				return true;
		}
	}
	return false;
}

/* Our names and the messages of strerror() need no escapes. */
static void json_row(FILE *out, const struct row *row)
{
	fprintf(out, "        { \"name\": \"%s\", ", row->name);
	if (row->err) {
		fprintf(out, "\"error\": \"%s\" }", row_error(row));
		return;
	}
	fprintf(out, "\"batches\": %u, \"operations\": %lu,\n          ",
		row->nr, row->n);
	fprintf(out, "\"median\": %.2f, \"min\": %.2f, \"q1\": %.2f, ",
		row->median, row->min, row->q1);
	fprintf(out, "\"q3\": %.2f, \"max\": %.2f }", row->q3, row->max);
}

static void json_gates(FILE *out)
{
	static const char * const words[] = { "pass", "fail", "skip" };
	enum verdict verdict;
	char why[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(gates); i++) {
		verdict = judge(&gates[i], why, sizeof(why));
		fprintf(out, "%s    { \"gate\": \"%s\", \"verdict\": \"%s\", ",
			i ? ",\n" : "", gates[i].text, words[verdict]);
		fprintf(out, "\"why\": \"%s\" }", why);
	}
}

/* Closes the file. */
int write_json(FILE *out)
{
	struct utsname uts;
	unsigned int i, j;
	bool failed;

	if (uname(&uts))
		memset(&uts, 0, sizeof(uts));
	fprintf(out, "{\n  \"kernel\": \"%s\",\n  \"machine\": \"%s\",\n",
		uts.release, uts.machine);
	fprintf(out, "  \"unit\": \"%s\",\n  \"groups\": [\n", opt.unit);
	for (i = 0; i < nr_groups; i++) {
		fprintf(out, "%s    { \"key\": \"%s\",\n", i ? ",\n" : "",
			groups[i].key);
		fprintf(out, "      \"title\": \"%s\",\n      \"rows\": [\n",
			groups[i].title);
		for (j = 0; j < groups[i].nr; j++) {
			if (j)
				fputs(",\n", out);
			json_row(out, &groups[i].row[j]);
		}
		fputs("\n      ] }", out);
	}
	fputs("\n  ]", out);
	if (opt.gate) {
		fputs(",\n  \"gates\": [\n", out);
		json_gates(out);
		fputs("\n  ]", out);
	}
	fputs("\n}\n", out);
	failed = ferror(out);
	return fclose(out) || failed ? -EIO : 0;
}
