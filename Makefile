# `make figures` and `make test` do everything on a fresh machine.
#   TORCH=system   use the torch that PYTHON (python3) has, not the pinned one
#   JOBS=4         processes that draw

VENV ?= .venv
PYTHON ?= python3
TORCH ?= pinned
JOBS ?= 2
BIN := $(VENV)/bin
WITH_TESTS := .[hf,dev,peers]
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -c $(VENV)/constraints.txt

# On a terminal pip shows what it does; in a log a line every ten seconds says that it does.
define install
@if [ -t 1 ]; then $(INSTALL) $(1); else \
	( seconds=10; while sleep 10 >/dev/null 2>&1; kill -0 $$$$ 2>/dev/null; do \
		echo "installing into $(VENV), $$seconds s"; seconds=$$((seconds + 10)); done ) & \
	telling=$$!; $(INSTALL) -qq $(1); status=$$?; kill $$telling; exit $$status; fi
endef

.PHONY: figures test check lint types bench paper demo clean

figures: $(VENV)/ready
	@$(BIN)/paperfig build -j $(JOBS)

test: $(VENV)/ready-dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile --quiet

check: lint types test

lint: $(VENV)/ready-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo

types: $(VENV)/ready-dev
	@$(BIN)/mypy

bench: $(VENV)/ready-dev
	@$(BIN)/python -m benchmarks

paper: figures
	@mkdir -p docs/paper/build
	@cd docs/paper && latexmk -pdf -no-shell-escape -interaction=nonstopmode -halt-on-error \
		-outdir=build -quiet main.tex
	@echo docs/paper/build/main.pdf

demo: $(VENV)/ready-dev # makes the demo's tokenizer and trains its models anew (2.5 min of CPU)
	@$(BIN)/python demo/train.py all

clean:
	rm -rf $(VENV) .paperfig docs/paper/build

# TORCH=system: a .pth file shows the venv the folder that $(PYTHON)'s torch lies in.
$(VENV)/constraints.txt: constraints.txt
	@$(PYTHON) -m venv $(VENV)
ifeq ($(TORCH),system)
	@$(PYTHON) -c 'import pathlib, torch; print(pathlib.Path(torch.__file__).parents[1])' \
		> $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/torch.pth
	@grep -v '^torch==' constraints.txt > $@
else
	@cp constraints.txt $@
endif

$(VENV)/ready: pyproject.toml $(VENV)/constraints.txt
	@echo "installing into $(VENV): torch and what paperfig needs, about 1.4 GB (5 GB with a" \
		"torch for CUDA), a minute or more"
	$(call install,pip setuptools)
	$(call install,--no-build-isolation --config-settings editable_mode=compat -e .)
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready
	@echo "installing into $(VENV): what the tests need besides"
	$(call install,--no-build-isolation --config-settings editable_mode=compat -e '$(WITH_TESTS)')
	@touch $@
