# shellcheck shell=bash
# Shared by every script here: source it, do not run it.
#
#   NEXUS_TOP     the repository
#   NEXUS_CACHE   everything that is downloaded or built (see README.md)
#   KERNEL CONFIG ARCH   what to build, with their defaults
#   note, die     messages, always on stderr: stdout belongs to results
#   need_pkgs     says what is missing and why, installs it if it may
#   pristine_tree, applied_tree   print the path of a kernel tree
#
# shellcheck disable=SC2034  # the variables are for the scripts that source us

set -euo pipefail

NEXUS_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
NEXUS_CACHE=${NEXUS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/nexus}
# Paths end up in -I and O= options, so they must be absolute.
case $NEXUS_CACHE in /*) ;; *) NEXUS_CACHE=$PWD/$NEXUS_CACHE ;; esac
KERNEL=${KERNEL:-7.3}
CONFIG=${CONFIG:-vm}
ARCH=${ARCH:-x86_64}
export NEXUS_CACHE KERNEL CONFIG ARCH

# The makes that scripts start are not part of the one that started us.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# Kernel releases that the series knows, newest first.
NEXUS_KERNELS='7.3 7.1 6.18 6.12'
NEXUS_CONFIGS='vm debug bench bench-off'
NEXUS_ARCHES='x86_64 arm64'

note()
{
	printf '%s\n' "nexus: $*" >&2
}

die()
{
	printf '%s\n' "nexus: error: $*" >&2
	exit 1
}

# in_list WORD LIST: is WORD one of the words of LIST?
in_list()
{
	case " $2 " in *" $1 "*) return 0 ;; esac
	return 1
}

check_variables()
{
	in_list "$KERNEL" "$NEXUS_KERNELS" ||
		die "unknown KERNEL=$KERNEL; valid: $NEXUS_KERNELS"
	in_list "$CONFIG" "$NEXUS_CONFIGS" ||
		die "unknown CONFIG=$CONFIG; valid: $NEXUS_CONFIGS"
	in_list "$ARCH" "$NEXUS_ARCHES" ||
		die "unknown ARCH=$ARCH; valid: $NEXUS_ARCHES"
}

# have PROBE: a PROBE with a slash is a file, anything else a command.
# Alternatives are separated by commas.
have()
{
	local probe
	local -a probes

	IFS=, read -ra probes <<<"$1"
	for probe in "${probes[@]}"; do
		case $probe in
		*/*) [ ! -e "$probe" ] || return 0 ;;
		*) ! command -v "$probe" >/dev/null || return 0 ;;
		esac
	done
	# Some tools live where ordinary users have no PATH.
	[ -e "/usr/sbin/$1" ] || [ -e "/sbin/$1" ]
}

# need_pkgs 'PACKAGE|PROBE|WHY'...
# Debian packages that must be there.  Root is asked for only when one is
# missing; apt's sources are used as they are.
need_pkgs()
{
	local spec pkg probe why sudo='' cmd
	local -a missing=() still=()

	for spec in "$@"; do
		IFS='|' read -r pkg probe why <<<"$spec"
		have "$probe" && continue
		[ ${#missing[@]} -gt 0 ] || note 'missing:'
		printf '  %-24s %s\n' "$pkg" "$why" >&2
		missing+=("$pkg")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
		die "this is not a Debian system: install the tools above (named" \
			"by their Debian packages) yourself and run this again"
	fi
	cmd="apt-get install --no-install-recommends ${missing[*]}"
	if [ "$(id -u)" -ne 0 ]; then
		if [ -t 0 ] && command -v sudo >/dev/null; then
			sudo=sudo
			note "root is needed for: $cmd"
		else
			die "run this as root, then try again: $cmd"
		fi
	fi
	note "installing ${missing[*]} (usually a minute)"
	apt_install "$sudo" "${missing[@]}" ||
		die "apt-get could not install: ${missing[*]} (see above)"
	for spec in "$@"; do
		IFS='|' read -r pkg probe why <<<"$spec"
		hash -r
		have "$probe" || still+=("$pkg")
	done
	[ ${#still[@]} -eq 0 ] ||
		die "installed, but still not found: ${still[*]}"
}

# apt_install SUDO PACKAGE...: a machine that never ran apt-get update has no
# lists at all, an old one has stale ones; both show as a failed install.
apt_install()
{
	local sudo=$1
	local -a get

	shift
	get=(${sudo:+"$sudo"} env DEBIAN_FRONTEND=noninteractive apt-get
		-o DPkg::Lock::Timeout=300)
	"${get[@]}" -qq install -y --no-install-recommends "$@" \
		</dev/null >&2 && return 0
	note 'refreshing the package lists'
	"${get[@]}" -qq update </dev/null >&2 &&
		"${get[@]}" -qq install -y --no-install-recommends "$@" \
			</dev/null >&2
}

# lock NAME [MESSAGE]: hold $NEXUS_CACHE/NAME.lock until this process ends.
# The descriptor is close-on-exec for nobody: children (make, gcc) inherit it,
# so a build that outlives its script still holds the lock.
lock()
{
	local fd

	mkdir -p "$NEXUS_CACHE" || die "cannot make $NEXUS_CACHE"
	exec {fd}>>"$NEXUS_CACHE/$1.lock"
	if ! flock -n "$fd"; then
		note "${2:-waiting for another run ($1)}"
		flock "$fd"
	fi
	NEXUS_LOCK_FD=$fd
}

unlock()
{
	exec {NEXUS_LOCK_FD}>&-
}

# tree_version DIR: X.Y.Z of a kernel tree, from its Makefile.
tree_version()
{
	[ -f "$1/Makefile" ] && [ -f "$1/Kbuild" ] || return 1
	sed -n '
		s/^VERSION *= *\([0-9]*\) *$/V\1/p
		s/^PATCHLEVEL *= *\([0-9]*\) *$/P\1/p
		s/^SUBLEVEL *= *\([0-9]*\) *$/S\1/p' "$1/Makefile" |
		tr -d '\n' |
		sed -n 's/^V\([0-9]*\)P\([0-9]*\)S\([0-9]*\)$/\1.\2.\3\n/p'
}

# pristine_tree [KERNEL]: fetch and unpack if needed, print the path.
pristine_tree()
{
	KERNEL=${1:-$KERNEL} "$NEXUS_TOP/scripts/fetch"
}

# applied_tree [KERNEL]: pristine tree plus series, brought up to date.
applied_tree()
{
	KERNEL=${1:-$KERNEL} "$NEXUS_TOP/scripts/tree"
}
