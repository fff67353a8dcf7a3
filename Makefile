# Set-up and daily commands. Needs Python >= 3.11, make and a C compiler; everything else goes into .venv.

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt --editable
DATA = ../shared/data

.PHONY: help demo test check format benchmark benchmark-performance benchmark-real benchmark-recovery benchmark-reproduction clean
.DELETE_ON_ERROR:

help:
	@echo "make demo       install, then find motifs in data made on the spot; the report is demo/report.html"
	@echo "make test       install with the development tools, then run all tests"
	@echo "make check      formatting, lint, types and tests"
	@echo "make format     format the code"
	@echo "make benchmark  measure on the real data in DATA=$(DATA) and put the figures into README.md"
	@echo "make benchmark-real  of these, the fifteen sets of bound sequences alone"
	@echo "make benchmark-performance  measure the speed against Keras, PyTorch and others (installed for this alone)"
	@echo "make benchmark-recovery  plant JASPAR profiles and see which are found again (many hours; goes on where it stopped)"
	@echo "make benchmark-reproduction  run the published systems again, ten seeds each, and check what is asked of ours"
	@echo "make clean      remove .venv and all that was built"

demo: $(VENV)/installed
	$(BIN)/motiflens demo --output demo --force
	@echo "Done. Open demo/report.html in a browser; the files beside it are for other programs."

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

benchmark: $(VENV)/installed-dev
	$(BIN)/python benchmarks/discover.py --data $(DATA) --readme README.md

benchmark-real: $(VENV)/installed-dev
	$(BIN)/python benchmarks/discover.py --data $(DATA) --only nanog encode yeast gata4 gimme long

benchmark-performance: $(VENV)/installed-dev
	$(INSTALL) . --requirement benchmarks/requirements-performance.txt
	$(BIN)/python benchmarks/performance.py --data $(DATA) --readme README.md

benchmark-recovery: $(VENV)/installed-dev
	$(BIN)/python benchmarks/recovery --data $(DATA) --output benchmarks/out/recovery --jobs 2 --readme README.md

benchmark-reproduction: $(VENV)/installed-dev
	$(BIN)/python benchmarks/reproduction.py --data $(DATA) --readme README.md

clean:
	rm -rf $(VENV) build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "motiflens needs Python 3.11 or newer: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/made
	@echo "Installing motiflens into $(VENV); the first time takes a few minutes."
	$(INSTALL) .
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(VENV)/made
	@echo "Installing motiflens and its development tools into $(VENV); the first time takes a few minutes."
	$(INSTALL) '.[dev]'
	@touch $(VENV)/installed $@
