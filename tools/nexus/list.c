// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Go through the teams, and through the objects of each.
 *
 * A team is a process: /proc knows which there are, and nexus_next() knows
 * what they have.  Both see what the caller may see.
 */
#include "list.h"
#include "escape.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DONE = 0, FAILED = 1, WRONG = 2 };

static const struct tool *tool;
static bool as_json;
static bool all;
static bool first_json = true;
static bool first_team = true;
static int status = DONE;

void print_name(const char *name, int width)
{
	int columns;

	putchar('"');
	columns = print_text(stdout, name) + 2;
	printf("\"%*s", columns < width ? width - columns : 0, "");
}

/* What the team runs, as far as that can be seen */
static void read_command(int team, char *command, size_t size)
{
	char path[64];
	size_t n = 0, i;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", team);
	file = fopen(path, "re");
	if (file) {
		n = fread(command, 1, size - 1, file);
		fclose(file);
	}
	if (n == 0) {
		snprintf(path, sizeof(path), "/proc/%d/comm", team);
		file = fopen(path, "re");
		if (file) {
			n = fread(command, 1, size - 1, file);
			fclose(file);
		}
	}
	while (n > 0 && (command[n - 1] == '\0' || command[n - 1] == '\n'))
		n--;
	for (i = 0; i < n; i++)
		if (!command[i])
			command[i] = ' ';
	command[n] = '\0';
}

static void print_team(int team)
{
	char command[61];
	int width;

	read_command(team, command, sizeof(command));
	printf("%sTEAM %d (", first_team ? "" : "\n", team);
	first_team = false;
	print_text(stdout, command);
	width = printf("):\n%10s  %-34s%s\n", tool->id_column, "name",
		       tool->columns) - 4;
	while (width-- > 0)
		putchar('-');
	putchar('\n');
}

static void print_object(int team, const union object *object)
{
	if (!as_json) {
		tool->row(object);
		putchar('\n');
		return;
	}
	printf("%s\n  {\"id\": %d, \"team\": %d, ", first_json ? "" : ",",
	       tool->id(object), team);
	first_json = false;
	print_json_member(stdout, "name", tool->text(object));
	tool->json(object);
	putchar('}');
}

static int next_object(int team, union object *object)
{
	if (all)
		return tool->next(team, object);
	return nexus_next(tool->type, team, tool->id(object), object,
			  tool->size, 0);
}

/* @asked: for this team, so that nothing is not silence */
static void list_team(int team, bool asked)
{
	union object object;
	bool titled = false;
	int ret;

	memset(&object, 0, sizeof(object));
	while (!(ret = next_object(team, &object))) {
		if (!as_json && !titled)
			print_team(team);
		titled = true;
		print_object(team, &object);
	}
	if (ret == -ENOENT) {
		if (asked && !titled && !as_json)
			print_team(team);
		return;
	}
	/* It has ended meanwhile, or is none of the caller's business. */
	if (!asked && (ret == -ESRCH || ret == -EACCES))
		return;
	fflush(stdout);
	if (ret == -ESRCH)
		fprintf(stderr, "%s: there is no team %d\n", tool->name, team);
	else
		fprintf(stderr, "%s: team %d: %s\n", tool->name, team,
			nexus_strerror(ret));
	status = FAILED;
}

static int by_number(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void list_all(void)
{
	size_t count = 0, room = 0, i;
	struct dirent *entry;
	int *teams = NULL;
	DIR *proc = opendir("/proc");

	if (!proc) {
		fprintf(stderr, "%s: /proc: %s\n", tool->name,
			strerror(errno));
		status = FAILED;
		return;
	}
	while ((entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (count == room) {
			int *more;

			room = room ? 2 * room : 256;
			more = realloc(teams, room * sizeof(*teams));
			if (!more) {
				fprintf(stderr, "%s: out of memory\n",
					tool->name);
				status = FAILED;
				break;
			}
			teams = more;
		}
		teams[count++] = atoi(entry->d_name);
	}
	closedir(proc);
	if (count > 1)
		qsort(teams, count, sizeof(*teams), by_number);
	for (i = 0; i < count; i++)
		list_team(teams[i], false);
	free(teams);
}

static void usage(FILE *to)
{
	fprintf(to, "Usage: %s %s[--json] [TEAM]...\n"
		"List the %s of each TEAM (a process id), or of all teams.\n"
		"\n", tool->name, tool->all ? "[--all] " : "", tool->objects);
	if (tool->all)
		fprintf(to, "  -a, --all   %s\n", tool->all);
	fputs("  -j, --json  print JSON\n"
	      "  -h, --help  print this\n", to);
}

/* A process id, or 0 */
static int parse_team(const char *text)
{
	char *end;
	long team;

	errno = 0;
	team = strtol(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || team < 1 ||
	    team > INT_MAX)
		return 0;
	return (int)team;
}

static int options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	/* What not all of the tools have comes first. */
	const struct option *known = tool->all ? names : names + 1;
	const char *letters = tool->all ? "ahj" : "hj";
	int c, i;

	while ((c = getopt_long(argc, argv, letters, known, NULL)) != -1) {
		switch (c) {
		case 'a':
			all = true;
			break;
		case 'h':
			usage(stdout);
			return -1;
		case 'j':
			as_json = true;
			break;
		default:
			usage(stderr);
			status = WRONG;
			return -1;
		}
	}
	for (i = optind; i < argc; i++) {
		if (parse_team(argv[i]))
			continue;
		fprintf(stderr, "%s: '%s' is no team id\n", tool->name,
			argv[i]);
		usage(stderr);
		status = WRONG;
		return -1;
	}
	return 0;
}

int list(int argc, char **argv, const struct tool *which)
{
	struct nexus_system_info info;
	int ret, i;

	tool = which;
	if (options(argc, argv))
		return status;

	ret = nexus_info(NEXUS_TYPE_SYSTEM, 0, &info, sizeof(info), 0);
	if (ret < 0) {
		fprintf(stderr, "%s: %s\n", tool->name, nexus_strerror(ret));
		return FAILED;
	}
	if (info.abi < tool->abi) {
		fprintf(stderr, "%s: the Nexus of this kernel has no %s\n",
			tool->name, tool->objects);
		return FAILED;
	}

	if (as_json)
		printf("{\"%s\": [", tool->key);
	else if (tool->summary && optind == argc)
		tool->summary(&info);
	first_team = as_json || !tool->summary || optind < argc;
	if (optind == argc)
		list_all();
	for (i = optind; i < argc; i++)
		list_team(parse_team(argv[i]), true);
	if (as_json) {
		printf("%s]", first_json ? "" : "\n");
		if (tool->json_summary)
			tool->json_summary(&info);
		puts("}");
	}

	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "%s: cannot write: %s\n", tool->name,
			strerror(errno));
		status = FAILED;
	}
	return status;
}
