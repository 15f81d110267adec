/* SPDX-License-Identifier: MIT OR LGPL-2.1 */
/*
 * libnexus: the node monitor for C and C++.
 *
 * As in nexus.h, every function that calls the kernel returns 0 or a positive
 * number, or a negative errno, and leaves errno alone.  Nothing here allocates
 * memory or keeps state.
 *
 * Records are got with read(2).  They are what the kernel stored, but what
 * nodemon_next() gives is checked against the bytes that there are: a buffer
 * that came by way of somebody else cannot lead out of itself.
 */
#ifndef NODEMON_H
#define NODEMON_H

#include <stddef.h>
#include <linux/nodemon.h>
#include <nexus/syscall.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * nodemon_create() - make a descriptor that can be told about nodes
 * @flags:	0 or NODEMON_NONBLOCK
 *
 * Return: the descriptor, which is close-on-exec, or a negative errno, see
 * nodemon_create(2).
 */
NEXUS_INLINE int nodemon_create(unsigned int flags)
{
	return (int)nexus_syscall(__NR_nodemon_create, (long)flags, 0, 0, 0, 0,
				  0);
}

/**
 * nodemon_watch() - watch a node, a volume or the mounts, or stop to
 * @fd:		a descriptor of nodemon_create(), or NODEMON_PORT
 * @args:	what to watch, and the port and token for NODEMON_PORT
 * @size:	sizeof(*args)
 *
 * Return: the number of the watch, 0 if it was ended, or a negative errno, see
 * nodemon_watch(2).
 */
NEXUS_INLINE int nodemon_watch(int fd, const struct nodemon_args *args,
			       size_t size)
{
	return (int)nexus_syscall(__NR_nodemon_watch, fd, (long)args,
				  (long)size, 0, 0, 0);
}

/**
 * nodemon_unwatch() - end one watch of a descriptor, or all of a port's
 * @fd:		a descriptor of nodemon_create(), or NODEMON_PORT
 * @watch:	what nodemon_watch() returned; 0 with NODEMON_PORT
 * @port:	the port; 0 with a descriptor
 * @token:	the token; 0 with a descriptor
 *
 * Return: 0 or a negative errno, see nodemon_unwatch(2).
 */
NEXUS_INLINE int nodemon_unwatch(int fd, int watch, int port, int token)
{
	return (int)nexus_syscall(__NR_nodemon_unwatch, fd, watch, port, token,
				  0, 0);
}

/**
 * nodemon_next() - the next of the records that read() gave
 * @buf:	where read() put them, aligned to 8 bytes
 * @size:	bytes that it returned
 * @last:	what the last call returned; NULL for the first record
 *
 * A record is given only if all of it is there, names included, each with its
 * NUL.
 *
 * Return: the record, or NULL if there is none behind @last.
 */
NEXUS_INLINE const struct nodemon_record *
nodemon_next(const void *buf, size_t size, const struct nodemon_record *last)
{
	const struct nodemon_record *record;
	const char *start = (const char *)buf;
	size_t at = 0, end;

	if (last)
		at = (size_t)((const char *)last - start) + last->size;
	if (at > size || size - at < NODEMON_RECORD_SIZE)
		return NULL;
	start += at;
	record = (const struct nodemon_record *)(const void *)start;
	if (record->size > size - at || record->size % 8 != 0 ||
	    record->size < NODEMON_RECORD_SIZE ||
	    record->header_size < NODEMON_RECORD_SIZE ||
	    record->header_size > record->size)
		return NULL;
	end = record->header_size;
	if (record->name_len || record->from_len) {
		end += record->name_len;
		if (end >= record->size || start[end])
			return NULL;
	}
	if (record->from_len) {
		end += 1 + (size_t)record->from_len;
		if (end >= record->size || start[end])
			return NULL;
	}
	return record;
}

/**
 * nodemon_name() - the name in a record that nodemon_next() gave
 * @record:	the record
 *
 * Of an entry, for NODEMON_ENTRY_MOVED the new one, or of an attribute.
 *
 * Return: the name, "" if the record has none.
 */
NEXUS_INLINE const char *nodemon_name(const struct nodemon_record *record)
{
	if (!record->name_len)
		return "";
	return (const char *)record + record->header_size;
}

/**
 * nodemon_from_name() - the old name in a record that nodemon_next() gave
 * @record:	the record
 *
 * Return: the name that an entry had before NODEMON_ENTRY_MOVED, "" if the
 * record has none.
 */
NEXUS_INLINE const char *nodemon_from_name(const struct nodemon_record *record)
{
	if (!record->from_len)
		return "";
	return (const char *)record + record->header_size + record->name_len +
	       1;
}

#ifdef __cplusplus
}
#endif

#endif /* NODEMON_H */
