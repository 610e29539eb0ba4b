# The front door. Meson does the work; this file installs what is missing,
# configures once and calls it.
#
#   make            build/likeness, release
#   make test       every test (make test VARIANT=asan: under the sanitizers)
#   make demo       the lesson, on people who do not exist
#   make lesson     the lesson, on the tutorial's photographs
#   make bench      speed against PyTorch, in the same run
#   make help       the rest

VARIANT ?= release
BUILD   ?= build$(if $(filter-out release,$(VARIANT)),-$(VARIANT))
PREFIX  ?= /usr/local
OUT     ?= lesson
DEMO    ?= demo
SECONDS_EACH ?= 20

# A compiler that is newer than ours may warn of more: that is an error in CI alone.
WERROR           := $(if $(CI),-Dwerror=true)
OPTIONS_release  := -Dbuildtype=release $(WERROR)
OPTIONS_debug    := -Dbuildtype=debug $(WERROR)
# Never here: instrumented code draws false warnings from gcc.
OPTIONS_asan     := -Dbuildtype=debug -Doptimization=2 -Db_sanitize=address,undefined
OPTIONS_coverage := -Dbuildtype=debug -Db_coverage=true
ifndef OPTIONS_$(VARIANT)
$(error VARIANT is one of release, debug, asan, coverage; not $(VARIANT))
endif

# A path as the shell is to see it: blanks and quotes stay, ~/ is home (only some
# shells say so themselves behind a =).
quoted = '$(subst ','\'',$(subst <>,,$(subst <>~/,$(HOME)/,<>$(1))))'
build  = $(call quoted,$(BUILD))
prefix = $(call quoted,$(PREFIX))

.PHONY: all setup program test clang test-official test-long demo lesson builtin-model bench format \
    check-format fuzz coverage install ready uninstall clean help

# Program, library and examples. Whoever runs tests builds them.
all: setup
	@ninja -C $(build) product

setup:
	@tools/packages.sh build
	@if [ -n "$$CI$$MPI" ]; then tools/packages.sh mpi; fi
	@tools/configure.sh $(build) --prefix=$(prefix) $(OPTIONS_$(VARIANT)) $(MESON_OPTIONS)

program: setup
	@ninja -C $(build) likeness

# CI (which sets CI) also builds with clang, fuzzes every parser briefly and repeats the
# tests under the sanitizers, where MPI=1 stands for what CI no longer says, but those of the
# suite `once` (tests/cli/meson.build), which take long.
test: setup
	@if [ -n "$$CI" ]; then tools/packages.sh clang && tools/packages.sh cross; fi
	@ninja -C $(build)
	@if [ -n "$$CI" ] && [ "$(VARIANT)" = release ]; then $(MAKE) clang && \
	    $(MAKE) fuzz SECONDS_EACH=5 && CI= MPI=1 $(MAKE) test VARIANT=asan TEST_OPTIONS="--no-suite once"; fi
	@tools/test.sh $(build) $(TEST_OPTIONS)

# Everything, as another compiler sees it. Only built, and without optimising, which takes
# half the time: the tests have run with gcc's.
clang:
	@tools/packages.sh build
	@tools/packages.sh clang
	@CC=clang-14 CXX=clang++-14 tools/configure.sh build-clang --prefix=$(prefix) $(OPTIONS_release) -Doptimization=0 -Dwerror=true \
	    $$(! command -v ld.gold >/dev/null || echo -Dc_link_args=-fuse-ld=gold)
	@ninja -C build-clang

# With the official VGGFace2 and CASIA-WebFace weights in the cache: the
# tutorial's published figures and facenet-pytorch's own distance matrices.
test-official: program
	@tests/official/run.sh $(build)

# What takes longer than CI has time for: every script of tests/long.
test-long: setup
	@ninja -C $(build)
	@tools/test_long.sh $(build)

lesson: program
	@FACES=$(call quoted,$(FACES)) WEIGHTS=$(call quoted,$(WEIGHTS)) DETECTOR=$(call quoted,$(DETECTOR)) \
	    tools/lesson.sh $(build) $(call quoted,$(OUT))

# The lesson on people who do not exist, with the built-in model. No network needed.
demo: program
	@tools/demo.sh $(build) $(call quoted,$(DEMO))

# Trains models/synthetic.safetensors anew, from nothing; goes on where it was stopped.
builtin-model: program
	@tools/builtin_model.sh $(build) builtin-model

bench: program
	@bench/run.sh $(build)

fuzz:
	@tools/packages.sh build
	@tools/packages.sh fuzz
	@tools/fuzz.sh $(SECONDS_EACH)

format:
	@tools/packages.sh format
	@git ls-files '*.c' '*.h' '*.cc' | xargs clang-format-14 -i

check-format:
	@tools/packages.sh format
	@git ls-files '*.c' '*.h' '*.cc' | xargs clang-format-14 --dry-run -Werror

coverage:
	@tools/packages.sh coverage
	@$(MAKE) test VARIANT=coverage
	@gcovr --root . --filter 'src/' --filter 'cli/' --print-summary build-coverage

# Nothing is built or written before it is known that it can be installed.
install:
	@tools/install.sh check $(prefix)
	@tools/packages.sh build
	@tools/install.sh as_owner $(MAKE) --no-print-directory ready
	@tools/install.sh install $(build) $(prefix)

# The PREFIX counts, whatever the build was configured with.
ready: setup
	@tools/configure.sh $(build) --prefix=$(prefix) --anew
	@ninja -C $(build) product

uninstall:
	@tools/install.sh uninstall $(prefix)

clean:
	@rm -rf build build-debug build-asan build-coverage build-clang build-fuzz

help:
	@echo 'make                 build build/likeness, the library and the examples'
	@echo 'make MPI=1           the same, with training by several processes (Open MPI)'
	@echo 'make test            run every test; VARIANT=asan: under the sanitizers'
	@echo 'make clang           build everything with clang, to see what it warns of'
	@echo 'make test-long       run what takes longer: the scripts of tests/long'
	@echo 'make test-official   check the published figures (needs the official weights)'
	@echo 'make demo            the lesson on people who do not exist; no network'
	@echo '                     (DEMO=DIR: into DIR; default: demo)'
	@echo 'make lesson OUT=DIR  write the lesson page into DIR (default: lesson)'
	@echo '                     (FACES=DIR: from your photographs, one folder per person;'
	@echo '                     WEIGHTS="vggface2 dlib": under these models, side by side;'
	@echo '                     DETECTOR=yunet: faces found by another detector)'
	@echo 'make bench           measure speed, beside PyTorch where it is installed'
	@echo 'make builtin-model   train models/synthetic.safetensors anew (about an hour)'
	@echo 'make fuzz            fuzz every parser, SECONDS_EACH=20 seconds each'
	@echo 'make coverage        run the tests with coverage and sum it up'
	@echo 'make format          format the sources; make check-format only looks'
	@echo 'make install         into PREFIX=/usr/local (library, headers, program, man page)'
	@echo 'make uninstall       remove what make install put there'
	@echo 'make clean           remove what was built'
	@echo 'VARIANT is release (default), debug, asan or coverage; BUILD names another folder.'
