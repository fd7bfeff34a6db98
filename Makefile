# Every verb of the project, from a fresh clone on: each brings what it needs into .venv, and only once.

PYTHON ?= python3
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_USER = 0
unexport PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE

.PHONY: verbs demo serve test test-all test-slow check bench bench-full screenshot docs lock clean \
	browser runtime-environment dev-environment bench-environment

verbs:
	@echo "make VERB, one of:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

demo: runtime-environment ## Show the ledger at work on a story, then go on serving it (ONCE=1: show, then end)
	@exec .venv/bin/factledger demo $(ARGS)

serve: runtime-environment ## Serve a ledger of your own; ARGS="--help" lists what can be set
	@exec .venv/bin/factledger serve $(ARGS)

test: dev-environment browser ## Run the tests that take a moment, a few minutes in all; ARGS="-k words" chooses
	@exec .venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not slow and not thorough" $(ARGS)

test-all: dev-environment browser ## Run every test but those of test-slow; ARGS="-k words" chooses
	@exec .venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-slow: dev-environment browser ## Run the tests that take long, some of them with a load of their own
	@exec .venv/bin/python -m pytest -m slow $(ARGS)

check: dev-environment ## Look at the code: style, format, types, who imports whom
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: bench-environment ## Measure how fast it is beside what it could be compared with; ARGS="--only submitting" chooses
	@exec .venv/bin/python -m benchmarks $(ARGS)

bench-full: bench-environment ## Measure what a million events change
	@exec .venv/bin/python -m benchmarks --only growth $(ARGS)

screenshot: dev-environment browser ## Make the picture in the README anew
	@exec .venv/bin/python -m docs.screenshot

docs: dev-environment ## Write anew what is made of the code: tables in docs/, the queries as they run, the schema as it stands
	@exec .venv/bin/python -m docs.generate

lock: ## Write the lock files again after a change of pyproject.toml; ARGS="--upgrade" takes newer releases
	@$(PYTHON) -c "$$CHECK_PYTHON"
	@set -eu; tool=$$(mktemp -d); trap 'rm -rf "$$tool"' EXIT; \
	$(PYTHON) -m venv "$$tool"; "$$tool/bin/pip" install -qq uv; \
	lock() { "$$tool/bin/uv" pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 \
		--fork-strategy fewest --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" $(ARGS) "$$@"; }; \
	lock --group build --output-file requirements.lock; \
	lock --group build --group dev --constraints requirements.lock --output-file requirements-dev.lock; \
	lock --group build --group bench --constraints requirements-dev.lock --output-file requirements-bench.lock

clean: ## Remove .venv and every cache; data stay
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# The browser of the tests is the system's Chromium. Where this may install it, it does; else the tests in it are skipped.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the tests of the pages, which takes about a minute the first time"; \
		get="apt-get -qq install --yes --no-install-recommends chromium"; \
		DEBIAN_FRONTEND=noninteractive $$get >/dev/null 2>&1 && exit 0; \
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive $$get; } >/dev/null 2>&1 && exit 0; \
	fi; \
	echo "no Chromium here: the tests of the pages in a browser are skipped. Debian, Ubuntu: sudo apt install chromium" >&2

runtime-environment:
	@$(call provide,requirements.lock)

dev-environment:
	@$(call provide,requirements-dev.lock)

bench-environment:
	@$(call provide,requirements-bench.lock)

# Packages are wheels. This one, which extruct needs, comes as source alone: one file, built with the setuptools of the lock.
SOURCE_ALONE = jstyleson
INSTALL = .venv/bin/python -m pip install -qq --require-hashes --no-deps --only-binary :all:

# Brings .venv to what the lock file $(1) says. A stamp beside each lock's packages holds what they were made from:
# the lock, the Python, this folder. The other locks hold all of the runtime lock, so they are added to it, not begun anew.
define provide
set -eu; \
command -v "$(PYTHON)" >/dev/null || { echo "no $(PYTHON) here: install Python 3.11 to 3.13, or name it with PYTHON=" >&2; exit 1; }; \
made_from=$$("$(PYTHON)" -c "$$CHECK_PYTHON" $(1) requirements.lock pyproject.toml); \
set -- $$made_from; wanted=$$1 runtime=$$2 project=$$3; \
stamp() { echo "$$2" >".venv/$$1.stamp"; }; \
stamped() { [ "$$(cat ".venv/$$1.stamp" 2>/dev/null)" = "$$2" ]; }; \
if ! stamped $(1) "$$wanted"; then \
	if [ -e .venv/$(1).stamp ] || ! stamped requirements.lock "$$runtime"; then \
		rm -rf .venv; "$(PYTHON)" -m venv .venv; \
	fi; \
	echo "Installing $(1) into .venv, which takes about a minute the first time"; \
	$(INSTALL) --requirement requirements.lock; \
	[ $(1) = requirements.lock ] || $(INSTALL) --no-binary $(SOURCE_ALONE) --no-build-isolation --requirement $(1); \
	stamp requirements.lock "$$runtime"; stamp $(1) "$$wanted"; \
fi; \
if ! stamped project "$$project"; then \
	.venv/bin/python -m pip install -qq --no-deps --no-build-isolation --editable .; \
	rm -rf build fact_ledger.egg-info; \
	stamp project "$$project"; \
fi
endef

# Says in one line what is wrong with a Python, in words that an old one understands; else what each file given makes.
define CHECK_PYTHON
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit("this needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is %d.%d: add PYTHON=python3.13, say" % sys.version_info[:2])
try:
    import ensurepip, venv
except ImportError:
    sys.exit("$(PYTHON) has no venv or no ensurepip: install them (Debian, Ubuntu: apt install python3-venv), or name another Python with PYTHON=")
import hashlib, os
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        made_from = repr((sys.version, sys.base_prefix, os.getcwd(), file.read()))
    print(hashlib.sha256(made_from.encode()).hexdigest())
endef
export CHECK_PYTHON
