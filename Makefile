# make run · make test · make lint · make fuzz N=10000 — from a fresh clone, with Python 3.10 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 7860

N ?= 10000

.PHONY: run test lint fuzz clean

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

# Each stamp stands for one set of packages. The network is used again only after the lists of packages change.
$(VENV)/.run: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, this is " + sys.version)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -r requirements.txt
	touch $@

$(VENV)/.test: $(VENV)/.run pyproject.toml
	$(BIN)/python -m pip install -q -e '.[test]'
	touch $@

clean:
	rm -rf $(VENV)
