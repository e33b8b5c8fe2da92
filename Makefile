# From a bare python3 (3.11 or newer) and make. `make PYTHON=python3.12 test` chooses another interpreter.
# `make PYTHON=python3.13 CONSTRAINTS=constraints-newest.txt test` takes the newest packages.
PYTHON ?= python3
CONSTRAINTS ?= constraints.txt
BIN := .venv/bin
READY := .venv/.ready

.PHONY: verify test test-slow lint format docs release bench gpu calibrate clean

verify: $(READY)
	$(BIN)/lingen verify

test: $(READY)
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"  # neighbours, which share programs, stay together

test-slow: $(READY)
	JAX_DISABLE_MOST_OPTIMIZATIONS=0 $(BIN)/pytest -n 2 --dist worksteal -m slow  # compiled as users compile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p lingen
	$(BIN)/lint-imports

# Planted observables and sweeps with known truth, checked by the thousand: some hours. CALIBRATE="--checks 40" and
# INFERENCE="--sets 3" are a short look.
calibrate: $(READY)
	$(BIN)/python -m lingen.claims.calibration.verdicts --out claims/calibration/measured.json $(CALIBRATE)
	$(BIN)/python docs/calibration.py
	-OPENBLAS_NUM_THREADS=1 $(BIN)/python -m lingen.claims.calibration.inference_run --out claims/calibration/inference_measured.json $(INFERENCE)
	$(BIN)/python docs/inference.py

# Side by side with NumPy, SciPy and the peers; BENCH="--quick" or BENCH="--only density_50" chooses.
bench: $(READY) .venv-peers/.ready
	$(BIN)/python benchmarks/run.py $(BENCH)

# On a machine with an accelerator, in eight minutes: every number against the host's, and what it costs.
gpu: $(READY)
	$(BIN)/python benchmarks/accelerator/run.py $(GPU)

# freealg and scikit-rmt need an older NumPy than JAX. Where they do not install, their lines say so.
.venv-peers/.ready: benchmarks/peers-constraints.txt
	$(PYTHON) -m venv .venv-peers
	-.venv-peers/bin/pip install --quiet --disable-pip-version-check -c benchmarks/peers-constraints.txt freealg scikit-rmt
	touch $@

# The documentation, in build/docs/html: strict, its code run (and kept until the package changes), its links checked.
# The gallery shows the verdicts of VERDICTS, a folder that `lingen verify` wrote.
VERDICTS ?= report
docs: .venv/.docs
	$(BIN)/sphinx-build -W --keep-going -q -D lingen_verdicts=$(abspath $(VERDICTS)) docs build/docs/html
	$(BIN)/python docs/extensions/links.py build/docs/html

.venv/.docs: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) --config-settings editable_mode=compat -e '.[docs]'
	touch $@

# What is published, in dist/: built, checked, installed in a fresh environment without and with each extra, and used.
release: .venv/.release
	$(BIN)/python .ci/release.py --constraints $(CONSTRAINTS) $(RELEASE)

.venv/.release: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) --config-settings editable_mode=compat -e '.[release]'
	touch $@

format: $(READY)
	$(BIN)/python -m lingen.stubs
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(READY): pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -c 'import sys; sys.exit("lingen needs Python 3.11 or newer, got " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) --config-settings editable_mode=compat -e '.[dev]'
	touch $(READY)

clean:
	rm -rf .venv .venv-peers build dist report *.egg-info
