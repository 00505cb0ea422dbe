# Everything happens in .venv, made with the first Python of the right version that is found.
# make play ARGS="--bpm 96 --record take.mid"

PYTHON ?= $(shell for python in python3.12 python3.11 python3.13 python3.14 python3 python; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null \
	&& echo $$python && break; done)
BIN := .venv/bin
ARGS ?=

# python-rtmidi has no wheel for Python 3.13 and later: it is built where there is a compiler.
MIDI = $(BIN)/python -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("rtmidi") is None)' \
	|| $(BIN)/python -m pip install --quiet --editable '.[midi]' >.venv/midi.log 2>&1 \
	|| echo "no MIDI: python-rtmidi could not be built (.venv/midi.log). Polate plays to the page and to files." \
		"For MIDI: sudo apt install g++ pkg-config python3-dev libasound2-dev libjack-jackd2-dev, then make clean play"

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

.venv/play.done: pyproject.toml | .venv/made
	$(BIN)/python -m pip install --quiet --editable .
	@$(MIDI)
	@touch $@

.venv/test.done: pyproject.toml | .venv/made
	$(BIN)/python -m pip install --quiet --editable '.[train,test]'
	@touch $@ .venv/play.done

.venv/lint.done: pyproject.toml | .venv/made
	$(BIN)/python -m pip install --quiet --editable '.[train,test,dev]'
	@touch $@ .venv/test.done .venv/play.done

# A .venv in which pip does not run is half of one, from an attempt that failed: it is made anew.
.venv/made:
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		test -n "$(PYTHON)" \
		|| { echo "Polate needs Python 3.11 to 3.14: sudo apt install python3-venv, or PYTHON=/path/to/python"; exit 1; }; \
		$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Polate needs the module venv of $(PYTHON): sudo apt install python3-venv"; exit 1; }; \
		rm -rf .venv && $(PYTHON) -m venv .venv; }
	@touch $@
