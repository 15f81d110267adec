// SPDX-License-Identifier: GPL-2.0
/*
 * What other users may do with an area and what they learn about it, to whom
 * an area may be given, and what namespaces hide.
 */
#include "ns.h"
#include "area.h"
#include <linux/capability.h>

enum { OWNER = 1000, MATE = 1001, STRANGER = 1002, GROUP = 1000 };

/* What another team can do with an area, or that it cannot. */
enum {
	FINDS = 1,
	ASKS = 2,
	LISTS = 4,
	CLONES = 8,
	CLONES_TO_WRITE = 16,
	OPENS = 32,
	OPENS_TO_WRITE = 64,
	SEES_ADDRESS = 128,
	LOOKS_INTO_TEAM = 256,
	READS = FINDS | ASKS | LISTS | CLONES | OPENS,
	WRITES = FINDS,
	BOTH = CLONES_TO_WRITE | OPENS_TO_WRITE,
	TRACES = SEES_ADDRESS | LOOKS_INTO_TEAM,
};

/* uid, gid, another group or -1, a capability or -1: the only one it keeps. */
static long do_change(struct team *team)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2] = {};
	const uid_t uid = team->arg[0];
	const gid_t gid = team->arg[1], group = team->arg[2];
	const int cap = team->arg[3];

	if (cap >= 0) {
		prctl(PR_SET_KEEPCAPS, 1);
		caps[cap / 32].permitted = 1u << cap % 32;
		caps[cap / 32].effective = 1u << cap % 32;
	}
	if (setgroups(group == (gid_t)-1 ? 0 : 1, &group) ||
	    setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return -errno;
	if (cap >= 0 && syscall(__NR_capset, &head, caps))
		return -errno;
	prctl(PR_SET_DUMPABLE, 1);
	return prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static struct team *user_team(uid_t uid, gid_t gid, gid_t group, int cap)
{
	struct team *team = team_start();

	if (!team || team_do(team, do_change, uid, gid, group, cap))
		return NULL;
	return team;
}

/* Does the file allow a mapping that can be written to? */
static int maps_writable(int fd)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p != MAP_FAILED && !munmap(p, PAGE);
}

struct result {
	long can;
	long error;	/* != 0: a call failed in a way that it must not */
};

/* What came of an attempt, which may be refused with one error. */
static long tried(struct result *result, int bit, long ret, int denied)
{
	if (ret >= 0)
		result->can |= bit;
	else if (ret != -denied)
		result->error = ret - 1000 * bit;
	return ret;
}

/* Tries everything: what worked, or below 0 what failed as it must not. */
static long do_probe(struct team *team)
{
	const int area = team->arg[0], owner = team->arg[1];
	struct nexus_area_info info;
	struct result r = {};
	int seen, id;

	tried(&r, FINDS, nexus_find(AREA, "team's area", 0), ENOENT);
	seen = !tried(&r, ASKS, area_info(area, &info), EACCES) &&
	       info.address;
	if (seen)
		r.can |= SEES_ADDRESS;
	/* What is listed is told in the same way. */
	if (!tried(&r, LISTS, nexus_next(AREA, owner, 0, &info, sizeof(info),
					 0), ENOENT) && seen != !!info.address)
		return -1;
	tried(&r, LOOKS_INTO_TEAM, area_map(owner, NULL, &info), EACCES);
	id = tried(&r, CLONES, clone_area(area, RDONLY), EACCES);
	if (id > 0)
		delete_area(id);
	id = tried(&r, CLONES_TO_WRITE, clone_area(area, RDWR), EACCES);
	if (id > 0)
		delete_area(id);
	id = tried(&r, OPENS, nexus_open(AREA, area, 0), EACCES);
	if (id >= 0) {
		if (maps_writable(id))
			r.can |= OPENS_TO_WRITE;
		close(id);
	}
	/* These are for the team that has it mapped, whoever asks. */
	if (delete_area(area) != -EPERM || resize_area(area, 2) != -EPERM ||
	    nexus_area_protect(area, RDONLY) != -EPERM ||
	    transfer_area(area, 0) != -EPERM)
		return -2;
	return r.error ?: r.can;
}

/* What can a team do with a new area of this mode?  -1: the default. */
static long probe(struct team *owner, int mode, struct team *team)
{
	struct nexus_area_info before, after;
	long ret;
	int area;

	owner->args = area_args("team's area", 1, RDWR | CLONEABLE);
	if (mode >= 0) {
		owner->args.flags = NEXUS_CREATE_MODE;
		owner->args.mode = mode;
	}
	area = team_do(owner, do_create, 0, 0, 0, 0);
	if (area < 0 || area_info(area, &before))
		return -3;
	ret = team_do(team, do_probe, area, owner->pid, 0, 0);
	if (area_info(area, &after) || team_delete(owner, area))
		return -4;
	/* Only that it is shared may have changed, if it is. */
	if (!(ret & (CLONES | OPENS)) && before.flags != after.flags)
		return -5;
	after.flags = before.flags;
	return memcmp(&before, &after, sizeof(after)) ? -6 : ret;
}

static long rights(int bits)
{
	return (bits & 4 ? READS : 0) | (bits & 2 ? WRITES : 0) |
	       ((bits & 6) == 6 ? BOTH : 0);
}

TEST_F(ns, default_mode)
{
	struct team *owner = user_team(OWNER, GROUP, -1, -1);
	struct team *same = user_team(OWNER, GROUP, -1, -1);
	struct team *mate = user_team(MATE, GROUP, -1, -1);
	struct team *other = user_team(STRANGER, STRANGER, -1, -1);

	ASSERT_TRUE(owner && same && mate && other);
	EXPECT_EQ(READS | WRITES | BOTH | TRACES, probe(owner, -1, same));
	EXPECT_EQ(0, probe(owner, -1, mate));
	EXPECT_EQ(0, probe(owner, -1, other));
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0666\n"));
	EXPECT_EQ(READS | WRITES | BOTH, probe(owner, -1, other));
	/* Who says what it wants gets that. */
	EXPECT_EQ(0, probe(owner, 0600, other));
}

TEST_F_TIMEOUT(ns, modes, 120)
{
	static const int modes[] = {
		0600, 0400, 0200, 0000, 0640, 0620, 0660, 0604, 0602, 0606,
		0666, 0066, 0006, 0444, 0222, 0777, 0111
	};
	struct team *owner = user_team(OWNER, GROUP, -1, -1);
	struct team *same = user_team(OWNER, GROUP, -1, -1);
	struct team *mate = user_team(MATE, GROUP, -1, -1);
	struct team *member = user_team(MATE, MATE, GROUP, -1);
	struct team *other = user_team(STRANGER, STRANGER, -1, -1);
	const long can_trace = LOOKS_INTO_TEAM;
	long expected;
	size_t i;
	int m;

	ASSERT_TRUE(owner && same && mate && member && other);
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		m = modes[i];
		expected = rights(m >> 6);
		expected |= can_trace | (expected & ASKS ? SEES_ADDRESS : 0);
		EXPECT_EQ(expected, probe(owner, m, same))
			TH_LOG("owner, mode %04o", m);
		EXPECT_EQ(rights(m >> 3), probe(owner, m, mate))
			TH_LOG("group, mode %04o", m);
		EXPECT_EQ(rights(m >> 3), probe(owner, m, member))
			TH_LOG("supplementary group, mode %04o", m);
		EXPECT_EQ(rights(m), probe(owner, m, other))
			TH_LOG("others, mode %04o", m);
	}
}

TEST_F(ns, capabilities)
{
	struct team *owner = user_team(OWNER, GROUP, -1, -1);
	struct team *ipc = user_team(STRANGER, STRANGER, -1, CAP_IPC_OWNER);
	struct team *ptrace = user_team(STRANGER, STRANGER, -1,
					CAP_SYS_PTRACE);
	struct team *admin = user_team(STRANGER, STRANGER, -1, CAP_SYS_ADMIN);
	struct team *dac = user_team(STRANGER, STRANGER, -1,
				     CAP_DAC_OVERRIDE);

	ASSERT_TRUE(owner && ipc && ptrace && admin && dac);
	EXPECT_EQ(READS | WRITES | BOTH, probe(owner, 0000, ipc));
	EXPECT_EQ(LOOKS_INTO_TEAM, probe(owner, 0000, ptrace));
	EXPECT_EQ(READS | TRACES, probe(owner, 0604, ptrace));
	/*
	 * They own others' objects, but an area is its team's.  Who may profile
	 * the machine may look into address spaces, as in /proc.
	 */
	EXPECT_EQ(LOOKS_INTO_TEAM, probe(owner, 0000, admin));
	EXPECT_EQ(0, probe(owner, 0000, dac));
}

static long do_not_dumpable(struct team *team)
{
	return nexus_ret(prctl(PR_SET_DUMPABLE, 0));
}

/* Where things are is a secret of those who may not be traced. */
TEST_F(ns, address_is_hidden)
{
	struct team *owner = user_team(OWNER, GROUP, -1, -1);
	struct team *same = user_team(OWNER, GROUP, -1, -1);
	struct team *other = user_team(STRANGER, STRANGER, -1, -1);
	struct nexus_area_info info;
	int area;

	ASSERT_TRUE(owner && same && other);
	owner->args = area_args("team's area", 3, RDWR | CLONEABLE);
	owner->args.flags = NEXUS_CREATE_MODE;
	owner->args.mode = 0644;
	area = team_do(owner, do_create, 0, 0, 0, 0);
	ASSERT_LT(0, area);
	ASSERT_EQ(0, team_poke(owner, team_at(owner) + PAGE, 1));
	ASSERT_EQ(0, area_info(area, &info));
	EXPECT_EQ((uintptr_t)team_at(owner), info.address);
	ASSERT_EQ(0, team_info(same, area));
	EXPECT_EQ(0, memcmp(&info, &same->info, sizeof(info)));
	ASSERT_EQ(0, team_info(other, area));
	EXPECT_EQ(0, other->info.address);
	/* All else is told. */
	other->info.address = info.address;
	EXPECT_EQ(0, memcmp(&info, &other->info, sizeof(info)));

	ASSERT_EQ(0, team_do(owner, do_not_dumpable, 0, 0, 0, 0));
	ASSERT_EQ(0, team_info(same, area));
	EXPECT_EQ(0, same->info.address);
	EXPECT_EQ(3 * PAGE, same->info.size);
	EXPECT_EQ(-EACCES, team_map(same, owner->pid, NULL));
	/* It is no secret to itself, nor to root. */
	ASSERT_EQ(0, team_info(owner, area));
	EXPECT_EQ(info.address, owner->info.address);
	ASSERT_EQ(0, team_map(owner, 0, team_at(owner)));
	EXPECT_EQ(area, owner->info.id);
	ASSERT_EQ(0, area_info(area, &info));
	EXPECT_EQ((uintptr_t)team_at(owner), info.address);
}

/* Whoever may only read does not get to write by detours. */
TEST_F(ns, mode_sticks_to_clones)
{
	struct team *owner = user_team(OWNER, GROUP, -1, -1);
	struct team *other = user_team(STRANGER, STRANGER, -1, -1);
	int area, clone, again;

	ASSERT_TRUE(owner && other);
	owner->args = area_args("team's area", 1, RDWR | CLONEABLE);
	owner->args.flags = NEXUS_CREATE_MODE;
	owner->args.mode = 0644;
	area = team_do(owner, do_create, 0, 0, 0, 0);
	ASSERT_LT(0, area);
	ASSERT_EQ(0, team_poke(owner, team_at(owner), 5));
	EXPECT_EQ(-EACCES, team_clone(other, area, RDWR));
	clone = team_clone(other, area, RDONLY | CLONEABLE);
	ASSERT_LT(0, clone);
	EXPECT_EQ(5, team_peek(other, team_at(other)));
	EXPECT_EQ(-EPERM, team_protect(other, clone, RDWR));
	EXPECT_EQ(0, area_maximum(clone) & NEXUS_AREA_WRITE);
	again = team_clone(other, clone, RDWR);
	EXPECT_EQ(-EPERM, again);
	EXPECT_EQ(SIGSEGV, team_poke(other, team_at(other), 6));
	EXPECT_EQ(5, team_peek(owner, team_at(owner)));
	/* The clone is its maker's. */
	ASSERT_EQ(0, area_info(clone, &other->info));
	EXPECT_EQ(STRANGER, other->info.uid);
	EXPECT_EQ(STRANGER, other->info.gid);
	EXPECT_EQ(STRANGER, other->info.creator_uid);
	EXPECT_EQ(0600, other->info.mode);
}

/* Changes the real, effective and saved user, to differ. */
static long do_setresuid(struct team *team)
{
	if (setresuid(team->arg[0], team->arg[1], team->arg[2]))
		return -errno;
	prctl(PR_SET_DUMPABLE, 1);
	return prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static struct team *mixed_team(uid_t ruid, uid_t euid, uid_t suid)
{
	struct team *team = team_start();

	if (!team || team_do(team, do_setresuid, ruid, euid, suid, 0))
		return NULL;
	return team;
}

/*
 * What giving an area to the team comes to: 0, an errno, or what else went
 * wrong.  The area ends again.
 */
static long gives(struct team *from, struct team *to)
{
	struct nexus_area_info info;
	int area, given;
	char *p;

	area = team_create(from, 1, RDWR);
	p = team_at(from);
	if (area < 0 || team_poke(from, p, 3))
		return -1001;
	given = team_transfer(from, area, to->pid);
	if (given < 0) {
		/* Nothing has changed anywhere. */
		if (team_peek(from, p) != 3 || area_info(area, &info) ||
		    info.flags || team_delete(from, area))
			return -1002;
		return given;
	}
	if (area_info(given, &info) || info.team != to->pid)
		return -1003;
	if (team_peek(to, (void *)(uintptr_t)info.address) != 3)
		return -1004;
	return team_delete(to, given) ? -1005 : 0;
}

TEST_F(ns, giving_to_other_users)
{
	struct team *owner = user_team(OWNER, GROUP, -1, -1);
	struct team *same = user_team(OWNER, GROUP, -1, -1);
	struct team *other = user_team(STRANGER, STRANGER, -1, -1);
	struct team *root = team_start();
	struct team *ptrace = user_team(OWNER, GROUP, -1, CAP_SYS_PTRACE);
	struct team *mixed[3];
	int i;

	ASSERT_TRUE(owner && same && other && root && ptrace);
	mixed[0] = mixed_team(OWNER, OWNER, 0);
	mixed[1] = mixed_team(0, OWNER, OWNER);
	mixed[2] = mixed_team(OWNER, STRANGER, OWNER);
	ASSERT_TRUE(mixed[0] && mixed[1] && mixed[2]);
	EXPECT_EQ(0, gives(owner, same));
	EXPECT_EQ(-EPERM, gives(owner, other));
	EXPECT_EQ(-EPERM, gives(owner, root));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EPERM, gives(owner, mixed[i]))
			TH_LOG("team %d", i);
	/* Who could write to its memory anyway may. */
	EXPECT_EQ(0, gives(ptrace, other));
	EXPECT_EQ(0, gives(ptrace, root));
	EXPECT_EQ(0, gives(root, other));
	/* Where everything is everybody's, this is. */
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0664\n"));
	EXPECT_EQ(-EPERM, gives(owner, other));
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0666\n"));
	EXPECT_EQ(0, gives(owner, other));
	EXPECT_EQ(0, gives(owner, mixed[2]));
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0600\n"));
	EXPECT_EQ(-EPERM, gives(owner, other));
	EXPECT_EQ(0, areas());
}

TEST_F(ns, owner_of_what_was_given)
{
	struct team *other = user_team(STRANGER, MATE, -1, -1);
	struct nexus_area_info info;
	struct nexus_area_args args;
	int area;

	ASSERT_NE(NULL, other);
	args = area_args("given", 1, RDWR);
	args.flags = NEXUS_CREATE_MODE;
	args.mode = 0640;
	area = create_area(&args);
	ASSERT_LT(0, area);
	area = transfer_area(area, other->pid);
	ASSERT_LT(0, area);
	ASSERT_EQ(0, area_info(area, &info));
	EXPECT_EQ(STRANGER, info.uid);
	EXPECT_EQ(MATE, info.gid);
	EXPECT_EQ(0, info.creator_uid);
	EXPECT_EQ(0640, info.mode);
	EXPECT_EQ(NEXUS_AREA_SHARED, info.flags);
	EXPECT_STREQ("given", info.name);
	EXPECT_EQ(0, team_info(other, area));
	EXPECT_EQ(info.address, other->info.address);
	/* It had one creator and has one owner: root is not it. */
	EXPECT_EQ(-EPERM, delete_area(area));
	EXPECT_EQ(0, team_delete(other, area));
}

static int in_user_ns(void *arg)
{
	const int *area = arg;
	struct nexus_area_info info;

	if (become(OWNER, GROUP) || own_user_ns())
		return 1;
	/* Of root, who does not exist here. */
	if (area_info(area[0], &info) || info.uid != 65534 ||
	    info.gid != 65534 || info.creator_uid != 65534 || info.address)
		return 2;
	/* Capabilities in here mean nothing for what is not of here. */
	if (area_info(area[1], &info) != -EACCES ||
	    clone_area(area[1], RDONLY) != -EACCES ||
	    nexus_open(AREA, area[1], 0) != -EACCES ||
	    delete_area(area[0]) != -EPERM ||
	    area_map(area[2], NULL, &info) != -EACCES)
		return 3;
	if (write_file(SYSCTL("areas_max"), "5") != -EACCES)
		return 4;
	/* In a namespace of its own it may do everything. */
	if (unshare(CLONE_NEWIPC))
		return 5;
	if (write_file(SYSCTL("areas_max"), "2") ||
	    write_file(SYSCTL("default_mode"), "0000"))
		return 6;
	if (system_info().areas_max != 2)
		return 7;
	if (new_area(1, RDWR) < 0)
		return 8;
	/* No bit allows it, but CAP_IPC_OWNER does. */
	return area_info(nexus_find(AREA, "test area", 0), &info) ? 9 : 0;
}

TEST_F(ns, user_namespace)
{
	const unsigned int max = system_info().areas_max;
	struct nexus_area_args args;
	int area[3];
	pid_t pid;

	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "no user namespaces");
	args = area_args("userns", 1, RDWR | CLONEABLE);
	args.flags = NEXUS_CREATE_MODE;
	args.mode = 0644;
	area[0] = create_area(&args);
	area[1] = new_area(1, RDWR | CLONEABLE);
	area[2] = getpid();
	ASSERT_LT(0, area[0]);
	ASSERT_LT(0, area[1]);
	pid = spawn(in_user_ns, area);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(2, areas());
	EXPECT_EQ(max, system_info().areas_max);
}

static int in_pid_ns(void *arg)
{
	struct nexus_area_info info;
	const int *outer = arg;
	int own;

	if (getpid() != 1)
		return 1;
	/* Of a team that is not seen here. */
	if (area_info(outer[0], &info) || info.team)
		return 2;
	own = new_area(1, RDWR | CLONEABLE);
	if (own < 0 || area_info(own, &info) || info.team != 1)
		return 3;
	if (area_map(1, (void *)(uintptr_t)info.address, &info) ||
	    info.id != own || info.team != 1)
		return 4;
	if (area_map(outer[1], NULL, &info) != -ESRCH ||
	    transfer_area(own, outer[1]) != -ESRCH)
		return 5;
	/* This is a sister of the outer one, inherited by fork. */
	if (nexus_next(AREA, 1, 0, &info, sizeof(info), 0) ||
	    info.id == outer[0] || info.id == own)
		return 6;
	if (nexus_next(AREA, 1, info.id, &info, sizeof(info), 0) ||
	    info.id != own)
		return 7;
	if (nexus_next(AREA, 2, 0, &info, sizeof(info), 0) != -ESRCH)
		return 8;
	/* What others may be asked for by id works all the same. */
	return clone_area(outer[0], RDWR) > 0 ? 0 : 9;
}

TEST_F(ns, pid_namespace)
{
	int outer[2] = { 0, getpid() };
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		SKIP(return, "no pid namespaces: errno %d", errno);
	outer[0] = new_area(1, RDWR | CLONEABLE);
	ASSERT_LT(0, outer[0]);
	/* Not the number of anybody in there. */
	if (outer[1] < 100)
		outer[1] = 100;
	pid = spawn(in_pid_ns, outer);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(1, areas());
}

struct other_ns {
	int outer;
	int ready;
	int go;
};

static int in_other_ns(void *arg)
{
	struct other_ns *other = arg;
	struct nexus_area_info info;
	const char *p;
	int id;

	/* Of its sister in here, which has an id out there. */
	id = nexus_next(AREA, 0, 0, &info, sizeof(info), 0) ? -1 : info.id;
	p = (char *)(uintptr_t)info.address;
	if (id < 0 || id == other->outer || unshare(CLONE_NEWIPC))
		return 1;
	/* Nothing of what is outside. */
	if (areas() || nexus_find(AREA, "outer", 0) != -ENOENT)
		return 2;
	if (area_info(other->outer, &info) != -EIDRM ||
	    area_info(id, &info) != -EIDRM ||
	    clone_area(other->outer, RDONLY) != -EIDRM ||
	    resize_area(other->outer, 1) != -EIDRM ||
	    resize_area(id, 1) != -EIDRM ||
	    nexus_area_protect(id, RDONLY) != -EIDRM ||
	    transfer_area(id, 0) != -EIDRM ||
	    nexus_open(AREA, other->outer, 0) != -EIDRM ||
	    delete_area(other->outer) != -EIDRM ||
	    delete_area(id) != -EIDRM)
		return 3;
	if (nexus_next(AREA, getppid(), 0, &info, sizeof(info), 0) != -ENOENT ||
	    nexus_next(AREA, 0, 0, &info, sizeof(info), 0) != -ENOENT)
		return 4;
	/* The mapping is there, but to this namespace it is no area. */
	if (peek_byte(p) != 9 || area_for(p) != -ENOENT ||
	    area_map(0, p, &info) || info.address != (uintptr_t)p || info.id)
		return 5;
	if (area_map(getppid(), p, &info) ||
	    info.address != (uintptr_t)p || info.id)
		return 6;
	if (system_info().areas_max == 77 ||
	    write_file(SYSCTL("areas_max"), "88"))
		return 7;
	info.id = new_area(1, RDWR | CLONEABLE);
	if (info.id < 0)
		return 8;
	announce(&other->ready, 1);
	return reached(&other->go, 1) ? 0 : 9;
}

TEST_F(ns, ipc_namespace)
{
	struct other_ns *other = shared(sizeof(*other));
	struct nexus_area_info info;
	struct nexus_area_args args;
	pid_t pid;

	ASSERT_NE(NULL, other);
	args = area_args("outer", 1, RDWR | CLONEABLE);
	args.flags = NEXUS_CREATE_MODE;
	args.mode = 0666;
	other->outer = create_area(&args);
	ASSERT_LT(0, other->outer);
	area_at(other->outer)[0] = 9;
	ASSERT_EQ(0, write_file(SYSCTL("areas_max"), "77"));
	pid = spawn(in_other_ns, other);
	ASSERT_LT(0, pid);
	if (!reached(&other->ready, 1))
		ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(-ENOENT, nexus_find(AREA, "test area", 0));
	EXPECT_EQ(77, system_info().areas_max);
	/* The sister still is one out here, its team has only moved. */
	EXPECT_EQ(2, areas());
	ASSERT_EQ(0, nexus_next(AREA, pid, 0, &info, sizeof(info), 0));
	EXPECT_STREQ("outer", info.name);
	EXPECT_EQ(-ENOENT, nexus_next(AREA, pid, info.id, &info, sizeof(info),
				      0));
	announce(&other->go, 1);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(1, areas());
	EXPECT_EQ(9, area_at(other->outer)[0]);
}

TEST_HARNESS_MAIN
