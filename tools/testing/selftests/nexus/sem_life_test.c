// SPDX-License-Identifier: GPL-2.0
/*
 * A semaphore lives as long as the team that owns it: exit in all its forms,
 * exec, fork, threads, and owners that change.  Its waiters live elsewhere.
 */
#include "ns.h"
#include "sem.h"
#include <sys/syscall.h>

/* What a child that owns semaphores and this program know of each other. */
struct owner {
	int sem[3];
	int ready;
	int go;
};

static struct owner *new_owner(void)
{
	return shared(sizeof(struct owner));
}

static int own_sems(struct owner *owner)
{
	int i;

	for (i = 0; i < 3; i++) {
		owner->sem[i] = new_sem(i);
		if (owner->sem[i] < 0)
			return -1;
	}
	announce(&owner->ready, 1);
	return 0;
}

static int own_and_exit(void *arg)
{
	struct owner *owner = arg;

	return own_sems(owner) || !reached(&owner->go, 1);
}

static int own_and_pause(void *arg)
{
	return own_sems(arg) || pause_process(NULL);
}

/* Ids and names are gone. */
static void all_gone(struct __test_metadata *_metadata, struct owner *owner)
{
	struct nexus_sem_info info;
	int i;

	EXPECT_EQ(0, sems());
	EXPECT_EQ(-ENOENT, nexus_find(SEM, "test sem", 0));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EIDRM, sem_info(owner->sem[i], &info));
		EXPECT_EQ(-EIDRM, try_acquire(owner->sem[i], 1));
		EXPECT_EQ(-EIDRM, release(owner->sem[i], 1));
		EXPECT_EQ(-EIDRM, delete_sem(owner->sem[i]));
	}
}

static void all_there(struct __test_metadata *_metadata, struct owner *owner,
		      pid_t pid)
{
	struct nexus_sem_info info;
	int i;

	EXPECT_EQ(3, sems());
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, sem_info(owner->sem[i], &info));
		EXPECT_EQ(pid, info.team);
		EXPECT_EQ(i, info.count);
	}
}

TEST_F(ns, exit)
{
	struct owner *owner = new_owner();
	pid_t pid;
	int i;

	ASSERT_NE(NULL, owner);
	for (i = 0; i < 50; i++) {
		memset(owner, 0, sizeof(*owner));
		pid = spawn(own_and_exit, owner);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(reached(&owner->ready, 1));
		all_there(_metadata, owner, pid);
		announce(&owner->go, 1);
		ASSERT_EQ(0, reap(pid));
		/* Not later than wait() returns. */
		all_gone(_metadata, owner);
	}
}

TEST_F(ns, killed)
{
	struct owner *owner = new_owner();
	pid_t pid;
	int i;

	ASSERT_NE(NULL, owner);
	for (i = 0; i < 50; i++) {
		memset(owner, 0, sizeof(*owner));
		pid = spawn(own_and_pause, owner);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(reached(&owner->ready, 1));
		kill(pid, SIGKILL);
		ASSERT_EQ(128 + SIGKILL, reap(pid));
		all_gone(_metadata, owner);
	}
}

static int many_sems(void *arg)
{
	int i;

	for (i = 0; i < 4000; i++)
		if (new_sem(1) < 0)
			return 1;
	return 0;
}

TEST_F(ns, exit_with_many)
{
	pid_t pid;

	pid = spawn(many_sems, NULL);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(0, sems());
	EXPECT_EQ(-ENOENT, nexus_find(SEM, "test sem", 0));
}

static void *exit_group_later(void *arg)
{
	struct owner *owner = arg;

	reached(&owner->go, 1);
	_exit(3);
}

static int leader_exits(void *arg)
{
	pthread_t thread;

	if (own_sems(arg) ||
	    pthread_create(&thread, NULL, exit_group_later, arg))
		return 1;
	/* Only this thread, although it is the one that made them. */
	syscall(__NR_exit, 0);
	return 2;
}

TEST_F(ns, leader_ends_first)
{
	struct owner *owner = new_owner();
	struct nexus_sem_info info;
	pid_t pid;

	ASSERT_NE(NULL, owner);
	pid = spawn(leader_exits, owner);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&owner->ready, 1));
	ASSERT_TRUE(poll_until(task_state(pid, pid) == 'Z'));
	/* The team goes on without it. */
	all_there(_metadata, owner, pid);
	ASSERT_EQ(0, nexus_next(SEM, pid, 0, &info, sizeof(info), 0));
	EXPECT_EQ(owner->sem[0], info.id);
	announce(&owner->go, 1);
	ASSERT_EQ(3, reap(pid));
	all_gone(_metadata, owner);
}

struct holder {
	int made;
	int held;
};

static void *hold_in_thread(void *arg)
{
	struct holder *holder = arg;

	holder->made = new_sem(5);
	if (try_acquire(holder->made, 2) || try_acquire(holder->held, 3))
		holder->made = -1;
	return NULL;
}

/* There is no owner thread, and a thread that ends gives nothing back. */
TEST_F(ns, thread_ends)
{
	struct nexus_sem_info info;
	struct holder holder;
	pthread_t thread;

	holder.held = new_sem(4);
	ASSERT_LT(0, holder.held);
	ASSERT_EQ(0, pthread_create(&thread, NULL, hold_in_thread, &holder));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_LT(0, holder.made);
	ASSERT_EQ(0, sem_info(holder.made, &info));
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(3, info.count);
	EXPECT_EQ(1, sem_count(holder.held));
	EXPECT_EQ(0, release(holder.held, 3));
	EXPECT_EQ(4, sem_count(holder.held));
}

static int hold_and_die(void *arg)
{
	if (try_acquire(*(int *)arg, 3))
		return 1;
	raise(SIGKILL);
	return 2;
}

TEST_F(ns, team_of_a_holder_ends)
{
	pid_t pid;
	int sem;

	sem = new_sem(4);
	ASSERT_LT(0, sem);
	pid = spawn(hold_and_die, &sem);
	ASSERT_LT(0, pid);
	ASSERT_EQ(128 + SIGKILL, reap(pid));
	EXPECT_EQ(1, sem_count(sem));
}

TEST_F(ns, killed_waiter_leaves)
{
	struct sem_op *op = shared(sizeof(*op));
	pid_t pid;
	int i;

	ASSERT_NE(NULL, op);
	*op = acquire_op(new_sem(1), 2);
	ASSERT_LT(0, op->sem);
	for (i = 0; i < 20; i++) {
		pid = start_sem_process(op);
		ASSERT_LT(0, pid);
		EXPECT_EQ(-1, sem_count(op->sem));
		kill(pid, SIGKILL);
		ASSERT_EQ(128 + SIGKILL, reap(pid));
		/* Not later than wait() returns. */
		EXPECT_EQ(1, sem_count(op->sem));
		EXPECT_EQ(0, waiting(op->sem));
	}
}

TEST_F(ns, delete_wakes_all)
{
	struct sem_op op[6];
	int sem, i;

	sem = new_sem(2);
	ASSERT_LT(0, sem);
	for (i = 0; i < 6; i++) {
		op[i] = i & 1 ? switch_op(-1, sem, i + 3) :
				acquire_op(sem, i + 3);
		ASSERT_EQ(0, start_sem_op(&op[i]));
	}
	ASSERT_EQ(0, delete_sem(sem));
	for (i = 0; i < 6; i++) {
		EXPECT_EQ(-EIDRM, join_sem_op(&op[i]));
		EXPECT_EQ(UNTOUCHED, op[i].status);
	}
}

struct crowd {
	int sem;
	int wrong;
};

enum { PROCESSES = 50, THREADS = 20, CROWD = PROCESSES * THREADS };

static void *crowd_thread(void *arg)
{
	struct crowd *crowd = arg;

	if (nexus_sem_acquire(crowd->sem, 1, 0, NULL, NULL) != -EIDRM)
		__atomic_fetch_add(&crowd->wrong, 1, __ATOMIC_RELAXED);
	return NULL;
}

static int crowd_process(void *arg)
{
	pthread_t thread[THREADS];
	pthread_attr_t attr;
	int i;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], &attr, crowd_thread, arg))
			return 1;
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

/* The owner ends while a thousand threads of other teams wait. */
TEST_F_TIMEOUT(ns, owner_of_a_thousand_waiters, 120)
{
	struct crowd *crowd = shared(sizeof(*crowd));
	struct owner *owner = new_owner();
	pid_t pid[PROCESSES], dying;
	int i;

	ASSERT_NE(NULL, crowd);
	ASSERT_NE(NULL, owner);
	dying = spawn(own_and_pause, owner);
	ASSERT_LT(0, dying);
	ASSERT_TRUE(reached(&owner->ready, 1));
	crowd->sem = owner->sem[0];
	for (i = 0; i < PROCESSES; i++) {
		pid[i] = spawn(crowd_process, crowd);
		ASSERT_LT(0, pid[i]);
	}
	/* So many take their time. */
	ASSERT_TRUE(poll_until(waiting(crowd->sem) == CROWD) ||
		    poll_until(waiting(crowd->sem) == CROWD))
		TH_LOG("%ld wait", waiting(crowd->sem));
	EXPECT_EQ(-CROWD, sem_count(crowd->sem));
	kill(dying, SIGKILL);
	ASSERT_EQ(128 + SIGKILL, reap(dying));
	for (i = 0; i < PROCESSES; i++)
		ASSERT_EQ(0, reap(pid[i]));
	EXPECT_EQ(0, crowd->wrong);
	all_gone(_metadata, owner);
}

/* The other program, which is this one: it says that it runs, and waits. */
static int other_program(int fd)
{
	const int sem = sem_args("other program", 1, 0, 0);

	if (write(fd, &sem, sizeof(sem)) != sizeof(sem))
		return 1;
	return pause_process(NULL);
}

struct exec {
	struct owner owner;
	int fd;
	const char *path;
	int result;
};

static void do_exec(struct exec *exec)
{
	char fd[16];
	char *const argv[] = { "sem_life_test", "other", fd, NULL };
	char *const envp[] = { NULL };

	snprintf(fd, sizeof(fd), "%d", exec->fd);
	execve(exec->path, argv, envp);
	exec->result = -errno;
}

static int own_and_exec(void *arg)
{
	struct exec *exec = arg;

	if (own_sems(&exec->owner) || !reached(&exec->owner.go, 1))
		return 1;
	do_exec(exec);
	announce(&exec->owner.ready, 2);
	return pause_process(NULL);
}

static void *exec_thread(void *arg)
{
	struct exec *exec = arg;

	if (reached(&exec->owner.go, 1))
		do_exec(exec);
	return NULL;
}

static int own_and_exec_in_thread(void *arg)
{
	struct exec *exec = arg;
	pthread_t thread;

	return pthread_create(&thread, NULL, exec_thread, arg) ||
	       own_sems(&exec->owner) || pause_process(NULL);
}

static void exec_deletes(struct __test_metadata *_metadata, int (*fn)(void *))
{
	struct exec *exec = shared(sizeof(*exec));
	struct nexus_sem_info info;
	struct sem_op op;
	int pipefd[2], sem;
	pid_t pid;

	ASSERT_NE(NULL, exec);
	ASSERT_EQ(0, pipe(pipefd));
	exec->fd = pipefd[1];
	exec->path = "/proc/self/exe";
	pid = spawn(fn, exec);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&exec->owner.ready, 1));
	all_there(_metadata, &exec->owner, pid);
	op = acquire_op(exec->owner.sem[1], 2);
	ASSERT_EQ(0, start_sem_op(&op));

	announce(&exec->owner.go, 1);
	ASSERT_EQ(sizeof(sem), read(pipefd[0], &sem, sizeof(sem)));
	EXPECT_EQ(-EIDRM, join_sem_op(&op));
	/* The same team, but only what the new program made is there. */
	ASSERT_LT(0, sem);
	EXPECT_EQ(1, sems());
	EXPECT_EQ(0, sem_info(sem, &info));
	EXPECT_EQ(pid, info.team);
	EXPECT_STREQ("other program", info.name);
	EXPECT_EQ(NO_COUNT, sem_count(exec->owner.sem[0]));
	EXPECT_EQ(NO_COUNT, sem_count(exec->owner.sem[2]));
	kill(pid, SIGKILL);
	reap(pid);
	all_gone(_metadata, &exec->owner);
}

TEST_F(ns, exec)
{
	exec_deletes(_metadata, own_and_exec);
}

TEST_F(ns, exec_in_thread)
{
	exec_deletes(_metadata, own_and_exec_in_thread);
}

TEST_F(ns, failed_exec)
{
	struct exec *exec = shared(sizeof(*exec));
	pid_t pid;

	ASSERT_NE(NULL, exec);
	exec->path = "/no/such/program";
	pid = spawn(own_and_exec, exec);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&exec->owner.ready, 1));
	announce(&exec->owner.go, 1);
	ASSERT_TRUE(reached(&exec->owner.ready, 2));
	EXPECT_EQ(-ENOENT, exec->result);
	/* It is still the program that made them. */
	all_there(_metadata, &exec->owner, pid);
	kill(pid, SIGKILL);
	reap(pid);
}

static int use_by_id(void *arg)
{
	const int sem = *(int *)arg;
	struct nexus_sem_info info;

	if (nexus_next(SEM, 0, 0, &info, sizeof(info), 0) != -ENOENT)
		return 1;
	if (sem_info(sem, &info) || info.team != getppid())
		return 2;
	if (try_acquire(sem, 2) || release(sem, 1))
		return 3;
	if (nexus_find(SEM, "test sem", 0) != sem)
		return 4;
	return 0;
}

TEST_F(ns, fork)
{
	struct nexus_sem_info info;
	pid_t pid;
	int sem;

	sem = new_sem(2);
	ASSERT_LT(0, sem);
	pid = spawn(use_by_id, &sem);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	/* Its end is none of the semaphore's business. */
	ASSERT_EQ(0, sem_info(sem, &info));
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(1, info.count);
	EXPECT_EQ(-pid, info.latest_holder);
}

static int delete_by_id(void *arg)
{
	return delete_sem(*(int *)arg) ? 1 : 0;
}

TEST_F(ns, other_team_deletes)
{
	struct sem_op op;
	pid_t pid;
	int sem;

	sem = new_sem(0);
	ASSERT_LT(0, sem);
	op = acquire_op(sem, 1);
	ASSERT_EQ(0, start_sem_op(&op));
	pid = spawn(delete_by_id, &sem);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	EXPECT_EQ(-EIDRM, join_sem_op(&op));
}

TEST_F(ns, vfork)
{
	char *const argv[] = { "sem_life_test", "none", NULL };
	struct nexus_sem_info info;
	pid_t pid;
	int sem;

	sem = new_sem(1);
	ASSERT_LT(0, sem);
	pid = vfork();
	if (!pid) {
		execve("/proc/self/exe", argv, NULL);
		_exit(1);
	}
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, reap(pid));
	/* Shared memory is not a shared team. */
	ASSERT_EQ(0, sem_info(sem, &info));
	EXPECT_EQ(getpid(), info.team);
}

TEST_F(ns, set_owner_moves_life)
{
	struct owner *owner = new_owner();
	struct nexus_sem_info info;
	struct sem_op op[2];
	pid_t giver, taker;
	int i;

	ASSERT_NE(NULL, owner);
	giver = spawn(own_and_pause, owner);
	/* It has never done anything with Nexus. */
	taker = spawn(pause_process, NULL);
	ASSERT_LT(0, giver);
	ASSERT_LT(0, taker);
	ASSERT_TRUE(reached(&owner->ready, 1));
	for (i = 0; i < 2; i++) {
		op[i] = acquire_op(owner->sem[1], 2);
		ASSERT_EQ(0, start_sem_op(&op[i]));
	}
	ASSERT_EQ(0, nexus_set_owner(SEM, owner->sem[1], taker, 0));
	/* The same once more is no error. */
	ASSERT_EQ(0, nexus_set_owner(SEM, owner->sem[1], taker, 0));
	ASSERT_EQ(0, nexus_next(SEM, taker, 0, &info, sizeof(info), 0));
	EXPECT_EQ(owner->sem[1], info.id);
	EXPECT_EQ(taker, info.team);
	EXPECT_EQ(-3, info.count);
	EXPECT_EQ(2, info.waiting);
	ASSERT_EQ(0, nexus_next(SEM, giver, owner->sem[0], &info, sizeof(info),
				0));
	EXPECT_EQ(owner->sem[2], info.id);

	kill(giver, SIGKILL);
	reap(giver);
	EXPECT_EQ(NO_COUNT, sem_count(owner->sem[0]));
	ASSERT_EQ(0, release(owner->sem[1], 1));
	EXPECT_EQ(0, join_sem_op(&op[0]));
	EXPECT_TRUE(sem_op_waits(&op[1]));
	kill(taker, SIGKILL);
	reap(taker);
	EXPECT_EQ(-EIDRM, join_sem_op(&op[1]));
	all_gone(_metadata, owner);
}

TEST_F(ns, set_owner_back_and_forth)
{
	struct nexus_sem_info info;
	pid_t pid;
	int sem, i;

	sem = new_sem(1);
	ASSERT_LT(0, sem);
	pid = spawn(pause_process, NULL);
	ASSERT_LT(0, pid);
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, nexus_set_owner(SEM, sem, pid, 0));
		ASSERT_EQ(0, nexus_set_owner(SEM, sem, i & 1 ? 0 : getpid(),
					     0));
	}
	kill(pid, SIGKILL);
	reap(pid);
	ASSERT_EQ(0, sem_info(sem, &info));
	EXPECT_EQ(getpid(), info.team);
	EXPECT_EQ(-ESRCH, nexus_set_owner(SEM, sem, pid, 0));
}

static int compare(const void *a, const void *b)
{
	const int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

TEST_F_TIMEOUT(ns, ids_are_not_reused, 180)
{
	enum { COUNT = 100000, FEWEST = 5000 };
	int *id = malloc(COUNT * sizeof(*id));
	const int64_t end = now_ns(CLOCK_MONOTONIC) + 30 * 1000000000LL;
	int i, n;

	ASSERT_NE(NULL, id);
	/* Kernels with all checks are slow: fewer have to do there. */
	for (n = 0; n < COUNT; n++) {
		if (n > FEWEST && now_ns(CLOCK_MONOTONIC) > end)
			break;
		id[n] = new_sem(1);
		ASSERT_LT(0, id[n]);
		ASSERT_EQ(0, delete_sem(id[n]));
		/* Now, and a hundred ids later. */
		ASSERT_EQ(-EIDRM, try_acquire(id[n], 1));
		if (n > 100)
			ASSERT_EQ(-EIDRM, release(id[n - 100], 1));
	}
	EXPECT_EQ(0, sems());
	qsort(id, n, sizeof(*id), compare);
	for (i = 1; i < n; i++)
		ASSERT_NE(id[i - 1], id[i]);
	TH_LOG("%d ids", n);
	free(id);
}

static int leave_namespace(void *arg)
{
	struct owner *owner = arg;
	struct nexus_sem_info info;

	if (own_sems(owner) || !reached(&owner->go, 1))
		return 1;
	if (unshare(CLONE_NEWIPC))
		return 2;
	/* They are still this team's, but not here. */
	if (nexus_next(SEM, 0, 0, &info, sizeof(info), 0) != -ENOENT)
		return 3;
	if (sem_count(owner->sem[0]) != NO_COUNT ||
	    nexus_find(SEM, "test sem", 0) != -ENOENT ||
	    delete_sem(owner->sem[1]) != -EIDRM)
		return 4;
	if (new_sem(1) < 0 || sems() != 1)
		return 5;
	announce(&owner->ready, 2);
	return reached(&owner->go, 2) ? 0 : 6;
}

TEST_F(ns, owner_leaves_the_namespace)
{
	struct owner *owner = new_owner();
	pid_t pid;

	ASSERT_NE(NULL, owner);
	pid = spawn(leave_namespace, owner);
	ASSERT_LT(0, pid);
	ASSERT_TRUE(reached(&owner->ready, 1));
	announce(&owner->go, 1);
	ASSERT_TRUE(reached(&owner->ready, 2));
	all_there(_metadata, owner, pid);
	announce(&owner->go, 2);
	ASSERT_EQ(0, reap(pid));
	all_gone(_metadata, owner);
}

/* The waiter has its wait from a namespace that nobody is in any more. */
static int outlive_namespace(void *arg)
{
	struct sem_op op;
	int sem;

	if (unshare(CLONE_NEWIPC))
		return 1;
	sem = new_sem(0);
	if (sem < 0)
		return 2;
	op = acquire_op(sem, 1);
	if (start_sem_op(&op))
		return 3;
	if (unshare(CLONE_NEWIPC))
		return 4;
	/* The thread keeps it alive, as long as it waits. */
	if (sems() || sem_count(sem) != NO_COUNT)
		return 5;
	if (sem_op_done(&op))
		return 6;
	return 0;
}

TEST_F(ns, waiter_in_a_left_namespace)
{
	pid_t pid;

	pid = spawn(outlive_namespace, NULL);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, reap(pid));
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "other"))
		return other_program(atoi(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "none"))
		return 0;
	return test_harness_run(argc, argv);
}
