// SPDX-License-Identifier: MIT OR LGPL-2.1
/* What nodewatch prints: a line for people, or an object of JSON, per event. */
#include "nodewatch.h"
#include "escape.h"

#include <sys/sysmacros.h>

FILE *output;

static const char *opcode_name(const struct nodemon_record *record)
{
	/* It is there and nobody told of its creation. */
	if (!record)
		return "found";
	switch (record->opcode) {
	case NODEMON_ENTRY_CREATED:
		return "created";
	case NODEMON_ENTRY_REMOVED:
		return "removed";
	case NODEMON_ENTRY_MOVED:
		return "moved";
	case NODEMON_STAT_CHANGED:
		return "stat";
	case NODEMON_ATTR_CHANGED:
		return "attr";
	case NODEMON_DEVICE_MOUNTED:
		return "mounted";
	case NODEMON_DEVICE_UNMOUNTED:
		return "unmounted";
	case NODEMON_OVERFLOW:
		return "overflow";
	case NODEMON_IGNORED:
		return "ended";
	default:
		return "unknown";
	}
}

static const char *cause_name(unsigned int cause)
{
	switch (cause) {
	case NODEMON_CAUSE_CREATED:
		return "created";
	case NODEMON_CAUSE_REMOVED:
		return "removed";
	case NODEMON_CAUSE_CHANGED:
		return "changed";
	default:
		return "unknown";
	}
}

static const struct {
	unsigned int bit;
	const char *text, *key;
} fields[] = {
	{ NODEMON_STAT_MODE, "mode", "mode" },
	{ NODEMON_STAT_UID, "user", "uid" },
	{ NODEMON_STAT_GID, "group", "gid" },
	{ NODEMON_STAT_SIZE, "size", "size" },
	{ NODEMON_STAT_ACCESS_TIME, "access time", "access_time" },
	{ NODEMON_STAT_MODIFICATION_TIME, "modification time",
	  "modification_time" },
	{ NODEMON_STAT_CREATION_TIME, "creation time", "creation_time" },
	{ NODEMON_STAT_CHANGE_TIME, "change time", "change_time" },
	{ NODEMON_STAT_INTERIM, "interim", "interim" },
};

static void print_fields(unsigned int detail, bool as_json)
{
	const char *comma = "";
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (!(detail & fields[i].bit))
			continue;
		if (as_json)
			fprintf(output, "%s\"%s\"", comma, fields[i].key);
		else
			fprintf(output, "%s%s", comma, fields[i].text);
		comma = ", ";
	}
}

static void print_node(int device, long long node)
{
	unsigned int dev = (unsigned int)device;

	if (device == -1)
		fputs("<unknown>", output);
	else
		fprintf(output, "<%u:%u>:%lld", major(dev), minor(dev), node);
}

static void print_device(int device)
{
	unsigned int dev = (unsigned int)device;

	fprintf(output, "device %u:%u", major(dev), minor(dev));
}

/* A path, or what is known of it */
static void print_place(const char *path, int device, long long directory,
			long long node, const char *name)
{
	if (path) {
		print_text(output, path);
		return;
	}
	if (*name) {
		print_node(device, directory);
		putc('/', output);
		print_text(output, name);
		return;
	}
	print_node(device, node);
}

static void print_line(const struct event *event)
{
	const struct nodemon_record *r = event->record;

	fprintf(output, "%-9s ", opcode_name(r));
	if (!r) {
		print_text(output, event->path);
		if (event->is_dir)
			putc('/', output);
		putc('\n', output);
		return;
	}
	switch (r->opcode) {
	case NODEMON_ENTRY_MOVED:
		print_place(event->from_path, r->device, r->directory,
			    r->node, nodemon_from_name(r));
		fputs(" -> ", output);
		print_place(event->path, r->device, r->to_directory, r->node,
			    nodemon_name(r));
		break;
	case NODEMON_DEVICE_MOUNTED:
		print_device(r->node_device);
		fputs(" on ", output);
		print_node(r->device, r->directory);
		break;
	case NODEMON_DEVICE_UNMOUNTED:
		print_device(r->device);
		break;
	case NODEMON_OVERFLOW:
		fputs("events are missing here", output);
		break;
	case NODEMON_STAT_CHANGED:
		print_place(event->path, r->node_device, -1, r->node, "");
		fputs(": ", output);
		print_fields(r->detail, false);
		break;
	case NODEMON_ATTR_CHANGED:
		print_place(event->path, r->node_device, -1, r->node, "");
		fprintf(output, ": %s \"", cause_name(r->detail));
		print_text(output, nodemon_name(r));
		putc('"', output);
		break;
	default:
		print_place(event->path, r->device, r->directory, r->node,
			    nodemon_name(r));
		break;
	}
	if (event->is_dir && r->opcode <= NODEMON_ENTRY_MOVED)
		putc('/', output);
	putc('\n', output);
}

static void json_text(const char *key, const char *text)
{
	if (!text)
		return;
	fputs(", ", output);
	print_json_member(output, key, text);
}

static void json_number(const char *key, long long number)
{
	fprintf(output, ", \"%s\": %lld", key, number);
}

/* The numbers that are known */
static void json_known(const char *key, long long number)
{
	if (number != -1)
		json_number(key, number);
}

static void json_record(const struct nodemon_record *r)
{
	const char *name = nodemon_name(r);

	json_number("watch", r->watch);
	if (r->opcode == NODEMON_OVERFLOW)
		return;
	json_known("device", r->device);
	json_known("node_device", r->node_device);
	json_known("directory", r->directory);
	json_known("to_directory", r->to_directory);
	switch (r->opcode) {
	case NODEMON_DEVICE_MOUNTED:
	case NODEMON_DEVICE_UNMOUNTED:
		json_known("mount", r->node);
		break;
	default:
		json_known("node", r->node);
		break;
	}
	switch (r->opcode) {
	case NODEMON_STAT_CHANGED:
		fputs(", \"fields\": [", output);
		print_fields(r->detail, true);
		putc(']', output);
		break;
	case NODEMON_ATTR_CHANGED:
		json_text("cause", cause_name(r->detail));
		json_text("attr", name);
		break;
	case NODEMON_ENTRY_MOVED:
		json_text("name", name);
		json_text("from_name", nodemon_from_name(r));
		break;
	default:
		if (*name)
			json_text("name", name);
		break;
	}
}

static void print_object(const struct event *event)
{
	fprintf(output, "{\"event\": \"%s\"", opcode_name(event->record));
	if (event->record)
		json_record(event->record);
	json_text("path", event->path);
	json_text("from_path", event->from_path);
	fprintf(output, ", \"is_dir\": %s}\n",
		event->is_dir ? "true" : "false");
}

void print_event(const struct event *event)
{
	if (settings.json)
		print_object(event);
	else
		print_line(event);
}
