# Everything happens in .venv, made with the first Python of the right version that is found.
# make play ARGS="--bpm 96 --record take.mid"

PYTHON ?= $(shell for python in python3.12 python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null \
	&& echo $$python && break; done)
BIN := .venv/bin
ARGS ?=

.PHONY: play test lint train clean

play: .venv/play.done
	@$(BIN)/polate play $(ARGS)

test: .venv/test.done
	$(BIN)/pytest $(ARGS)

lint: .venv/lint.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

train: .venv/test.done
	$(BIN)/polate train $(ARGS)

clean:
	rm -rf .venv

.venv/play.done: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/test.done: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[train,test]'
	@touch $@ .venv/play.done

.venv/lint.done: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[train,test,dev]'
	@touch $@ .venv/test.done .venv/play.done

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Polate needs Python 3.11 or 3.12; PYTHON=/path/to/python names one"; exit 1; }
	$(PYTHON) -m venv .venv
