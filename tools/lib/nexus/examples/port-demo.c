// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Two programs and their ports, in plain BeOS.
 *
 * The first program makes a port and starts the second, which finds that port
 * by its name and sends the id of its own.  They talk.  Then the second ends
 * while the first waits for room in its port: the port has gone with its team,
 * and the wait ends with B_BAD_PORT_ID.
 *
 * Exits with 0 if all of this happened as it should.
 */
#include <OS.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	HELLO = 1,
	WORK,
	DONE,
	LEAVE
};

#define WORDS	3
static const char *const words[WORDS] = { "ports", "are", "queues" };

static const char *who = "first ";

static const char *status_name(ssize_t status)
{
	switch (status) {
	case B_OK:
		return "B_OK";
	case B_BAD_PORT_ID:
		return "B_BAD_PORT_ID";
	case B_NAME_NOT_FOUND:
		return "B_NAME_NOT_FOUND";
	case B_TIMED_OUT:
		return "B_TIMED_OUT";
	case B_BAD_VALUE:
		return "B_BAD_VALUE";
	case B_INTERRUPTED:
		return "B_INTERRUPTED";
	case B_NOT_SUPPORTED:
		return "B_NOT_SUPPORTED: this kernel has no Nexus";
	default:
		return "another status";
	}
}

static void say(const char *what)
{
	printf("%s [team %d]: %s\n", who, (int)getpid(), what);
	fflush(stdout);
}

static void __attribute__((noreturn)) die(const char *what, ssize_t status)
{
	fflush(stdout);
	fprintf(stderr, "port-demo: %s: %s (0x%08x)\n", what,
		status_name(status), (unsigned int)status);
	exit(1);
}

static void upper(char *text)
{
	for (; *text; text++)
		if (*text >= 'a' && *text <= 'z')
			*text -= 'a' - 'A';
}

/* Started with the name of the first program's port. */
static int answer(const char *name)
{
	port_id theirs, ours;
	char text[64], line[160];
	int32 code;
	ssize_t size;

	who = "second";
	theirs = find_port(name);
	if (theirs < 0)
		die("find_port", theirs);
	snprintf(line, sizeof(line), "found port %d by its name \"%s\"",
		 (int)theirs, name);
	say(line);

	ours = create_port(1, "port-demo second");
	if (ours < 0)
		die("create_port", ours);
	size = write_port(theirs, HELLO, &ours, sizeof(ours));
	if (size != B_OK)
		die("write_port", size);

	for (;;) {
		memset(text, 0, sizeof(text));
		size = read_port(ours, &code, text, sizeof(text) - 1);
		if (size < 0)
			die("read_port", size);
		if (code == LEAVE)
			break;
		upper(text);
		size = write_port(theirs, DONE, text, (size_t)size);
		if (size != B_OK)
			die("write_port", size);
	}

	/* One message fits, so the first program's next but one has to wait. */
	say("stops reading, and will be gone in half a second");
	snooze(500000);
	return 0;
}

static void talk(port_id ours, port_id theirs)
{
	char text[64], line[160];
	ssize_t status;
	int32 code;
	int i;

	for (i = 0; i < WORDS; i++) {
		status = write_port_etc(theirs, WORK, words[i],
					strlen(words[i]), B_RELATIVE_TIMEOUT,
					10000000);
		if (status != B_OK)
			die("write_port_etc", status);
		memset(text, 0, sizeof(text));
		status = read_port_etc(ours, &code, text, sizeof(text) - 1,
				       B_RELATIVE_TIMEOUT, 10000000);
		if (status < 0)
			die("read_port_etc", status);
		if (code != DONE || strlen(text) != strlen(words[i]))
			die("wrong answer", B_ERROR);
		snprintf(line, sizeof(line), "sent \"%s\", got \"%s\" back",
			 words[i], text);
		say(line);
	}
}

static void see_it_die(port_id theirs, pid_t child)
{
	char line[160];
	port_info info;
	status_t status;
	bigtime_t before;
	int how;

	status = write_port(theirs, LEAVE, NULL, 0);
	if (status == B_OK)
		status = write_port(theirs, WORK, "fits", 4);
	if (status != B_OK)
		die("write_port", status);

	before = system_time();
	status = write_port(theirs, WORK, "has to wait", 11);
	if (status != B_BAD_PORT_ID)
		die("write_port to the port of a team that ended", status);
	snprintf(line, sizeof(line),
		 "waited %lld ms for room in port %d, its team ended: %s",
		 (long long)((system_time() - before) / 1000), (int)theirs,
		 status_name(status));
	say(line);

	if (waitpid(child, &how, 0) != child || !WIFEXITED(how) ||
	    WEXITSTATUS(how) != 0)
		die("the second program failed", B_ERROR);
	status = get_port_info(theirs, &info);
	if (status != B_BAD_PORT_ID)
		die("get_port_info of a port that is gone", status);
}

int main(int argc, char **argv)
{
	char name[B_OS_NAME_LENGTH], line[160];
	port_id ours, theirs;
	port_message_info sender;
	port_info info;
	ssize_t status;
	int32 code;
	pid_t child;

	if (argc == 3 && strcmp(argv[1], "second") == 0)
		return answer(argv[2]);
	if (argc != 1) {
		fprintf(stderr, "usage: port-demo\n");
		return 2;
	}

	snprintf(name, sizeof(name), "port-demo %d", (int)getpid());
	ours = create_port(4, name);
	if (ours < 0)
		die("create_port", ours);
	snprintf(line, sizeof(line), "made port %d, \"%s\"", (int)ours, name);
	say(line);

	child = fork();
	if (child < 0)
		die("fork", B_ERROR);
	if (child == 0) {
		execl("/proc/self/exe", "port-demo", "second", name,
		      (char *)NULL);
		die("cannot start the second program", B_ERROR);
	}

	status = get_port_message_info_etc(ours, &sender, B_RELATIVE_TIMEOUT,
					   10000000);
	if (status != B_OK)
		die("get_port_message_info_etc", status);
	if (sender.sender_team != child)
		die("the message is from somebody else", B_ERROR);
	status = read_port(ours, &code, &theirs, sizeof(theirs));
	if (status != sizeof(theirs) || code != HELLO)
		die("read_port", status);
	status = get_port_info(theirs, &info);
	if (status != B_OK)
		die("get_port_info", status);
	snprintf(line, sizeof(line), "team %d, uid %d, sent its port %d, \"%s\"",
		 (int)sender.sender_team, (int)sender.sender, (int)theirs,
		 info.name);
	say(line);

	talk(ours, theirs);
	see_it_die(theirs, child);

	status = delete_port(ours);
	if (status != B_OK)
		die("delete_port", status);
	status = find_port(name);
	if (status != B_NAME_NOT_FOUND)
		die("find_port of a deleted port", status);
	say("deleted its own port; all as it should be");
	return 0;
}
