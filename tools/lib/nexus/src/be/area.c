// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * Areas by their BeOS names.
 *
 * The kernel has the semantics; what is here is names, statuses, and the order
 * of errors where it is not the kernel's.
 */
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <nexus.h>
#include <private/area_private.h>
#include "area.h"
#include "status.h"
#include "user.h"

/* The cookie of an iteration that is through, as on Haiku */
#define THE_END		UINTPTR_MAX

/* Everything that programs may ask for, and may see unless they are root's */
#define PROTECTION	(B_READ_AREA | B_WRITE_AREA | B_EXECUTE_AREA | \
			 B_STACK_AREA | B_CLONEABLE_AREA | \
			 B_OVERCOMMITTING_AREA)

/* 4 and 5 are the kernel's; BeOS refuses them before anything else. */
static bool is_kernel_spec(uint32 spec)
{
	return spec == B_ANY_KERNEL_ADDRESS || spec == 5;
}

/* The C library of Haiku places areas at random. */
static uint32 randomized(uint32 spec)
{
	switch (spec) {
	case B_ANY_ADDRESS:
		return B_RANDOMIZED_ANY_ADDRESS;
	case B_BASE_ADDRESS:
		return B_RANDOMIZED_BASE_ADDRESS;
	default:
		return spec;
	}
}

/*
 * The address is read whatever is asked for, and it is found out before
 * anything has happened whether the result can be stored.
 */
static bool take_address(void **address, struct nexus_area_args *args)
{
	void *at;

	if (be_bad_address(address) || !be_is_writable(address, sizeof(at)))
		return false;
	memcpy(&at, address, sizeof(at));
	args->address = (uintptr_t)at;
	return true;
}

static bool give_address(void **address, const struct nexus_area_args *args)
{
	void *at = (void *)(uintptr_t)args->address;

	return be_copy_out(address, &at, sizeof(at)) == 0;
}

/* BeOS reads the name first.  So does a look-up. */
static bool bad_name(const char *name)
{
	return nexus_find(NEXUS_TYPE_AREA, name, 0) == -EFAULT;
}

/* Of an area that was just made */
static area_id made(area_id area, void **address,
		    const struct nexus_area_args *args)
{
	if (give_address(address, args))
		return area;
	nexus_delete(NEXUS_TYPE_AREA, area, 0);
	return B_BAD_ADDRESS;
}

area_id create_area(const char *name, void **startAddress, uint32 addressSpec,
		    size_t size, uint32 lock, uint32 protection)
{
	struct nexus_area_args args;
	int ret;

	if (is_kernel_spec(addressSpec) || (protection & ~PROTECTION))
		return B_BAD_VALUE;
	memset(&args, 0, sizeof(args));
	if (!take_address(startAddress, &args))
		return B_BAD_ADDRESS;
	args.name = (uintptr_t)name;
	/* Where size_t has 32 bits the kernel's sum would not wrap. */
	args.size = size > SIZE_MAX - B_PAGE_SIZE + 1 ? 0 : size;
	args.spec = randomized(addressSpec);
	args.lock = lock;
	args.protection = protection;
	ret = nexus_area_create(&args, sizeof(args));
	if (ret > 0)
		return made(ret, startAddress, &args);
	if (ret == -EINVAL && bad_name(name))
		ret = -EFAULT;
	return be_area_status(ret);
}

/*
 * May the source be cloned at all?  BeOS looks at that before it looks at
 * where the clone goes, the kernel after.
 */
static bool may_not_clone(area_id source, uint32 protection)
{
	uint32 access = protection & (B_READ_AREA | B_WRITE_AREA |
				      B_EXECUTE_AREA);
	struct nexus_area_info info;
	int ret = nexus_info(NEXUS_TYPE_AREA, source, &info, sizeof(info), 0);

	if (ret < 0)
		return ret == -EACCES;
	if (access & ~info.max_protection)
		return true;
	if (info.team == getpid())
		return false;
	return !(info.protection & B_CLONEABLE_AREA) ||
	       (access & ~info.protection & B_WRITE_AREA);
}

area_id clone_area(const char *name, void **destAddress, uint32 addressSpec,
		   uint32 protection, area_id source)
{
	struct nexus_area_args args;
	int ret;

	if (is_kernel_spec(addressSpec) || (protection & ~PROTECTION))
		return B_BAD_VALUE;
	memset(&args, 0, sizeof(args));
	if (!take_address(destAddress, &args))
		return B_BAD_ADDRESS;
	args.name = (uintptr_t)name;
	args.spec = randomized(addressSpec);
	args.protection = protection;
	ret = nexus_area_clone(source, &args, sizeof(args));
	if (ret > 0)
		return made(ret, destAddress, &args);
	if (ret == -EINVAL) {
		if (bad_name(name))
			return B_BAD_ADDRESS;
		return may_not_clone(source, protection) ? B_NOT_ALLOWED :
		       B_BAD_VALUE;
	}
	return ret == -EIDRM ? B_BAD_VALUE : be_area_status(ret);
}

area_id find_area(const char *name)
{
	return be_area_status(nexus_find(NEXUS_TYPE_AREA, name, 0));
}

area_id area_for(void *address)
{
	int ret = nexus_area_for(address, 0);

	return ret == -ENOENT ? B_ERROR : be_area_status(ret);
}

status_t delete_area(area_id area)
{
	int ret = nexus_delete(NEXUS_TYPE_AREA, area, 0);

	/* Those of others are none that one could delete. */
	return ret == -EIDRM || ret == -EPERM ? B_BAD_VALUE :
	       be_area_status(ret);
}

status_t resize_area(area_id area, size_t newSize)
{
	int ret = nexus_area_resize(area, newSize);

	return ret == -ENOSPC ? B_ERROR : be_area_status(ret);
}

status_t set_area_protection(area_id area, uint32 newProtection)
{
	return be_area_status(nexus_area_protect(area, newProtection));
}

/* 0 if it is the calling team's, otherwise a negative errno */
static int check_own(area_id area)
{
	struct nexus_area_info info;
	int ret = nexus_info(NEXUS_TYPE_AREA, area, &info, sizeof(info), 0);

	return ret == 0 && info.team != getpid() ? -EPERM : ret;
}

area_id _kern_transfer_area(area_id area, void **address, uint32 addressSpec,
			    team_id team)
{
	struct nexus_area_args args;
	int ret, own;

	if (is_kernel_spec(addressSpec))
		return B_BAD_VALUE;
	memset(&args, 0, sizeof(args));
	if (!take_address(address, &args))
		return B_BAD_ADDRESS;
	args.spec = addressSpec;
	ret = team < 0 ? -EINVAL :
	      nexus_area_transfer(area, team, &args, sizeof(args));
	if (ret > 0)
		return give_address(address, &args) ? ret : B_BAD_ADDRESS;
	if (ret == -EINVAL || ret == -ESRCH || ret == -EPERM) {
		/* BeOS looks at the area first, then at the team. */
		own = check_own(area);
		if (own < 0)
			return be_area_status(own);
		if (team < 0)
			return B_BAD_TEAM_ID;
	}
	return ret == -ESRCH ? B_BAD_VALUE : be_area_status(ret);
}

/* Haiku knows kinds that are contiguous only as that. */
static uint32 lock_kind(uint32 lock)
{
	return lock == B_LOMEM || lock == B_32_BIT_CONTIGUOUS ?
	       B_CONTIGUOUS : lock;
}

static int store_info(area_info *info, const struct nexus_area_info *from)
{
	area_info out;

	memset(&out, 0, sizeof(out));
	out.area = from->id;
	memcpy(out.name, from->name, sizeof(out.name));
	out.size = (size_t)min_c(from->size, (__u64)SIZE_MAX);
	out.lock = lock_kind(from->lock);
	out.protection = from->protection;
	if ((out.protection & ~PROTECTION) && geteuid() != 0)
		out.protection &= PROTECTION;
	out.team = from->team;
	out.ram_size = (uint32)min_c(from->ram_size, (__u64)UINT32_MAX);
	out.copy_count = from->copy_count;
	out.address = (void *)(uintptr_t)from->address;
	return be_copy_out(info, &out, sizeof(out));
}

/* The size does not count: Haiku does not look at it either. */
status_t _get_area_info(area_id area, area_info *info, size_t size)
{
	struct nexus_area_info from;
	int ret;

	(void)size;
	if (!info || be_bad_address(info))
		return B_BAD_ADDRESS;
	ret = nexus_info(NEXUS_TYPE_AREA, area, &from, sizeof(from), 0);
	if (ret == 0)
		ret = store_info(info, &from);
	return be_area_status(ret);
}

int be_next_mapping(team_id team, uintptr_t *next,
		    struct nexus_area_info *info)
{
	__u64 end;
	int ret;

	if (*next == THE_END)
		return -ENOENT;
	ret = nexus_area_map(team, *next, info, sizeof(*info), 0);
	if (ret < 0)
		return ret;
	/* A 32-bit program asks about a 64-bit one. */
	if (info->address > UINTPTR_MAX)
		return -ENOENT;
	end = info->address + info->size;
	*next = end > 0 && end < THE_END ? (uintptr_t)end : THE_END;
	return 0;
}

/* The cookie is the address behind the mapping that came last. */
status_t _get_next_area_info(team_id team, ssize_t *cookie, area_info *info,
			     size_t size)
{
	struct nexus_area_info from;
	uintptr_t next;
	int ret;

	(void)size;
	if (!info || be_bad_address(info) || !cookie ||
	    be_copy_in(&next, cookie, sizeof(next)))
		return B_BAD_ADDRESS;
	if (team < 0)
		return B_BAD_TEAM_ID;
	ret = be_next_mapping(team, &next, &from);
	if (ret == -ENOENT)
		return B_ENTRY_NOT_FOUND;
	if (ret == 0)
		ret = store_info(info, &from);
	if (ret == 0)
		ret = be_copy_out(cookie, &next, sizeof(next));
	return be_area_status(ret);
}
