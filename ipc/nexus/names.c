// SPDX-License-Identifier: GPL-2.0
/*
 * Nexus names.
 *
 * Names are not unique: thousands of objects may share one, "unnamed port"
 * say.  The hash table therefore holds names, and each of them the list of
 * its objects, oldest first: looking a name up, giving it to an object and
 * taking it away cost the same however many there are.  Only a search that
 * has to pass over objects of other users walks the list.
 */
#include <linux/jhash.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "internal.h"

/* No padding: it is compared and hashed as memory. */
struct nexus_name_key {
	u32 type;
	char name[NEXUS_NAME_LEN];
};

/**
 * struct nexus_name - a name that is in use
 * @node:    in nexus_ns.names
 * @key:     type and name, filled up with NUL
 * @objects: the objects that have it, never empty while it is in the table;
 *           read under RCU, changed under nexus_ns.names_lock
 * @rcu:     for freeing it
 */
struct nexus_name {
	struct rhash_head node;
	struct nexus_name_key key;
	struct list_head objects;
	struct rcu_head rcu;
};

static const struct rhashtable_params nexus_name_params = {
	.head_offset = offsetof(struct nexus_name, node),
	.key_offset = offsetof(struct nexus_name, key),
	.key_len = sizeof(struct nexus_name_key),
	.automatic_shrinking = true,
};

/**
 * nexus_names_init - set up the names of a namespace
 * @nsp: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int nexus_names_init(struct nexus_ns *nsp)
{
	BUILD_BUG_ON(sizeof(struct nexus_name_key) !=
		     sizeof(u32) + NEXUS_NAME_LEN);
	return rhashtable_init(&nsp->names, &nexus_name_params);
}

/**
 * nexus_names_destroy - free the table of names
 * @nsp: the namespace, without objects
 *
 * Context: process context, may sleep.
 */
void nexus_names_destroy(struct nexus_ns *nsp)
{
	rhashtable_destroy(&nsp->names);
}

/**
 * nexus_name_from_user - read the name of an object
 * @name:  where to, always terminated and filled up with NUL
 * @uname: a string; what follows its 31st byte is neither read nor missed
 *
 * Context: process context, may sleep.
 * Return: 0 or -EFAULT.
 */
int nexus_name_from_user(char name[NEXUS_NAME_LEN], const char __user *uname)
{
	long len;

	memset(name, 0, NEXUS_NAME_LEN);
	len = strncpy_from_user(name, uname, NEXUS_NAME_LEN - 1);
	if (len < 0)
		return len;
	/* The copy works in words: clear what it left behind the string. */
	memset(name + len, 0, NEXUS_NAME_LEN - len);
	return 0;
}

static void nexus_name_key_init(struct nexus_name_key *key, unsigned int type,
				const char *name)
{
	key->type = type;
	strscpy_pad(key->name, name);
}

/**
 * nexus_name_alloc - get memory for a name
 * @type: type of the object
 * @name: the name
 *
 * Return: what nexus_name_link() or kfree() takes, NULL if there is no memory.
 */
struct nexus_name *nexus_name_alloc(unsigned int type, const char *name)
{
	struct nexus_name *nname = kzalloc_obj(*nname, GFP_KERNEL_ACCOUNT);

	if (!nname)
		return NULL;
	nexus_name_key_init(&nname->key, type, name);
	INIT_LIST_HEAD(&nname->objects);
	return nname;
}

/**
 * nexus_name_link - give an object its name
 * @obj:   the object, locked
 * @nname: from nexus_name_alloc(); set to NULL if it has been used
 *
 * Return: 0 or -ENOMEM.
 */
int nexus_name_link(struct nexus_object *obj, struct nexus_name **nname)
{
	struct nexus_ns *nsp = obj->nsp;
	struct nexus_name *found;
	int err = 0;

	ipc_assert_locked_object(&obj->perm);
	spin_lock(&nsp->names_lock);
	found = rhashtable_lookup_fast(&nsp->names, &(*nname)->key,
				       nexus_name_params);
	if (!found) {
		/* A table that cannot grow is out of memory to us. */
		if (rhashtable_insert_fast(&nsp->names, &(*nname)->node,
					   nexus_name_params)) {
			err = -ENOMEM;
			goto unlock;
		}
		found = *nname;
		*nname = NULL;
	}
	obj->name = found;
	list_add_tail_rcu(&obj->name_link, &found->objects);
unlock:
	spin_unlock(&nsp->names_lock);
	return err;
}

/**
 * nexus_name_unlink - take its name from an object
 * @obj: the object, locked
 */
void nexus_name_unlink(struct nexus_object *obj)
{
	struct nexus_name *nname = obj->name;
	struct nexus_ns *nsp = obj->nsp;

	ipc_assert_locked_object(&obj->perm);
	spin_lock(&nsp->names_lock);
	list_del_rcu(&obj->name_link);
	if (list_empty(&nname->objects)) {
		rhashtable_remove_fast(&nsp->names, &nname->node,
				       nexus_name_params);
		kfree_rcu(nname, rcu);
	}
	spin_unlock(&nsp->names_lock);
	obj->name = NULL;
}

/**
 * nexus_object_name - the name of an object
 * @obj: the object, locked and not deleted
 *
 * Return: a string, filled up with NUL to NEXUS_NAME_LEN bytes.
 */
const char *nexus_object_name(struct nexus_object *obj)
{
	ipc_assert_locked_object(&obj->perm);
	return obj->name->key.name;
}

/**
 * nexus_name_find - find an object by its name
 * @nsp:  namespace
 * @type: type of the object
 * @name: name
 *
 * Objects that the caller can do nothing with do not count.  Who wants to be
 * found by strangers has to cope with theirs, though: of several that the
 * caller may use the oldest is found.
 *
 * Return: the id of the oldest, or -ENOENT.
 */
int nexus_name_find(struct nexus_ns *nsp, unsigned int type, const char *name)
{
	struct nexus_name_key key;
	struct nexus_object *obj;
	struct nexus_name *nname;

	nexus_name_key_init(&key, type, name);
	guard(rcu)();
	nname = rhashtable_lookup(&nsp->names, &key, nexus_name_params);
	if (!nname)
		return -ENOENT;
	list_for_each_entry_rcu(obj, &nname->objects, name_link) {
		/* Pairs with nexus_object_create(). */
		if (smp_load_acquire(&obj->perm.deleted))
			continue;
		if (nexus_object_visible(obj, NEXUS_MAY_READ | NEXUS_MAY_WRITE))
			return obj->perm.id;
	}
	return -ENOENT;
}
