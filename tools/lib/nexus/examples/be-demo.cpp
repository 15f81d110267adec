// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * A program as they were written for BeOS: two threads that run loops like
 * those of BLooper, with messages in ports, a lock that is a benaphore, the
 * message slots of threads, and wait_for_objects() to watch it all.
 *
 * A cook takes orders from a port and a waiter brings what is ready to the
 * guest, who is the main thread.  Prints the same on every run and exits with
 * 0 if all went as it should.
 */
#include <OS.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
die(const char *what, status_t status)
{
	fflush(stdout);
	fprintf(stderr, "be-demo: %s: 0x%08x%s\n", what,
		(unsigned int)status, status == B_NOT_SUPPORTED ?
		": this kernel has no Nexus" : "");
	exit(1);
}

static void
check(const char *what, int64 got, int64 want)
{
	if (got != want)
		die(what, (status_t)got);
}

/* The lock of the Be newsletters: the semaphore is only asked if it must. */
class Benaphore {
public:
	Benaphore(const char *name)
		:
		fCount(0),
		fSem(create_sem(0, name))
	{
		if (fSem < 0)
			die("create_sem", fSem);
	}

	~Benaphore()
	{
		delete_sem(fSem);
	}

	void Lock()
	{
		if (atomic_add(&fCount, 1) == 0)
			return;
		status_t status;
		do {
			status = acquire_sem(fSem);
		} while (status == B_INTERRUPTED);
		check("acquire_sem", status, B_OK);
	}

	void Unlock()
	{
		if (atomic_add(&fCount, -1) > 1)
			release_sem(fSem);
	}

private:
	int32	fCount;
	sem_id	fSem;
};

class Autolock {
public:
	Autolock(Benaphore &lock)
		:
		fLock(lock)
	{
		fLock.Lock();
	}

	~Autolock()
	{
		fLock.Unlock();
	}

private:
	Benaphore	&fLock;
};

enum {
	kOrder = 'ordr',
	kMeal = 'meal',
	kQuit = 'quit',
	kDone = 'done'
};

/* A port, and a thread that reads it until it is told to quit */
class Looper {
public:
	Looper(const char *name)
		:
		fPort(create_port(4, name)),
		fThread(-1)
	{
		if (fPort < 0)
			die("create_port", fPort);
		fThread = spawn_thread(_Entry, name, B_NORMAL_PRIORITY, this);
		if (fThread < 0)
			die("spawn_thread", fThread);
	}

	virtual ~Looper()
	{
		delete_port(fPort);
	}

	void Run()
	{
		check("resume_thread", resume_thread(fThread), B_OK);
	}

	void Post(int32 what, const char *text)
	{
		check("write_port_etc",
			write_port_etc(fPort, what, text, strlen(text) + 1,
				B_RELATIVE_TIMEOUT, 10000000), B_OK);
	}

	status_t Quit()
	{
		status_t result;

		Post(kQuit, "");
		check("wait_for_thread", wait_for_thread(fThread, &result),
			B_OK);
		return result;
	}

	thread_id Thread() const { return fThread; }
	port_id Port() const { return fPort; }

protected:
	virtual void MessageReceived(int32 what, const char *text) = 0;

private:
	static status_t _Entry(void *self)
	{
		return static_cast<Looper *>(self)->_Loop();
	}

	status_t _Loop()
	{
		char text[64];
		int32 what, handled = 0;

		for (;;) {
			ssize_t size = read_port(fPort, &what, text,
				sizeof(text));
			if (size == B_INTERRUPTED)
				continue;
			if (size < 0)
				return (status_t)size;
			if (what == kQuit)
				return handled;
			MessageReceived(what, text);
			handled++;
		}
	}

	port_id		fPort;
	thread_id	fThread;
};

static Benaphore sKitchen("kitchen");
static int sPlates = 0;

/* Brings meals to the guest: by send_data(), one at a time. */
class Waiter : public Looper {
public:
	Waiter(thread_id guest)
		:
		Looper("waiter"),
		fGuest(guest)
	{
	}

protected:
	virtual void MessageReceived(int32 what, const char *text)
	{
		{
			Autolock _(sKitchen);
			sPlates--;
		}
		check("send_data", send_data(fGuest, what, text,
			strlen(text) + 1), B_OK);
	}

private:
	thread_id	fGuest;
};

class Cook : public Looper {
public:
	Cook(Waiter &waiter)
		:
		Looper("cook"),
		fWaiter(waiter)
	{
	}

protected:
	virtual void MessageReceived(int32, const char *text)
	{
		char meal[64];

		snooze(1000);
		{
			Autolock _(sKitchen);
			sPlates++;
		}
		snprintf(meal, sizeof(meal), "hot %s", text);
		fWaiter.Post(kMeal, meal);
	}

private:
	Waiter	&fWaiter;
};

/* Two threads under one lock lose nothing. */
static int sCounter = 0;

static status_t
count(void *lock)
{
	for (int i = 0; i < 1000; i++) {
		Autolock _(*static_cast<Benaphore *>(lock));
		sCounter++;
	}
	return B_OK;
}

static void
show_lock()
{
	Benaphore lock("counter");
	thread_id threads[2];

	for (int i = 0; i < 2; i++) {
		threads[i] = spawn_thread(count, "counter", B_LOW_PRIORITY,
			&lock);
		if (threads[i] < 0)
			die("spawn_thread", threads[i]);
	}
	for (int i = 0; i < 2; i++)
		check("resume_thread", resume_thread(threads[i]), B_OK);
	for (int i = 0; i < 2; i++) {
		status_t result;

		check("wait_for_thread", wait_for_thread(threads[i], &result),
			B_OK);
		check("counter", result, B_OK);
	}
	check("the count", sCounter, 2000);
	printf("two threads counted to %d under a benaphore\n", sCounter);
}

static void
show_restaurant()
{
	static const char *const orders[] = { "soup", "pasta", "coffee" };
	Waiter waiter(find_thread(NULL));
	Cook cook(waiter);
	thread_id sender;
	char text[64];

	waiter.Run();
	cook.Run();
	for (int i = 0; i < 3; i++) {
		printf("guest: a %s, please\n", orders[i]);
		cook.Post(kOrder, orders[i]);
	}
	for (int i = 0; i < 3; i++) {
		check("receive_data", receive_data(&sender, text,
			sizeof(text)), kMeal);
		check("the sender", sender, waiter.Thread());
		printf("waiter: %s\n", text);
	}
	printf("the cook handled %d orders, ", (int)cook.Quit());
	printf("the waiter %d meals, ", (int)waiter.Quit());
	printf("%d plates are left\n", sPlates);
	check("plates", sPlates, 0);
}

static void
show_timeouts()
{
	port_id port = create_port(1, "small");

	check("a first message", write_port(port, kDone, NULL, 0), B_OK);
	check("no wait", write_port_etc(port, kDone, NULL, 0,
		B_RELATIVE_TIMEOUT, 0), B_WOULD_BLOCK);
	check("a short wait", write_port_etc(port, kDone, NULL, 0,
		B_RELATIVE_TIMEOUT, 2000), B_TIMED_OUT);
	check("a late wait", write_port_etc(port, kDone, NULL, 0,
		B_ABSOLUTE_TIMEOUT, system_time() - 1), B_TIMED_OUT);
	printf("a full port: B_WOULD_BLOCK, B_TIMED_OUT, B_TIMED_OUT\n");
	delete_port(port);
}

static status_t
sleep_and_release(void *sem)
{
	snooze(5000);
	return release_sem(*static_cast<sem_id *>(sem));
}

static void
show_wait()
{
	sem_id sem = create_sem(0, "event");
	port_id port = create_port(1, "silent");
	thread_id thread = spawn_thread(sleep_and_release, "sleeper",
		B_NORMAL_PRIORITY, &sem);
	object_wait_info infos[3] = {
		{ port, B_OBJECT_TYPE_PORT, B_EVENT_READ },
		{ sem, B_OBJECT_TYPE_SEMAPHORE, B_EVENT_ACQUIRE_SEMAPHORE },
		{ find_thread(NULL), B_OBJECT_TYPE_THREAD, 0 }
	};
	status_t result;

	check("resume_thread", resume_thread(thread), B_OK);
	check("wait_for_objects", wait_for_objects(infos, 3), 1);
	check("its port", infos[0].events, 0);
	check("its semaphore", infos[1].events, B_EVENT_ACQUIRE_SEMAPHORE);
	check("its thread", infos[2].events, 0);
	check("acquire_sem_etc", acquire_sem_etc(sem, 1, B_RELATIVE_TIMEOUT,
		0), B_OK);
	printf("wait_for_objects: the semaphore of three objects\n");

	/* A thread that has ended is an event too. */
	check("wait_for_thread", wait_for_thread(thread, &result), B_OK);
	check("the sleeper", result, B_OK);
	infos[2].object = thread;
	check("wait_for_objects", wait_for_objects(&infos[2], 1), 1);
	check("its thread", infos[2].events, B_EVENT_INVALID);
	printf("wait_for_objects: the thread has ended\n");
	delete_sem(sem);
	delete_port(port);
}

int
main()
{
	check("rename_thread", rename_thread(find_thread(NULL), "main"),
		B_OK);
	show_lock();
	show_restaurant();
	show_timeouts();
	show_wait();
	printf("done\n");
	return 0;
}
