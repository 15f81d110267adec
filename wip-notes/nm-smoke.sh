#!/bin/sh
# ext4 and overlay, if mkfs.ext4 is not there a prepared image is
mkdir -p /e /o /l
mount -t tmpfs none /o
mkdir -p /o/l /o/u /o/w /o/m
mount -t overlay overlay -o lowerdir=/o/l,upperdir=/o/u,workdir=/o/w /o/m || echo no overlay
[ -f /mnt/share/ext4.img ] && cp /mnt/share/ext4.img /o/ext4.img && losetup /dev/loop3 /o/ext4.img && mount -t ext4 /dev/loop3 /e || echo no ext4
fs=
grep -q ' /e ext4' /proc/mounts && fs="/e"
grep -q ' /o/m overlay' /proc/mounts && fs="$fs /o/m"
exec /mnt/share/nm ${MODE:-fs} $fs
