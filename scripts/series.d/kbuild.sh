# shellcheck shell=bash
# Building parts of a kernel with every warning, for scripts/static and
# scripts/series prefixes.  In directories of their own: W=1 changes the flags
# of every object, the guest's build must not see it.

# As in scripts/build: identical input must give identical objects.
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970'
export KBUILD_BUILD_USER=nexus KBUILD_BUILD_HOST=nexus
export CCACHE_DIR=$NEXUS_CACHE/ccache CCACHE_BASEDIR=$NEXUS_CACHE
export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}

kbuild_pkgs()
{
	need_pkgs 'gcc|gcc|compiles the kernel' \
		'binutils|nm|links the kernel' \
		'flex|flex|builds Kconfig' 'bison|bison|builds Kconfig' \
		'bc|bc|computes constants of the kernel' \
		'libelf-dev|/usr/include/libelf.h|checks the kernel with objtool' \
		'ccache|ccache|makes the second build fast' \
		'rsync|rsync|installs the kernel headers'
}

# kbuild_make TREE DIR ARGUMENT...
kbuild_make()
{
	local tree=$1 dir=$2

	shift 2
	(
		# Variables of ours that the kernel's make would take for its own.
		unset CONFIG KERNEL MAKEFLAGS MFLAGS MAKELEVEL
		exec make -C "$tree" O="$dir" ARCH=x86_64 W=1 CC='ccache gcc' \
			HOSTCC='ccache gcc' "$@"
	)
}

# kbuild_config TREE DIR on|off: the guest's configuration, with our options
# or without.  A prefix of the series does not know every symbol yet; what
# counts is asked of the result.
kbuild_config()
{
	local tree=$1 dir=$2 which=$3
	local -a fragments=("$NEXUS_TOP/configs/vm.config"
		"$NEXUS_TOP/configs/vm-x86_64.config")

	[ "$which" = off ] || fragments+=("$NEXUS_TOP/configs/nexus.config")
	mkdir -p "$dir"
	cat "${fragments[@]}" >"$dir/.fragments"
	kbuild_make "$tree" "$dir" -s KCONFIG_ALLCONFIG="$dir/.fragments" \
		allnoconfig >"$dir/config.log" 2>&1 || {
		tail -n 20 "$dir/config.log"
		return 1
	}
	if ! grep -qsx 'config NEXUS' "$tree/ipc/nexus/Kconfig"; then
		return
	fi
	if [ "$which" = on ]; then
		grep -qx CONFIG_NEXUS=y "$dir/.config" || {
			echo 'CONFIG_NEXUS=y was asked for and lost'
			return 1
		}
	elif grep '^CONFIG_NEXUS' "$dir/.config"; then
		echo 'is on though nobody asked for it'
		return 1
	fi
}
