# rayctl. One makefile, nothing recursive; everything that it makes is under build/.
#
#   make            build everything              make check    build, then run every test
#   make demo       see it at work                make lint     layers, walls, lengths, names, format, ...
#   make fuzz       every parser for ten minutes   (FUZZ_SECONDS=)
#   make install    PREFIX=/usr/local DESTDIR=    make deps     install the packages that a build needs
#
# BUILD=release|debug|asan|tsan  CC=gcc|clang  WERROR=1  V=1 (show commands)  CFLAGS= LDFLAGS= (added to ours)
# A release lands in build/{bin,lib,examples,tests}, another build in build/$(BUILD)/{bin,...}.
# A new .c file changes nothing here; a new layer is a line in tests/lint/layers, a new library one in PKGS_*.
BUILD   ?= release
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
VERSION := $(or $(shell sed -n 's/^.define RAY_VERSION "\(.*\)"$$/\1/p' lib/ray.h 2>/dev/null),0.1.0)
SONAME  := libray.so.0
SUITES  := lint unit sim fuzz cli asan tsan
ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(BUILD)),clang,gcc)
endif
Q := $(if $(V),,@)
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@echo '$(1)')
, := ,

OUT := $(if $(filter release,$(BUILD)),build,build/$(BUILD))
OBJ := build/$(BUILD)/obj
ARC := build/$(BUILD)/lib
RAY := $(OUT)/lib/libray.so.$(VERSION)

# ---- Layers. The table that lint enforces also decides who is linked with whom.
# BELOW_x is layer x and all that it stands on (the table is written bottom up).
rows := $(shell awk '/^[a-z]/ { $$1 = $$1; gsub(/ lib.ray.h/, ""); gsub(/ /, ","); print }' tests/lint/layers)
row   = $(subst $(,), ,$(1))
LAYERS := $(foreach r,$(rows),$(firstword $(call row,$(r))))
$(foreach r,$(rows),$(eval BELOW_$(firstword $(call row,$(r))) := \
  $(sort $(firstword $(call row,$(r))) $(foreach l,$(call row,$(r)),$(BELOW_$(l))))))
sources  = $(filter-out %/main.c,$(wildcard $(1)/*.c))
objects  = $(patsubst %.c,$(OBJ)/%.o,$(1))
archives = $(foreach l,$(1),$(ARC)/liblayer-$(notdir $(l)).a)

# ---- Libraries, by the layer whose code calls them. The linker keeps what a product uses.
pc = $(shell pkg-config $(1) 2>/dev/null)
MSGPACK := $(if $(call pc,--libs msgpack-c),msgpack-c,msgpack)
PKGS_base    := libcrypto
PKGS_text    := libfyaml jansson
PKGS_proto   := $(MSGPACK)
PKGS_net     := libuv libssl libcrypto libssh2 $(MSGPACK)
PKGS_envs    := libarchive
PKGS_tui     := ncursesw
PKGS_head    := sqlite3
PKGS_harness := cmocka
PKGS := $(PKGS_base) $(PKGS_text) $(PKGS_net) $(PKGS_envs) $(PKGS_tui) $(PKGS_head)
$(foreach l,base text proto net envs tui head harness,$(eval LIBS_liblayer-$(l).a := $(call pc,--libs $(PKGS_$(l)))))

# ---- Flags.
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes \
  -Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wundef -Wimplicit-fallthrough \
  -Wswitch-enum $(if $(filter true,$(CI))$(filter 1,$(WERROR)),-Werror)
accepted = $(shell $(CC) -Werror $(1) -c -x c /dev/null -o /dev/null 2>/dev/null && echo $(1))
SANITIZE_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SANITIZE_tsan := -fsanitize=thread -fno-omit-frame-pointer
SANITIZE_fuzz := $(SANITIZE_asan)
SANITIZE     := $(SANITIZE_$(BUILD))
MODE_debug   := -O0 -g3
MODE_asan    := -O1 -g -U_FORTIFY_SOURCE $(SANITIZE)
MODE_tsan    := $(MODE_asan)
MODE_fuzz    := $(MODE_asan) -fsanitize=fuzzer-no-link
MODE_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
  $(call accepted,-fstack-clash-protection) $(call accepted,-fcf-protection)
$(if $(MODE_$(BUILD)),,$(error BUILD=$(BUILD): choose release, debug, asan, tsan or fuzz))
FLAGS := -std=c11 -D_GNU_SOURCE -pthread $(MODE_$(BUILD)) $(WARN) $(call pc,--cflags $(PKGS))
LINK  := $(CC) -pthread $(SANITIZE) -Wl,--as-needed -Wl,-z,relro,-z,now \
  $(if $(SANITIZE),,-Wl$(,)-z$(,)defs)

# ---- Users of the API see lib/ray.h and their own folder: examples, and programs of the tests.
# X_main.c is program X; *_tasks.c, with the files that are neither, is the task library
# <folder>.so. A build.mk may set <folder>_CFLAGS, <folder>_LIBS and <folder>_WITHOUT (sources to leave out).
-include $(wildcard examples/*/build.mk)
USERS  := $(sort $(patsubst %/,%,$(dir $(wildcard examples/*/*.c tests/cluster/*.c tests/bench/*.c))))
mains   = $(wildcard $(1)/*_main.c)
tasks   = $(wildcard $(1)/*_tasks.c)
shared  = $(filter-out $(call mains,$(1)) $(call tasks,$(1)) $($(notdir $(1))_WITHOUT),$(wildcard $(1)/*.c))
program = $(addprefix $(OUT)/,$(patsubst %_main,%,$(basename $(1))))
library = $(if $(call tasks,$(1)),$(OUT)/$(1)/$(notdir $(1)).so)
user_ar = $(ARC)/libuser-$(subst /,-,$(1)).a
below_bench := $(filter-out client,$(BELOW_lib/client)) $(BELOW_lib/text)
$(foreach u,$(USERS),$(eval LIBS_$(notdir $(call user_ar,$(u))) := $($(notdir $(u))_LIBS)))

folder = $(patsubst %/,%,$(dir $(1)))
flags  = $(FLAGS) $(if $(filter $(USERS),$(folder)),-fPIC -Ilib $($(notdir $(folder))_CFLAGS), \
  -fvisibility=hidden -I. $(if $(filter lib/%,$(1)),-fPIC,-fPIE)) \
  $(if $(filter tests/%,$(1)),-I. -Ilib) \
  $(if $(filter tests/unit/examples/%,$(1)),$(foreach u,$(filter examples/%,$(USERS)),$($(notdir $(u))_CFLAGS))) \
  $(CPPFLAGS) $(CFLAGS)
# rayctl and rayd carry their libraries in themselves, where there are archives of them: what `rayctl up`
# sends to a machine must find nothing there but libc. (libray.so cannot: libuv's archive is not for .so.)
own       = $(if $(SANITIZE),$(1),$(foreach l,$(1),$(if $(filter -lpthread -ldl -lrt -lm,$(l)),$(l),$(call ar_of,$(l:-l%=%)))) $(OWN_MORE))
ar_of     = $(firstword $(foreach n,lib$(1).a lib$(1)_a.a,$(if $(filter /%,$(shell $(CC) -print-file-name=$(n))),-l:$(n))) -l$(1))
OWN_MORE  = $(foreach n,gpg-error z zstd lzma lz4 bz2 nettle acl attr tinfo,$(filter -l:%,$(call ar_of,$(n))))
# Links $@ from its prerequisites; $ORIGIN finds libray wherever the tree is moved or installed.
up   = $(subst $() ,/,$(patsubst %,..,$(subst /, ,$(@D:$(OUT)/%=%))))
libs = $(foreach a,$(filter %.a,$^),$(LIBS_$(notdir $(a))))
define link
	$(call say,LINK $@)
	$(Q)mkdir -p $(@D); $(LINK) $(if $(filter %.so $(RAY),$@),-shared,-pie) $(1) -o $@ $(filter %.o,$^) \
	  -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
	  $(if $(filter $(RAY),$^),$(RAY) -Wl$(,)-rpath$(,)'$$ORIGIN/$(up)/lib$(if $(filter $(OUT)/examples/%,$@),:$$ORIGIN/lib)') \
	  $(if $(filter $(OUT)/examples/%,$@),-Wl$(,)--disable-new-dtags) \
	  $(if $(filter $(PROGRAMS:%=$(OUT)/bin/%),$@),-Wl$(,)--gc-sections -Wl$(,)--start-group $(call own,$(sort $(libs))) -Wl$(,)--end-group,$(libs)) -ldl -lm $(LDFLAGS)
endef

# ---- Products.
PROGRAMS := $(if $(wildcard cli/main.c),rayctl) $(if $(wildcard daemon/main.c),rayd) \
  $(if $(wildcard autoscale/main.c),rayscale) $(if $(wildcard daemon/worker/*.c),ray-worker)
LIBRARIES := $(if $(wildcard lib/client/*.c),$(RAY) $(OUT)/lib/libray.a)
EXAMPLES := $(foreach u,$(filter examples/%,$(USERS)),$(call library,$(u)) $(call program,$(call mains,$(u))))
SHIPS    := $(patsubst examples/%/data,$(OUT)/examples/%/lib,$(wildcard examples/*/data))
BENCHES  := $(foreach u,$(filter %/bench,$(USERS)),$(call library,$(u)) $(call program,$(call mains,$(u))))
TESTS    := $(patsubst %.c,$(OUT)/%,$(wildcard tests/unit/*/*_test.c tests/unit/*/*/*_test.c tests/sim/*_test.c)) \
  $(foreach u,$(filter %/cluster,$(USERS)),$(call library,$(u)) $(call program,$(call mains,$(u))))
FUZZERS  := $(patsubst %.c,$(OUT)/%,$(wildcard tests/fuzz/*_fuzz.c))
SOURCES  := $(filter-out $(automl_WITHOUT),$(wildcard $(LAYERS:%=%/*.c) examples/*/*.c tests/*.c tests/*/*.c tests/unit/*/*.c tests/unit/*/*/*.c))

all: $(PROGRAMS:%=$(OUT)/bin/%) $(LIBRARIES) $(EXAMPLES) $(SHIPS) $(OUT)/kit.tar.gz build/compile_commands.json
tests: $(TESTS)
fuzzers: $(FUZZERS)
.PHONY: all manual tests fuzzers fuzz soak FORCE demo bench check $(SUITES:%=check-%) lint clang-warnings format \
  install uninstall deps deps-check clean
.SECONDARY:
.DELETE_ON_ERROR:
.SUFFIXES:

$(OBJ)/%.o: %.c $(OBJ)/flags
	$(call say,CC $<)
	$(Q)mkdir -p $(@D); $(CC) $(call flags,$<) -MMD -MP -c -o $@ $<
-include $(patsubst %.c,$(OBJ)/%.d,$(SOURCES))

# Other flags or another compiler: everything again.
USED_FLAGS = $(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) $(foreach u,$(USERS),$($(notdir $(u))_CFLAGS))
$(OBJ)/flags: FORCE
	@pkg-config --print-errors --exists $(PKGS) || { echo "libraries are missing: try 'make deps'" >&2; exit 1; }
	@mkdir -p $(@D); echo '$(USED_FLAGS)' | cmp -s - $@ || echo '$(USED_FLAGS)' >$@

# Archives: one a layer, one for tests/*.c, one for each user of the API.
# (The folder is a prerequisite, so that a removed file leaves the archive too.)
define archive # 1 archive, 2 sources, 3 folder
$(1): $(call objects,$(2)) $(wildcard $(3))
	@mkdir -p $$(@D); rm -f $$@; $$(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach l,$(LAYERS),$(eval $(call archive,$(call archives,$(l)),$(call sources,$(l)),$(l))))
$(foreach u,$(USERS),$(eval $(call archive,$(call user_ar,$(u)),$(call shared,$(u)),$(u))))
HARNESS := $(ARC)/liblayer-harness.a
$(eval $(call archive,$(HARNESS),$(wildcard tests/*.c)))

$(RAY): $(call archives,$(BELOW_lib/client))
	$(call link,$(RAY_LINK))
	@ln -sf $(@F) $(@D)/$(SONAME); ln -sf $(SONAME) $(@D)/libray.so
# What `rayctl up` sends to a machine: the programs, libray, and what libray needs beside libc.
$(OUT)/kit.tar.gz: $(PROGRAMS:%=$(OUT)/bin/%) $(RAY)
	@rm -rf $(OUT)/kit; mkdir -p $(OUT)/kit/bin $(OUT)/kit/lib; cp $(PROGRAMS:%=$(OUT)/bin/%) $(OUT)/kit/bin/; cp $(RAY) $(OUT)/kit/lib/$(SONAME)
	@cp -L $$(ldd $(RAY) | awk '$$3 ~ /^\// && $$1 !~ /^lib(c|m|dl|rt|pthread)\.so/ { print $$3 }') $(OUT)/kit/lib/
	@strip --strip-unneeded $(OUT)/kit/*/*; tar -C $(OUT)/kit --sort=name --owner=0 --group=0 --mtime=@0 -cf - bin lib | gzip -n >$@; rm -r $(OUT)/kit
RAY_LINK = -Wl,-rpath,'$$ORIGIN' -Wl,-soname,$(SONAME) -Wl,--whole-archive $(ARC)/liblayer-client.a -Wl,--no-whole-archive
# What an example needs beside libc and libray, and its data: build/examples/X is a folder that runs on any machine
# (`rayctl submit --working-dir`). An rpath of the old kind serves the libraries' own libraries, too.
$(SHIPS): $(OUT)/examples/%/lib: $(EXAMPLES) $(wildcard examples/*/data/*.csv)
	@rm -rf $@ $(@D)/data; mkdir -p $@ $(@D)/data; cp examples/$*/data/*.csv $(@D)/data/
	@for library in $$(ldd $(@D)/$*.so | awk '$$3 ~ /^\// && $$1 !~ /^lib(c|m|dl|rt|pthread|ray)\.so/ { print $$3 }'); do \
	  ldd $(RAY) | grep -qF "$${library##*/}" || cp -L $$library $@/ || exit; done
# One object in which all but the API has become local.
$(OUT)/lib/libray.a: $(call archives,$(BELOW_lib/client))
	$(Q)mkdir -p $(@D); ld -r -o $(OBJ)/libray.o --whole-archive $(ARC)/liblayer-client.a --no-whole-archive \
	  --start-group $^ --end-group && objcopy --localize-hidden $(OBJ)/libray.o
	@rm -f $@; $(AR) rcs $@ $(OBJ)/libray.o

# ray-worker and the user's task library share the one runtime that is in libray.so.
$(OUT)/bin/rayctl: $(OBJ)/cli/main.o $(call archives,$(BELOW_cli))
$(OUT)/bin/rayd: $(OBJ)/daemon/main.o $(call archives,$(filter-out daemon/worker lib/client,$(BELOW_daemon)))
$(OUT)/bin/rayscale: $(OBJ)/autoscale/main.o $(call archives,$(BELOW_autoscale))
$(OUT)/bin/ray-worker: $(call objects,$(wildcard daemon/worker/*.c)) $(RAY) $(call archives,$(BELOW_lib/net))
$(PROGRAMS:%=$(OUT)/bin/%):
	$(link)

define user # 1 folder
$(if $(call tasks,$(1)),$(call library,$(1)): $(call objects,$(call tasks,$(1)) $(call shared,$(1))) $(call user_ar,$(1)) $(RAY)
	$$(link))
$(foreach m,$(call mains,$(1)),
$(call program,$(m)): $(call objects,$(m)) $(call user_ar,$(1)) $(RAY) $(if $(filter %/bench,$(1)),$(BENCH_ARCHIVES))
	$$(link))
endef
BENCH_ARCHIVES := $(HARNESS) $(call archives,$(BELOW_lib/net) $(BELOW_lib/text))
$(foreach u,$(USERS),$(eval $(call user,$(u))))

# ---- Tests. tests/unit/<layer>/x_test.c links <layer> and what is below it: an upward call fails here.
# tests/unit/examples/x_test.c links the shared files of the example that has x.c.
$(foreach l,$(LAYERS),$(eval $(OUT)/tests/unit/$(l)/%_test: $(OBJ)/tests/unit/$(l)/%_test.o $(HARNESS) \
  $(call archives,$(BELOW_$(l))) ; $$(link)))
$(foreach t,$(wildcard tests/unit/examples/*_test.c),$(eval $(OUT)/$(t:.c=): $(OBJ)/$(t:.c=.o) $(HARNESS) \
  $(call user_ar,$(patsubst %/,%,$(dir $(firstword $(wildcard examples/*/$(patsubst %_test.c,%.c,$(notdir $(t)))))))) \
  $(RAY) ; $$(link)))
# The other files of tests/sim stand in for files of lib/net; time and chance are theirs, too.
$(OUT)/tests/sim/%_test: $(OBJ)/tests/sim/%_test.o $(call objects,$(filter-out %_test.c,$(wildcard tests/sim/*.c))) \
  $(HARNESS) $(call archives,$(BELOW_daemon))
	$(call link,$(foreach f,clock_gettime digest_random kill,-Wl$(,)--wrap=$(f)))
# tests/fuzz/x_fuzz.c, with libFuzzer around it (BUILD=fuzz).
$(OUT)/tests/fuzz/%_fuzz: $(OBJ)/tests/fuzz/%_fuzz.o $(call archives,$(filter-out lib/client,$(LAYERS)))
	$(call link,-fsanitize=fuzzer)

PARALLEL = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))
check: deps-check
	@MAKE='$(MAKE)' BUILD=$(BUILD) tests/run.sh $(SUITES)
$(SUITES:%=check-%): check-%:
	@MAKE='$(MAKE)' BUILD=$(BUILD) tests/run.sh $*
fuzz:
	@MAKE='$(MAKE)' FUZZ_SECONDS=$(or $(FUZZ_SECONDS),600) tests/run.sh fuzz
soak:
	@MAKE='$(MAKE)' SIM_RUNS=$(or $(SIM_RUNS),100000) FUZZ_SECONDS=$(or $(FUZZ_SECONDS),600) TEST_LIMIT=3600 tests/run.sh sim kills fuzz
lint:
	@MAKE='$(MAKE)' tests/lint/run.sh
# Our own warnings as clang sees them (tests/lint/run.sh asks with CC=clang).
clang-warnings: $(SOURCES:%.c=build/clang/%.ok)
build/clang/%.ok: %.c
	@mkdir -p $(@D); $(CC) $(call flags,$<) -Werror -fsyntax-only -MMD -MP -MF $(@:.ok=.d) -MT $@ $< && touch $@
-include $(SOURCES:%.c=build/clang/%.d)
format:
	clang-format-14 -i $(shell tests/lint/run.sh --files)
bench: all $(BENCHES)
	@tests/bench/run.sh $(OUT) $(filter-out %.so,$(BENCHES))
demo: deps
	@$(MAKE) $(PARALLEL) all
	@examples/automl/demo.sh
deps:
	@tests/support/deps.sh build
deps-check:
	@tests/support/deps.sh build check
clean:
	rm -rf build

# ---- The manual: man/<command>.mdoc is prose; options and arguments around it come from the program's tables.
COMMANDS := $(patsubst man/%.mdoc,%,$(filter-out man/rayctl.mdoc,$(wildcard man/*.mdoc)))
MANUAL   := $(OUT)/man/rayctl.1 $(COMMANDS:%=$(OUT)/man/rayctl-%.1) $(wildcard man/*.[1-8])
page      = @mkdir -p $(@D); $(OUT)/bin/rayctl help --mdoc $< $(1) >$@
named     = $(or $(strip $(foreach g,job kv env context,$(if $(filter $(g)-%,$(1)),$(g) $(patsubst $(g)-%,%,$(1))))),$(1))
$(OUT)/man/rayctl.1: man/rayctl.mdoc $(OUT)/bin/rayctl
	$(call page)
$(OUT)/man/rayctl-%.1: man/%.mdoc $(OUT)/bin/rayctl
	$(call page,$(call named,$*))
manual: $(MANUAL)

# ---- Units of systemd, for the system and for users.
UNITS := $(patsubst autoscale/%.in,%,$(wildcard autoscale/*.service.in))
$(OUT)/units/%: autoscale/%.in FORCE
	@mkdir -p $(@D); sed 's|@BINDIR@|$(PREFIX)/bin|' $< >$@

# ---- Installing: each file as mode:from:to.
FILES := $(foreach p,$(PROGRAMS),755:$(OUT)/bin/$(p):$(PREFIX)/bin/$(p)) $(foreach m,$(MANUAL), \
  644:$(m):$(PREFIX)/share/man/man$(patsubst .%,%,$(suffix $(m)))/$(notdir $(m))) $(if $(LIBRARIES), \
  644:$(OUT)/kit.tar.gz:$(LIBDIR)/rayctl/kit.tar.gz 755:$(RAY):$(LIBDIR)/$(notdir $(RAY)) 644:$(OUT)/lib/libray.a:$(LIBDIR)/libray.a \
  644:lib/ray.h:$(PREFIX)/include/ray.h 644:$(OUT)/ray.pc:$(LIBDIR)/pkgconfig/ray.pc) \
  644:$(OUT)/completion/bash:$(PREFIX)/share/bash-completion/completions/rayctl \
  644:$(OUT)/completion/zsh:$(PREFIX)/share/zsh/site-functions/_rayctl \
  644:$(OUT)/completion/fish:$(PREFIX)/share/fish/vendor_completions.d/rayctl.fish \
  $(foreach u,$(UNITS),$(foreach d,system user,644:$(OUT)/units/$(u):$(PREFIX)/lib/systemd/$(d)/$(u)))
LINKS := $(if $(LIBRARIES),$(LIBDIR)/$(SONAME) $(LIBDIR)/libray.so)
# A page of section 3 is there under the name of each of its functions: name:page.
ALIASES := $(shell for p in man/*.3; do sed -n "s|^.Nm \(ray_[a-z_]*\).*|\1.3:$$(basename $$p)|p" $$p; done)
MAN3    := $(PREFIX)/share/man/man3
$(OUT)/completion/%: $(OUT)/bin/rayctl
	@mkdir -p $(@D); $< completion $* >$@
install: all manual $(UNITS:%=$(OUT)/units/%) $(OUT)/ray.pc $(foreach s,bash zsh fish,$(OUT)/completion/$(s))
	@set -e; for f in $(FILES); do IFS=:; set -- $$f; install -D -m $$1 $$2 $(DESTDIR)$$3; done
	@set -e; for l in $(LINKS); do ln -sf $(notdir $(RAY)) $(DESTDIR)$$l; done
	@set -e; for a in $(ALIASES); do [ $${a%:*} = $${a#*:} ] || ln -sf $${a#*:} $(DESTDIR)$(MAN3)/$${a%:*}; done
uninstall:
	rm -f $(foreach f,$(FILES),$(DESTDIR)$(word 3,$(subst :, ,$(f)))) $(LINKS:%=$(DESTDIR)%) $(foreach a,$(ALIASES),$(DESTDIR)$(MAN3)/$(firstword $(subst :, ,$(a))))
$(OUT)/ray.pc: FORCE
	@mkdir -p $(@D); printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$(LIBDIR)' 'includedir=$${prefix}/include' '' \
	  'Name: ray' 'Description: tasks, actors and objects on a cluster' 'Version: $(VERSION)' \
	  'Requires.private: $(sort $(PKGS_base) $(PKGS_net))' 'Libs: -L$${libdir} -lray' \
	  'Libs.private: -pthread -ldl -lm' 'Cflags: -I$${includedir}' >$@

# What editors and clangd read.
command = {"directory": "$(CURDIR)", "file": "$(1)", "command": "$(strip $(CC) $(call flags,$(1)) -c $(1))"}
build/compile_commands.json: $(SOURCES) Makefile $(OBJ)/flags
	@mkdir -p $(@D)
	$(file >$@,[)$(foreach s,$(SOURCES),$(file >>$@,$(call command,$(s))$(if $(filter-out $(lastword $(SOURCES)),$(s)),$(,))))$(file >>$@,])
