# make run · make test · make lint · make fuzz N=10000 — from a fresh clone, with Python 3.10 or newer and nothing else.
# make space SPACE=user/name · make check-space · make test-lowest — see docs/deployment.md
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 7860

N ?= 10000

.PHONY: run test lint fuzz space check-space test-lowest clean

run: $(VENV)/.run
	PORT=$(PORT) $(BIN)/python app.py

test: $(VENV)/.test
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# damaged recordings, N of them at random
fuzz: $(VENV)/.test
	FUZZ_FILES=$(N) $(BIN)/python -m pytest -s tests/analysis/reading/test_fuzz.py

# creates or updates a Space; more options: python -m deploy space --help
space: $(VENV)/.run
	@test -n "$(SPACE)" || { echo "name the Space, as in: make space SPACE=anna/hum2guitar"; exit 2; }
	$(BIN)/python -m deploy space $(SPACE) $(if $(HARDWARE),--hardware $(HARDWARE))

# rehearses a Space: its files, an empty environment, one conversion
check-space: $(VENV)/.run
	$(BIN)/python -m deploy check

# The lowest versions that requirements.txt allows, of all packages but torch, and the tests that need seconds
LOWEST := .venv-lowest
test-lowest: $(LOWEST)/.installed
	$(LOWEST)/bin/python -m pytest -q tests/analysis tests/arrangement tests/synthesis tests/export tests/test_cli.py

$(LOWEST)/.installed: requirements.txt pyproject.toml
	@echo "installing the lowest versions that requirements.txt allows; this takes minutes"
	test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	sed -n '/^torch>/!s/^\([A-Za-z0-9_-]*\)>=\([0-9.]*\).*/\1==\2/p' requirements.txt > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip install -q -c $(LOWEST)/constraints.txt -r requirements.txt 'pytest>=8' 'hypothesis>=6.100'
	touch $@

# Each stamp stands for one set of packages. The network is used again only after the lists of packages change.
$(VENV)/.run: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the packages of the page into $(VENV), 2 GB; this takes minutes, once"
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -q -r requirements.txt
	touch $@

$(VENV)/.test: $(VENV)/.run pyproject.toml
	@echo "installing the packages of the tests into $(VENV); this takes a minute, once"
	$(BIN)/python -m pip install --disable-pip-version-check -q -e '.[test]'
	touch $@

clean:
	rm -rf $(VENV)
