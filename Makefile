# make run · make test · make lint · make audit · make fuzz N=10000 · make soak N=1000 · make bench — from a fresh clone, with Python 3.10 or newer and nothing else.
# make space SPACE=user/name · make check-space · make test-lowest · make test-pythons — see docs/deployment.md
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 7860
PIP := pip install -qq --disable-pip-version-check  # errors alone; what is done is said by echo

N ?= 10000

.PHONY: run test lint audit fuzz soak bench space space-has-a-name check-space test-lowest test-pythons clean

run: $(VENV)/.run
	PORT=$(PORT) $(BIN)/python app.py

test: $(VENV)/.test
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bandit -q -r hum2guitar page train deploy benchmarks assets docs app.py -c pyproject.toml

# Looks every package of .venv up among the known vulnerabilities, and fails where one of them cannot be looked up.
# It is not part of CI: what is known changes from day to day.
AUDIT := .venv-audit
audit: $(VENV)/.test
	test -x $(AUDIT)/bin/pip-audit || { $(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/python -m $(PIP) 'pip-audit>=2.10,<3'; }
	$(BIN)/python -m pip list --format=freeze --exclude-editable | sed 's/+[a-z0-9.]*$$//' > $(AUDIT)/installed.txt
	test -s $(AUDIT)/installed.txt
	$(AUDIT)/bin/pip-audit -r $(AUDIT)/installed.txt --no-deps --disable-pip --strict

# damaged recordings, N of them at random
fuzz: $(VENV)/.test
	FUZZ_FILES=$(N) $(BIN)/python -m pytest -s tests/analysis/reading/test_fuzz.py

# N conversions in one server, good recordings and bad ones: what it takes, and what is left
soak: $(VENV)/.test
	PYTHONPATH=. $(BIN)/python tests/soak.py $(if $(filter file,$(origin N)),1000,$(N))

# what a conversion costs on this machine, beside what a user would take instead; BENCH=--quick takes less than a minute
BENCH ?= --json results/bench.json --picture docs/performance.png
BASIC_PITCH := .venv-basic-pitch
bench: $(VENV)/.test
	@$(MAKE) --no-print-directory $(BASIC_PITCH)/.installed || echo "basic-pitch cannot be installed here; its rows say so"
	$(BIN)/python -m benchmarks $(BENCH)

# Its wheel asks for TensorFlow on Linux, which the newer Pythons cannot have. Its ONNX model needs these packages alone.
$(BASIC_PITCH)/.installed:
	@echo "installing basic-pitch into $(BASIC_PITCH), 0.6 GB; this takes a minute, once"
	test -x $(BASIC_PITCH)/bin/python || $(PYTHON) -m venv $(BASIC_PITCH)
	$(BASIC_PITCH)/bin/python -m $(PIP) --no-deps basic-pitch==0.4.0
	$(BASIC_PITCH)/bin/python -m $(PIP) onnxruntime librosa mir_eval pretty_midi 'resampy<0.4.3' scipy 'setuptools<81'
	touch $@

# creates or updates a Space; more options: python -m deploy space --help
space: space-has-a-name $(VENV)/.run
	$(BIN)/python -m deploy space $(SPACE) $(if $(HARDWARE),--hardware $(HARDWARE))

# before minutes of installing
space-has-a-name:
	@test -n "$(SPACE)" || { echo "name the Space, as in: make space SPACE=anna/hum2guitar"; exit 2; }

# rehearses a Space: its files, an empty environment, one conversion
check-space: $(VENV)/.run
	$(BIN)/python -m deploy check

# The tests that need neither a browser nor a running page nor training, and what they need beside the page's packages
FAST := tests/analysis tests/arrangement tests/batch tests/comparison tests/export tests/metrics tests/synthesis tests/deploy/test_hub.py \
	tests/test_choices.py tests/test_cli.py tests/test_config.py tests/test_pipeline.py
FAST_NEEDS := -e '.[train,guitarpro]' 'lxml>=5' 'pytest>=8' 'hypothesis>=6.100' 'pretty_midi>=0.2.11'
OLD := -W default::DeprecationWarning  # old versions warn about new ones of others

# the lowest versions that requirements.txt and the extras allow, of all packages but torch
LOWEST := .venv-lowest
test-lowest: $(LOWEST)/.installed
	$(LOWEST)/bin/python -m pytest -q $(OLD) $(FAST)

$(LOWEST)/.installed: requirements.txt pyproject.toml
	@echo "installing the lowest versions that requirements.txt allows into $(LOWEST); this takes minutes, once"
	test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	sed -n '/^torch>/!s/^\([A-Za-z0-9_-]*\)>=\([0-9.]*\).*/\1==\2/p' requirements.txt > $(LOWEST)/constraints.txt
	sed -n '/^train = /,/^guitarpro = /s/.*"\([A-Za-z0-9_-]*\)>=\([0-9.]*\)".*/\1==\2/p' pyproject.toml >> $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m $(PIP) -c $(LOWEST)/constraints.txt $(FAST_NEEDS)
	touch $@

# the same tests with the newest versions, on every Python from 3.10 to 3.13 that is found by its name
VERSIONS := 3.10 3.11 3.12 3.13
FOUND = $(foreach version,$(VERSIONS),$(if $(shell python$(version) --version 2>/dev/null),$(version)))
test-pythons:
	@test -n "$(FOUND)" || { echo "no Python from 3.10 to 3.13 is found by its name, such as python3.12"; exit 2; }
	@echo "Pythons found: $(FOUND)"
	$(MAKE) $(FOUND:%=test-python-%)

test-python-%: .venv-%/.installed
	.venv-$*/bin/python -m pytest -q $(OLD) $(FAST)

.venv-%/.installed: requirements.txt pyproject.toml
	@echo "installing the packages of the page for Python $* into .venv-$*; this takes minutes, once"
	test -x .venv-$*/bin/python || python$* -m venv .venv-$*
	.venv-$*/bin/python -m $(PIP) $(FAST_NEEDS)
	touch $@

.PRECIOUS: .venv-%/.installed

# Each stamp stands for one set of packages. The network is used again only after the lists of packages change.
$(VENV)/.run: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the packages of the page into $(VENV), 2 GB and more where torch comes with CUDA; this takes minutes, once"
	$(BIN)/python -m $(PIP) -r requirements.txt
	touch $@

$(VENV)/.test: $(VENV)/.run pyproject.toml
	@echo "installing the packages of the tests into $(VENV); this takes a minute, once"
	$(BIN)/python -m $(PIP) -e '.[test]'
	touch $@

clean:
	rm -rf $(VENV) $(AUDIT) $(LOWEST) $(BASIC_PITCH) $(VERSIONS:%=.venv-%)
