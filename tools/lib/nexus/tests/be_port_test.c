// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Do ports keep the BeOS contract?  Every call, what it refuses, what it does
 * and what it tells.  be_port_wait_test.c has how they wait, and how they end.
 */
#include "be_port_test.h"

static void test_create(void)
{
	char longest[41] = "0123456789012345678901234567890123456789";
	port_info info;
	port_id port, other;

	is(create_port(0, "x"), B_BAD_VALUE);
	is(create_port(-1, "x"), B_BAD_VALUE);
	is(create_port(4097, "x"), B_BAD_VALUE);
	is(create_port(1, bad_page()), B_BAD_ADDRESS);
	is(create_port(0, bad_page()), B_BAD_ADDRESS);

	port = create_port(1, NULL);
	has(port > 0);
	is(get_port_info(port, &info), B_OK);
	has(strcmp(info.name, "unnamed port") == 0);
	is(info.port, port);
	is(info.team, getpid());
	is(info.capacity, 1);
	is(info.queue_count, 0);
	is(info.total_count, 0);
	is(delete_port(port), B_OK);

	other = create_port(4096, longest);
	has(other > 0);
	has(other != port);
	is(get_port_info(other, &info), B_OK);
	is(info.capacity, 4096);
	has(strlen(info.name) == 31);
	has(strncmp(info.name, longest, 31) == 0);
	is(find_port(longest), other);
	longest[31] = '\0';
	is(find_port(longest), other);
	longest[30] = '\0';
	is(find_port(longest), B_NAME_NOT_FOUND);
	delete_port(other);
}

static void test_find(void)
{
	port_id first = new_port(1, "be test twin");
	port_id second = new_port(1, "be test twin");
	port_id empty = new_port(1, "");
	port_id found = find_port("be test twin");

	has(found == first || found == second);
	is(delete_port(found), B_OK);
	is(find_port("be test twin"), found == first ? second : first);
	has(find_port("") > 0);
	is(find_port(NULL), B_BAD_VALUE);
	is(find_port(bad_page()), B_BAD_ADDRESS);
	is(find_port("be test no such port"), B_NAME_NOT_FOUND);
	is(find_port("be test twi"), B_NAME_NOT_FOUND);
	delete_port(first);
	delete_port(second);
	delete_port(empty);
	is(find_port("be test twin"), B_NAME_NOT_FOUND);
}

static void test_write_errors(void)
{
	static char big[MSG_MAX + 1];
	port_id port = new_port(2, "write");
	const void *bad = bad_page();

	is(write_port(port, 1, NULL, 1), B_BAD_VALUE);
	is(write_port(port, 1, bad, 1), B_BAD_ADDRESS);
	is(write_port(-1, 1, "x", 1), B_BAD_PORT_ID);
	is(write_port(0, 1, "x", 1), B_BAD_PORT_ID);
	is(write_port(NO_SUCH_ID, 1, "x", 1), B_BAD_PORT_ID);
	is(write_port(port, 1, big, MSG_MAX + 1), B_BAD_VALUE);
	is(write_port(port, 1, big, (size_t)-1), B_BAD_VALUE);

	/* Which of two errors */
	is(write_port(-1, 1, NULL, 1), B_BAD_VALUE);
	is(write_port(-1, 1, big, MSG_MAX + 1), B_BAD_PORT_ID);
	is(write_port(NO_SUCH_ID, 1, big, MSG_MAX + 1), B_BAD_VALUE);
#if defined(__x86_64__)
	is(write_port(-1, 1, KERNEL_ADDRESS, 1), B_BAD_ADDRESS);
	is(write_port(NO_SUCH_ID, 1, KERNEL_ADDRESS, 1), B_BAD_ADDRESS);
#endif
	is(port_count(port), 0);

	is(write_port(port, 1, NULL, 0), B_OK);
	is(write_port(port, 1, big, MSG_MAX), B_OK);
	is(port_count(port), 2);
	is(write_port_etc(port, 1, bad, 1, B_RELATIVE_TIMEOUT, 0),
	   B_BAD_ADDRESS);
	is(port_count(port), 2);
	delete_port(port);
	is(write_port(port, 1, "x", 1), B_BAD_PORT_ID);
}

static void test_read_errors(void)
{
	port_id port = new_port(2, "read");
	void *bad = bad_page();
	char buffer[8];
	int32 code;

	is(read_port(port, &code, NULL, 1), B_BAD_VALUE);
	is(read_port(-1, &code, NULL, 1), B_BAD_VALUE);
	is(read_port(-1, &code, buffer, 8), B_BAD_PORT_ID);
	is(read_port(0, &code, buffer, 8), B_BAD_PORT_ID);
	is(read_port(NO_SUCH_ID, &code, buffer, 8), B_BAD_PORT_ID);
	is(read_port_etc(-1, &code, buffer, 8, 0, -1), B_BAD_PORT_ID);
	is(read_port_etc(NO_SUCH_ID, &code, buffer, 8, 0, -1), B_BAD_VALUE);
	is(read_port_etc(port, &code, buffer, 8, 0, -1), B_BAD_VALUE);
	fill(port, 2);
	is(read_port_etc(port, &code, buffer, 8, 0, -1), B_BAD_VALUE);
	is(read_port_etc(port, &code, buffer, 8, B_RELATIVE_TIMEOUT, -1),
	   B_BAD_VALUE);
	is(read_port_etc(port, &code, buffer, 8, B_ABSOLUTE_TIMEOUT, -1),
	   B_BAD_VALUE);
#if defined(__x86_64__)
	is(read_port(-1, &code, KERNEL_ADDRESS, 8), B_BAD_ADDRESS);
	is(read_port(port, KERNEL_ADDRESS, buffer, 8), B_BAD_ADDRESS);
#endif
	is(port_count(port), 2);
	is(read_port(port, &code, bad, 8), B_BAD_ADDRESS);
	/* The message may be gone or not; the port goes on. */
	has(port_count(port) == 1 || port_count(port) == 2);
	is(read_port(port, NULL, buffer, 8), 4);
	delete_port(port);
}

static void test_messages(void)
{
	static char out[MSG_MAX], in[MSG_MAX + 16];
	port_id port = new_port(8, "messages");
	int32 code = 0;
	size_t i;

	for (i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7 + i / 251);
	is(write_port(port, -5, out, 100), B_OK);
	is(write_port(port, INT32_MIN, out + 1, 3), B_OK);
	is(write_port(port, 7, NULL, 0), B_OK);
	is(write_port(port, 8, out, MSG_MAX), B_OK);

	is(port_buffer_size(port), 100);
	memset(in, 'z', sizeof(in));
	is(read_port(port, &code, in, 10), 10);
	is(code, -5);
	has(memcmp(in, out, 10) == 0 && in[10] == 'z');
	memset(in, 'z', sizeof(in));
	is(read_port(port, &code, in, sizeof(in)), 3);
	is(code, INT32_MIN);
	has(memcmp(in, out + 1, 3) == 0 && in[3] == 'z');
	is(port_buffer_size(port), 0);
	is(read_port(port, &code, in, sizeof(in)), 0);
	is(code, 7);
	is(port_buffer_size(port), MSG_MAX);
	is(read_port(port, &code, in, sizeof(in)), MSG_MAX);
	is(code, 8);
	has(memcmp(in, out, MSG_MAX) == 0 && in[MSG_MAX] == 'z');

	fill(port, 1);
	is(read_port(port, &code, NULL, 0), 0);
	is(port_count(port), 0);
	delete_port(port);
}

static void test_closed(void)
{
	port_id port = new_port(4, "be test closed"), next;
	port_message_info msg;
	port_info info;
	char buffer[8];
	int32 code, cookie = 0;
	bool listed = false;

	is(write_port(port, 1, "one", 3), B_OK);
	is(write_port(port, 2, "three", 5), B_OK);
	is(close_port(port), B_OK);

	/* Closed, messages left */
	is(write_port(port, 3, "x", 1), B_BAD_PORT_ID);
	is(write_port_etc(port, 3, "x", 1, B_RELATIVE_TIMEOUT, 0),
	   B_BAD_PORT_ID);
	is(port_buffer_size(port), 3);
	is(get_port_message_info_etc(port, &msg, 0, 0), B_OK);
	is(msg.size, 3);
	is(port_count(port), 2);
	is(get_port_info(port, &info), B_OK);
	is(info.capacity, 0);
	is(info.queue_count, 2);
	is(find_port("be test closed"), port);
	while (get_next_port_info(0, &cookie, &info) == B_OK)
		listed |= info.port == port;
	has(!listed);
	is(set_port_owner(port, 0), B_OK);
	is(close_port(port), B_OK);
	is(read_port(port, &code, buffer, 8), 3);
	is(port_buffer_size(port), 5);
	is(read_port(port, &code, buffer, 8), 5);
	is(code, 2);

	/* Closed, empty */
	is(write_port(port, 3, "x", 1), B_BAD_PORT_ID);
	is(read_port(port, &code, buffer, 8), B_BAD_PORT_ID);
	is(read_port_etc(port, &code, buffer, 8, B_RELATIVE_TIMEOUT, 0),
	   B_BAD_PORT_ID);
	is(port_buffer_size(port), B_BAD_PORT_ID);
	is(get_port_message_info_etc(port, &msg, 0, 0), B_BAD_PORT_ID);
	is(port_count(port), 0);
	is(get_port_info(port, &info), B_OK);
	is(info.capacity, 0);
	is(info.total_count, 2);
	is(find_port("be test closed"), port);
	is(set_port_owner(port, 0), B_OK);
	is(close_port(port), B_OK);
	is(delete_port(port), B_OK);

	/* Deleted */
	is(write_port(port, 3, "x", 1), B_BAD_PORT_ID);
	is(read_port(port, &code, buffer, 8), B_BAD_PORT_ID);
	is(port_buffer_size(port), B_BAD_PORT_ID);
	is(get_port_message_info_etc(port, &msg, 0, 0), B_BAD_PORT_ID);
	is(port_count(port), B_BAD_PORT_ID);
	is(get_port_info(port, &info), B_BAD_PORT_ID);
	is(find_port("be test closed"), B_NAME_NOT_FOUND);
	is(set_port_owner(port, 0), B_BAD_PORT_ID);
	is(close_port(port), B_BAD_PORT_ID);
	is(delete_port(port), B_BAD_PORT_ID);

	/* Never there */
	is(port_count(-1), B_BAD_PORT_ID);
	is(port_count(0), B_BAD_PORT_ID);
	is(close_port(-1), B_BAD_PORT_ID);
	is(delete_port(-1), B_BAD_PORT_ID);
	is(delete_port(0), B_BAD_PORT_ID);
	is(get_port_info(-1, &info), B_BAD_PORT_ID);
	is(port_buffer_size(-1), B_BAD_PORT_ID);

	/* A stale id does not reach a new port. */
	next = new_port(1, "next");
	has(next != port);
	is(port_count(port), B_BAD_PORT_ID);
	delete_port(next);
}

static void test_total(void)
{
	port_id port = new_port(4, "total");
	port_message_info msg;
	port_info info;

	fill(port, 3);
	is(get_port_info(port, &info), B_OK);
	is(info.total_count, 0);
	is(info.queue_count, 3);
	is(port_buffer_size(port), 4);
	is(get_port_message_info_etc(port, &msg, 0, 0), B_OK);
	is(read_port(port, NULL, NULL, 0), 0);
	is(read_port(port, NULL, NULL, 0), 0);
	is(get_port_info(port, &info), B_OK);
	is(info.total_count, 2);
	is(info.queue_count, 1);
	is(port_count(port), 1);
	is(info.capacity, 4);
	delete_port(port);
}

static void test_info_errors(void)
{
	port_id port = new_port(1, "info");
	port_info info;

	is(get_port_info(port, (port_info *)NULL), B_BAD_VALUE);
	is(get_port_info(-1, (port_info *)NULL), B_BAD_VALUE);
	is(get_port_info(port, (port_info *)bad_page()), B_BAD_ADDRESS);
	is(get_port_info(NO_SUCH_ID, &info), B_BAD_PORT_ID);
	is(_get_port_info(port, &info, 1), B_OK);
	delete_port(port);
}

static void test_message_info(void)
{
	port_id port = new_port(2, "sender");
	port_message_info info;
	pid_t child;

	is(get_port_message_info_etc(port, (port_message_info *)NULL, 0, 0),
	   B_BAD_VALUE);
	is(get_port_message_info_etc(-1, (port_message_info *)NULL, 0, 0),
	   B_BAD_VALUE);
	is(_get_port_message_info_etc(port, &info, sizeof(info) - 1, 0, 0),
	   B_BAD_VALUE);
	is(_get_port_message_info_etc(-1, &info, sizeof(info) + 1, 0, 0),
	   B_BAD_VALUE);
	is(get_port_message_info_etc(-1, &info, 0, 0), B_BAD_PORT_ID);
	is(get_port_message_info_etc(NO_SUCH_ID, &info, 0, 0),
	   B_BAD_PORT_ID);

	child = fork();
	if (child == 0)
		_exit(write_port(port, 1, "from the child", 14) != B_OK);
	is(exit_status(child), 0);
	fill(port, 1);
	memset(&info, 0x55, sizeof(info));
	is(get_port_message_info_etc(port, &info, 0, 0), B_OK);
	is(info.size, 14);
	is(info.sender, geteuid());
	is(info.sender_group, getegid());
	is(info.sender_team, child);
	is(get_port_message_info_etc(port, (port_message_info *)bad_page(), 0,
				     0), B_BAD_ADDRESS);
	is(port_count(port), 2);
	read_port(port, NULL, NULL, 0);
	is(get_port_message_info_etc(port, &info, 0, 0), B_OK);
	is(info.size, 4);
	is(info.sender_team, getpid());
	delete_port(port);
}

static void test_next(void)
{
	port_id ports[3];
	team_id dead = dead_team();
	port_info info;
	int32 cookie = 0;
	int seen[3] = { 0, 0, 0 }, others = 0, i;
	status_t status;
	pid_t child;

	for (i = 0; i < 3; i++)
		ports[i] = new_port(1, "list");
	while ((status = get_next_port_info(0, &cookie, &info)) == B_OK) {
		for (i = 0; i < 3; i++)
			if (info.port == ports[i])
				break;
		if (i < 3)
			seen[i]++;
		else
			others++;
	}
	is(status, B_BAD_PORT_ID);
	has(seen[0] == 1 && seen[1] == 1 && seen[2] == 1 && others == 0);
	is(get_next_port_info(0, &cookie, &info), B_BAD_PORT_ID);

	cookie = 0;
	is(get_next_port_info(getpid(), &cookie, &info), B_OK);
	is(info.team, getpid());
	cookie = 0;
	is(get_next_port_info(-1, &cookie, &info), B_BAD_VALUE);
	is(get_next_port_info(dead, &cookie, &info), B_BAD_TEAM_ID);
	is(get_next_port_info(0, (int32 *)NULL, &info), B_BAD_VALUE);
	is(get_next_port_info(0, &cookie, (port_info *)NULL), B_BAD_VALUE);
	is(get_next_port_info(0, &cookie, (port_info *)bad_page()),
	   B_BAD_ADDRESS);
	is(cookie, 0);

	/* Another team owns none of them, and can ask about this one. */
	child = fork();
	if (child == 0) {
		if (get_next_port_info(0, &cookie, &info) != B_BAD_PORT_ID)
			_exit(1);
		_exit(get_next_port_info(getppid(), &cookie, &info) != B_OK);
	}
	is(exit_status(child), 0);
	for (i = 0; i < 3; i++)
		delete_port(ports[i]);
}

static void test_gather(void)
{
	static char big[MSG_MAX];
	struct iovec vecs[1025], two[2] = { { "ab", 2 }, { "cde", 3 } };
	port_id port = new_port(4, "gather");
	char text[16];
	int32 code;
	int i;

	for (i = 0; i < 1025; i++) {
		vecs[i].iov_base = "x";
		vecs[i].iov_len = 1;
	}
	is(writev_port_etc(port, 9, two, 2, 5, 0, 0), B_OK);
	is(read_port(port, &code, text, sizeof(text)), 5);
	has(code == 9 && memcmp(text, "abcde", 5) == 0);
	is(writev_port_etc(port, 9, vecs, 1024, 1024, 0, 0), B_OK);
	is(port_buffer_size(port), 1024);
	is(writev_port_etc(port, 9, vecs, 1025, 1025, 0, 0), B_BAD_VALUE);
	is(writev_port_etc(port, 9, NULL, 1, 0, 0, 0), B_BAD_VALUE);
	is(writev_port_etc(port, 9, NULL, 0, 0, 0, 0), B_OK);
	is(writev_port_etc(port, 9, bad_page(), 1, 1, 0, 0), B_BAD_ADDRESS);
	is(writev_port_etc(port, 9, two, 2, 4, 0, 0), B_BAD_VALUE);
	two[0].iov_base = bad_page();
	is(writev_port_etc(port, 9, two, 2, 5, 0, 0), B_BAD_ADDRESS);
	two[0].iov_base = big;
	two[0].iov_len = MSG_MAX - 3;
	is(writev_port_etc(port, 9, two, 2, MSG_MAX, 0, 0), B_OK);
	two[0].iov_len = MSG_MAX - 2;
	is(writev_port_etc(port, 9, two, 2, MSG_MAX + 1, 0, 0), B_BAD_VALUE);
	is(writev_port_etc(-1, 9, two, 2, MSG_MAX + 1, 0, 0), B_BAD_PORT_ID);
	is(port_count(port), 3);
	fill(port, 1);
	is(writev_port_etc(port, 9, vecs, 1, 1, B_RELATIVE_TIMEOUT, 0),
	   B_WOULD_BLOCK);
	is(writev_port_etc(port, 9, vecs, 1, 1, B_ABSOLUTE_TIMEOUT, -1),
	   B_TIMED_OUT);
	delete_port(port);
}

/* A thread's end changes nothing. */
static void *create_in_thread(void *data)
{
	*(port_id *)data = create_port(1, "thread");
	return NULL;
}

static void test_thread(void)
{
	pthread_t thread;
	port_id port = -1;

	if (pthread_create(&thread, NULL, create_in_thread, &port))
		give_up("pthread_create");
	pthread_join(thread, NULL);
	is(write_port(port, 1, NULL, 0), B_OK);
	is(delete_port(port), B_OK);
}

int main(void)
{
	if (!can_run())
		return 4;
	test_create();
	test_find();
	test_write_errors();
	test_read_errors();
	test_messages();
	test_closed();
	test_total();
	test_info_errors();
	test_message_info();
	test_next();
	test_gather();
	test_thread();
	return end_of_tests();
}
