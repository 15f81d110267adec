// SPDX-License-Identifier: GPL-2.0
/*
 * $/dev/md64api: the texts, the record, how they are read, and that they say
 * what the rest of the system says.
 */
#include "devfs.h"

#include <assert.h>
#include <ctype.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#define MD64	DEV "md64api/"

static_assert(sizeof(struct devfs_sysinfo) == 1328, "sysinfo");
static_assert(offsetof(struct devfs_sysinfo, SystemVersion) == 16, "");
static_assert(offsetof(struct devfs_sysinfo, KernelVersion) == 48, "");
static_assert(offsetof(struct devfs_sysinfo, KernelVendor) == 112, "");
static_assert(offsetof(struct devfs_sysinfo, os_name) == 176, "");
static_assert(offsetof(struct devfs_sysinfo, os_arch) == 208, "");
static_assert(offsetof(struct devfs_sysinfo, pcname) == 224, "");
static_assert(offsetof(struct devfs_sysinfo, username) == 352, "");
static_assert(offsetof(struct devfs_sysinfo, domain) == 384, "");
static_assert(offsetof(struct devfs_sysinfo, kconsole) == 416, "");
static_assert(offsetof(struct devfs_sysinfo, cpu) == 480, "");
static_assert(offsetof(struct devfs_sysinfo, cpu_manufacturer) == 496, "");
static_assert(offsetof(struct devfs_sysinfo, cpu_model) == 512, "");
static_assert(offsetof(struct devfs_sysinfo, cpu_cores) == 576, "");
static_assert(offsetof(struct devfs_sysinfo, cpu_cache_l3_kb) == 604, "");
static_assert(offsetof(struct devfs_sysinfo, cpu_flags) == 608, "");
static_assert(offsetof(struct devfs_sysinfo, is_virtual_machine) == 736, "");
static_assert(offsetof(struct devfs_sysinfo, gpu_name) == 772, "");
static_assert(offsetof(struct devfs_sysinfo, gpu_driver) == 900, "");
static_assert(offsetof(struct devfs_sysinfo, gpu_vram_mb) == 964, "");
static_assert(offsetof(struct devfs_sysinfo, storage_total_mb) == 968, "");
static_assert(offsetof(struct devfs_sysinfo, primary_disk_model) == 984, "");
static_assert(offsetof(struct devfs_sysinfo, bios_vendor) == 1112, "");
static_assert(offsetof(struct devfs_sysinfo, motherboard_model) == 1240, "");
static_assert(offsetof(struct devfs_sysinfo, secure_boot_enabled) == 1304, "");
static_assert(offsetof(struct devfs_sysinfo, uptime_seconds) == 1312, "");
static_assert(offsetof(struct devfs_sysinfo, rtc_second) == 1320, "");
static_assert(offsetof(struct devfs_sysinfo, rtc_year) == 1326, "");

/* Every node with a text, and whether that is a number. */
static const struct {
	const char *path;
	int number;
} texts[] = {
	{ MD64 "pcname" },
	{ MD64 "osname" },
	{ MD64 "version" },
	{ MD64 "kernelversion" },
	{ MD64 "arch" },
	{ MD64 "vm", 1 },
	{ MD64 "vmvendor" },
	{ MD64 "datetime" },
	{ MD64 "cmdline" },
	{ MD64 "bootloader" },
	{ MD64 "ram/total", 1 },
	{ MD64 "ram/available", 1 },
	{ MD64 "ram/lower", 1 },
	{ MD64 "ram/upper", 1 },
	{ MD64 "cpu/vendor" },
	{ MD64 "cpu/model" },
	{ MD64 "cpu/cores", 1 },
	{ MD64 "cpu/threads", 1 },
	{ MD64 "cpu/mhz", 1 },
	{ MD64 "gpu/name" },
	{ MD64 "gpu/driver" },
	{ MD64 "gpu/vram", 1 },
};

#define NR_TEXTS	(sizeof(texts) / sizeof(*texts))

FIXTURE(md64)
{
	struct devfs_sysinfo info;
};

FIXTURE_SETUP(md64)
{
	int fd;

	OWN_DEVFS_OR_SKIP();
	if (access(DEV "md64api", F_OK))
		SKIP(return, "no md64api");
	memset(&self->info, 0xa5, sizeof(self->info));
	fd = open_path(MD64 "sysinfo", O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(1328, read_fd(fd, &self->info, sizeof(self->info)));
	close(fd);
}

FIXTURE_TEARDOWN(md64)
{
}

/* The text of a node, terminated, in memory that the next call reuses. */
static const char *text(const char *path)
{
	static char buf[8192];

	return read_text(path, buf, sizeof(buf)) < 0 ? "(error)" : buf;
}

/* A 32-bit program sees the 64-bit machine, too. */
static int on_x86(void)
{
	struct utsname uts;

	return !uname(&uts) && (!strcmp(uts.machine, "x86_64") ||
				!strcmp(uts.machine, "i686"));
}

static long long number(const char *path)
{
	return strtoll(text(path), NULL, 10);
}

TEST_F(md64, texts_end_and_are_one_line)
{
	char buf[8192];
	long len;
	size_t i, j;

	for (i = 0; i < NR_TEXTS; i++) {
		/* Reads until the end of the file: there has to be one. */
		len = read_text(texts[i].path, buf, sizeof(buf));
		EXPECT_LT(0, len)
			TH_LOG("%s", texts[i].path);
		if (len <= 0)
			continue;
		EXPECT_EQ(strlen(buf), (size_t)len);
		EXPECT_EQ(0, !!strchr(buf, '\n'))
			TH_LOG("%s has a newline", texts[i].path);
		for (j = 0; texts[i].number && j < (size_t)len; j++)
			EXPECT_TRUE(isdigit((unsigned char)buf[j]))
				TH_LOG("%s: %s", texts[i].path, buf);
		if (texts[i].number && len > 1)
			EXPECT_NE('0', buf[0]);
	}
}

/* At its end one read gives 0, the next one starts again. */
TEST_F(md64, snapshots)
{
	const int fd = open_path(MD64 "datetime", O_RDONLY);
	char a[64], b[64];

	ASSERT_LE(0, fd);
	EXPECT_EQ(19, read_fd(fd, a, sizeof(a)));
	EXPECT_EQ(0, read_fd(fd, a, sizeof(a)));
	EXPECT_EQ(0, read_fd(fd, a, 0));
	EXPECT_EQ(19, read_fd(fd, b, sizeof(b)));
	EXPECT_EQ(0, read_fd(fd, b, sizeof(b)));
	close(fd);
}

/* Short reads go through one snapshot, however slow they are. */
TEST_F(md64, short_reads)
{
	const int fd = open_path(MD64 "sysinfo", O_RDONLY);
	struct devfs_sysinfo info;
	size_t at = 0;
	long n;

	ASSERT_LE(0, fd);
	do {
		const size_t left = sizeof(info) - at;

		n = read_fd(fd, (char *)&info + at, left < 7 ? left : 7);
		at += n > 0 ? n : 0;
	} while (n > 0 && at < sizeof(info));
	EXPECT_EQ(1328U, at);
	EXPECT_EQ(0, read_fd(fd, &info, sizeof(info)));
	EXPECT_STREQ(self->info.os_name, info.os_name);
	EXPECT_EQ(self->info.rtc_year, info.rtc_year);
	close(fd);
}

TEST_F(md64, a_short_read_is_a_prefix)
{
	const int fd = open_path(MD64 "sysinfo", O_RDONLY);
	__u64 ram[2];

	ASSERT_LE(0, fd);
	ASSERT_EQ(16, read_fd(fd, ram, sizeof(ram)));
	EXPECT_EQ(self->info.sys_total_ram, ram[1]);
	close(fd);
}

/* Each open file has a snapshot of its own. */
TEST_F(md64, files_are_independent)
{
	const int a = open_path(MD64 "osname", O_RDONLY);
	const int b = open_path(MD64 "osname", O_RDONLY);
	char buf[16] = {};

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	EXPECT_EQ(2, read_fd(a, buf, 2));
	EXPECT_EQ(5, read_fd(b, buf, sizeof(buf)));
	EXPECT_STREQ("Linux", buf);
	EXPECT_EQ(3, read_fd(a, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "nux", 3));
	close(a);
	close(b);
}

TEST_F(md64, names_are_those_of_uname)
{
	char release[64], version[32];
	struct utsname uts;

	ASSERT_EQ(0, uname(&uts));
	EXPECT_STREQ(uts.nodename, text(MD64 "pcname"));
	EXPECT_STREQ(uts.sysname, text(MD64 "osname"));
	snprintf(release, sizeof(release), "%.63s", uts.release);
	EXPECT_STREQ(release, text(MD64 "kernelversion"));
	/* As much of it as the record has room for. */
	snprintf(version, sizeof(version), "%.31s", uts.version);
	EXPECT_STREQ(version, text(MD64 "version"));
	EXPECT_STREQ(on_x86() ? "AMD64" : uts.machine, text(MD64 "arch"));
}

static int in_own_uts(void *arg)
{
	char longest[65];

	if (unshare(CLONE_NEWUTS) || sethostname("another", 7))
		return 1;
	if (strcmp(text(MD64 "pcname"), "another"))
		return 2;
	if (sethostname("", 0))
		return 3;
	if (strcmp(text(MD64 "pcname"), "(unknown)"))
		return 4;
	memset(longest, 'h', 64);
	longest[64] = 0;
	if (sethostname(longest, 64))
		return 5;
	return strcmp(text(MD64 "pcname"), longest) ? 6 : 0;
}

TEST_F(md64, each_uts_namespace_has_its_name)
{
	EXPECT_EQ(0, reap(spawn(in_own_uts, NULL)));
	EXPECT_STREQ(self->info.pcname, text(MD64 "pcname"));
}

TEST_F(md64, memory)
{
	struct sysinfo si;
	long long total, available;

	ASSERT_EQ(0, sysinfo(&si));
	total = (long long)si.totalram * si.mem_unit >> 20;
	available = number(MD64 "ram/available");
	EXPECT_EQ(total, number(MD64 "ram/total"));
	EXPECT_LT(0, available);
	EXPECT_GE(total, available);
	EXPECT_GE(1024, number(MD64 "ram/lower"));
	if (!on_x86())
		return;
	EXPECT_LT(500, number(MD64 "ram/lower"));
	EXPECT_LT(1024, number(MD64 "ram/upper"));
}

TEST_F(md64, processors)
{
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_ONLN), number(MD64 "cpu/threads"));
	EXPECT_LE(1, number(MD64 "cpu/cores"));
	EXPECT_GE(number(MD64 "cpu/threads"), number(MD64 "cpu/cores"));
	EXPECT_NE(' ', text(MD64 "cpu/model")[0]);
	if (!on_x86())
		return;
	EXPECT_LT(100, number(MD64 "cpu/mhz"));
	EXPECT_LE(self->info.cpu_base_mhz, self->info.cpu_max_mhz);
	EXPECT_TRUE(!!strstr(self->info.cpu_flags, "SSE2"));
	EXPECT_TRUE(!!strstr(self->info.cpu_flags, "MMX"));
}

/* The value of the first "KEY : value" of /proc/cpuinfo. */
static void cpu_value(const char *key, char *value, size_t size)
{
	static char buf[65536];
	char *p, *end;

	*value = 0;
	if (read_file("/proc/cpuinfo", buf, sizeof(buf)) <= 0)
		return;
	p = strstr(buf, key);
	p = p ? strchr(p, ':') : NULL;
	if (!p)
		return;
	p += 2;
	end = strchr(p, '\n');
	snprintf(value, size, "%.*s", (int)(end - p), p);
}

TEST_F(md64, processor_names)
{
	char value[128];

	if (!on_x86())
		SKIP(return, "no names");
	cpu_value("vendor_id", value, sizeof(value));
	EXPECT_STREQ(value, text(MD64 "cpu/vendor"));
	EXPECT_STREQ(value, self->info.cpu_manufacturer);
	cpu_value("model name", value, sizeof(value));
	EXPECT_STREQ(value, text(MD64 "cpu/model"));
}

TEST_F(md64, virtual_machine)
{
	const long long vm = number(MD64 "vm");

	EXPECT_TRUE(vm == 0 || vm == 1);
	EXPECT_EQ(vm, self->info.is_virtual_machine);
	EXPECT_EQ(!vm, !strcmp("(unknown)", text(MD64 "vmvendor")));
}

TEST_F(md64, time_of_day)
{
	time_t before, after, then;
	struct tm tm = {};
	int n;

	before = time(NULL);
	n = sscanf(text(MD64 "datetime"), "%4d-%2d-%2d %2d:%2d:%2d",
		   &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		   &tm.tm_hour, &tm.tm_min, &tm.tm_sec);
	after = time(NULL);
	ASSERT_EQ(6, n);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	then = timegm(&tm);
	EXPECT_LE(before, then + 1);
	EXPECT_GE(after, then);
	EXPECT_EQ(tm.tm_year + 1900, self->info.rtc_year);
}

TEST_F(md64, uptime)
{
	char buf[64];
	double up;

	ASSERT_LT(0, read_file("/proc/uptime", buf, sizeof(buf)));
	up = strtod(buf, NULL);
	EXPECT_LE(self->info.uptime_seconds, (__u64)up);
	EXPECT_GE(self->info.uptime_seconds + 60, (__u64)up);
}

TEST_F(md64, command_line)
{
	char line[8192];
	long len;

	len = read_file("/proc/cmdline", line, sizeof(line));
	ASSERT_LT(0, len);
	if (line[len - 1] == '\n')
		line[len - 1] = 0;
	EXPECT_STREQ(line, text(MD64 "cmdline"));
}

/* Texts and record do not contradict each other. */
TEST_F(md64, texts_are_the_fields)
{
#define SAME_TEXT(_path, _field) \
	EXPECT_STREQ(*self->info._field ? self->info._field : "(unknown)", \
		     text(MD64 _path))
#define SAME_NUMBER(_path, _field) \
	EXPECT_EQ((long long)self->info._field, number(MD64 _path))

	SAME_TEXT("pcname", pcname);
	SAME_TEXT("osname", os_name);
	SAME_TEXT("version", SystemVersion);
	SAME_TEXT("kernelversion", KernelVersion);
	SAME_TEXT("arch", os_arch);
	SAME_TEXT("vmvendor", virtualization_vendor);
	SAME_TEXT("cpu/vendor", cpu);
	SAME_TEXT("cpu/model", cpu_model);
	SAME_TEXT("gpu/name", gpu_name);
	SAME_TEXT("gpu/driver", gpu_driver);
	SAME_NUMBER("ram/total", sys_total_ram);
	SAME_NUMBER("cpu/cores", cpu_cores);
	SAME_NUMBER("cpu/threads", cpu_threads);
	SAME_NUMBER("cpu/mhz", cpu_base_mhz);
	SAME_NUMBER("gpu/vram", gpu_vram_mb);
}

static int string_is_clean(const char *field, size_t size)
{
	const size_t len = strnlen(field, size);

	return len < size && all_bytes(field + len, size - len, 0);
}

TEST_F(md64, nothing_leaks_in_the_record)
{
	struct devfs_sysinfo *info = &self->info;

#define CLEAN(_field) \
	EXPECT_TRUE(string_is_clean(info->_field, sizeof(info->_field)))
	CLEAN(SystemVersion);
	CLEAN(KernelVersion);
	CLEAN(KernelVendor);
	CLEAN(os_name);
	CLEAN(os_arch);
	CLEAN(pcname);
	CLEAN(username);
	CLEAN(domain);
	CLEAN(kconsole);
	CLEAN(cpu);
	CLEAN(cpu_manufacturer);
	CLEAN(cpu_model);
	CLEAN(cpu_flags);
	CLEAN(virtualization_vendor);
	CLEAN(gpu_name);
	CLEAN(gpu_driver);
	CLEAN(primary_disk_model);
	CLEAN(bios_vendor);
	CLEAN(bios_version);
	CLEAN(motherboard_model);
	EXPECT_EQ(0, ((unsigned char *)info)[1325]);
	EXPECT_TRUE(info->tpm_version >= 0 && info->tpm_version <= 2);
	EXPECT_TRUE(info->secure_boot_enabled == 0 ||
		    info->secure_boot_enabled == 1);
	EXPECT_STREQ("root", info->username);
	EXPECT_GE(info->storage_total_mb, info->storage_free_mb);
}

static int username_is_a_number(void *arg)
{
	struct devfs_sysinfo info;
	int fd;

	if (become(4711, 4711))
		return 1;
	fd = open_path(MD64 "sysinfo", O_RDONLY);
	if (fd < 0 || read_fd(fd, &info, sizeof(info)) != sizeof(info))
		return 2;
	return strcmp(info.username, "4711") ? 3 : 0;
}

TEST_F(md64, username)
{
	EXPECT_EQ(0, reap(spawn(username_is_a_number, NULL)));
}

static void *reads_on(void *arg)
{
	const int fd = *(int *)arg;
	char buf[16];
	long i, n;

	for (i = 0; i < 500; i++) {
		n = read_fd(fd, buf, 3);
		if (n < 0 || n > 3)
			return (void *)1;
	}
	return NULL;
}

/* Threads that read one file share its snapshot and nothing else. */
TEST_F(md64, many_readers_of_one_file)
{
	int fd = open_path(MD64 "datetime", O_RDONLY);
	pthread_t threads[4];
	void *failed;
	int i;

	ASSERT_LE(0, fd);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, reads_on, &fd));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &failed));
		EXPECT_FALSE(!!failed);
	}
	close(fd);
}

TEST_HARNESS_MAIN
