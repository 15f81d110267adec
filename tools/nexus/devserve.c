// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * devserve: a node in $/user that keeps a text.  Who writes to it replaces the
 * text, who reads gets it: the smallest server that is of some use.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <nexus.h>
#include <nexus/devfs.h>

#define FILES	256

/* An open file of a client: what it has read and written so far. */
struct client {
	__u64 file;
	size_t read;
	size_t written;
};

static struct client clients[FILES];
static char text[DEVFS_SERVE_DATA_MAX];
static size_t length;
static bool verbose;

static void usage(FILE *to)
{
	fputs("Usage: devserve [OPTION]... PATH [TEXT]\n"
	      "Serve the node $/user/PATH, which keeps a text.\n"
	      "\n"
	      "  -m, --mode=MODE  who may use it, in octal (0600)\n"
	      "  -v, --verbose    print what clients do\n"
	      "  -h, --help       print this\n", to);
}

/* The client that has this file open; a free place for file 0. */
static struct client *find(__u64 file)
{
	size_t i;

	for (i = 0; i < FILES; i++)
		if (clients[i].file == file)
			return &clients[i];
	return NULL;
}

static int open_file(const struct devfs_request *req)
{
	struct client *client = find(0);

	if (!client)
		return -ENFILE;
	*client = (struct client){ .file = req->file };
	return 0;
}

/* What is written through one file is one text, however many pieces it has. */
static int write_text(struct client *client, const char *data, size_t size)
{
	if (size > sizeof(text) - client->written)
		size = sizeof(text) - client->written;
	if (!size)
		return -ENOSPC;
	memcpy(text + client->written, data, size);
	client->written += size;
	length = client->written;
	return (int)size;
}

static int read_text(struct client *client, size_t size, const char **data)
{
	const size_t left = client->read < length ? length - client->read : 0;

	if (size > left)
		size = left;
	*data = text + client->read;
	client->read += size;
	return (int)size;
}

/* Does what a client wants; what there is to answer, if anything. */
static bool serve(const struct devfs_request *req, const char *given,
		  int *result, const char **data)
{
	struct client *client = req->file ? find(req->file) : NULL;

	*data = NULL;
	*result = -EBADF;
	switch (req->op) {
	case DEVFS_REQUEST_OPEN:
		*result = open_file(req);
		return true;
	case DEVFS_REQUEST_READ:
		if (client)
			*result = read_text(client, req->size, data);
		return true;
	case DEVFS_REQUEST_WRITE:
		if (client)
			*result = write_text(client, given, req->size);
		return true;
	case DEVFS_REQUEST_CLOSE:
		if (client)
			*client = (struct client){};
		return false;
	default:
		/* Everything is answered at once: nothing to cancel. */
		return false;
	}
}

static void tell(const struct devfs_request *req)
{
	static const char * const names[] = {
		[DEVFS_REQUEST_OPEN] = "opens",
		[DEVFS_REQUEST_READ] = "reads",
		[DEVFS_REQUEST_WRITE] = "writes",
		[DEVFS_REQUEST_CLOSE] = "closes",
		[DEVFS_REQUEST_CANCEL] = "gives up",
	};

	if (!verbose || req->op >= sizeof(names) / sizeof(*names))
		return;
	printf("team %d, user %u, file %llu: %s\n", req->team, req->uid,
	       (unsigned long long)req->file, names[req->op]);
	fflush(stdout);
}

static int fail(const char *what, int error)
{
	fprintf(stderr, "devserve: %s: %s\n", what, nexus_strerror(error));
	return 1;
}

static int serve_all(int port, int fd)
{
	static struct {
		struct devfs_request req;
		char data[DEVFS_SERVE_DATA_MAX];
	} msg;
	struct nexus_msg_info info;
	const char *data;
	int ret, result;

	for (;;) {
		ret = nexus_port_recv(port, &msg, sizeof(msg), &info, 0, NULL);
		if (ret == -EINTR)
			continue;
		if (ret < 0)
			return fail("receive", ret);
		/* Only the kernel sends with team 0; others may try. */
		if (info.team || info.size < sizeof(msg.req))
			continue;
		tell(&msg.req);
		if (!serve(&msg.req, msg.data, &result, &data))
			continue;
		ret = nexus_devfs_reply(fd, msg.req.id, result, data);
		/* Clients may go at any time. */
		if (ret < 0 && ret != -ENOENT)
			return fail("reply", ret);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	unsigned long mode = 0600;
	int option, port, fd;
	char *end;

	while ((option = getopt_long(argc, argv, "m:vh", options, NULL)) != -1) {
		switch (option) {
		case 'm':
			mode = strtoul(optarg, &end, 8);
			if (*end || !*optarg || mode & ~0666UL) {
				fprintf(stderr, "devserve: no mode: %s\n",
					optarg);
				return 2;
			}
			break;
		case 'v':
			verbose = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (argc - optind < 1 || argc - optind > 2) {
		usage(stderr);
		return 2;
	}
	if (argc - optind == 2) {
		length = strnlen(argv[optind + 1], sizeof(text));
		memcpy(text, argv[optind + 1], length);
	}

	port = nexus_port_new("devserve", 64);
	if (port < 0)
		return fail("port", port);
	fd = nexus_devfs_node(argv[optind], port, (unsigned int)mode);
	if (fd < 0)
		return fail(argv[optind], fd);
	return serve_all(port, fd);
}
