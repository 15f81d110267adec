// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * What nodewatch knows: the names in the directories that it watches, each with
 * its node, and with --recursive the watch of each directory.
 *
 * Records have numbers of directories and nodes.  This is where they get their
 * paths from, and how a renamed directory gets its new one.
 *
 * A new directory is watched first and looked through then.  What is in it by
 * that time is printed as found; should a record of its creation come after
 * that, it is left out.  So nothing is missed, and hardly anything is told
 * twice.
 */
#include "nodewatch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct item {
	/* The top has no parent; nor has what was exchanged for something. */
	struct item *parent, *children, *next, **link;
	char *name;
	long long node;
	int device;
	/* Number of its watch; 0 if it has none */
	int watch;
	/* When it was last seen in its directory */
	unsigned int seen;
	bool is_root, is_dir;
	/* Was printed as found, its creation may be told yet */
	bool announced;
	/* Is what is known of its node */
	bool indexed;
	/* Waits to be looked through; freed while it does so */
	bool queued, dead;
	struct item *next_queued;
};

/* Parent of what the command line names */
static struct item top = { .is_dir = true };
static void *by_name, *by_node, *by_watch;
static struct item *queue, **queue_end = &queue;
static unsigned int looks;
static int monitor = -1;

static void __attribute__((noreturn)) no_memory(void)
{
	fputs("nodewatch: out of memory\n", stderr);
	exit(1);
}

static void *must(void *memory)
{
	if (!memory)
		no_memory();
	return memory;
}

static int compare_names(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->parent != y->parent)
		return (uintptr_t)x->parent < (uintptr_t)y->parent ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int compare_nodes(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

static int compare_watches(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return (x->watch > y->watch) - (x->watch < y->watch);
}

static struct item *find(void *tree, const struct item *key,
			 int (*compare)(const void *a, const void *b))
{
	void *found = tfind(key, &tree, compare);

	return found ? *(struct item **)found : NULL;
}

static struct item *find_name(struct item *parent, const char *name)
{
	struct item key = { .parent = parent, .name = (char *)name };

	return find(by_name, &key, compare_names);
}

static struct item *find_node(int device, long long node)
{
	struct item key = { .device = device, .node = node };

	return find(by_node, &key, compare_nodes);
}

static struct item *find_watch(int watch)
{
	struct item key = { .watch = watch };

	return watch > 0 ? find(by_watch, &key, compare_watches) : NULL;
}

/* Of several names of a node, the one that was used last counts. */
static void index_node(struct item *entry)
{
	struct item **slot = must(tsearch(entry, &by_node, compare_nodes));

	(*slot)->indexed = false;
	*slot = entry;
	entry->indexed = true;
}

static void set_node(struct item *entry, int device, long long node)
{
	if (entry->indexed)
		tdelete(entry, &by_node, compare_nodes);
	entry->device = device;
	entry->node = node;
	index_node(entry);
}

static void link_entry(struct item *entry, struct item *parent)
{
	entry->parent = parent;
	entry->next = parent->children;
	entry->link = &parent->children;
	if (entry->next)
		entry->next->link = &entry->next;
	parent->children = entry;
	must(tsearch(entry, &by_name, compare_names));
}

/* It keeps its node and its watch, but is nowhere. */
static void unlink_entry(struct item *entry)
{
	if (!entry->parent)
		return;
	tdelete(entry, &by_name, compare_names);
	*entry->link = entry->next;
	if (entry->next)
		entry->next->link = entry->link;
	entry->parent = NULL;
}

static void set_watch(struct item *entry, int watch)
{
	if (entry->watch)
		tdelete(entry, &by_watch, compare_watches);
	entry->watch = watch;
	if (watch)
		must(tsearch(entry, &by_watch, compare_watches));
}

static struct item *new_entry(struct item *parent, const char *name)
{
	struct item *entry = must(calloc(1, sizeof(*entry)));

	entry->name = must(strdup(name));
	link_entry(entry, parent);
	return entry;
}

static void free_entry(struct item *entry)
{
	if (entry->queued) {
		entry->dead = true;
		return;
	}
	free(entry->name);
	free(entry);
}

/* Forgets it and all that is in it, and watches nothing of that any more. */
static void drop(struct item *entry)
{
	while (entry->children)
		drop(entry->children);
	if (entry->watch) {
		/* It may have ended by itself, which is as good. */
		nodemon_unwatch(monitor, entry->watch, 0, 0);
		set_watch(entry, 0);
	}
	if (entry->indexed)
		tdelete(entry, &by_node, compare_nodes);
	unlink_entry(entry);
	free_entry(entry);
}

/* Is it @entry, or is @entry in it? */
static bool contains(const struct item *it, const struct item *entry)
{
	for (; entry; entry = entry->parent)
		if (entry == it)
			return true;
	return false;
}

static void rename_entry(struct item *entry, struct item *parent,
			 const char *name)
{
	char *copy = must(strdup(name));

	unlink_entry(entry);
	free(entry->name);
	entry->name = copy;
	link_entry(entry, parent);
}

/* What is in "." is shown without it. */
static bool is_dot(const struct item *entry)
{
	return entry->is_root && strcmp(entry->name, ".") == 0;
}

/* The path, to be freed; NULL if it has none. */
static char *path_of(const struct item *entry)
{
	const struct item *e;
	size_t size = 1, at, length;
	char *path;

	for (e = entry; e && e != &top; e = e->parent)
		size += strlen(e->name) + 1;
	if (!e || e == entry)
		return NULL;
	path = must(malloc(size));
	at = size - 1;
	path[at] = '\0';
	for (e = entry; e != &top; e = e->parent) {
		if (e != entry && is_dot(e))
			continue;
		length = strlen(e->name);
		/* "/" and "dir/" of the command line have theirs. */
		if (e != entry && !(length && e->name[length - 1] == '/'))
			path[--at] = '/';
		at -= length;
		memcpy(path + at, e->name, length);
	}
	memmove(path, path + at, size - at);
	return path;
}

static char *path_in(const struct item *directory, const char *name)
{
	size_t length;
	char *path, *all;

	if (is_dot(directory))
		return must(strdup(name));
	path = path_of(directory);
	if (!path)
		return NULL;
	length = strlen(path);
	all = must(malloc(length + strlen(name) + 2));
	memcpy(all, path, length);
	if (length == 0 || path[length - 1] != '/')
		all[length++] = '/';
	memcpy(all + length, name, strlen(name) + 1);
	free(path);
	return all;
}

static void enqueue(struct item *entry)
{
	if (entry->queued)
		return;
	entry->queued = true;
	entry->next_queued = NULL;
	*queue_end = entry;
	queue_end = &entry->next_queued;
}

static void print_found(struct item *entry)
{
	struct event event = { .is_dir = entry->is_dir };
	char *path = path_of(entry);

	if (!path)
		return;
	event.path = path;
	print_event(&event);
	free(path);
	entry->announced = true;
}

/* An entry of the directory @fd, which is @parent */
static void look_at(struct item *parent, int fd, const struct dirent *found,
		    bool announce)
{
	struct item *entry = find_name(parent, found->d_name), *other;
	bool is_dir = found->d_type == DT_DIR;
	long long node = (long long)found->d_ino;
	int device = parent->device;
	bool is_new = false;
	struct stat st;

	/* Of a mount point it is the node that is mounted. */
	if (is_dir || found->d_type == DT_UNKNOWN) {
		if (fstatat(fd, found->d_name, &st, AT_SYMLINK_NOFOLLOW))
			return;
		is_dir = S_ISDIR(st.st_mode);
		device = (int)st.st_dev;
		node = (long long)st.st_ino;
	}
	if (entry && (entry->node != node || entry->device != device)) {
		drop(entry);
		entry = NULL;
	}
	/* It was moved here while records were lost. */
	other = is_dir && !entry ? find_node(device, node) : NULL;
	if (other && other->watch && !other->is_root &&
	    !contains(other, parent)) {
		rename_entry(other, parent, found->d_name);
		entry = other;
	}
	if (!entry) {
		is_new = true;
		entry = new_entry(parent, found->d_name);
		entry->is_dir = is_dir;
		set_node(entry, device, node);
	}
	entry->seen = looks;
	if (is_new && announce)
		print_found(entry);
	if (settings.recursive && is_dir && !entry->watch)
		enqueue(entry);
}

static void look_through(struct item *directory, int fd, bool announce)
{
	struct item *entry, *next;
	struct dirent *found;
	DIR *dir;
	int own;

	own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = own < 0 ? NULL : fdopendir(own);
	if (!dir) {
		if (own >= 0)
			close(own);
		return;
	}
	looks++;
	while ((found = readdir(dir)))
		if (strcmp(found->d_name, ".") && strcmp(found->d_name, ".."))
			look_at(directory, dirfd(dir), found, announce);
	closedir(dir);
	for (entry = directory->children; entry; entry = next) {
		next = entry->next;
		if (entry->seen != looks)
			drop(entry);
	}
}

/* Watches what @fd is open on, as @entry. */
static int watch_open(struct item *entry, int fd, unsigned int type,
		      unsigned int events)
{
	struct nodemon_args args;
	struct item *other;
	int watch;

	memset(&args, 0, sizeof(args));
	args.type = type;
	args.events = events;
	args.flags = NODEMON_EMPTY_PATH;
	args.dirfd = fd;
	watch = nodemon_watch(monitor, &args, sizeof(args));
	if (watch < 0)
		return watch;
	/* The same directory by another way: one is enough. */
	other = find_watch(watch);
	if (other && other != entry)
		return -EEXIST;
	if (!entry->watch)
		set_watch(entry, watch);
	return 0;
}

/* Of a directory below those of the command line nobody asked for the name. */
static unsigned int events_below(void)
{
	return settings.events & ~NODEMON_NAME;
}

static void adopt(struct item *entry, bool announce)
{
	char *path = path_of(entry);
	int fd = -1, error = 0;
	struct stat st;

	if (!path)
		return;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC |
		  (entry->is_root ? 0 : O_NOFOLLOW));
	if (fd < 0 || fstat(fd, &st)) {
		error = -errno;
	} else if ((int)st.st_dev != entry->device ||
		   (long long)st.st_ino != entry->node) {
		/* Something else has the name: records will tell. */
		error = -ENOENT;
	} else if (!entry->watch) {
		if (!settings.one_file_system ||
		    entry->device == entry->parent->device)
			error = watch_open(entry, fd, NODEMON_NODE,
					   events_below());
		else
			error = -EXDEV;
	}
	if (!error)
		look_through(entry, fd, announce);
	else if (error != -ENOENT && error != -EXDEV && error != -EEXIST &&
		 error != -ENOTDIR)
		complain(path, error);
	if (fd >= 0)
		close(fd);
	free(path);
}

/* Looks through what is queued, and what that adds. */
static void work(bool announce)
{
	struct item *entry;

	while ((entry = queue) && !stop_asked()) {
		queue = entry->next_queued;
		if (!queue)
			queue_end = &queue;
		entry->queued = false;
		if (entry->dead)
			free_entry(entry);
		else
			adopt(entry, announce);
	}
}

static bool wants_names(void)
{
	return !settings.volumes &&
	       (settings.recursive || (settings.events & NODEMON_CHILDREN));
}

void tree_begin(int fd)
{
	monitor = fd;
}

int tree_watch(const char *path)
{
	int fd, error;
	struct item *entry;
	struct stat st;

	if (find_name(&top, path))
		return 0;
	fd = open(path, O_PATH | O_CLOEXEC |
		  (settings.no_follow ? O_NOFOLLOW : 0));
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		error = -errno;
		close(fd);
		return error;
	}
	entry = new_entry(&top, path);
	entry->is_root = true;
	entry->is_dir = S_ISDIR(st.st_mode);
	set_node(entry, (int)st.st_dev, (long long)st.st_ino);
	error = watch_open(entry, fd,
			   settings.volumes ? NODEMON_VOLUME : NODEMON_NODE,
			   settings.events);
	if (!error && entry->is_dir && wants_names()) {
		look_through(entry, fd, false);
		work(false);
	}
	close(fd);
	if (error)
		drop(entry);
	return error == -EEXIST ? 0 : error;
}

int tree_watch_mounts(void)
{
	struct nodemon_args args;
	struct item *entry;
	int watch;

	memset(&args, 0, sizeof(args));
	args.type = NODEMON_MOUNTS;
	args.events = NODEMON_MOUNT;
	watch = nodemon_watch(monitor, &args, sizeof(args));
	if (watch < 0)
		return watch;
	entry = new_entry(&top, "");
	entry->is_root = true;
	/* No node has these numbers. */
	set_node(entry, -1, -1);
	set_watch(entry, watch);
	return 0;
}

bool tree_is_watched(void)
{
	const struct item *entry;

	for (entry = top.children; entry; entry = entry->next)
		if (entry->watch)
			return true;
	return false;
}

/*
 * With --recursive one event may be told by two watches: those of both
 * directories of a move, and those of a directory and of the one it is in.
 * The second time is left out.
 */
static bool is_repeat(const struct nodemon_record *record)
{
	static struct {
		bool used;
		int watch;
		union {
			struct nodemon_record record;
			char bytes[NODEMON_RECORD_MAX];
		} copy;
	} last[8];
	static unsigned int turn;
	const size_t from = offsetof(struct nodemon_record, device);
	const struct item *node;
	size_t i;

	if (record->size > sizeof(last[0].copy))
		return false;
	if (record->opcode == NODEMON_ENTRY_MOVED) {
		if (record->directory == record->to_directory)
			return false;
	} else {
		/* A file with several names is told of by one watch each. */
		node = find_node(record->node_device, record->node);
		if (!node || !node->watch)
			return false;
	}
	for (i = 0; i < sizeof(last) / sizeof(*last); i++) {
		if (last[i].used && last[i].watch != record->watch &&
		    last[i].copy.record.size == record->size &&
		    last[i].copy.record.opcode == record->opcode &&
		    memcmp(last[i].copy.bytes + from,
			   (const char *)record + from,
			   record->size - from) == 0) {
			last[i].used = false;
			return true;
		}
	}
	i = turn++ % (sizeof(last) / sizeof(*last));
	last[i].used = true;
	last[i].watch = record->watch;
	memcpy(last[i].copy.bytes, record, record->size);
	return false;
}

/* The directory @node, if there is a path to it; often that of the watch */
static struct item *directory_of(struct item *watched, int device,
				 long long node)
{
	struct item *entry;

	if (node == -1)
		return NULL;
	if (watched->is_dir && watched->node == node)
		return watched;
	entry = find_node(device, node);
	return entry && entry->is_dir ? entry : NULL;
}

static void print_record(const struct nodemon_record *record, char *path,
			 char *from_path)
{
	struct event event = {
		.record = record,
		.path = path,
		.from_path = from_path,
		.is_dir = record->flags & NODEMON_IS_DIR,
	};

	print_event(&event);
	free(path);
	free(from_path);
}

/* There is a name, new to its directory. */
static void learn(struct item *directory, const struct nodemon_record *record)
{
	const char *name = nodemon_name(record);
	struct item *entry = find_name(directory, name);

	/* Exchanged for something, which is told next */
	if (entry && entry->node != record->node) {
		unlink_entry(entry);
		entry = NULL;
	}
	if (!entry)
		entry = new_entry(directory, name);
	entry->is_dir = record->flags & NODEMON_IS_DIR;
	entry->announced = false;
	set_node(entry, record->node_device, record->node);
	if (settings.recursive && entry->is_dir && !entry->watch) {
		enqueue(entry);
		work(true);
	}
}

static void created(struct item *watched, const struct nodemon_record *record)
{
	struct item *directory = directory_of(watched, record->device,
					       record->directory);
	const char *name = nodemon_name(record);
	struct item *entry;

	if (!directory) {
		print_record(record, NULL, NULL);
		return;
	}
	entry = find_name(directory, name);
	if (entry && entry->announced && entry->node == record->node) {
		entry->announced = false;
		index_node(entry);
		return;
	}
	print_record(record, path_in(directory, name), NULL);
	if (wants_names())
		learn(directory, record);
}

static void removed(struct item *watched, const struct nodemon_record *record)
{
	struct item *directory = directory_of(watched, record->device,
					       record->directory);
	const char *name = nodemon_name(record);
	struct item *entry;

	if (!directory) {
		/* The node itself tells this. */
		print_record(record, watched->node == record->node ?
			     path_of(watched) : NULL, NULL);
		return;
	}
	print_record(record, path_in(directory, name), NULL);
	entry = find_name(directory, name);
	if (entry && entry->node == record->node)
		drop(entry);
}

static void moved(struct item *watched, const struct nodemon_record *record)
{
	const char *name = nodemon_name(record);
	const char *from_name = nodemon_from_name(record);
	struct item *from = directory_of(watched, record->device,
					  record->directory);
	struct item *to = directory_of(watched, record->device,
					record->to_directory);
	struct item *entry = from ? find_name(from, from_name) : NULL;
	struct item *target;
	char *old_path = NULL;

	if (from)
		old_path = path_in(from, from_name);
	else if (watched->node == record->node)
		old_path = path_of(watched);
	print_record(record, to ? path_in(to, name) : NULL, old_path);
	if (!wants_names())
		return;
	if (entry && entry->node != record->node)
		entry = NULL;
	if (!entry) {
		/* The other half of an exchange took its place. */
		entry = find_node(record->node_device, record->node);
		if (entry && entry->parent)
			entry = NULL;
	}
	if (!to) {
		if (entry)
			drop(entry);
		return;
	}
	if (!entry || contains(entry, to)) {
		learn(to, record);
		return;
	}
	target = find_name(to, name);
	if (target && target != entry && target->node == record->node) {
		/* Looking has found it where it is now. */
		drop(entry);
		entry = target;
		entry->announced = false;
	} else {
		if (target && target != entry)
			unlink_entry(target);
		rename_entry(entry, to, name);
	}
	index_node(entry);
	if (settings.recursive && entry->is_dir && !entry->watch) {
		enqueue(entry);
		work(true);
	}
}

static void changed(struct item *watched, const struct nodemon_record *record)
{
	struct item *entry = watched;

	if (entry->node != record->node)
		entry = find_node(record->node_device, record->node);
	print_record(record, entry ? path_of(entry) : NULL, NULL);
}

static void enqueue_all(struct item *entry)
{
	struct item *child;

	if (entry->is_dir && entry->watch)
		enqueue(entry);
	for (child = entry->children; child; child = child->next)
		enqueue_all(child);
}

/* Nobody knows what: look at everything again. */
static void overflow(const struct nodemon_record *record)
{
	print_record(record, NULL, NULL);
	if (!wants_names())
		return;
	enqueue_all(&top);
	work(true);
}

static void ended(struct item *watched, const struct nodemon_record *record)
{
	set_watch(watched, 0);
	if (watched->is_root)
		print_record(record, path_of(watched), NULL);
}

void tree_record(const struct nodemon_record *record)
{
	struct item *watched = find_watch(record->watch);

	if (record->opcode == NODEMON_OVERFLOW) {
		overflow(record);
		return;
	}
	/* A watch that is no more: its directory was moved away. */
	if (!watched)
		return;
	if (settings.recursive && record->opcode != NODEMON_IGNORED &&
	    is_repeat(record))
		return;
	switch (record->opcode) {
	case NODEMON_ENTRY_CREATED:
		created(watched, record);
		break;
	case NODEMON_ENTRY_REMOVED:
		removed(watched, record);
		break;
	case NODEMON_ENTRY_MOVED:
		moved(watched, record);
		break;
	case NODEMON_STAT_CHANGED:
	case NODEMON_ATTR_CHANGED:
		changed(watched, record);
		break;
	case NODEMON_IGNORED:
		ended(watched, record);
		break;
	default:
		print_record(record, NULL, NULL);
		break;
	}
}

void tree_end(void)
{
	while (top.children)
		drop(top.children);
	monitor = -1;
}
