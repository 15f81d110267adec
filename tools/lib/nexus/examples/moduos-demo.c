// SPDX-License-Identifier: MIT OR LGPL-2.1
/*
 * The examples of the DevFS page of ModuOS, to the letter: they run on Linux,
 * with an ordinary libc, where a devfs_dollar is mounted on "/$".
 *
 *	moduos-demo [tone]
 */
#include "libc.h"
#include <moduos/kernel/md64api_user.h>	/* md64api_sysinfo_data_u */

static int print_name(void)
{
	// Read the computer name
	int fd = open("$/dev/md64api/pcname", 0, 0);

	if (fd < 0)
		return -1; /* node not found */

	char name[128] = {0};
	int n = read(fd, name, sizeof(name) - 1);

	close(fd);
	// name now contains e.g. "DevmanPC"
	if (n < 0)
		return -1;
	printf("Computer: %s\n", name);
	return 0;
}

static int print_sysinfo(void)
{
	int fd = open("$/dev/md64api/sysinfo", 0, 0);
	md64api_sysinfo_data_u info;
	int n = read(fd, &info, sizeof(info));

	close(fd);
	if (n != sizeof(info))
		return -1;
	printf("Total RAM: %llu MB\n", info.sys_total_ram);
	printf("CPU: %s\n", info.cpu_model);
	return 0;
}

static int play_tone(void)
{
	static short audio_samples[48000];	/* half a second of stereo */
	int sample_count = sizeof(audio_samples) / sizeof(*audio_samples);
	int i;

	for (i = 0; i < sample_count; i++)
		audio_samples[i] = i / 2 / 60 % 2 ? 8000 : -8000;

	int fd = open("$/dev/audio/pcm0", 0, 0);
	int n = write(fd, audio_samples, sample_count * 2);

	close(fd);
	return n == sample_count * 2 ? 0 : -1;
}

int main(int argc, char **argv)
{
	if (print_name() || print_sysinfo()) {
		perror("moduos-demo: $/dev/md64api");
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "tone") && play_tone()) {
		perror("moduos-demo: $/dev/audio/pcm0");
		return 1;
	}
	return 0;
}
