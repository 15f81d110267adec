// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what to a thread of somebody else, and who does not even see it.
 */
#include "ns.h"
#include "threads.h"

#include <linux/capability.h>

/* What somebody can do with another's thread. */
enum {
	FINDS = 1, ASKS = 2, LISTS = 4, WAITS_FOR = 8, SENDS = 16,
	SUSPENDS = 32, RESUMES = 64, PRIORITISES = 128, KILLS = 256,
	READS = FINDS | ASKS | LISTS | WAITS_FOR,
	CONTROLS = SUSPENDS | RESUMES | PRIORITISES | KILLS,
};

struct probe {
	struct team *team;
	uid_t ruid, euid, suid;
	gid_t gid;
	int cap;	/* the only one that it keeps, plus 1 */
	int can;
	int error;	/* != 0: a call failed in a way that it must not */
};

static int run_probe(void *arg)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2] = {};
	struct probe *probe = arg;
	const int id = probe->team->spinner.tid;
	struct nexus_thread_info info;
	long ret;

	if (probe->cap) {
		prctl(PR_SET_KEEPCAPS, 1);
		caps[0].permitted = 1u << (probe->cap - 1);
		caps[0].effective = caps[0].permitted;
	}
	if (setgroups(0, NULL) ||
	    setresgid(probe->gid, probe->gid, probe->gid) ||
	    setresuid(probe->ruid, probe->euid, probe->suid))
		return 1;
	if (probe->cap && syscall(__NR_capset, &head, caps))
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);

#define TRY(bit, call, denied) \
	do { \
		ret = (call); \
		if (ret >= 0) \
			probe->can |= (bit); \
		else if (ret != -(denied)) \
			probe->error = (bit) * 1000 - ret; \
	} while (0)

	TRY(FINDS, nexus_find(THREAD, "spinner of the team", 0), ENOENT);
	TRY(ASKS, thread_info(id, &info), EACCES);
	TRY(LISTS, nexus_next(THREAD, probe->team->pid, 0, &info,
			      sizeof(info), 0), ENOENT);
	ret = nexus_thread_wait(id, NULL, NOWAIT, NULL);
	TRY(WAITS_FOR, ret == -EAGAIN ? 0 : ret, EACCES);
	TRY(SENDS, tell(id, 1), EACCES);
	TRY(SUSPENDS, nexus_thread_suspend(id, 0), EPERM);
	TRY(RESUMES, nexus_thread_resume(id, 0), EPERM);
	TRY(PRIORITISES, set_priority(id, 10), EPERM);
	/* Nobody at all, whoever it is. */
	if (set_name(id, "x") != -EPERM || set_keep(id) != -EPERM)
		return 3;
	/* It may be gone after this. */
	TRY(KILLS, nexus_thread_kill(id, 0), EPERM);
	return 0;
}

/* A team of a user whose real, effective and saved id differ. */
static int user_team(void *arg)
{
	struct team *team = arg;

	if (setgroups(0, NULL) || setresgid(2000, 2000, 2000) ||
	    setresuid(1001, 1002, 1003))
		return 1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (start_spinner(&team->spinner) ||
	    set_name(team->spinner.tid, "spinner of the team"))
		return 2;
	announce(&team->step, 1);
	for (;;)
		pause();
}

static int can(struct __test_metadata *_metadata, uid_t ruid, uid_t euid,
	       uid_t suid, gid_t gid, int cap)
{
	struct probe *probe = shared(sizeof(*probe));
	struct team *team = start_team(user_team);
	pid_t pid;

	ASSERT_NE(NULL, probe);
	ASSERT_NE(NULL, team);
	*probe = (struct probe){ team, ruid, euid, suid, gid, cap };
	pid = spawn(run_probe, probe);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
	EXPECT_EQ(0, probe->error);
	EXPECT_TRUE(probe->can & KILLS ?
		    thread_ends(team->pid, team->spinner.tid) :
		    moves(&team->spinner));
	kill_team(team);
	return probe->can;
}

#define CAN(r, e, s)	can(_metadata, r, e, s, 3000, 0)
#define CAN_IN(gid)	can(_metadata, 4000, 4000, 4000, gid, 0)
#define CAN_WITH(cap)	can(_metadata, 4000, 4000, 4000, 3000, (cap) + 1)

TEST_F(ns, other_users)
{
	const int all = READS | SENDS | CONTROLS;

	EXPECT_EQ(0, CAN(4000, 4000, 4000));
	/* The effective id is the thread's owner. */
	EXPECT_EQ(READS | SENDS, CAN(1002, 1002, 1002));
	/* kill(2) looks at the sender's real and effective id, and at the
	 * target's real and saved one.
	 */
	EXPECT_EQ(CONTROLS, CAN(1001, 1001, 1001));
	EXPECT_EQ(CONTROLS, CAN(1003, 1003, 1003));
	EXPECT_EQ(CONTROLS, CAN(1001, 4000, 4000));
	EXPECT_EQ(all, CAN(1001, 1002, 4000));
	EXPECT_EQ(0, CAN(4000, 4000, 1001));
	EXPECT_EQ(READS | SENDS, CAN_WITH(CAP_IPC_OWNER));
	EXPECT_EQ(CONTROLS, CAN_WITH(CAP_KILL));
	EXPECT_EQ(0, CAN_WITH(CAP_SYS_PTRACE));
	EXPECT_EQ(all, CAN(0, 0, 0));
}

TEST_F(ns, default_mode)
{
	static const struct {
		const char *mode;
		int owner, others;
	} modes[] = {
		{ "0666", READS | SENDS, READS | SENDS },
		{ "0644", READS | SENDS, READS },
		{ "0622", READS | SENDS, SENDS },
		{ "0400", READS, 0 },
		{ "0200", SENDS, 0 },
		{ "0000", 0, 0 },
		{ "0111", 0, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		ASSERT_EQ(0, write_file(SYSCTL("default_mode"),
					modes[i].mode));
		EXPECT_EQ(modes[i].owner, CAN(1002, 1002, 1002))
			TH_LOG("mode %s", modes[i].mode);
		EXPECT_EQ(modes[i].others, CAN(4000, 4000, 4000))
			TH_LOG("mode %s", modes[i].mode);
	}
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0640"));
	EXPECT_EQ(READS, CAN_IN(2000));
	EXPECT_EQ(0, CAN_IN(3000));
	/* Whom the group's bits are for, that one has no others. */
	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0606"));
	EXPECT_EQ(0, CAN_IN(2000));
	EXPECT_EQ(READS | SENDS, CAN_IN(3000));
}

static int same_team_without_mode(void *arg)
{
	struct spinner spinner;
	struct nexus_thread_info info;

	if (become(1000, 1000) || start_spinner(&spinner))
		return 1;
	if (thread_info(spinner.tid, &info) || tell(spinner.tid, 1) ||
	    suspend(spinner.tid) || resume(spinner.tid) ||
	    set_priority(spinner.tid, 5) != 10 || set_name(spinner.tid, "x") ||
	    nexus_thread_wait(spinner.tid, NULL, NOWAIT, NULL) != -EAGAIN ||
	    nexus_find(THREAD, "x", 0) != spinner.tid)
		return 2;
	return stop_spinner(&spinner) ? 3 : 0;
}

TEST_F(ns, own_team_whatever_the_mode)
{
	pid_t pid;

	ASSERT_EQ(0, write_file(SYSCTL("default_mode"), "0000"));
	pid = spawn(same_team_without_mode, NULL);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
}

/* Every call on a thread that does not exist for the caller; 0 or a line. */
static int nobody_there(int id)
{
	struct nexus_thread_info info;
	long ret;

	if (thread_info(id, &info) != -ESRCH)
		return __LINE__ % 100;
	if (tell(id, 1) != -ESRCH)
		return __LINE__ % 100;
	if (nexus_thread_wait(id, NULL, 0, NULL) != -ESRCH)
		return __LINE__ % 100;
	if (nexus_thread_suspend(id, 0) != -ESRCH ||
	    nexus_thread_resume(id, 0) != -ESRCH ||
	    nexus_thread_kill(id, 0) != -ESRCH)
		return __LINE__ % 100;
	if (set_priority(id, 10) != -ESRCH || set_name(id, "x") != -ESRCH ||
	    set_keep(id) != -ESRCH)
		return __LINE__ % 100;
	if (nexus_find(THREAD, "spinner of the team", 0) != -ENOENT)
		return __LINE__ % 100;
	ret = nexus_next(THREAD, id, 0, &info, sizeof(info), 0);
	return ret == -ESRCH || ret == -ENOENT ? 0 : __LINE__ % 100;
}

static int in_other_ipc_ns(void *arg)
{
	struct team *team = arg;

	if (unshare(CLONE_NEWIPC))
		return 1;
	return nobody_there(team->pid) ?: nobody_there(team->spinner.tid);
}

TEST_F(ns, ipc_namespace)
{
	struct team *team = start_team(user_team);
	pid_t pid;

	ASSERT_NE(NULL, team);
	pid = spawn(in_other_ipc_ns, team);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid))
		TH_LOG("the result is the line modulo 100");
	EXPECT_TRUE(moves(&team->spinner));
	kill_team(team);
}

static int in_other_pid_ns(void *arg)
{
	struct team *team = arg;

	if (getpid() != 1)
		return 1;
	return nobody_there(team->pid) ?: nobody_there(team->spinner.tid);
}

TEST_F(ns, pid_namespace)
{
	struct team *team = start_team(user_team);
	pid_t pid;

	ASSERT_NE(NULL, team);
	if (unshare(CLONE_NEWPID))
		SKIP(return, "no pid namespaces: errno %d", errno);
	pid = spawn(in_other_pid_ns, team);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid))
		TH_LOG("the result is the line modulo 100");
	EXPECT_TRUE(moves(&team->spinner));
	kill_team(team);
}

TEST_HARNESS_MAIN
