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
SECONDS_EACH ?= 20

OPTIONS_release  := -Dbuildtype=release
OPTIONS_debug    := -Dbuildtype=debug
# Warnings stay warnings here: instrumented code draws false ones from gcc.
OPTIONS_asan     := -Dbuildtype=debug -Doptimization=2 -Dwerror=false -Db_sanitize=address,undefined
OPTIONS_coverage := -Dbuildtype=debug -Db_coverage=true
ifndef OPTIONS_$(VARIANT)
$(error VARIANT is one of release, debug, asan, coverage; not $(VARIANT))
endif

.PHONY: all setup test test-long test-official demo lesson builtin-model bench format check-format fuzz coverage install clean help

all: setup
	@ninja -C $(BUILD)

setup:
	@tools/packages.sh build
	@if [ -n "$$CI$$MPI" ]; then tools/packages.sh mpi; fi
	@test -f $(BUILD)/build.ninja || \
	    meson setup $(BUILD) --prefix=$(PREFIX) $(OPTIONS_$(VARIANT)) $(MESON_OPTIONS)
# A build that was configured before Open MPI came knows nothing of it.
	@[ -z "$$CI$$MPI" ] || grep -qs LK_WITH_MPI $(BUILD)/build.ninja || \
	    meson setup --reconfigure $(BUILD) -Dmpi=enabled

# CI (which sets CI) also fuzzes every parser briefly and repeats the tests
# under the sanitizers, where MPI=1 stands for what CI no longer says.
test: all
	@if [ -n "$$CI" ] && [ "$(VARIANT)" = release ]; then \
	    $(MAKE) fuzz SECONDS_EACH=20 && CI= MPI=1 $(MAKE) test VARIANT=asan; fi
	@tools/test.sh $(BUILD)

# What takes too long for every day: a thousand kills of the commands that write.
test-long: all
	@tests/long/kills.sh 1000 $(BUILD)

# With the official VGGFace2 and CASIA-WebFace weights in the cache: the
# tutorial's published figures and facenet-pytorch's own distance matrices.
test-official: all
	@tests/official/run.sh $(BUILD)

lesson: all
	@tools/lesson.sh $(BUILD) $(OUT)

# The lesson on people who do not exist, with the built-in model. No network needed.
DEMO ?= demo
demo: all
	@tools/demo.sh $(BUILD) $(DEMO)

# Trains models/synthetic.safetensors anew, from nothing; goes on where it was stopped.
builtin-model: all
	@tools/builtin_model.sh $(BUILD) builtin-model

bench: all
	@bench/run.sh $(BUILD)

fuzz: setup
	@tools/packages.sh fuzz
	@tools/fuzz.sh $(SECONDS_EACH)

format:
	@tools/packages.sh format
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

check-format:
	@tools/packages.sh format
	@git ls-files '*.c' '*.h' | xargs clang-format-14 --dry-run -Werror

coverage:
	@tools/packages.sh coverage
	@$(MAKE) test VARIANT=coverage
	@gcovr --root . --filter 'src/' --filter 'cli/' --print-summary build-coverage

# A PREFIX that is named here counts, whatever the build was configured with.
install: setup
ifeq ($(origin PREFIX),command line)
	@meson configure $(BUILD) --prefix=$(abspath $(PREFIX))
endif
	@ninja -C $(BUILD)
	@meson install -C $(BUILD) --no-rebuild
	@[ -n "$$DESTDIR" ] || ldconfig 2>/dev/null || true

clean:
	@rm -rf build build-debug build-asan build-coverage build-fuzz

help:
	@echo 'make                 build build/likeness'
	@echo 'make MPI=1           the same, with training by several processes (Open MPI)'
	@echo 'make test            run every test; VARIANT=asan: under the sanitizers'
	@echo 'make test-long       a thousand kills of all commands that write'
	@echo 'make test-official   check the published figures (needs the official weights)'
	@echo 'make demo            the lesson on people who do not exist, into demo/; no network'
	@echo 'make lesson OUT=DIR  write the lesson page into DIR (default: lesson)'
	@echo 'make bench           measure speed, beside PyTorch where it is installed'
	@echo 'make builtin-model   train models/synthetic.safetensors anew (about an hour)'
	@echo 'make fuzz            fuzz every parser, SECONDS_EACH=20 seconds each'
	@echo 'make coverage        run the tests with coverage and sum it up'
	@echo 'make format          format the sources; make check-format only looks'
	@echo 'make install         into PREFIX=/usr/local (library, headers, program, man page)'
	@echo 'make clean           remove what was built'
	@echo 'VARIANT is release (default), debug, asan or coverage.'
