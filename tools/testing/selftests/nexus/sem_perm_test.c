// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what with a semaphore, how many there may be, what namespaces
 * hide and what /proc/nexus/sems shows.
 */
#include "ns.h"
#include "sem.h"
#include <linux/capability.h>
#include <sys/mount.h>

enum { OWNER = 1000, MATE = 1001, STRANGER = 1002, GROUP = 1000 };

/* What somebody can do with a semaphore, or that it cannot. */
enum {
	FINDS = 1,
	ASKS = 2,
	LISTS = 4,
	ACQUIRES = 8,
	SWITCHES = 16,
	RELEASES = 32,
	OPENS = 64,
	OWNS = 128,
	DELETES = 256,
	READS = ASKS | LISTS | FINDS | OPENS,
	WRITES = ACQUIRES | SWITCHES | RELEASES | FINDS | OPENS,
	MANAGES = OWNS | DELETES,
};

struct probe {
	int sem;
	int team;
	uid_t uid;
	gid_t gid;
	gid_t group;	/* supplementary */
	int caps;	/* 0: none, or a capability plus 1 */
	int can;
	int error;	/* != 0: a call failed in a way that it must not */
};

static int keep_only(int cap)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2] = {};

	caps[cap / 32].permitted = 1u << cap % 32;
	caps[cap / 32].effective = 1u << cap % 32;
	return syscall(__NR_capset, &head, caps);
}

static int change_to(struct probe *probe)
{
	const int groups = probe->group ? 1 : 0;

	if (probe->caps)
		prctl(PR_SET_KEEPCAPS, 1);
	if (setgroups(groups, &probe->group) ||
	    setresgid(probe->gid, probe->gid, probe->gid) ||
	    setresuid(probe->uid, probe->uid, probe->uid))
		return -1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return probe->caps ? keep_only(probe->caps - 1) : 0;
}

/* Tries everything; the mildest first. */
static int run_probe(void *arg)
{
	struct probe *probe = arg;
	struct nexus_sem_info info;
	const int sem = probe->sem;
	long ret;

#define TRY(bit, call, denied) \
	do { \
		ret = (call); \
		if (ret >= 0) \
			probe->can |= (bit); \
		else if (ret != -(denied)) \
			probe->error = ret; \
	} while (0)

	probe->can = 0;
	probe->error = 0;
	if (change_to(probe))
		return 1;
	TRY(FINDS, nexus_find(SEM, "perm", 0), ENOENT);
	TRY(ASKS, sem_info(sem, &info), EACCES);
	TRY(LISTS, nexus_next(SEM, probe->team, 0, &info, sizeof(info), 0),
	    ENOENT);
	TRY(ACQUIRES, try_acquire(sem, 1), EACCES);
	TRY(SWITCHES, nexus_sem_switch(-1, sem, 1, NOWAIT, NULL, NULL),
	    EACCES);
	TRY(RELEASES, release(sem, 2), EACCES);
	TRY(OPENS, nexus_open(SEM, sem, 0), EACCES);
	TRY(OWNS, nexus_set_owner(SEM, sem, probe->team, 0), EPERM);
	TRY(DELETES, delete_sem(sem), EPERM);
	return 0;
}

/* A process of the owner that has a semaphore with five units. */
struct holder {
	int mode;
	int sem;
	int ready;
};

static int hold_sem(void *arg)
{
	struct holder *holder = arg;

	if (become(OWNER, GROUP))
		return 1;
	holder->sem = sem_args("perm", 5, holder->mode < 0 ? 0 :
			       NEXUS_CREATE_MODE,
			       holder->mode < 0 ? 0 : holder->mode);
	announce(&holder->ready, 1);
	return pause_process(NULL);
}

/* What can somebody do with a new semaphore of this mode? */
static int can(struct __test_metadata *_metadata, int mode, uid_t uid,
	       gid_t gid, gid_t group, int caps)
{
	struct holder *holder = shared(sizeof(*holder));
	struct probe *probe = shared(sizeof(*probe));
	struct nexus_sem_info info;
	pid_t owner, pid;
	int ret;

	ASSERT_NE(NULL, holder);
	ASSERT_NE(NULL, probe);
	holder->mode = mode;
	owner = spawn(hold_sem, holder);
	ASSERT_LT(0, owner);
	ASSERT_TRUE(reached(&holder->ready, 1));
	ASSERT_LT(0, holder->sem);
	*probe = (struct probe){
		.sem = holder->sem,
		.team = owner,
		.uid = uid,
		.gid = gid,
		.group = group,
		.caps = caps,
	};
	pid = spawn(run_probe, probe);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(0, probe->error)
		TH_LOG("mode %o uid %d: error %d", mode, uid, probe->error);
	ret = probe->can;
	/* Who could do nothing has changed nothing. */
	if (!ret) {
		EXPECT_EQ(0, sem_info(holder->sem, &info));
		EXPECT_EQ(5, info.count);
		EXPECT_EQ(0, info.latest_holder);
		EXPECT_EQ(owner, info.team);
	}
	kill(owner, SIGKILL);
	reap(owner);
	munmap(holder, sizeof(*holder));
	munmap(probe, sizeof(*probe));
	return ret;
}

static int rights(int bits)
{
	return (bits & 4 ? READS : 0) | (bits & 2 ? WRITES : 0);
}

#define CAN(mode, uid, gid, group) can(_metadata, mode, uid, gid, group, 0)

TEST_F(ns, default_mode)
{
	EXPECT_EQ(READS | WRITES | MANAGES, CAN(-1, OWNER, GROUP, 0));
	EXPECT_EQ(READS | WRITES | MANAGES, CAN(-1, OWNER, STRANGER, 0));
	EXPECT_EQ(0, CAN(-1, MATE, GROUP, 0));
	EXPECT_EQ(0, CAN(-1, STRANGER, STRANGER, 0));
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0666\n"));
	EXPECT_EQ(READS | WRITES, CAN(-1, STRANGER, STRANGER, 0));
	/* Who says what it wants gets that. */
	EXPECT_EQ(0, CAN(0600, STRANGER, STRANGER, 0));
}

TEST_F_TIMEOUT(ns, modes, 120)
{
	static const int modes[] = {
		0600, 0400, 0200, 0000, 0640, 0620, 0660, 0604, 0602, 0606,
		0666, 0066, 0006, 0444, 0222, 0777, 0111
	};
	size_t i;
	int m;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		m = modes[i];
		EXPECT_EQ(rights(m >> 6) | MANAGES, CAN(m, OWNER, GROUP, 0))
			TH_LOG("owner, mode %04o", m);
		EXPECT_EQ(rights(m >> 3), CAN(m, MATE, GROUP, 0))
			TH_LOG("group, mode %04o", m);
		EXPECT_EQ(rights(m >> 3), CAN(m, MATE, MATE, GROUP))
			TH_LOG("supplementary group, mode %04o", m);
		EXPECT_EQ(rights(m), CAN(m, STRANGER, STRANGER, 0))
			TH_LOG("others, mode %04o", m);
	}
}

TEST_F(ns, capabilities)
{
	EXPECT_EQ(READS | WRITES | MANAGES,
		  can(_metadata, 0000, STRANGER, STRANGER, 0,
		      CAP_IPC_OWNER + 1));
	EXPECT_EQ(MANAGES, can(_metadata, 0000, STRANGER, STRANGER, 0,
			       CAP_SYS_ADMIN + 1));
	EXPECT_EQ(0, can(_metadata, 0000, STRANGER, STRANGER, 0,
			 CAP_DAC_OVERRIDE + 1));
}

TEST_F(ns, owner_and_creator)
{
	struct holder *holder = shared(sizeof(*holder));
	struct probe *probe = shared(sizeof(*probe));
	struct nexus_sem_info info;
	pid_t owner, pid;
	int sem;

	ASSERT_NE(NULL, holder);
	ASSERT_NE(NULL, probe);
	holder->mode = 0600;
	owner = spawn(hold_sem, holder);
	ASSERT_LT(0, owner);
	ASSERT_TRUE(reached(&holder->ready, 1));
	/* root's, given to a team of OWNER: both may do all. */
	sem = sem_args("given", 5, NEXUS_CREATE_MODE, 0600);
	ASSERT_LT(0, sem);
	ASSERT_EQ(0, nexus_set_owner(SEM, sem, owner, 0));
	ASSERT_EQ(0, sem_info(sem, &info));
	EXPECT_EQ(OWNER, info.uid);
	EXPECT_EQ(GROUP, info.gid);
	EXPECT_EQ(0, info.creator_uid);
	EXPECT_EQ(0600, info.mode);
	EXPECT_EQ(5, info.count);
	*probe = (struct probe){
		.sem = sem,
		.team = owner,
		.uid = OWNER,
		.gid = GROUP,
	};
	pid = spawn(run_probe, probe);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(0, probe->error);
	EXPECT_EQ(READS | WRITES | MANAGES, probe->can);
	EXPECT_EQ(NO_COUNT, sem_count(sem));
	kill(owner, SIGKILL);
	reap(owner);
}

struct switched {
	int secret;
	int open;
};

static int switch_as_stranger(void *arg)
{
	const struct switched *sems = arg;

	if (become(STRANGER, STRANGER))
		return 1;
	/* What it may not release is not reported, and not released. */
	if (nexus_sem_switch(sems->secret, sems->open, 1, 0, NULL, NULL))
		return 2;
	/* What it may not acquire makes nothing be released. */
	if (nexus_sem_switch(sems->open, sems->secret, 1, 0, NULL, NULL) !=
	    -EACCES)
		return 3;
	return 0;
}

TEST_F(ns, switch_asks_for_both)
{
	struct switched sems;
	pid_t pid;

	sems.secret = new_sem(3);
	sems.open = sem_args("open", 3, NEXUS_CREATE_MODE, 0666);
	ASSERT_LT(0, sems.secret);
	ASSERT_LT(0, sems.open);
	pid = spawn(switch_as_stranger, &sems);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(3, sem_count(sems.secret));
	EXPECT_EQ(2, sem_count(sems.open));
}

static int in_user_ns(void *arg)
{
	const int *sem = arg;
	struct nexus_sem_info info;

	if (become(OWNER, GROUP) || own_user_ns())
		return 1;
	/* Of root, who does not exist here. */
	if (sem_info(sem[0], &info) || info.uid != 65534 ||
	    info.gid != 65534 || info.creator_uid != 65534)
		return 2;
	/* Capabilities in here mean nothing for what is not of here. */
	if (delete_sem(sem[0]) != -EPERM ||
	    nexus_set_owner(SEM, sem[0], 0, 0) != -EPERM)
		return 3;
	if (try_acquire(sem[1], 1) != -EACCES ||
	    release(sem[1], 1) != -EACCES ||
	    sem_info(sem[1], &info) != -EACCES ||
	    delete_sem(sem[1]) != -EPERM ||
	    write_file(SYSCTL("sems_max"), "5") != -EACCES)
		return 4;
	/* In a namespace of its own it may do everything. */
	if (unshare(CLONE_NEWIPC))
		return 5;
	if (write_file(SYSCTL("sems_max"), "2") ||
	    write_file(SYSCTL("default_mode"), "0000"))
		return 6;
	if (system_info().sems_max != 2)
		return 7;
	if (new_sem(1) < 0)
		return 8;
	/* No bit allows it, but CAP_IPC_OWNER does. */
	return try_acquire(nexus_find(SEM, "test sem", 0), 1) ? 9 : 0;
}

TEST_F(ns, user_namespace)
{
	const unsigned int max = system_info().sems_max;
	int sem[2];
	pid_t pid;

	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "no user namespaces");
	sem[0] = sem_args("userns", 4, NEXUS_CREATE_MODE, 0666);
	sem[1] = new_sem(4);
	ASSERT_LT(0, sem[0]);
	ASSERT_LT(0, sem[1]);
	pid = spawn(in_user_ns, sem);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(4, sem_count(sem[0]));
	EXPECT_EQ(4, sem_count(sem[1]));
	EXPECT_EQ(max, system_info().sems_max);
}

static int in_pid_ns(void *arg)
{
	struct nexus_sem_info info;
	const int sem = *(int *)arg;
	int own;

	if (getpid() != 1)
		return 1;
	/* Owned and acquired by those who are not seen here. */
	if (sem_info(sem, &info) || info.team || info.latest_holder)
		return 2;
	if (try_acquire(sem, 1) || latest_holder(sem) != 1)
		return 3;
	if (release(sem, 1) || latest_holder(sem) != -1)
		return 4;
	own = new_sem(1);
	if (own < 0 || nexus_next(SEM, 1, 0, &info, sizeof(info), 0))
		return 5;
	if (info.id != own || info.team != 1)
		return 6;
	if (nexus_next(SEM, 2, 0, &info, sizeof(info), 0) != -ESRCH)
		return 7;
	return 0;
}

TEST_F(ns, pid_namespace)
{
	pid_t pid;
	int sem;

	if (unshare(CLONE_NEWPID))
		SKIP(return, "no pid namespaces: errno %d", errno);
	sem = new_sem(4);
	ASSERT_LT(0, sem);
	ASSERT_EQ(0, try_acquire(sem, 1));
	pid = spawn(in_pid_ns, &sem);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(-pid, latest_holder(sem));
}

struct other_ns {
	int outer;
	int ready;
	int go;
};

static int in_other_ns(void *arg)
{
	struct other_ns *other = arg;
	struct nexus_sem_info info;

	if (unshare(CLONE_NEWIPC))
		return 1;
	/* Nothing of what is outside. */
	if (sems() || nexus_find(SEM, "outer", 0) != -ENOENT)
		return 2;
	if (sem_info(other->outer, &info) != -EIDRM ||
	    try_acquire(other->outer, 1) != -EIDRM ||
	    release(other->outer, 1) != -EIDRM ||
	    nexus_sem_release(other->outer, 0, ALL) != -EIDRM ||
	    nexus_open(SEM, other->outer, 0) != -EIDRM ||
	    delete_sem(other->outer) != -EIDRM ||
	    nexus_set_owner(SEM, other->outer, 0, 0) != -EIDRM)
		return 3;
	if (nexus_next(SEM, getppid(), 0, &info, sizeof(info), 0) != -ENOENT)
		return 4;
	/* Its own limits. */
	if (system_info().sems_max == 77 ||
	    write_file(SYSCTL("sems_max"), "88"))
		return 5;
	if (sem_args("inner", 1, 0, 0) < 0)
		return 6;
	announce(&other->ready, 1);
	return reached(&other->go, 1) ? 0 : 7;
}

TEST_F(ns, ipc_namespace)
{
	struct other_ns *other = shared(sizeof(*other));
	struct nexus_sem_info info;
	pid_t pid;

	ASSERT_NE(NULL, other);
	other->outer = sem_args("outer", 1, NEXUS_CREATE_MODE, 0666);
	ASSERT_LT(0, other->outer);
	ASSERT_EQ(0, write_file(SYSCTL("sems_max"), "77"));
	pid = spawn(in_other_ns, other);
	ASSERT_LT(0, pid);
	if (!reached(&other->ready, 1))
		ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(-ENOENT, nexus_find(SEM, "inner", 0));
	EXPECT_EQ(1, sems());
	EXPECT_EQ(77, system_info().sems_max);
	EXPECT_EQ(-ENOENT, nexus_next(SEM, pid, 0, &info, sizeof(info), 0));
	announce(&other->go, 1);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(1, sem_count(other->outer));
}

TEST_F(ns, sems_max)
{
	char buf[64];
	int sem[3], i;

	ASSERT_LT(0, read_file(SYSCTL("sems_max"), buf, sizeof(buf)));
	EXPECT_EQ(atoi(buf), system_info().sems_max);
	ASSERT_EQ(0, write_file(SYSCTL("sems_max"), "3"));
	EXPECT_EQ(3, system_info().sems_max);
	for (i = 0; i < 3; i++) {
		sem[i] = new_sem(1);
		ASSERT_LT(0, sem[i]);
	}
	for (i = 0; i < 10; i++)
		EXPECT_EQ(-ENOSPC, new_sem(1));
	EXPECT_EQ(3, sems());
	/* Ports have a limit of their own. */
	EXPECT_LT(0, new_port(1));
	/* Those that exist stay. */
	ASSERT_EQ(0, write_file(SYSCTL("sems_max"), "2"));
	EXPECT_EQ(0, try_acquire(sem[2], 1));
	EXPECT_EQ(0, delete_sem(sem[0]));
	EXPECT_EQ(-ENOSPC, new_sem(1));
	EXPECT_EQ(0, delete_sem(sem[1]));
	sem[0] = new_sem(1);
	EXPECT_LT(0, sem[0]);
	EXPECT_EQ(-ENOSPC, new_sem(1));
	EXPECT_EQ(-EINVAL, write_file(SYSCTL("sems_max"), "-1"));
	EXPECT_EQ(-EINVAL, write_file(SYSCTL("sems_max"), "x"));
	EXPECT_EQ(2, system_info().sems_max);
}

/* Runs as another user in a user namespace of that user's own. */
static int limited_user(void *arg)
{
	int a, b, i;

	if (become(1000, 1000) || own_user_ns() || unshare(CLONE_NEWIPC))
		return 1;
	/* What it may set is its own, below that of the rest. */
	if (write_file("/proc/sys/user/max_nexus_sems", "2"))
		return 3;
	a = new_sem(1);
	b = new_sem(1);
	if (a < 0 || b < 0)
		return 4;
	for (i = 0; i < 5; i++)
		if (new_sem(1) != -ENOSPC)
			return 5;
	if (new_port(1) < 0)
		return 6;
	/* To give one away does not help, to delete one does. */
	if (nexus_set_owner(SEM, a, *(int *)arg, 0))
		return 7;
	if (new_sem(1) != -ENOSPC)
		return 8;
	if (delete_sem(a) || new_sem(1) < 0)
		return 9;
	if (new_sem(1) != -ENOSPC)
		return 10;
	/* A namespace that ends takes its semaphores along. */
	if (unshare(CLONE_NEWIPC))
		return 11;
	return poll_until(new_sem(1) > 0) ? 0 : 12;
}

TEST_F(ns, sems_of_a_user)
{
	pid_t pid, taker;

	taker = spawn(pause_process, NULL);
	ASSERT_LT(0, taker);
	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "no user namespaces");
	pid = spawn(limited_user, &taker);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_LT(0, new_sem(1));
}

#define CGROUP "/tmp/nexus-sem-cgroup"
#define MEMGROUP CGROUP "/nexus-test"

static long group_value(const char *file)
{
	char path[96], buf[64];

	snprintf(path, sizeof(path), MEMGROUP "/%s", file);
	if (read_file(path, buf, sizeof(buf)) <= 0)
		return -1;
	return atol(buf);
}

/* A memory cgroup of our own; NULL, or why there is none. */
static const char *make_group(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return "no private mounts";
	mkdir(CGROUP, 0700);
	if (mount("none", CGROUP, "cgroup2", 0, NULL))
		return "no cgroup2";
	if (write_file(CGROUP "/cgroup.subtree_control", "+memory"))
		return "no memory controller";
	rmdir(MEMGROUP);
	if (mkdir(MEMGROUP, 0700) || group_value("memory.current") < 0)
		return "no memory cgroup";
	return NULL;
}

static int create_in_group(void *arg)
{
	int *ready = arg, i;

	if (write_file(MEMGROUP "/cgroup.procs", "0"))
		return 1;
	for (i = 0; i < 4000; i++)
		if (new_sem(1) < 0)
			return 2;
	announce(ready, 1);
	return pause_process(NULL);
}

TEST_F(ns, memory_cgroup)
{
	int *ready = shared(sizeof(*ready));
	const char *why = make_group();
	pid_t pid;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_NE(NULL, ready);
	pid = spawn(create_in_group, ready);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(ready, 1));
	EXPECT_EQ(4000, sems());
	EXPECT_LE(4000 * 200, group_value("memory.current"));
	kill(pid, SIGKILL);
	reap(pid);
	EXPECT_TRUE(poll_until(!rmdir(MEMGROUP)));
}

static char text[65536];

/* The semaphore's line in /proc/nexus/sems; its number or below 0. */
static int listed(int sem, struct nexus_sem_info *info, char *name)
{
	int line = 0, mode, pos, id;
	char *p;

	if (read_file("/proc/nexus/sems", text, sizeof(text)) <= 0)
		return -2;
	for (p = strchr(text, '\n'); p && p[1]; p = strchr(p, '\n')) {
		p++;
		line++;
		pos = 0;
		if (sscanf(p, "%d %d %d %u %d %u %o %n", &id, &info->team,
			   &info->count, &info->waiting, &info->latest_holder,
			   &info->uid, &mode, &pos) != 7)
			return -3;
		if (id != sem)
			continue;
		info->mode = mode;
		snprintf(name, 160, "%.*s", (int)strcspn(p + pos, "\n"),
			 p + pos);
		return line;
	}
	return -1;
}

/* Lines without the header. */
static int lines(void)
{
	int n = -1;
	char *p;

	if (read_file("/proc/nexus/sems", text, sizeof(text)) <= 0)
		return -1;
	for (p = text; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

static int list_as_stranger(void *arg)
{
	struct nexus_sem_info info;
	const int *sem = arg;
	char name[160];

	if (become(STRANGER, STRANGER))
		return 1;
	if (lines() != 1 || listed(sem[0], &info, name) != -1)
		return 2;
	return listed(sem[1], &info, name) == 1 ? 0 : 3;
}

TEST_F(ns, proc_sems)
{
	static const char * const columns[] = {
		"id", "team", "count", "waiting", "holder", "uid", "mode",
		"name"
	};
	struct nexus_sem_info info;
	struct sem_op op;
	char name[160], *p;
	int sem[2];
	pid_t pid;
	size_t i;

	EXPECT_EQ(0, lines());
	p = strtok(text, "\n ");
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		ASSERT_NE(NULL, p);
		EXPECT_STREQ(columns[i], p);
		p = strtok(NULL, "\n ");
	}
	sem[0] = sem_args("first\none", 7, 0, 0);
	sem[1] = sem_args("second", 0, NEXUS_CREATE_MODE, 0644);
	ASSERT_LT(0, sem[0]);
	ASSERT_LT(0, sem[1]);
	ASSERT_EQ(0, try_acquire(sem[0], 2));
	op = acquire_op(sem[1], 3);
	ASSERT_EQ(0, start_sem_op(&op));

	EXPECT_EQ(2, lines());
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(1, listed(sem[0], &info, name));
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(5, info.count);
	EXPECT_EQ(0, info.waiting);
	EXPECT_EQ(own_tid(), info.latest_holder);
	EXPECT_EQ(0, info.uid);
	EXPECT_EQ(0600, info.mode);
	EXPECT_STREQ("first\\012one", name);
	ASSERT_EQ(2, listed(sem[1], &info, name));
	EXPECT_EQ(-3, info.count);
	EXPECT_EQ(1, info.waiting);
	EXPECT_EQ(0, info.latest_holder);
	EXPECT_EQ(0644, info.mode);
	EXPECT_STREQ("second", name);

	pid = spawn(list_as_stranger, sem);
	ASSERT_EQ(0, reap(pid));
	ASSERT_EQ(0, delete_sem(sem[1]));
	EXPECT_EQ(-EIDRM, join_sem_op(&op));
	EXPECT_EQ(1, lines());
}

TEST_F(ns, proc_many_sems)
{
	enum { COUNT = 500 };
	struct nexus_sem_info info;
	int sem[COUNT], i;
	char name[160];

	for (i = 0; i < COUNT; i++) {
		sem[i] = new_sem(1);
		ASSERT_LT(0, sem[i]);
	}
	EXPECT_EQ(COUNT, lines());
	for (i = 0; i < COUNT; i += 7)
		ASSERT_EQ(i + 1, listed(sem[i], &info, name));
}

TEST_HARNESS_MAIN
