// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what with a port, what a receiver learns about a sender, and
 * what namespaces hide.
 */
#include "ns.h"
#include <linux/capability.h>

enum { OWNER = 1000, MATE = 1001, STRANGER = 1002, GROUP = 1000 };

/* What somebody can do with a port, or that it cannot. */
enum {
	FINDS = 1,
	ASKS = 2,
	LISTS = 4,
	RECEIVES = 8,
	PEEKS = 16,
	SENDS = 32,
	CLOSES = 64,
	OWNS = 128,
	DELETES = 256,
	READS = ASKS | LISTS | RECEIVES | PEEKS,
	MANAGES = CLOSES | OWNS | DELETES,
};

struct probe {
	int port;
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
	struct nexus_port_info info;
	const int port = probe->port;
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
	TRY(FINDS, nexus_find(PORT, "perm", 0), ENOENT);
	TRY(ASKS, port_info(port, &info), EACCES);
	TRY(LISTS, nexus_next(PORT, probe->team, 0, &info, sizeof(info), 0),
	    ENOENT);
	TRY(PEEKS, nexus_port_recv(port, NULL, 0, NULL, NOWAIT | PEEK, NULL),
	    EACCES);
	TRY(RECEIVES, recv_code(port), EACCES);
	TRY(SENDS, send_code(port, 2), EACCES);
	TRY(OWNS, nexus_set_owner(PORT, port, probe->team, 0), EPERM);
	TRY(CLOSES, nexus_port_close(port, 0), EPERM);
	TRY(DELETES, delete_port(port), EPERM);
	return 0;
}

/* A process of the owner that has a port with a message in it. */
struct holder {
	int mode;
	int port;
	int ready;
};

static int hold_port(void *arg)
{
	struct holder *holder = arg;

	if (become(OWNER, GROUP))
		return 1;
	holder->port = port_args("perm", 4, holder->mode < 0 ? 0 :
				 NEXUS_CREATE_MODE,
				 holder->mode < 0 ? 0 : holder->mode);
	announce(&holder->ready, 1);
	pause();
	return 0;
}

/* What can somebody do with a new port of this mode? */
static int can(struct __test_metadata *_metadata, int mode, uid_t uid,
	       gid_t gid, gid_t group, int caps)
{
	struct holder *holder = shared(sizeof(*holder));
	struct probe *probe = shared(sizeof(*probe));
	struct nexus_port_info info;
	pid_t owner, pid;
	int ret;

	ASSERT_NE(NULL, holder);
	ASSERT_NE(NULL, probe);
	holder->mode = mode;
	owner = spawn(hold_port, holder);
	ASSERT_LT(0, owner);
	ASSERT_TRUE(reached(&holder->ready, 1));
	ASSERT_LT(0, holder->port);
	ASSERT_EQ(0, send_code(holder->port, 1));
	*probe = (struct probe){
		.port = holder->port,
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
		EXPECT_EQ(0, port_info(holder->port, &info));
		EXPECT_EQ(1, info.queued);
		EXPECT_EQ(0, info.flags);
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
	return (bits & 4 ? READS | FINDS : 0) | (bits & 2 ? SENDS | FINDS : 0);
}

#define CAN(mode, uid, gid, group) can(_metadata, mode, uid, gid, group, 0)

TEST_F(ns, default_mode)
{
	EXPECT_EQ(FINDS | READS | SENDS | MANAGES,
		  CAN(-1, OWNER, GROUP, 0));
	EXPECT_EQ(FINDS | READS | SENDS | MANAGES,
		  CAN(-1, OWNER, STRANGER, 0));
	EXPECT_EQ(0, CAN(-1, MATE, GROUP, 0));
	EXPECT_EQ(0, CAN(-1, STRANGER, STRANGER, 0));
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
	EXPECT_EQ(FINDS | READS | SENDS | MANAGES,
		  can(_metadata, 0000, STRANGER, STRANGER, 0,
		      CAP_IPC_OWNER + 1));
	EXPECT_EQ(MANAGES, can(_metadata, 0000, STRANGER, STRANGER, 0,
			       CAP_SYS_ADMIN + 1));
	EXPECT_EQ(0, can(_metadata, 0000, STRANGER, STRANGER, 0,
			 CAP_DAC_OVERRIDE + 1));
	EXPECT_EQ(0, can(_metadata, 0000, STRANGER, STRANGER, 0,
			 CAP_SYS_PTRACE + 1));
}

TEST_F(ns, mode_sysctl)
{
	static const char * const bad[] = { "1000", "0888", "rw", "-1", "" };
	struct nexus_port_info info;
	char buf[32];
	int port, old;
	size_t i;

	old = new_port(1);
	ASSERT_LT(0, old);
	ASSERT_LT(0, read_file(SYSCTL("default_mode"), buf, sizeof(buf)));
	EXPECT_STREQ("0600\n", buf);
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0666\n"));
	ASSERT_LT(0, read_file(SYSCTL("default_mode"), buf, sizeof(buf)));
	EXPECT_STREQ("0666\n", buf);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		/* Nothing to write is no error of write(). */
		if (*bad[i])
			EXPECT_EQ(-EINVAL, write_file(SYSCTL("default_mode"),
						      bad[i]))
				TH_LOG("%s", bad[i]);
	}
	port = new_port(1);
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(0666, info.mode);
	ASSERT_EQ(0, port_info(old, &info));
	EXPECT_EQ(0600, info.mode);
	/* Everybody may do what BeOS lets everybody do, but for closing. */
	EXPECT_EQ(FINDS | READS | SENDS, CAN(-1, STRANGER, STRANGER, 0));
	/* Who says what it wants gets that. */
	EXPECT_EQ(0, CAN(0600, STRANGER, STRANGER, 0));
}

TEST_F(ns, owner_and_creator)
{
	struct holder *holder = shared(sizeof(*holder));
	struct nexus_port_info info;
	struct probe *probe = shared(sizeof(*probe));
	pid_t owner, pid;
	int port;

	ASSERT_NE(NULL, holder);
	ASSERT_NE(NULL, probe);
	holder->mode = 0600;
	owner = spawn(hold_port, holder);
	ASSERT_LT(0, owner);
	ASSERT_TRUE(reached(&holder->ready, 1));
	/* root's port, given to a team of OWNER: both may do all. */
	port = port_args("given", 4, NEXUS_CREATE_MODE, 0600);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, nexus_set_owner(PORT, port, owner, 0));
	ASSERT_EQ(0, port_info(port, &info));
	EXPECT_EQ(OWNER, info.uid);
	EXPECT_EQ(GROUP, info.gid);
	EXPECT_EQ(0, info.creator_uid);
	EXPECT_EQ(0600, info.mode);
	ASSERT_EQ(0, send_code(port, 1));
	*probe = (struct probe){
		.port = port,
		.team = owner,
		.uid = OWNER,
		.gid = GROUP,
	};
	pid = spawn(run_probe, probe);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(0, probe->error);
	EXPECT_EQ(FINDS | READS | SENDS | MANAGES, probe->can);
	EXPECT_EQ(-EIDRM, queued(port));
	kill(owner, SIGKILL);
	reap(owner);
}

static int send_in_user_ns(void *arg)
{
	/* To itself it is root. */
	if (become(OWNER, GROUP) || own_user_ns() || geteuid() || getegid())
		return 1;
	return send_code(*(int *)arg, 1) ? 2 : 0;
}

static int recv_in_user_ns(void *arg)
{
	struct nexus_port_info info;
	struct nexus_msg_info msg;
	const int port = *(int *)arg;

	if (become(OWNER, GROUP) || own_user_ns())
		return 1;
	/* From root, who does not exist here. */
	if (nexus_port_recv(port, NULL, 0, &msg, NOWAIT, NULL))
		return 2;
	if (msg.uid != 65534 || msg.gid != 65534)
		return 3;
	/* From itself. */
	if (send_code(port, 2) ||
	    nexus_port_recv(port, NULL, 0, &msg, NOWAIT | PEEK, NULL) ||
	    msg.uid || msg.gid)
		return 4;
	if (nexus_port_recv(port, NULL, 0, &msg, NOWAIT, NULL) || msg.uid ||
	    msg.gid)
		return 5;
	if (port_info(port, &info) || info.uid != 65534 ||
	    info.gid != 65534 || info.creator_uid != 65534)
		return 6;
	/* Capabilities in here mean nothing for what is not of here. */
	if (nexus_port_close(port, 0) != -EPERM || delete_port(port) != -EPERM)
		return 7;
	return 0;
}

TEST_F(ns, sender_in_user_namespace)
{
	struct nexus_msg_info info;
	pid_t pid;
	int port;

	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "no user namespaces");
	port = port_args("userns", 4, NEXUS_CREATE_MODE, 0666);
	ASSERT_LT(0, port);
	pid = spawn(send_in_user_ns, &port);
	ASSERT_EQ(0, reap(pid));
	ASSERT_EQ(0, nexus_port_recv(port, NULL, 0, &info, NOWAIT, NULL));
	EXPECT_EQ(OWNER, info.uid);
	EXPECT_EQ(GROUP, info.gid);
	EXPECT_EQ(pid, info.team);

	ASSERT_EQ(0, send_code(port, 1));
	pid = spawn(recv_in_user_ns, &port);
	ASSERT_EQ(0, reap(pid));
}

static int send_with_effective_ids(void *arg)
{
	if (setresgid(2001, 2002, 2003) || setresuid(1001, 1002, 1003))
		return 1;
	return send_code(*(int *)arg, 1) ? 2 : 0;
}

TEST_F(ns, sender_has_effective_ids)
{
	struct nexus_msg_info info;
	pid_t pid;
	int port;

	port = port_args("ids", 4, NEXUS_CREATE_MODE, 0666);
	ASSERT_LT(0, port);
	pid = spawn(send_with_effective_ids, &port);
	ASSERT_EQ(0, reap(pid));
	ASSERT_EQ(0, nexus_port_recv(port, NULL, 0, &info, NOWAIT, NULL));
	EXPECT_EQ(1002, info.uid);
	EXPECT_EQ(2002, info.gid);
}

static int in_pid_ns(void *arg)
{
	struct nexus_port_info info;
	struct nexus_msg_info msg;
	const int port = *(int *)arg;
	int own;

	if (getpid() != 1)
		return 1;
	/* Sent from outside: from nobody that is seen here. */
	if (nexus_port_recv(port, NULL, 0, &msg, NOWAIT, NULL))
		return 2;
	if (msg.team || msg.thread)
		return 3;
	if (port_info(port, &info) || info.team)
		return 4;
	if (send_code(port, 2) ||
	    nexus_port_recv(port, NULL, 0, &msg, NOWAIT | PEEK, NULL))
		return 5;
	if (msg.team != 1 || msg.thread != 1)
		return 6;
	own = new_port(1);
	if (own < 0 || nexus_next(PORT, 1, 0, &info, sizeof(info), 0))
		return 7;
	if (info.id != own || info.team != 1)
		return 8;
	/* The outer world's numbers mean nothing. */
	if (nexus_set_owner(PORT, own, 2, 0) != -ESRCH ||
	    nexus_next(PORT, 2, 0, &info, sizeof(info), 0) != -ESRCH)
		return 9;
	return 0;
}

TEST_F(ns, pid_namespace)
{
	struct nexus_msg_info info;
	pid_t pid;
	int port;

	if (unshare(CLONE_NEWPID))
		SKIP(return, "no pid namespaces: errno %d", errno);
	port = new_port(4);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, send_code(port, 1));
	pid = spawn(in_pid_ns, &port);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	ASSERT_EQ(0, nexus_port_recv(port, NULL, 0, &info, NOWAIT, NULL));
	EXPECT_EQ(pid, info.team);
	EXPECT_EQ(pid, info.thread);
}

static char text[65536];

/* Port's line in /proc/nexus/ports as the caller sees it; its number or -1. */
static int listed(int port, struct nexus_port_info *info, char *flags,
		  char *name)
{
	unsigned long long bytes;
	int line = 0, mode, pos, id;
	char *p;

	if (read_file("/proc/nexus/ports", text, sizeof(text)) <= 0)
		return -2;
	for (p = strchr(text, '\n'); p && p[1]; p = strchr(p, '\n')) {
		p++;
		line++;
		pos = 0;
		if (sscanf(p, "%d %d %u %u %u %llu %u %o %7s %n", &id,
			   &info->team, &info->capacity, &info->queued,
			   &info->total, &bytes, &info->uid, &mode, flags,
			   &pos) != 9)
			return -3;
		if (id != port)
			continue;
		info->id = id;
		info->mode = mode;
		info->queued_bytes = bytes;
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

	if (read_file("/proc/nexus/ports", text, sizeof(text)) <= 0)
		return -1;
	for (p = text; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

static int list_as_stranger(void *arg)
{
	struct nexus_port_info info;
	char flags[8], name[160];
	const int *port = arg;

	if (become(STRANGER, STRANGER))
		return 1;
	if (lines() != 1 || listed(port[0], &info, flags, name) != -1)
		return 2;
	return listed(port[1], &info, flags, name) == 1 ? 0 : 3;
}

TEST_F(ns, proc_ports)
{
	struct nexus_port_info info;
	char flags[8], name[160];
	int port[2];
	pid_t pid;

	EXPECT_EQ(0, lines());
	port[0] = port_args("first one", 7, 0, 0);
	port[1] = port_args("second", 9, NEXUS_CREATE_MODE, 0644);
	ASSERT_LT(0, port[0]);
	ASSERT_LT(0, port[1]);
	ASSERT_EQ(0, nexus_port_send(port[0], 1, text, 1000, 0, NULL));
	ASSERT_EQ(0, nexus_port_send(port[0], 1, text, 234, 0, NULL));
	ASSERT_EQ(0, nexus_port_send(port[0], 1, text, 5, 0, NULL));
	ASSERT_EQ(1, recv_code(port[0]));
	ASSERT_EQ(0, nexus_port_close(port[1], 0));

	EXPECT_EQ(2, lines());
	memset(&info, 0xff, sizeof(info));
	ASSERT_EQ(1, listed(port[0], &info, flags, name));
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(7, info.capacity);
	EXPECT_EQ(2, info.queued);
	EXPECT_EQ(1, info.total);
	EXPECT_EQ(239, info.queued_bytes);
	EXPECT_EQ(0, info.uid);
	EXPECT_EQ(0600, info.mode);
	EXPECT_STREQ("-", flags);
	EXPECT_STREQ("first one", name);
	ASSERT_EQ(2, listed(port[1], &info, flags, name));
	EXPECT_EQ(0644, info.mode);
	EXPECT_STREQ("closed", flags);
	EXPECT_STREQ("second", name);

	pid = spawn(list_as_stranger, port);
	ASSERT_EQ(0, reap(pid));
	ASSERT_EQ(0, delete_port(port[0]));
	EXPECT_EQ(1, lines());
}

TEST_F(ns, proc_escapes)
{
	struct nexus_port_info info;
	char flags[8], name[160];
	int port;

	/* No name can look like a line, or like another name. */
	port = port_args("a\nb\\c\t\x7f\x01z", 1, 0, 0);
	ASSERT_LT(0, port);
	EXPECT_EQ(1, lines());
	ASSERT_EQ(1, listed(port, &info, flags, name));
	EXPECT_STREQ("a\\012b\\134c\\011\\177\\001z", name);
	ASSERT_EQ(0, delete_port(port));
	port = port_args("\001\002\003\004\005\006\007\010\011\012\013\014"
			 "\015\016\017\020\021\022\023\024\025\026\027\030"
			 "\031\032\033\034\035\036\037", 1, 0, 0);
	ASSERT_LT(0, port);
	ASSERT_EQ(1, listed(port, &info, flags, name));
	EXPECT_EQ(31 * 4, strlen(name));
}

TEST_F(ns, proc_many_ports)
{
	enum { COUNT = 500 };
	struct nexus_port_info info;
	char flags[8], name[160];
	int port[COUNT], i;

	for (i = 0; i < COUNT; i++) {
		port[i] = new_port(1);
		ASSERT_LT(0, port[i]);
	}
	EXPECT_EQ(COUNT, lines());
	for (i = 0; i < COUNT; i += 7)
		ASSERT_EQ(i + 1, listed(port[i], &info, flags, name));
}

struct other_ns {
	int outer;
	int port;
	int ready;
	int go;
};

static int in_other_ns(void *arg)
{
	struct other_ns *other = arg;
	struct nexus_port_info info;
	char buf[32];

	if (unshare(CLONE_NEWIPC))
		return 1;
	/* Nothing of what is outside. */
	if (ports() || lines())
		return 2;
	if (nexus_find(PORT, "outer", 0) != -ENOENT ||
	    port_info(other->outer, &info) != -EIDRM ||
	    send_code(other->outer, 1) != -EIDRM ||
	    recv_code(other->outer) != -EIDRM ||
	    nexus_port_close(other->outer, 0) != -EIDRM ||
	    delete_port(other->outer) != -EIDRM ||
	    nexus_set_owner(PORT, other->outer, 0, 0) != -EIDRM)
		return 3;
	if (nexus_next(PORT, getppid(), 0, &info, sizeof(info), 0) != -ENOENT)
		return 4;
	/* Its own limits. */
	if (read_file(SYSCTL("default_mode"), buf, sizeof(buf)) <= 0 ||
	    strcmp(buf, "0600\n"))
		return 5;
	if (system_info().ports_max == 77)
		return 6;
	if (write_file(SYSCTL("ports_max"), "88") ||
	    write_file(SYSCTL("default_mode"), "0640"))
		return 7;
	other->port = port_args("inner", 1, 0, 0);
	if (other->port < 0 || port_info(other->port, &info) ||
	    info.mode != 0640)
		return 8;
	announce(&other->ready, 1);
	return reached(&other->go, 1) ? 0 : 9;
}

TEST_F(ns, ipc_namespace)
{
	struct other_ns *other = shared(sizeof(*other));
	struct nexus_port_info info;
	char buf[32];
	pid_t pid;

	ASSERT_NE(NULL, other);
	other->outer = port_args("outer", 1, NEXUS_CREATE_MODE, 0666);
	ASSERT_LT(0, other->outer);
	ASSERT_EQ(0, write_file(SYSCTL("ports_max"), "77"));
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0666"));
	pid = spawn(in_other_ns, other);
	ASSERT_LT(0, pid);
	if (!reached(&other->ready, 1))
		ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(-ENOENT, nexus_find(PORT, "inner", 0));
	EXPECT_EQ(1, ports());
	EXPECT_EQ(1, lines());
	EXPECT_EQ(77, system_info().ports_max);
	ASSERT_LT(0, read_file(SYSCTL("default_mode"), buf, sizeof(buf)));
	EXPECT_STREQ("0666\n", buf);
	EXPECT_EQ(-ENOENT, nexus_next(PORT, pid, 0, &info, sizeof(info), 0));
	announce(&other->go, 1);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(0, queued(other->outer));
}

/* Whoever owns the namespace sets its limits, and is almighty in it. */
static int user_with_namespaces(void *arg)
{
	const int outer = *(int *)arg;
	int port;

	if (become(OWNER, GROUP))
		return 1;
	if (write_file(SYSCTL("ports_max"), "5") != -EACCES ||
	    write_file(SYSCTL("queued_bytes_max"), "5000000") != -EACCES ||
	    write_file(SYSCTL("default_mode"), "0666") != -EACCES)
		return 2;
	if (own_user_ns())
		return 3;
	/* To be root in there changes nothing for what is out here. */
	if (write_file(SYSCTL("ports_max"), "5") != -EACCES ||
	    recv_code(outer) != -EACCES || send_code(outer, 1) != -EACCES ||
	    delete_port(outer) != -EPERM)
		return 4;
	if (unshare(CLONE_NEWIPC))
		return 5;
	if (write_file(SYSCTL("ports_max"), "5") ||
	    write_file(SYSCTL("queued_bytes_max"), "5000000") ||
	    write_file(SYSCTL("default_mode"), "0000"))
		return 6;
	if (system_info().ports_max != 5 ||
	    system_info().queued_bytes_max != 5000000)
		return 7;
	/* No bit allows it, but CAP_IPC_OWNER does. */
	port = new_port(1);
	if (port < 0 || send_code(port, 1) || recv_code(port) != 1 ||
	    nexus_find(PORT, "test port", 0) != port)
		return 8;
	return 0;
}

TEST_F(ns, root_of_a_user_namespace)
{
	struct nexus_system_info before = system_info();
	pid_t pid;
	int port;

	if (access("/proc/self/ns/user", F_OK))
		SKIP(return, "no user namespaces");
	port = new_port(1);
	ASSERT_LT(0, port);
	pid = spawn(user_with_namespaces, &port);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(before.ports_max, system_info().ports_max);
	EXPECT_EQ(before.queued_bytes_max, system_info().queued_bytes_max);
	EXPECT_EQ(0, queued(port));
}

/* Files of a namespace that are open when its last task has gone. */
static int keep_files_open(void *arg)
{
	int list, limit, port;
	char buf[1024];
	ssize_t len;

	if (unshare(CLONE_NEWIPC))
		return 1;
	port = port_args("left behind", 1, 0, 0);
	list = open("/proc/nexus/ports", O_RDONLY);
	limit = open(SYSCTL("ports_max"), O_RDONLY);
	if (port < 0 || list < 0 || limit < 0 || unshare(CLONE_NEWIPC))
		return 2;
	/* The list is that of whoever opened it, and keeps it alive. */
	len = read(list, buf, sizeof(buf) - 1);
	if (len <= 0)
		return 3;
	buf[len] = 0;
	if (!strstr(buf, "left behind") || pread(limit, buf, 64, 0) <= 0)
		return 4;
	close(list);
	/* Now nothing does: what belonged to it fails, in good order. */
	if (!poll_until(pread(limit, buf, 64, 0) < 0))
		return 5;
	return ports() ? 6 : 0;
}

TEST_F(ns, files_of_a_dead_namespace)
{
	pid_t pid;

	pid = spawn(keep_files_open, NULL);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
}

TEST_HARNESS_MAIN
