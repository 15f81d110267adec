# SPDX-License-Identifier: GPL-2.0
# A face over scripts/: every verb is a script of that name.  `make help`.

# What a user may set; handed on as it was written: no second expansion of
# dollar signs, no word splitting.
VARIABLES := KERNEL CONFIG ARCH LINUX CMD TIMEOUT SHARE ROOTFS ROOTFS_RW \
	SMP MEM ICOUNT ACCEL APPEND BENCH RUNS BUSYBOX T TREE NEXUS_CACHE \
	CCACHE_MAXSIZE
$(foreach v,$(VARIABLES),$(if $(filter-out undefined,$(origin $(v))),\
	$(eval override $(v) := $$(value $(v)))$(eval export $(v))))

LIB := tools/lib/nexus
PREFIX ?= /usr/local

.PHONY: help
help:
	@sed -n 's/^#help \{0,1\}//p' Makefile

#help make boot             build everything and open a shell in the guest
#help make boot CMD='...'   run a command in the guest; scripts/boot has its
#help                       status, make itself says 2 for any failure
#help make check            every test there is; last line "N passed, N failed"
#help make check T=port     a part: static, series, lib, kunit or the guest
#help                       tests whose name begins so (port, ...)
#help make check-debug      the guest tests under KASAN, lockdep, kmemleak and
#help                       with every allocation failed once
#help make bench            instructions per operation, the neighbours beside it
#help make bench BENCH=off  what Nexus costs those who do not use it: RUNS=15
#help                       boots with and without it (two kernels are built)
#help make fetch            look for a newer X.Y.Z of the base
#help make build            the kernel only
#help make apply TREE=DIR   apply the series to your own kernel tree
#help make unapply TREE=DIR take it off again
#help make series-refresh   make patches/ from the files here
#help make series-check     prove that patches/ and the files here agree
#help make lib              the libraries, in tools/lib/nexus
#help make install          install them (PREFIX=/usr/local, DESTDIR=)
#help make clean            remove what was built; downloads stay
#help make distclean        remove the whole cache
#help
#help Variables:
#help   KERNEL=7.3          base: 7.3, 7.1, 6.18 or 6.12, from Debian
#help   LINUX=PATH          your own kernel tree or tarball as the base (offline,
#help                       or not on Debian)
#help   CONFIG=vm           or debug; bench or bench-off (for ICOUNT=1)
#help   ARCH=x86_64         or arm64, which needs BUSYBOX=/static/arm64/busybox
#help   SHARE=DIR           a directory of yours as /mnt/share in the guest
#help   ROOTFS=IMAGE        another user space: an ext4 or qcow2 image; changes
#help                       are thrown away unless ROOTFS_RW=1
#help   SMP=2 MEM=1G        the guest's size
#help   TIMEOUT=600         seconds that CMD may take
#help   ICOUNT=1            count instructions instead of time (one CPU)
#help   ACCEL=              kvm or tcg instead of a probe
#help   APPEND=             more for the guest kernel's command line
#help   NEXUS_CACHE=DIR     downloads and builds (default ~/.cache/nexus)

.PHONY: boot check check-debug bench build fetch tree
boot check bench build tree:
	@scripts/$@

check-debug:
	@CONFIG=debug scripts/check

fetch:
	@scripts/fetch --update

.PHONY: apply unapply series-refresh series-check
apply unapply:
	@scripts/$@

series-refresh series-check:
	@scripts/series $(@:series-%=%)

.PHONY: lib install
lib:
	$(MAKE) -C $(LIB)

install:
	$(MAKE) -C $(LIB) install PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)'

.PHONY: clean distclean
clean distclean:
	@scripts/clean $@
