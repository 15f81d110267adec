#!/bin/bash
# SPDX-License-Identifier: MIT OR LGPL-2.1
# What `make check` runs: everything about the libraries that needs no Nexus in
# the kernel.  Prints TAP, exits with 1 if anything failed.
#
# From the Makefile: O= (build directory, built), CC=, CXX=, STATIC=
set -euo pipefail
export LC_ALL=C

cd "$(dirname "$0")/.."
O=${O:?}
CC=${CC:-gcc}
CXX=${CXX:-g++}
STATIC=${STATIC:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

count=0 failed=0

ok()
{
	count=$((count + 1))
	echo "ok $count - $*"
}

not_ok()
{
	count=$((count + 1)) failed=$((failed + 1))
	echo "not ok $count - $*"
}

skip()
{
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# try NAME COMMAND...: the command succeeds and, if it is silent, keeps so.
try()
{
	local name=$1

	shift
	if "$@" >"$work/out" 2>&1; then
		ok "$name"
	else
		not_ok "$name"
		sed 's/^/# /' "$work/out" | head -n 20
	fi
}

# relay NAME COMMAND...: its "ok" lines are ours.
relay()
{
	local name=$1 status=0 line

	shift
	"$@" >"$work/out" 2>&1 || status=$?
	while IFS= read -r line; do
		case $line in
		'ok - '*) ok "$name: ${line#ok - }" ;;
		'not ok - '*) not_ok "$name: ${line#not ok - }" ;;
		*) echo "# $line" ;;
		esac
	done <"$work/out"
	if [ "$status" -eq 0 ] && grep -q '^ok' "$work/out"; then
		ok "$name ends well"
	else
		not_ok "$name ends with status $status"
	fi
}

# The compilers may be several words.
read -ra cc <<<"$CC"
read -ra cxx <<<"$CXX"
strict=(-Wall -Wextra -Werror)
flags=(-I "$O/include" -I include -I include/be)

source_state()
{
	find . -path ./build -prune -o -type f -print0 | sort -z |
		xargs -0 sha256sum
}
before=$(source_state)

# 1. Every header alone, and all of the layout, in each language
# Compiles, and makes programs if -o is given
works()
{
	printf '%s\n' '#include <stdio.h>' '#include <linux/types.h>' \
		'int main(void) { return 0; }' >"$work/empty.c"
	"$@" "$work/empty.c" >"$work/out" 2>&1
}

# Where only the 32-bit libc is installed, asm/ has to come from the 64-bit
# headers: they are the same.
m32=(-m32)
if ! works "${cc[@]}" -m32 -o "$work/empty" &&
	arch=$("${cc[@]}" -print-multiarch 2>/dev/null) && [ -n "$arch" ]; then
	m32+=(-idirafter "/usr/include/$arch")
fi

languages()
{
	local compiler=("$@") mode word name
	local -a words=('')

	name=${compiler[*]##*/}
	if works "${compiler[@]}" "${m32[@]}" -fsyntax-only; then
		words+=("${m32[*]}")
	else
		skip "$name -m32" 'no 32-bit headers'
	fi
	for word in "${words[@]}"; do
		for mode in "${modes[@]}"; do
			# shellcheck disable=SC2086 # none or several
			each_mode "${compiler[@]}" "-std=$mode" $word
		done
	done
}

each_mode()
{
	local header bad='' x=c lang=()

	case $* in *'-std=c++'*) x='c++' ;; esac
	lang=("$@" "${strict[@]}" -x "$x")
	while IFS= read -r header; do
		echo "#include <$header>" >"$work/alone.c"
		"${lang[@]}" "${flags[@]}" -fsyntax-only "$work/alone.c" \
			>>"$work/headers" 2>&1 || bad+=" $header"
	done < <(cd include && find . -name '*.h' ! -path './be/*' |
		sed 's|^\./||'
		cd be && find . -name '*.h' | sed 's|^\./||')
	if [ -z "$bad" ]; then
		ok "${*}: every header compiles alone"
	else
		not_ok "${*}: headers that do not compile alone:$bad"
		sed 's/^/# /' "$work/headers" | head -n 20
	fi
	try "$*: types, layouts and values" \
		"${lang[@]}" "${flags[@]}" -c -o "$work/layout.o" \
		tests/layout.c
}

modes=(c99 gnu89 c11 gnu17)
languages "${cc[@]}"
if command -v clang >/dev/null && works clang -fsyntax-only; then
	languages clang
else
	skip 'clang' 'not installed'
fi
modes=(c++98 c++11 c++17)
for c in "${cxx[*]}" clang++; do
	read -ra c <<<"$c"
	if command -v "${c[0]}" >/dev/null &&
		echo 'int main() { return 0; }' >"$work/e.cc" &&
		"${c[@]}" -o "$work/e" "$work/e.cc" 2>/dev/null; then
		languages "${c[@]}"
	else
		skip "${c[0]}" 'not installed'
	fi
done

# 2. The pure parts, the clocks, and a kernel without Nexus; the last also by
# way of syscall(2), which is what other architectures use
build_test()
{
	local name=$1 out=$2

	shift 2
	"${cc[@]}" -std=gnu11 -O2 -g "${strict[@]}" "${flags[@]}" "$@" \
		-o "$out" "tests/$name.c" src/be/*.c src/nexus/*.c
}
variants=('' '-DNEXUS_NO_ASM' '-fsanitize=address,undefined')
! works "${cc[@]}" "${m32[@]}" -o "$work/empty" || variants+=("${m32[*]}")
for v in "${variants[@]}"; do
	for t in convert_test absent_test clock_test kit_test \
		record_test; do
		# shellcheck disable=SC2086 # none or several
		if build_test "$t" "$work/$t" $v >"$work/out" 2>&1; then
			relay "$t${v:+ $v}" "$work/$t"
		else
			not_ok "$t${v:+ $v} compiles"
			sed 's/^/# /' "$work/out" | head -n 20
		fi
	done
done

# 3. What is installed
try 'make install' make -s O="$O" CC="$CC" STATIC="$STATIC" \
	DESTDIR="$work/root" PREFIX=/opt/nexus install
try 'make install-tests' make -s O="$O" CC="$CC" STATIC="$STATIC" \
	DESTDIR="$work/root" PREFIX=/opt/nexus install-tests
prefix=$work/root/opt/nexus
# Only where there is C++
demo=()
[ ! -x "$O/examples/be-demo" ] || demo=(bin/be-demo)
for f in bin/area-demo bin/port-demo "${demo[@]}" \
	lib/nexus/tests/area_be_test lib/nexus/tests/area_team_be_test \
	lib/nexus/tests/node_monitor_be_test \
	lib/nexus/tests/port_be_test lib/nexus/tests/port_wait_be_test \
	lib/nexus/tests/sem_be_test lib/nexus/tests/sem_life_be_test \
	lib/nexus/tests/thread_be_test lib/nexus/tests/thread_wait_be_test \
	lib/nexus/tests/waitobjects_be_test include/nexus.h \
	include/nodemon.h include/linux/nexus.h include/linux/nodemon.h \
	include/be/OS.h include/be/NodeMonitor.h \
	include/be/storage/NodeMonitor.h lib/libnexus.a \
	lib/libbe-kernel.a lib/pkgconfig/libnexus.pc \
	lib/pkgconfig/libbe-kernel.pc share/man/man2/nexus_port_send.2 \
	share/man/man2/nodemon_watch.2 share/man/man3/watch_node.3 \
	share/man/man3/write_port.3 share/man/man7/nexus.7 \
	share/man/man7/nodemon.7; do
	try "installs $f" test -s "$prefix/$f"
done

map_symbols()
{
	sed -n 's/^\t\([a-z_]*\);$/\1/p' "$1" | sort
}

# Symbol and version of everything that a map exports
map_versions()
{
	awk '/^[A-Z].* \{$/ { version = $1 }
		/^\t[a-z_]*;$/ { sub(";", "", $1); print $1 "@@" version }' \
		"$1" | sort
}

# Exported by the object, with the version
exported()
{
	readelf --wide --dyn-syms "$1" |
		awk '$5 == "GLOBAL" && $7 != "UND" && $4 == "FUNC" \
			{ print $8 }' | sort
}

cat >"$work/be.c" <<-'END'
	#include <OS.h>
	#include <stdio.h>

	int main(void)
	{
		port_id port = create_port(10, "example");
		int32 code = 0;
		char text[8];

		if (port == B_NOT_SUPPORTED) {
			puts("no Nexus");
			return 0;
		}
		if (write_port(port, 1, "hello", 6) != B_OK ||
		    read_port(port, &code, text, sizeof(text)) != 6 ||
		    code != 1 || delete_port(port) != B_OK)
			return 1;
		return 0;
	}
END
cat >"$work/nexus.c" <<-'END'
	#include <nexus.h>
	#include <errno.h>

	int main(void)
	{
		int ret = nexus_supported();

		return (ret != 0 && ret != -ENOSYS) ||
			nexus_strerror(-ENOSYS)[0] == 0;
	}
END

pc()
{
	PKG_CONFIG_PATH=$prefix/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR='' \
		pkg-config --define-variable=prefix="$prefix" \
		--define-variable=libdir="$prefix/lib" \
		--define-variable=includedir="$prefix/include" "$@"
}

against_installed()
{
	local lib=$1 source=$2 out=$3 words

	shift 3
	words=$(pc --cflags --libs "$lib")
	# shellcheck disable=SC2086 # words, as pkg-config means them
	"${cc[@]}" "${strict[@]}" "$@" -o "$out" "$source" $words
}

if ! command -v pkg-config >/dev/null; then
	skip 'programs against the installed tree' 'no pkg-config'
else
	for s in nexus:libnexus be:libbe-kernel; do
		src=$work/${s%:*}.c lib=${s#*:}
		try "$lib: a program links with it, static" \
			against_installed "$lib" "$src" "$work/static" -static
		try "$lib: and runs" "$work/static"
		[ "$STATIC" != 1 ] || continue
		try "$lib: a program links with it, shared" \
			against_installed "$lib" "$src" "$work/shared"
		try "$lib: and runs" env LD_LIBRARY_PATH="$prefix/lib" \
			"$work/shared"
	done
	# Both libraries at once, either way round
	for order in '-lnexus -lbe-kernel' '-lbe-kernel -lnexus'; do
		read -ra libs <<<"$order"
		try "static with $order" "${cc[@]}" -static \
			-I "$prefix/include" -I "$prefix/include/be" \
			-o "$work/both" tests/layout.c -L "$prefix/lib" \
			"${libs[@]}"
	done
	"${cxx[@]}" -x c++ -I "$prefix/include" -I "$prefix/include/be" \
		-c -o "$work/cxx.o" tests/layout.c
	try 'C++ links with both' "${cxx[@]}" -o "$work/cxx" "$work/cxx.o" \
		"$prefix/lib/libbe-kernel.a" "$prefix/lib/libnexus.a"
	try 'and calls every function' "$work/cxx"
fi

if [ "$STATIC" = 1 ]; then
	skip 'shared libraries' 'STATIC=1'
else
	for s in nexus:nexus be-kernel:be; do
		IFS=: read -r name dir <<<"$s"
		so=$prefix/lib/lib$name.so.1
		map_versions "src/$dir/lib$name.map" >"$work/map"
		exported "$so" >"$work/exported"
		try "lib$name.so exports what its map says" \
			diff "$work/map" "$work/exported"
		try "lib$name.so: its map is not empty" test -s "$work/map"
		try "lib$name.so has its soname" grep -q \
			"SONAME.*\[lib$name.so.1\]" \
			<(readelf --dynamic --wide "$so")
		try "lib$name.so needs libc alone" test "$(readelf --dynamic \
			--wide "$so" | grep NEEDED | grep -cv libc.so)" = 0
	done
	# Declared without being there, or there without being declared
	grep -hoP '(?<![-\w])[a-z_]+\(' include/be/kernel/OS.h \
		include/be/storage/NodeMonitor.h \
		include/be/private/*_private.h | tr -d '(' | sort -u |
		grep -vxE 'sizeof|__attribute__|get_port_message_info_etc|node_ref|device|node' |
		grep -vxE 'get_(next_)?(area|port|sem|team|thread)_info|defined|sysconf' \
		>"$work/declared" || true
	try 'the headers declare what libbe-kernel.so exports' diff "$work/declared" \
		<(exported "$prefix/lib/libbe-kernel.so.1" | sed 's/@.*//')
fi

# 4. Another architecture, as far as this machine can
if command -v aarch64-linux-gnu-gcc >/dev/null; then
	try 'arm64: everything builds' make -s O="$work/arm64" STATIC=1 \
		CC='aarch64-linux-gnu-gcc -Werror' \
		CXX=aarch64-linux-gnu-g++ all
	if command -v qemu-aarch64-static >/dev/null; then
		cc=(aarch64-linux-gnu-gcc)
		if build_test absent_test "$work/arm64-test" -static \
			>"$work/out" 2>&1; then
			relay 'absent_test arm64' qemu-aarch64-static \
				"$work/arm64-test"
		else
			not_ok 'absent_test arm64 compiles'
			sed 's/^/# /' "$work/out" | head -n 20
		fi
	else
		skip 'absent_test arm64' 'no qemu-aarch64-static'
	fi
else
	skip 'arm64' 'no aarch64-linux-gnu-gcc'
fi

# 5. The manual
for page in man/man*/*; do
	name=${page##*/}
	if grep -q '^\.so ' "$page"; then
		target=$(sed -n 's/^\.so //p' "$page")
		try "$name leads to a page" test -s "man/$target"
		continue
	fi
	if command -v man >/dev/null; then
		man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>"$work/out" \
			>/dev/null || echo "man fails" >>"$work/out"
		try "$name formats without a warning" test ! -s "$work/out"
	else
		skip "$name" 'no man'
	fi
	if command -v mandoc >/dev/null; then
		try "$name passes mandoc" mandoc -T lint -W warning "$page"
	fi
done
while IFS= read -r name; do
	[ -f "man/man2/$name.2" ] || [ -f "man/man3/$name.3" ] ||
		echo "$name"
done < <(map_symbols src/nexus/libnexus.map | grep -v '^nexus_syscall$'
	map_symbols src/be/libbe-kernel.map | sed 's/^_\(get\)/\1/') \
	>"$work/missing"
try 'every function has its page' diff /dev/null "$work/missing"

# 6. Nothing was left behind.
after=$(source_state)
try 'the source tree is as it was' test "$before" = "$after"

echo "1..$count"
echo "# $((count - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
